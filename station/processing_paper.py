"""The record of processing to be handed over: as JSON for a program, as a paper to be read.

PIPL 55 and 56 want it kept for three years at least; nobody's data is in it.
"""

import re

import msgspec

from consent.canonical import Json, encode
from resources.rights_texts import rights_table, words
from station.filing_pack import FilingFacts
from station.model import Language
from station.paper import Paper, Part, shown_time
from station.processing_record import Purpose, Version

FORM = "processing-record/1"
_TERM = re.compile(r"P(?:(\d+)D|T(\d+)H)")


def record_json(versions: tuple[Version, ...], facts: FilingFacts) -> bytes:
    """Every version as one canonical JSON document, the newest first."""
    listed: Json = msgspec.to_builtins(versions)
    document: dict[str, Json] = {
        "form": FORM,
        "station": facts.station,
        "demo": facts.demo,
        "made_at": facts.made_at.isoformat(timespec="seconds"),
        "versions": listed,
    }
    return encode(document)


def record_paper(versions: tuple[Version, ...], facts: FilingFacts, language: Language) -> Paper:
    """Every version to be read, the newest first."""

    def say(key: str, **blanks: object) -> str:
        return words("processing", key, language, **blanks)

    head = tuple(say(key) for key in ("purpose", "notice", "fields", "term", "recipients"))
    parts = tuple(
        Part(
            say("version", number=one.number, since=shown_time(one.since)),
            (
                say("handler", handler=one.processing.handler or "–"),
                say("assessment", number=one.processing.assessment or "–"),
                say("transfer"),
            ),
            (head, *(purpose_row(purpose, language) for purpose in one.processing.purposes)),
        )
        for one in versions
    )
    made = shown_time(facts.made_at.isoformat(timespec="seconds"))
    label = "label_demo" if facts.demo else "label"
    return Paper(say("title"), say(label, time=made, station=facts.station), parts)


def purpose_row(purpose: Purpose, language: Language) -> tuple[str, ...]:
    """One purpose: what for, under which notice, with which data, how long, for whom."""
    separator = "、" if language is Language.ZH_CN else ", "
    known = rights_table()["field"]
    fields = [words("field", name, language) for name in purpose.fields if name in known]
    if purpose.portraits:
        fields.append(words("processing", "portraits", language, count=purpose.portraits))
    return (
        words("purpose", purpose.purpose, language),
        f"{purpose.notice_id} {purpose.notice_version}",
        separator.join(fields) or "–",
        shown_term(purpose.retention, language),
        purpose.recipients or "–",
    )


def shown_term(duration: str, language: Language) -> str:
    """A notice's term in words: days or hours; anything else as it is."""
    found = _TERM.fullmatch(duration)
    if found is None:
        return duration
    days, hours = found.groups()
    key = "days" if days else "hours"
    return words("processing", key, language, count=int(days or hours))
