"""Publishing a notice: a draft becomes words nobody can change any more, under one digest.

What is kept of a publication is the rendered notice itself, not its template: an update of the
software changes no notice that people have read. Which one is in force follows from its number and
its date (X-1: changed → notified and asked anew).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from consent.canonical import Json
from consent.draft import OWN_BLANKS_OF_DRAFT, Draft, site_of, template_with
from consent.notice import Notice, NoticeTemplate, NoticeText, TermUnit, publish, sealed_notice
from consent.notice_source import Facts
from consent.required_words import Lack, Problem, problems_in
from station.errors import ConsentError, ErrorCode
from station.model import IDENTITY_FIELDS, Language, Purpose

Templates = Mapping[Language, NoticeTemplate]
"""The shipped template in every language."""


@dataclass(frozen=True, slots=True)
class Longest:
    """The longest terms of this site, from its deployment profile."""

    visitor_hours: int
    resident_days: int


@dataclass(frozen=True, slots=True)
class Published:
    """One publication: `number` counts from 1 for each name."""

    name: str
    number: int
    effective_on: str
    """ISO 8601 date."""
    notice: Notice
    facts: Facts
    """What the deployment profile said when it was published."""


def problems(
    draft: Draft, shipped: Templates, facts: Facts, longest: Longest
) -> tuple[Problem, ...]:
    """Everything that keeps the draft from being published, named; empty when it may be."""
    site = site_of(draft, facts)
    found: list[Problem] = []
    for language in Language:
        template = shipped[language]
        known = OWN_BLANKS_OF_DRAFT | facts.get(language, {}).keys()
        known |= draft.blanks.in_language(language).keys()
        edited = template_with(template, draft, "0")
        for problem in problems_in(edited, template, site, frozenset(known)):
            # Without a date the date is what is missing, not the places where it would stand.
            if problem.lack is not Lack.UNFILLED or problem.name not in OWN_BLANKS_OF_DRAFT:
                found.append(problem)
    if not draft.effective_on:
        found.append(Problem(Lack.DATE, "effective_on"))
    return (*found, *_terms(draft, shipped[Language.ZH_CN], longest))


def _terms(draft: Draft, shipped: NoticeTemplate, longest: Longest) -> list[Problem]:
    if not shipped.max_retention_hours:
        return []
    if shipped.term_unit is TermUnit.DAYS:
        most = min(shipped.max_retention_hours // 24, longest.resident_days)
        return [] if 1 <= draft.resident_days <= most else [Problem(Lack.TERM, "resident_days")]
    most = min(shipped.max_retention_hours, longest.visitor_hours)
    return [] if 1 <= draft.visitor_hours <= most else [Problem(Lack.TERM, "visitor_hours")]


def rendered(
    draft: Draft, shipped: Templates, facts: Facts, longest: Longest, number: int
) -> Notice:
    """The notice a draft becomes as publication `number`.

    Raises `ConsentError(NOTICE_INCOMPLETE)` where `problems` names any.
    """
    if problems(draft, shipped, facts, longest):
        raise ConsentError(ErrorCode.NOTICE_INCOMPLETE)
    templates = {
        language: template_with(template, draft, version_of(number))
        for language, template in shipped.items()
    }
    return publish(templates, site_of(draft, facts))


def version_of(number: int) -> str:
    """The version publication `number` carries; versions 1.x belong to the shipped texts."""
    return f"{number + 1}.0"


def in_force(publications: Sequence[Published], name: str, today: date) -> Published | None:
    """The newest publication of a notice whose day has come; None where there is none yet."""
    begun = (
        one
        for one in publications
        if one.name == name and date.fromisoformat(one.effective_on) <= today
    )
    return max(begun, key=lambda one: one.number, default=None)


def published_json(one: Published) -> dict[str, Json]:
    """A publication as plain values."""
    return {
        "name": one.name,
        "number": one.number,
        "effective_on": one.effective_on,
        "notice": _notice_json(one.notice),
        "facts": {language.value: dict(words) for language, words in one.facts.items()},
    }


def parse_published(document: Mapping[str, Json]) -> Published:
    """Inverse of `published_json`; the digest is worked out anew and has to be the same.

    Raises `ConsentError(NOTICE_INCOMPLETE)` for anything out of form.
    """
    try:
        notice = _notice(_table(document["notice"]))
        day, number = _text(document["effective_on"]), document["number"]
        date.fromisoformat(day)
        if not isinstance(number, int) or number < 1:
            raise ValueError("no number")
        facts = {
            Language(language): {key: _text(word) for key, word in _table(words).items()}
            for language, words in _table(document["facts"]).items()
        }
        return Published(_text(document["name"]), number, day, notice, facts)
    except (KeyError, TypeError, ValueError) as error:
        raise ConsentError(ErrorCode.NOTICE_INCOMPLETE) from error


def _notice_json(notice: Notice) -> dict[str, Json]:
    return {
        "notice_id": notice.notice_id,
        "version": notice.version,
        "digest": notice.digest,
        "retention_hours": notice.retention_hours,
        "purposes": [purpose.value for purpose in notice.purposes],
        "fields": list(notice.fields),
        "term_unit": notice.term_unit.value,
        "portraits": notice.portraits,
        "languages": {
            language.value: _text_json(text) for language, text in notice.languages.items()
        },
    }


def _text_json(text: NoticeText) -> dict[str, Json]:
    return {
        "title": text.title,
        "summary": text.summary,
        "child_summary": text.child_summary,
        "sections": [list(section) for section in text.sections],
        "declaration": text.declaration,
        "choices": [text.agree, text.other_route, text.refuse],
        "field_names": [list(pair) for pair in text.field_names],
        "handler": [text.handler_name, text.handler_address, text.handler_contact],
        "recipients": text.recipients,
        "place_name": text.place_name,
        "rights_place": text.rights_place,
        "ticks": [[purpose.value, words] for purpose, words in text.ticks],
    }


def _notice(document: Mapping[str, Json]) -> Notice:
    hours, portraits = document["retention_hours"], document["portraits"]
    if not isinstance(hours, int) or not isinstance(portraits, int):
        raise TypeError("not a whole number")
    fields = tuple(_text(field) for field in _list(document["fields"]))
    languages = {
        Language(language): _notice_text(_table(text))
        for language, text in _table(document["languages"]).items()
    }
    if not set(fields) <= set(IDENTITY_FIELDS) or set(languages) != set(Language):
        raise ValueError("not a notice of this station")
    notice = Notice(
        notice_id=_text(document["notice_id"]),
        version=_text(document["version"]),
        languages={language: languages[language] for language in Language},
        digest="",
        retention_hours=hours,
        purposes=tuple(Purpose(_text(one)) for one in _list(document["purposes"])),
        fields=fields,
        term_unit=TermUnit(_text(document["term_unit"])),
        portraits=portraits,
    )
    sealed = sealed_notice(notice)
    if sealed.digest != document["digest"]:
        raise ValueError("the words are not those of the digest")
    return sealed


def _notice_text(document: Mapping[str, Json]) -> NoticeText:
    agree, other_route, refuse = (_text(one) for one in _list(document["choices"]))
    name, address, contact = (_text(one) for one in _list(document["handler"]))
    return NoticeText(
        title=_text(document["title"]),
        summary=_text(document["summary"]),
        sections=tuple(_pair(one) for one in _list(document["sections"])),
        declaration=_text(document["declaration"]),
        agree=agree,
        other_route=other_route,
        refuse=refuse,
        field_names=tuple(_pair(one) for one in _list(document["field_names"])),
        handler_name=name,
        handler_address=address,
        handler_contact=contact,
        recipients=_text(document["recipients"]),
        place_name=_text(document["place_name"]),
        rights_place=_text(document["rights_place"]),
        ticks=tuple(
            (Purpose(purpose), words) for purpose, words in map(_pair, _list(document["ticks"]))
        ),
        child_summary=_text(document["child_summary"]),
    )


def _pair(value: Json) -> tuple[str, str]:
    first, second = _list(value)
    return _text(first), _text(second)


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _list(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _table(value: Json) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise TypeError("not a table")
    return value
