"""The parts of the editor of notices, and the way from a field to its place in a draft."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from consent.required_words import Lack, Problem

_OF_PROFILE = frozenset(
    {
        *("place_name", "handler_name", "handler_address", "handler_contact"),
        *("officer_contact", "legal_basis", "impact_assessment_no"),
    }
)
"""Blanks the deployment profile fills: nobody types them twice."""
_HEAD = ("title", "summary", "child_summary")
_BUTTONS = ("agree", "other_route", "refuse")
_NUMBERS = ("visitor_hours", "resident_days")
_NO_NUMBER = -1
_DAYS = frozenset({"resident", "resident_minor"})
_MOST_DIGITS = 4
Document = dict[str, Any]
"""A draft as plain values (`consent.draft.draft_json`), being edited."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: `path` leads to it in the draft, `word` names it."""

    path: str
    word: str
    long: bool
    value: str


def parts_of(document: Document) -> tuple[str, ...]:
    """The parts of the editor, in reading order."""
    return "terms", "blanks", "head", *document["words"]["en"]["sections"], "end"


def fields_of(document: Document, part: str, language: str) -> Iterator[Field]:
    """The fields of one part in one language."""
    if part == "terms":
        yield from _terms(document)
    elif part == "blanks":
        for name, value in sorted(document["blanks"][language].items()):
            if name not in _OF_PROFILE:
                yield Field(f"blanks/{language}/{name}", name, False, value)
    else:
        yield from _words(document["words"][language], part, f"words/{language}")


def _terms(document: Document) -> Iterator[Field]:
    yield Field("effective_on", "effective_on", False, document["effective_on"])
    if document["name"] == "visitor":
        yield Field("visitor_hours", "visitor_hours", False, str(document["visitor_hours"]))
    if document["name"] in _DAYS:
        yield Field("resident_days", "resident_days", False, str(document["resident_days"]))


def _words(words: Document, part: str, base: str) -> Iterator[Field]:
    if part == "head":
        for name in _HEAD:
            yield Field(f"{base}/{name}", name, name != "title", words[name])
    elif part == "end":
        yield Field(f"{base}/declaration", "declaration", True, words["declaration"])
        for purpose, value in words["ticks"].items():
            yield Field(f"{base}/ticks/{purpose}", purpose, True, value)
        for name in _BUTTONS:
            yield Field(f"{base}/{name}", name, False, words[name])
    else:
        for name in ("heading", "body"):
            value = words["sections"][part][name]
            yield Field(f"{base}/sections/{part}/{name}", name, name == "body", value)


def set_at(document: Document, path: str, value: str) -> bool:
    """Put what was typed in its place; whether that changed anything."""
    *way, last = path.split("/")
    found = document
    for key in way:
        found = found[key]
    typed: object = _number(value) if path in _NUMBERS else value
    if found[last] == typed:
        return False
    found[last] = typed
    return True


def part_of(problem: Problem) -> str:
    """The part of the editor in which a gap is filled."""
    place = problem.place.split(".")[0]
    if place in ("effective_on", *_NUMBERS):
        return "terms"
    if problem.lack is Lack.UNFILLED and problem.name not in _OF_PROFILE:
        return "blanks"
    if place in _HEAD:
        return "head"
    return "end" if place in ("declaration", "ticks", *_BUTTONS) else place


def heading_of(document: Mapping[str, Any], part: str, language: str) -> str:
    """The heading of a section, as it is written now."""
    sections = document["words"][language]["sections"]
    return str(sections[part]["heading"]) if part in sections else ""


def _number(typed: str) -> int:
    plain = typed.strip()
    if not plain.isdecimal() or not plain.isascii() or len(plain) > _MOST_DIGITS:
        return _NO_NUMBER
    return int(plain)
