"""A person's own copy: everything kept of them as JSON and as a paper (PIPL 45, X-11).

Names of fields, purposes and terms are the notice's. Never a template, a portrait or a score: of
these stands only whether there is one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from consent.canonical import Json, encode
from consent.notice import Notice
from resources.rights_texts import rights_table, words
from station.model import Language
from station.paper import Paper, Part, shown_time
from station.subject_records import SubjectFile
from station.tickets import Ticket

FORM = "subject-copy/1"


@dataclass(frozen=True, slots=True)
class CopyFrame:
    """What a copy says of the station itself, and when it was made."""

    station: str
    handler: Mapping[Language, tuple[str, str]]
    """(name, contact) by language."""
    notice: Notice
    made_at: datetime
    demo: bool = False


def copy_json(kept: SubjectFile, ticket: Ticket, frame: CopyFrame) -> bytes:
    """The copy as one canonical JSON document, for another handler to read (PIPL 45, transfer)."""
    subject = kept.subject
    document: dict[str, Json] = {
        "form": FORM,
        "made_at": _moment(frame.made_at),
        "station": frame.station,
        "demo": frame.demo,
        "ticket": ticket.id,
        "fields": dict(kept.fields),
        "typed_by_staff": list(kept.typed),
        "resident": subject.resident,
        "restricted": subject.restricted,
        "kept_until": subject.expires_at,
        "template": {"kept": subject.template, "version": kept.template_version},
        "portraits_sealed": subject.portraits,
        "purposes": [purpose.value for purpose in frame.notice.purposes],
        "retention_period": frame.notice.retention_period,
        "notice": {
            "id": frame.notice.notice_id,
            "version": frame.notice.version,
            "digest": frame.notice.digest,
        },
        "handler": {
            language.value: {"name": name, "contact": contact}
            for language, (name, contact) in frame.handler.items()
        },
        "consents": [
            {
                "record_id": one.record_id,
                "purpose": one.purpose,
                "notice_id": one.notice_id,
                "notice_version": one.notice_version,
                "notice_digest": one.notice_digest,
                "given_at": one.given_at,
            }
            for one in kept.consents
        ],
        "uses": [{"time": u.time, "kind": u.kind, "result": u.result} for u in kept.uses],
    }
    if kept.resident_number:
        document["resident_number"] = kept.resident_number
    return encode(document)


def copy_paper(kept: SubjectFile, ticket: Ticket, frame: CopyFrame, language: Language) -> Paper:
    """The same to be read: fields, purposes and terms, consents, and when something was done."""

    def say(key: str, **blanks: object) -> str:
        return words("copy", key, language, **blanks)

    name, contact = frame.handler[language]
    label = say(
        "label", time=shown_time(_moment(frame.made_at)), ticket=ticket.id, station=frame.station
    )
    if frame.demo:
        label = f"{say('demo')} · {label}"
    text = frame.notice.text(language)
    purposes = tuple((words("purpose", one, language), tick) for one, tick in text.ticks)
    parts = (
        Part(say("handler_head"), (f"{name}\n{contact}",)),
        Part(say("fields_head"), (say("typed_note"),), _fields(kept, frame, language)),
        Part(say("kept_head"), table=_kept(kept, language)),
        Part(say("purposes_head"), table=((say("purpose"), say("words")), *purposes)),
        Part(say("consents_head"), (say("consents_note"),), _consents(kept, language)),
        Part(say("uses_head"), (say("uses_note"),), _uses(kept, language)),
        Part(say("rights_head"), (say("rights", place=text.rights_place or contact),)),
    )
    return Paper(say("title"), label, parts)


def _fields(kept: SubjectFile, frame: CopyFrame, language: Language) -> tuple[tuple[str, ...], ...]:
    names = dict(frame.notice.text(language).field_names)
    known = rights_table()["field"]
    source = {
        typed: words("copy", "by_staff" if typed else "by_document", language)
        for typed in (False, True)
    }
    rows = [
        (names.get(name) or known[name][language.value], value, source[name in kept.typed])
        for name, value in kept.fields.items()
    ]
    if kept.resident_number:
        number = words("copy", "resident_number", language)
        rows.append((number, kept.resident_number, words("copy", "by_station", language)))
    return (_head(language, "field", "value", "source"), *rows)


def _kept(kept: SubjectFile, language: Language) -> tuple[tuple[str, ...], ...]:
    def say(key: str, **blanks: object) -> str:
        return words("copy", key, language, **blanks)

    subject = kept.subject
    template = say("template_yes", version=kept.template_version)
    return (
        _head(language, "item", "state"),
        (say("until"), shown_time(subject.expires_at)),
        (say("template"), template if subject.template else say("no")),
        (say("portraits"), say("portraits_sealed", count=subject.portraits)),
        (say("restricted"), say("yes") if subject.restricted else say("no")),
    )


def _consents(kept: SubjectFile, language: Language) -> tuple[tuple[str, ...], ...]:
    rows = (
        (
            words("purpose", one.purpose, language),
            shown_time(one.given_at),
            f"{one.notice_id} {one.notice_version}",
            f"{one.record_id}\n{one.notice_digest}",
        )
        for one in kept.consents
    )
    return (_head(language, "purpose", "time", "version", "record"), *rows)


def _uses(kept: SubjectFile, language: Language) -> tuple[tuple[str, ...], ...]:
    known = rights_table()["use"]
    rows = (
        (shown_time(use.time), known[use.kind][language.value] if use.kind in known else use.kind)
        for use in kept.uses
    )
    return (_head(language, "time", "what"), *rows)


def _head(language: Language, *keys: str) -> tuple[str, ...]:
    return tuple(words("copy", key, language) for key in keys)


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
