"""The wizard's steps and fields, and the flat values in between: key of a field to what is typed.

A few questions to a step. What a value may be says `station.deployment`; nothing is decided here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from consent.canonical import Json
from station.deployment import Answer, Profile, Sector, SiteKind, legal_bases, to_json
from station.deployment_checks import Missing
from station.model import Purpose

ON = "1"
"""A ticked box."""
_NO_NUMBER = -1
_MOST_DIGITS = 5
PURPOSES = (Purpose.VERIFY, Purpose.RETAIN_TEMPLATE, Purpose.RETAIN_PORTRAIT, Purpose.PAD_TRIAL)
"""What a station can be used for; it has no way to send anything."""


@dataclass(frozen=True, slots=True)
class Field:
    """One question. `kind`: "line", "passage", "choice", "tick" or "head"."""

    key: str
    kind: str = "line"
    options: tuple[str, ...] = ()
    needs: str = ""
    """Asked only while this box is ticked."""
    most: int = 200


def _both(key: str, needs: str = "") -> tuple[Field, ...]:
    return Field(f"{key}.zh_CN", needs=needs), Field(f"{key}.en", needs=needs)


def _bases() -> tuple[Field, ...]:
    fields: list[Field] = []
    for one in legal_bases().values():
        key = f"bases.{one.id}"
        fields.append(Field(key, "tick"))
        if one.detail != "none":
            fields.append(Field(f"{key}.detail", needs=key))
        if one.detail == "document":
            fields += _both(key, key)
    return tuple(fields)


_ANSWERS = tuple(one.value for one in Answer if one.value)
_FINDINGS = ("lawful_and_necessary", "effect_on_people", "risk_of_leak", "measures")

STEPS: Mapping[str, tuple[Field, ...]] = {
    "PLACE": (
        *_both("site.place_name"),
        Field("site.kind", "choice", tuple(one.value for one in SiteKind if one.value)),
    ),
    "HANDLER": (
        *_both("handler.name"),
        *_both("handler.address"),
        *_both("handler.responsible_unit"),
    ),
    "CONTACTS": (*_both("handler.contact"), *_both("handler.officer_contact")),
    "BASIS": _bases(),
    "INFRASTRUCTURE": (
        Field("infrastructure.critical", "choice", _ANSWERS),
        Field("infrastructure.crypto_assessment", "choice", _ANSWERS),
        Field("infrastructure.sector", "choice", tuple(one.value for one in Sector if one.value)),
    ),
    "PURPOSES": (
        Field("purposes", "head"),
        *(Field(f"purposes.{one.value}", "tick") for one in PURPOSES),
        Field("children", "choice", ("OTHER_ROUTE", "GUARDIAN")),
    ),
    "ASSESSMENT": (
        Field("assessment.number"),
        Field("assessment.made_on", most=10),
        Field("assessment.responsible"),
        Field("assessed", "head"),
        *(Field(f"assessed.{one.value}", "tick") for one in PURPOSES),
        Field("assessment.children", "tick"),
    ),
    "FINDINGS": tuple(Field(f"assessment.{one}", "passage", most=2000) for one in _FINDINGS),
    "TERMS": (
        Field("retention.visitor_hours", most=2),
        Field("retention.resident_days", most=4),
    ),
    "CHECK": (),
}
_STEP_OF = {
    Missing.PLACE_NAME: "PLACE",
    Missing.SITE_KIND: "PLACE",
    Missing.HANDLER_NAME: "HANDLER",
    Missing.HANDLER_ADDRESS: "HANDLER",
    Missing.RESPONSIBLE_UNIT: "HANDLER",
    Missing.HANDLER_CONTACT: "CONTACTS",
    Missing.OFFICER_CONTACT: "CONTACTS",
    Missing.BASIS: "BASIS",
    Missing.BASIS_PART: "BASIS",
    Missing.AUTHORITY_DOCUMENT: "BASIS",
    Missing.AUTHORITY_ISSUER: "BASIS",
    Missing.CRITICAL: "INFRASTRUCTURE",
    Missing.CRYPTO_ASSESSMENT: "INFRASTRUCTURE",
    Missing.SECTOR: "INFRASTRUCTURE",
    Missing.PURPOSES: "PURPOSES",
    Missing.ASSESSMENT_LAWFUL: "FINDINGS",
    Missing.ASSESSMENT_EFFECT: "FINDINGS",
    Missing.ASSESSMENT_LEAK: "FINDINGS",
    Missing.ASSESSMENT_MEASURES: "FINDINGS",
}


def step_of(missing: Missing) -> str:
    """The step on which something that is missing is asked for."""
    return _STEP_OF.get(missing, "ASSESSMENT")


def values_of(profile: Profile) -> dict[str, str]:
    """The form filled in with a profile."""
    document = dict(to_json(profile))
    for dropped in ("form", "networking", "bases", "purposes"):
        document.pop(dropped)
    values = dict(_flat(document, ""))
    values.pop("assessment.purposes")
    values["assessment.children"] = ON if profile.assessment.children else ""
    for one in profile.purposes:
        values[f"purposes.{one.value}"] = ON
    for one in profile.assessment.purposes:
        values[f"assessed.{one.value}"] = ON
    for basis in profile.bases:
        if basis.id:
            key = f"bases.{basis.id}"
            values[key] = ON
            values[f"{key}.detail"] = basis.detail
            values[f"{key}.zh_CN"], values[f"{key}.en"] = basis.issuer.zh_CN, basis.issuer.en
    return values


def document_of(values: Mapping[str, str]) -> dict[str, object]:
    """The form as the document it stands for; a number that is none becomes one that is refused."""

    def words(key: str) -> dict[str, str]:
        return {name: values.get(f"{key}.{name}", "").strip() for name in ("zh_CN", "en")}

    def text(key: str) -> str:
        return values.get(key, "").strip()

    def ticked(section: str) -> list[str]:
        return [one.value for one in PURPOSES if values.get(f"{section}.{one.value}")]

    handler = ("name", "address", "contact", "officer_contact", "responsible_unit")
    return {
        "site": {"place_name": words("site.place_name"), "kind": text("site.kind")},
        "handler": {name: words(f"handler.{name}") for name in handler},
        "bases": [
            {
                "id": one,
                "detail": text(f"bases.{one}.detail"),
                "issuer": words(f"bases.{one}"),
            }
            for one in legal_bases()
            if values.get(f"bases.{one}")
        ],
        "infrastructure": {
            name: text(f"infrastructure.{name}")
            for name in ("critical", "crypto_assessment", "sector")
        },
        "assessment": {
            **{
                name: text(f"assessment.{name}")
                for name in ("number", "made_on", "responsible", *_FINDINGS)
            },
            "purposes": ticked("assessed"),
            "children": bool(values.get("assessment.children")),
        },
        "retention": {
            name: _number(values.get(f"retention.{name}", ""))
            for name in ("visitor_hours", "resident_days")
        },
        "purposes": ticked("purposes"),
        "children": text("children"),
    }


def _number(typed: str) -> int:
    plain = typed.strip()
    if not plain.isdecimal() or not plain.isascii() or len(plain) > _MOST_DIGITS:
        return _NO_NUMBER
    return int(plain)


def _flat(document: Mapping[str, Json], prefix: str) -> "list[tuple[str, str]]":
    found: list[tuple[str, str]] = []
    for key, value in document.items():
        if isinstance(value, Mapping):
            found += _flat(value, f"{prefix}{key}.")
        else:
            found.append((prefix + key, str(value)))
    return found
