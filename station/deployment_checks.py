"""What a deployment profile still lacks, and what follows from it for policy and notice.

Pure. Nobody is served before it is complete (1号文 4.1: 无相关标准支持或职能部门要求不应配置及安装;
PIPL 55: assessed beforehand, and anew when the purpose changes).
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

import msgspec

from station.config import Policy
from station.deployment import (
    KEY_INFRASTRUCTURE,
    Answer,
    Basis,
    Infrastructure,
    Profile,
    Retention,
    Sector,
    SiteKind,
    Words,
    legal_bases,
)
from station.model import Language, Purpose


class Missing(StrEnum):
    """What keeps a station from serving; the words are in resources/i18n/deployment.toml."""

    PROFILE = "PROFILE"
    PLACE_NAME = "PLACE_NAME"
    SITE_KIND = "SITE_KIND"
    HANDLER_NAME = "HANDLER_NAME"
    HANDLER_ADDRESS = "HANDLER_ADDRESS"
    HANDLER_CONTACT = "HANDLER_CONTACT"
    OFFICER_CONTACT = "OFFICER_CONTACT"
    RESPONSIBLE_UNIT = "RESPONSIBLE_UNIT"
    BASIS = "BASIS"
    BASIS_PART = "BASIS_PART"
    AUTHORITY_DOCUMENT = "AUTHORITY_DOCUMENT"
    AUTHORITY_ISSUER = "AUTHORITY_ISSUER"
    CRITICAL = "CRITICAL"
    CRYPTO_ASSESSMENT = "CRYPTO_ASSESSMENT"
    SECTOR = "SECTOR"
    PURPOSES = "PURPOSES"
    ASSESSMENT_NUMBER = "ASSESSMENT_NUMBER"
    ASSESSMENT_DATE = "ASSESSMENT_DATE"
    ASSESSMENT_RESPONSIBLE = "ASSESSMENT_RESPONSIBLE"
    ASSESSMENT_LAWFUL = "ASSESSMENT_LAWFUL"
    ASSESSMENT_EFFECT = "ASSESSMENT_EFFECT"
    ASSESSMENT_LEAK = "ASSESSMENT_LEAK"
    ASSESSMENT_MEASURES = "ASSESSMENT_MEASURES"
    ASSESSMENT_PURPOSE = "ASSESSMENT_PURPOSE"
    """The purposes have changed since: to be assessed anew (PIPL 55)."""
    ASSESSMENT_CHILDREN = "ASSESSMENT_CHILDREN"
    NOTICE_FACTS = "NOTICE_FACTS"
    """The notice in force was published from a profile that said something else."""
    SENSOR = "SENSOR"
    """Key infrastructure on a camera alone (L-3)."""
    RESTART = "RESTART"
    """The mode has changed since the start: the next start takes it."""


def missing(
    profile: Profile | None, asked: Iterable[Purpose] = (), *, today: date
) -> tuple[Missing, ...]:
    """What is left to fill in before anybody may be served, in the order of the form.

    `asked` are the purposes of the notice that would be shown.
    """
    if profile is None:
        return (Missing.PROFILE,)
    return (
        *_missing_facts(profile),
        *_missing_bases(profile.bases),
        *_missing_answers(profile.infrastructure),
        *_missing_assessment(profile, frozenset(asked), today),
    )


def _missing_facts(profile: Profile) -> Iterable[Missing]:
    handler = profile.handler
    for fact, words in (
        (Missing.PLACE_NAME, profile.site.place_name),
        (Missing.HANDLER_NAME, handler.name),
        (Missing.HANDLER_ADDRESS, handler.address),
        (Missing.HANDLER_CONTACT, handler.contact),
        (Missing.OFFICER_CONTACT, handler.officer_contact),
        (Missing.RESPONSIBLE_UNIT, handler.responsible_unit),
    ):
        if not _both(words):
            yield fact
    if profile.site.kind is SiteKind.UNANSWERED:
        yield Missing.SITE_KIND


def _missing_bases(bases: tuple[Basis, ...]) -> Iterable[Missing]:
    named = [basis for basis in bases if basis.id]
    if not named:
        yield Missing.BASIS
    for basis in named:
        wanted = legal_bases()[basis.id].detail
        if wanted == "part" and not basis.detail.strip():
            yield Missing.BASIS_PART
        if wanted == "document":
            if not basis.detail.strip():
                yield Missing.AUTHORITY_DOCUMENT
            if not _both(basis.issuer):
                yield Missing.AUTHORITY_ISSUER


def _missing_answers(asked: Infrastructure) -> Iterable[Missing]:
    if asked.critical is Answer.UNANSWERED:
        yield Missing.CRITICAL
    if asked.crypto_assessment is Answer.UNANSWERED:
        yield Missing.CRYPTO_ASSESSMENT
    if asked.sector is Sector.UNANSWERED:
        yield Missing.SECTOR


def _missing_assessment(
    profile: Profile, asked: frozenset[Purpose], today: date
) -> Iterable[Missing]:
    made = profile.assessment
    for item, text in (
        (Missing.ASSESSMENT_NUMBER, made.number),
        (Missing.ASSESSMENT_RESPONSIBLE, made.responsible),
        (Missing.ASSESSMENT_LAWFUL, made.lawful_and_necessary),
        (Missing.ASSESSMENT_EFFECT, made.effect_on_people),
        (Missing.ASSESSMENT_LEAK, made.risk_of_leak),
        (Missing.ASSESSMENT_MEASURES, made.measures),
    ):
        if not text.strip():
            yield item
    # Beforehand: a date that has not come yet says that it was not made.
    if not made.made_on or date.fromisoformat(made.made_on) > today:
        yield Missing.ASSESSMENT_DATE
    if not profile.purposes or not asked <= set(profile.purposes):
        yield Missing.PURPOSES
    if not set(profile.purposes) <= set(made.purposes):
        yield Missing.ASSESSMENT_PURPOSE
    if profile.children == "GUARDIAN" and not made.children:
        yield Missing.ASSESSMENT_CHILDREN


def bounded(policy: Policy, profile: Profile | None, agreed: Retention | None = None) -> Policy:
    """The configuration held to the profile: no longer terms, no weaker attack detection.

    `agreed` are the terms two people agreed to on the page of retention.
    """
    if profile is not None and profile.key_infrastructure:
        policy = msgspec.structs.replace(policy, pad=KEY_INFRASTRUCTURE)
    for most in (None if profile is None else profile.retention, agreed):
        if most is not None:
            longest = min(policy.resident_retention_max_days, most.resident_days)
            policy = msgspec.structs.replace(
                policy,
                visitor_retention_h=min(policy.visitor_retention_h, most.visitor_hours),
                resident_retention_max_days=longest,
                resident_retention_days=min(policy.resident_retention_days, longest),
            )
    return policy


def facts_of(profile: Profile, language: Language) -> dict[str, str]:
    """The blanks of a notice that the profile, and nothing else, fills."""
    handler, place = profile.handler, profile.site.place_name
    return {
        "place_name": place.in_language(language),
        "handler_name": handler.name.in_language(language),
        "handler_address": handler.address.in_language(language),
        "handler_contact": handler.contact.in_language(language),
        "officer_contact": handler.officer_contact.in_language(language),
        "legal_basis": _basis_text(profile, language),
        "impact_assessment_no": profile.assessment.number,
    }


def _basis_text(profile: Profile, language: Language) -> str:
    chinese = language is Language.ZH_CN
    named = []
    for basis in (one for one in profile.bases if one.id):
        listed, detail = legal_bases()[basis.id], basis.detail.strip()
        if listed.detail == "part":
            detail = detail.removeprefix(".")
            named.append(f"{listed.number}.{detail}" if detail else "")
        elif listed.detail == "document":
            issuer = basis.issuer.in_language(language).strip()
            named.append((f"{issuer} {detail}" if chinese else f"{issuer}, {detail}").strip(", "))
        else:
            named.append(listed.number)
    unit = profile.handler.responsible_unit.in_language(language).strip()
    bases = ("、" if chinese else "; ").join(one for one in named if one)
    if not bases or not unit:
        return ""
    return f"{bases}（责任单位：{unit}）" if chinese else f"{bases} (responsible unit: {unit})"


def _both(words: Words) -> bool:
    return bool(words.zh_CN.strip() and words.en.strip())
