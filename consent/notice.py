"""The versioned notice a person reads before anything is opened (PIPL art. 14, 17, 30).

A template has blanks; `publish` fills them from the data of the site and refuses to give a notice
with any blank empty. The digest covers every word of every language, so a consent record names
exactly what was shown. Nothing in a notice is pre-ticked: it holds texts and no answers.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from consent.canonical import Json, encode
from consent.digest import sm3
from station.errors import ConsentError, ErrorCode
from station.model import IDENTITY_FIELDS, Language, Purpose

SECTION_KEYS = ("header", "handler", "A", "B", "C", "D", "E", "F", "G", "H", "I", "J")
"""Sections every notice has, in this order (requirements.md 5.1)."""

_BLANK = re.compile(r"\{([a-z_]*)\}")
# A blank filled with one of these is still empty: dots, lines and the usual words for "later".
_UNFILLED = re.compile(r"[\s_.…·—?？\-/]*|tbd|todo|xxx+|待填|待定|未填", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NoticeTemplate:
    """One language of a template, blanks unfilled; `consent.notice_source` reads it from TOML."""

    notice_id: str
    version: str
    language: Language
    purposes: tuple[Purpose, ...]
    fields: tuple[str, ...]
    max_retention_hours: int
    title: str
    summary: str
    sections: tuple[tuple[str, str, str], ...]
    """(key, heading, body)."""
    declaration: str
    agree: str
    other_route: str
    refuse: str
    field_names: Mapping[str, str]
    field_separator: str


@dataclass(frozen=True, slots=True)
class Site:
    """What the operator of a site fills in, per language, and the figures common to all."""

    retention_hours: int
    blanks: Mapping[Language, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class NoticeText:
    """A published notice in one language, ready to be shown and read out."""

    title: str
    summary: str
    sections: tuple[tuple[str, str], ...]
    """(heading, body) in reading order; lines of a body are separate statements."""
    declaration: str
    """What the person says by the affirmative act; about the face alone (separate consent)."""
    agree: str
    other_route: str
    refuse: str
    field_names: tuple[tuple[str, str], ...]
    """(field of `IDENTITY_FIELDS`, its name in this language) for the fields that are read."""
    handler_name: str
    handler_address: str
    handler_contact: str
    recipients: str
    place_name: str
    rights_place: str = ""
    """Where consent is taken back; section H says it too, so the digest covers it."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A published notice. `digest` is hexadecimal SM3 over everything else in it."""

    notice_id: str
    version: str
    languages: Mapping[Language, NoticeText]
    digest: str
    retention_hours: int
    purposes: tuple[Purpose, ...]
    fields: tuple[str, ...]
    """The whitelist of document fields (N-5): no other field may be read out or kept."""

    def text(self, language: Language) -> NoticeText:
        """The text in `language`. Raises `ConsentError(NOTICE_INCOMPLETE)` if it has none."""
        try:
            return self.languages[language]
        except KeyError as error:
            raise ConsentError(ErrorCode.NOTICE_INCOMPLETE) from error


def publish(templates: Mapping[Language, NoticeTemplate], site: Site) -> Notice:
    """Fill every blank. Raises `ConsentError(NOTICE_INCOMPLETE)` when anything stays empty.

    All languages must be there and say the same: id, version, purposes, fields, sections. The
    site's retention may not exceed the template's maximum (R-5).
    """
    if set(templates) != set(Language):
        raise _incomplete()
    first = templates[Language.ZH_CN]
    if not _is_usable(first) or not 1 <= site.retention_hours <= first.max_retention_hours:
        raise _incomplete()
    texts: dict[Language, NoticeText] = {}
    for language in Language:
        template = templates[language]
        if _common(template) != _common(first) or template.language is not language:
            raise _incomplete()
        texts[language] = _fill(template, site, site.blanks.get(language, {}))
    content: dict[str, Json] = {
        "notice_id": first.notice_id,
        "version": first.version,
        "purposes": [purpose.value for purpose in first.purposes],
        "fields": list(first.fields),
        "retention_hours": site.retention_hours,
        "languages": {language.value: _text_json(text) for language, text in texts.items()},
    }
    return Notice(
        notice_id=first.notice_id,
        version=first.version,
        languages=texts,
        digest=sm3(encode(content)).hex(),
        retention_hours=site.retention_hours,
        purposes=first.purposes,
        fields=first.fields,
    )


def _is_usable(template: NoticeTemplate) -> bool:
    known = set(IDENTITY_FIELDS)
    return (
        tuple(key for key, _, _ in template.sections) == SECTION_KEYS
        and bool(template.purposes and template.fields)
        and len(set(template.purposes)) == len(template.purposes)
        and set(template.fields) <= known
    )


def _common(template: NoticeTemplate) -> tuple[object, ...]:
    return (
        template.notice_id,
        template.version,
        template.purposes,
        template.fields,
        template.max_retention_hours,
        tuple(key for key, _, _ in template.sections),
    )


def _fill(template: NoticeTemplate, site: Site, blanks: Mapping[str, str]) -> NoticeText:
    names = tuple((field, template.field_names.get(field, "")) for field in template.fields)
    values = {
        **blanks,
        "notice_id": template.notice_id,
        "version": template.version,
        "retention_hours": str(site.retention_hours),
        "fields": template.field_separator.join(_filled(name) for _, name in names),
    }

    def fill(text: str) -> str:
        return _filled(_BLANK.sub(lambda blank: _filled(values.get(blank[1], "")), text))

    return NoticeText(
        title=fill(template.title),
        summary=fill(template.summary),
        sections=tuple((fill(heading), fill(body)) for _, heading, body in template.sections),
        declaration=fill(template.declaration),
        agree=fill(template.agree),
        other_route=fill(template.other_route),
        refuse=fill(template.refuse),
        field_names=names,
        handler_name=fill("{handler_name}"),
        handler_address=fill("{handler_address}"),
        handler_contact=fill("{handler_contact}"),
        recipients=fill("{recipients}"),
        place_name=fill("{place_name}"),
        rights_place=blanks.get("rights_place", "").strip(),
    )


def _filled(text: str) -> str:
    """`text` without outer space. Raises when it is empty, a placeholder, or holds a brace."""
    stripped = text.strip()
    if _UNFILLED.fullmatch(stripped) or "{" in stripped or "}" in stripped:
        raise _incomplete()
    return stripped


def _text_json(text: NoticeText) -> Json:
    return {
        "title": text.title,
        "summary": text.summary,
        "sections": [[heading, body] for heading, body in text.sections],
        "declaration": text.declaration,
        "choices": [text.agree, text.other_route, text.refuse],
        "field_names": [[field, name] for field, name in text.field_names],
        "handler_name": text.handler_name,
        "handler_address": text.handler_address,
        "handler_contact": text.handler_contact,
        "recipients": text.recipients,
        "place_name": text.place_name,
    }


def _incomplete() -> ConsentError:
    return ConsentError(ErrorCode.NOTICE_INCOMPLETE)
