"""Reads notice templates and site data from TOML; a wrong shape is an incomplete notice."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from consent.notice import Notice, NoticeTemplate, Site, TermUnit, publish
from station.errors import ConsentError, ErrorCode
from station.model import Language, Purpose

MAX_BYTES = 128 * 1024


Facts = Mapping[Language, Mapping[str, str]]
"""Blanks that somebody else answers for than the site's file, per language."""


def read_notice(folder: Path, name: str, site_file: Path, facts: Facts | None = None) -> Notice:
    """Publish `folder/name.<language>.toml` with the blanks of `site_file`, or of `facts` first.

    Raises `ConsentError(NOTICE_INCOMPLETE)` when a file is missing, malformed or leaves a blank.
    """
    return publish(read_templates(folder, name), with_facts(read_site(site_file), facts))


def read_templates(folder: Path, name: str) -> dict[Language, NoticeTemplate]:
    """Every language of a template. Raises `ConsentError(NOTICE_INCOMPLETE)`."""
    return {
        language: parse_template(_read(folder / f"{name}.{language.value}.toml"))
        for language in Language
    }


def read_site(site_file: Path) -> Site:
    """The site's data. Raises `ConsentError(NOTICE_INCOMPLETE)`."""
    return parse_site(_read(site_file))


def with_facts(site: Site, facts: Facts | None) -> Site:
    """The site's data with `facts` in the place of its own blanks of the same names."""
    if facts is None:
        return site
    blanks = {language: {**site.blanks[language], **facts[language]} for language in Language}
    return replace(site, blanks=blanks)


def registers_residents(site_file: Path) -> bool:
    """Whether the site says that it registers residents at all.

    Raises `ConsentError(NOTICE_INCOMPLETE)` when the file is missing or malformed.
    """
    return read_site(site_file).resident_retention_days > 0


def parse_template(text: str) -> NoticeTemplate:
    """One language of a template. Raises `ConsentError(NOTICE_INCOMPLETE)`."""
    try:
        data = tomllib.loads(text)
        unit = TermUnit.DAYS if "max_retention_days" in data else TermUnit.HOURS
        return NoticeTemplate(
            notice_id=_text(data["notice_id"]),
            version=_text(data["version"]),
            language=Language(data["language"]),
            purposes=tuple(Purpose(purpose) for purpose in _list(data["purposes"])),
            fields=tuple(_text(field) for field in _list(data["fields"])),
            max_retention_hours=(
                _count(data["max_retention_days"]) * 24
                if unit is TermUnit.DAYS
                else _count(data["max_retention_hours"])
            ),
            title=_text(data["title"]),
            summary=_text(data["summary"]),
            sections=tuple(
                (_text(part["key"]), _text(part["heading"]), _text(part["body"]))
                for part in _list(data["sections"])
            ),
            declaration=_text(data["declaration"]),
            agree=_text(data["agree"]),
            other_route=_text(data["other_route"]),
            refuse=_text(data["refuse"]),
            field_names=_texts(data["field_names"]),
            field_separator=_text(data["field_separator"]),
            ticks=tuple(
                (Purpose(tick["purpose"]), _text(tick["text"])) for tick in _list(data["ticks"])
            )
            if "ticks" in data
            else (),
            term_unit=unit,
            child_summary=_text(data.get("child_summary", "")),
        )
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ConsentError(ErrorCode.NOTICE_INCOMPLETE) from error


def parse_site(text: str) -> Site:
    """Site data. Raises `ConsentError(NOTICE_INCOMPLETE)`."""
    try:
        data = tomllib.loads(text)
        return Site(
            retention_hours=_count(data["retention_hours"]),
            blanks={language: _texts(data[language.value]) for language in Language},
            # A site that registers no residents need not say anything about them.
            resident_retention_days=_count(data.get("resident_retention_days", 0)),
            resident_portraits=_count(data.get("resident_portraits", 0)),
        )
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ConsentError(ErrorCode.NOTICE_INCOMPLETE) from error


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise ConsentError(ErrorCode.NOTICE_INCOMPLETE, length=len(data))
        return data.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConsentError(ErrorCode.NOTICE_INCOMPLETE) from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _texts(value: object) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise TypeError("not a table")
    return {key: _text(item) for key, item in value.items()}


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("not a whole number")
    return value
