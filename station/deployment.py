"""The deployment profile: where a station stands, who answers for it, and on what it rests.

Pure data: `station.deployment_checks` says what is missing, `station.deployment_desk` keeps it.
Networking is a field with one value: no code of the station opens a connection (C4-2, X-9).
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from consent.canonical import Json, decode_object, encode
from consent.digest import sm3, to_text
from station.config import ROOT
from station.errors import ConfigError, ErrorCode, LedgerError, StationBug
from station.model import Language, Purpose
from station.retention import LONGEST_RESIDENT_TERM, LONGEST_VISITOR_TERM

BASES_FILE = ROOT / "resources" / "policies" / "legal_bases.toml"
MOST_BYTES = 24 << 10
"""Longest profile, so that it fits the request a second person agrees to."""
KEY_INFRASTRUCTURE = "KEY_INFRASTRUCTURE"
"""The policy of attack detection that a key-infrastructure site is held to (L-3, L-4)."""

Line = Annotated[str, Meta(max_length=200)]
Passage = Annotated[str, Meta(max_length=2000)]
Day = Annotated[str, Meta(pattern=r"^(\d{4}-\d\d-\d\d)?$")]
_LONGEST_VISITOR_H = int(LONGEST_VISITOR_TERM.total_seconds()) // 3600
_LONGEST_RESIDENT_DAYS = LONGEST_RESIDENT_TERM.days


class Answer(StrEnum):
    """An answer to a question of the wizard; unanswered is none of them."""

    UNANSWERED = ""
    YES = "YES"
    NO = "NO"


class Sector(StrEnum):
    """The eight sectors of L-4, none of them, or not yet answered."""

    UNANSWERED = ""
    NONE = "NONE"
    COMMUNICATION = "COMMUNICATION"
    ENERGY = "ENERGY"
    TRANSPORT = "TRANSPORT"
    WATER = "WATER"
    FINANCE = "FINANCE"
    PUBLIC_SERVICE = "PUBLIC_SERVICE"
    E_GOVERNMENT = "E_GOVERNMENT"
    DEFENCE_INDUSTRY = "DEFENCE_INDUSTRY"


class SiteKind(StrEnum):
    """What kind of place it is, or not yet answered."""

    UNANSWERED = ""
    RESIDENTIAL = "RESIDENTIAL"
    OFFICE = "OFFICE"
    SCHOOL = "SCHOOL"
    HOSPITAL = "HOSPITAL"
    KEY_UNIT = "KEY_UNIT"
    OTHER = "OTHER"


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Words(_Part, frozen=True):
    """One fact in both languages, as it stands in the notice."""

    zh_CN: Line = ""
    en: Line = ""

    def in_language(self, language: Language) -> str:
        """The fact in one language."""
        return self.zh_CN if language is Language.ZH_CN else self.en


class Site(_Part, frozen=True):
    """Where the station stands."""

    place_name: Words = Words()
    kind: SiteKind = SiteKind.UNANSWERED


class Handler(_Part, frozen=True):
    """Who handles the information, and who answers for it (X-1, PIPL 17, 52)."""

    name: Words = Words()
    address: Words = Words()
    contact: Words = Words()
    officer_contact: Words = Words()
    responsible_unit: Words = Words()


class Basis(_Part, frozen=True):
    """One thing the station rests on: an id of `legal_bases.toml`, and what belongs to it."""

    id: Annotated[str, Meta(pattern="^([A-Z0-9_]{2,24})?$")] = ""
    detail: Line = ""
    """Part of the standard, or number of the authority's document."""
    issuer: Words = Words()
    """Who issued the document."""


class Infrastructure(_Part, frozen=True):
    """The questions that decide the mode (L-4)."""

    critical: Answer = Answer.UNANSWERED
    """Is it key information infrastructure (关键信息基础设施)?"""
    crypto_assessment: Answer = Answer.UNANSWERED
    """Does it need an assessment of its cryptography (密评)?"""
    sector: Sector = Sector.UNANSWERED


class Assessment(_Part, frozen=True):
    """The record of the impact assessment: PIPL 55 and 56, the four items of 办法 9."""

    number: Line = ""
    made_on: Day = ""
    responsible: Line = ""
    lawful_and_necessary: Passage = ""
    effect_on_people: Passage = ""
    risk_of_leak: Passage = ""
    measures: Passage = ""
    purposes: Annotated[tuple[Purpose, ...], Meta(max_length=8)] = ()
    """The purposes it looked at: another one needs another assessment."""
    children: bool = False
    """Whether it looked at registering children."""


class Retention(_Part, frozen=True):
    """The longest terms of this site; what the configuration says may be shorter (R-5)."""

    visitor_hours: Annotated[int, Meta(ge=0, le=_LONGEST_VISITOR_H)] = _LONGEST_VISITOR_H
    resident_days: Annotated[int, Meta(ge=1, le=_LONGEST_RESIDENT_DAYS)] = 365


class Profile(_Part, frozen=True):
    """The whole profile. `digest` names it in requests and in the ledger."""

    form: Literal[1] = 1
    site: Site = Site()
    handler: Handler = Handler()
    bases: Annotated[tuple[Basis, ...], Meta(max_length=8)] = ()
    infrastructure: Infrastructure = Infrastructure()
    assessment: Assessment = Assessment()
    retention: Retention = Retention()
    purposes: Annotated[tuple[Purpose, ...], Meta(max_length=8)] = ()
    """What this station is used for."""
    children: Literal["OTHER_ROUTE", "GUARDIAN"] = "OTHER_ROUTE"
    """Children are not registered, or only at the staffed desk with a guardian (X-6)."""
    networking: Literal["OFF"] = "OFF"

    @property
    def digest(self) -> str:
        """SM3 of the canonical document, base64url."""
        return to_text(sm3(to_bytes(self)))

    @property
    def key_infrastructure(self) -> bool:
        """Whether any answer puts the site under the rules of key infrastructure (L-4)."""
        asked = self.infrastructure
        named = asked.sector not in (Sector.UNANSWERED, Sector.NONE)
        return Answer.YES in (asked.critical, asked.crypto_assessment) or named


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """One entry of `legal_bases.toml`."""

    id: str
    number: str
    detail: str
    """"none", "part" or "document"."""
    names: tuple[tuple[Language, str], ...]

    def name(self, language: Language) -> str:
        """How the form names it."""
        return dict(self.names)[language]


@cache
def legal_bases() -> dict[str, LegalBasis]:
    """The list a profile chooses from, by id."""
    entries = tomllib.loads(BASES_FILE.read_text("utf-8"))["bases"]
    return {
        one["id"]: LegalBasis(
            one["id"],
            one["number"],
            one["detail"],
            tuple((language, one[language.value]) for language in Language),
        )
        for one in entries
    }


def to_bytes(profile: Profile) -> bytes:
    """The canonical document."""
    return encode(to_json(profile))


def to_json(profile: Profile) -> dict[str, Json]:
    """The document as plain values, every field in it."""
    built: dict[str, Json] = msgspec.to_builtins(profile)
    return built


def parse(document: object) -> Profile:
    """A profile from plain values (a sheet, a form). What is left out is not answered yet.

    Raises `ConfigError(DEPLOYMENT_INVALID)` for anything out of form: an unknown field or basis, a
    text too long, a date that is none, a purpose named twice.
    """
    try:
        profile = msgspec.convert(document, Profile)
        if len(to_bytes(profile)) > MOST_BYTES:
            raise ValueError("too long")
        if profile.assessment.made_on:
            date.fromisoformat(profile.assessment.made_on)
        named = [basis.id for basis in profile.bases]
        for listed in (named, profile.purposes, profile.assessment.purposes):
            if len(set(listed)) != len(listed):
                raise ValueError("named twice")
        if not set(named) <= {*legal_bases(), ""}:
            raise ValueError("unknown basis")
    except (msgspec.ValidationError, ValueError, StationBug, RecursionError) as error:
        raise ConfigError(ErrorCode.DEPLOYMENT_INVALID) from error
    return profile


def from_bytes(data: bytes) -> Profile:
    """Inverse of `to_bytes`. Raises `ConfigError(DEPLOYMENT_INVALID)`."""
    try:
        return parse(decode_object(data))
    except LedgerError as error:
        raise ConfigError(ErrorCode.DEPLOYMENT_INVALID) from error


def from_toml(text: str) -> Profile:
    """A filled-in form. Raises `ConfigError(DEPLOYMENT_INVALID)`."""
    try:
        if len(text) > MOST_BYTES:
            raise ValueError("too long")
        return parse(tomllib.loads(text))
    except (ValueError, RecursionError) as error:
        raise ConfigError(ErrorCode.DEPLOYMENT_INVALID) from error


def texts(profile: Profile) -> tuple[str, ...]:
    """Every text somebody typed, for the check of what people type."""

    def walk(value: object) -> Iterable[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            for item in value.values():
                yield from walk(item)
        elif isinstance(value, list | tuple):
            for item in value:
                yield from walk(item)

    return tuple(walk(to_json(profile)))
