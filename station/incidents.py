"""The incident book: what went wrong with people's data, what was done, who was told (X-16).

A sheet is added to and never rewritten in silence: every change appends a line to its history, each
line carries the digest of all before it, and the ledger has the digest of every version. Order of
writes: ledger first, then the sheet. Notices are made by `station.incident_notice`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

import msgspec

from consent.canonical import Json, encode
from consent.digest import sm3, to_text
from consent.kinds import Kind
from consent.ledger import Ledger, new_id
from resources.rights_texts import rights_table
from station.access import Act
from station.errors import AccessError, ErrorCode, OfficeError, StationBug, StorageError
from station.gate import Permit, check_text
from station.model import Language
from station.office_book import OfficeBook, Sheet, Shelf

MOST_TEXT = 800
"""Longest text of one field, in characters."""
ID_CHARS = 12
_MOST_LINES = 120
_MOST_PEOPLE = 1_500_000_000
EDITABLE = frozenset(
    {"data", "people", "about", "minors", "leak", "found_at", "happened_at", "zh", "en"}
)
"""What may be changed on a sheet; state and history follow from what is done."""
_FACES_AT_RISK = frozenset({"FACE_TEMPLATE", "KEY_MATERIAL"})
Now = Callable[[], datetime]


class IncidentState(StrEnum):
    """Where an incident is."""

    OPEN = "OPEN"
    CONTAINED = "CONTAINED"
    CLOSED = "CLOSED"


class Addressee(StrEnum):
    """To whom a notice goes (PIPL 57; 未成年人网络保护条例 35)."""

    AUTHORITY = "AUTHORITY"
    PERSONS = "PERSONS"
    GUARDIANS = "GUARDIANS"


class Narrative(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is told, in one language; the three groups of PIPL 57 are in it."""

    what: str = ""
    cause: str = ""
    harm: str = ""
    containment: str = ""
    """What was done at once."""
    measures: str = ""
    """What else was done against it."""
    advice: str = ""
    """What the people concerned can do."""

    def whole(self) -> bool:
        """Whether nothing is missing."""
        return all(getattr(self, name).strip() for name in self.__struct_fields__)


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the history; `link` is SM3 over the link before and this line."""

    at: str
    actor: str
    did: str
    fields: tuple[str, ...]
    link: str


class Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was found out or done meanwhile; `at` is ISO 8601 UTC to the second."""

    at: str
    actor: str
    text: str


class Incident(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One incident; times are ISO 8601 UTC to the second or empty."""

    data: tuple[str, ...]
    """Classes of data concerned: keys of `[data]` in rights.toml."""
    people: int
    found_at: str
    about: bool = False
    """Whether `people` is an estimate."""
    minors: bool = False
    leak: bool = False
    happened_at: str = ""
    zh: Narrative = Narrative()
    en: Narrative = Narrative()
    id: str = ""
    """12 hexadecimal characters, for people to cite."""
    state: IncidentState = IncidentState.OPEN
    told: tuple[str, ...] = ()
    """Whom a notice was sent to: `Addressee`."""
    not_told_why: str = ""
    """Why people were not told: what was done keeps harm from them (PIPL 57 II)."""
    salt: str = ""
    history: tuple[Line, ...] = ()
    notes: tuple[Note, ...] = ()

    def narrative(self, language: Language) -> Narrative:
        """What is told in `language`."""
        return self.zh if language is Language.ZH_CN else self.en

    @property
    def renewal_advised(self) -> bool:
        """Whether templates or their keys may be in other hands: every template should be renewed.

        Two people must agree to that; it is never done from here.
        """
        return self.leak and not _FACES_AT_RISK.isdisjoint(self.data)


@dataclass(frozen=True, slots=True)
class Reported:
    """An incident with the sheet it was read from."""

    incident: Incident
    sheet: Sheet = field(repr=False)


class IncidentBook:
    """The incidents of the office. Every change needs the permit of whoever makes it."""

    def __init__(self, book: OfficeBook, ledger: Ledger, now: Now) -> None:
        self._book = book
        self._ledger = ledger
        self._now = now

    def open(self, permit: Permit, incident: Incident) -> Reported:
        """Start a sheet. Raises `AccessError(TEXT_UNUSABLE)`, `OfficeError(INCIDENT_INCOMPLETE)`
        without a class of data, a possible number of people, or when it was found."""
        permit.for_act(Act.INCIDENT_WRITE)
        fresh = msgspec.structs.replace(
            incident,
            id=new_id()[:ID_CHARS],
            salt=new_id(),
            state=IncidentState.OPEN,
            told=(),
            not_told_why="",
            history=(),
            notes=(),
        )
        _check(fresh)
        lined = self._lined(fresh, permit, "OPENED", ())
        self._note(lined, permit)
        return Reported(lined, self._book.add(Shelf.INCIDENT, _body(lined)))

    def change(
        self,
        permit: Permit,
        reported: Reported,
        changes: Mapping[str, object],
        begun_from: Incident | None = None,
    ) -> Reported:
        """Change what a sheet says, while it is not closed; the history names the fields.

        `begun_from` is the sheet that whoever changes it had before them. Raises `OfficeError`:
        INCIDENT_CLOSED, INCIDENT_INCOMPLETE; `AccessError`, CHANGED_MEANWHILE where somebody else
        has written into the same field since.
        """
        if not changes.keys() <= EDITABLE:
            raise StationBug("this field of an incident is not edited")
        if begun_from is not None:
            changes = _joined(reported.incident, begun_from, changes)
        return self._change(permit, reported, changes, "CHANGED")

    def _change(
        self, permit: Permit, reported: Reported, changes: Mapping[str, object], did: str
    ) -> Reported:
        permit.for_act(Act.INCIDENT_WRITE)
        before = reported.incident
        if before.state is IncidentState.CLOSED or len(before.history) >= _MOST_LINES:
            raise OfficeError(ErrorCode.INCIDENT_CLOSED)
        merged = {**msgspec.structs.asdict(before), **changes}
        try:
            after = msgspec.convert(msgspec.to_builtins(merged), Incident)
        except msgspec.ValidationError as error:
            raise OfficeError(ErrorCode.INCIDENT_INCOMPLETE) from error
        _check(after)
        lined = self._lined(after, permit, did, _changed(before, after))
        self._note(lined, permit)
        return Reported(lined, self._book.replace(reported.sheet, _body(lined)))

    def note(self, permit: Permit, reported: Reported, text: str) -> Reported:
        """Add a note; nothing takes it away again, and the ledger has its digest with the sheet's.

        Raises `AccessError`: TEXT_UNUSABLE, REASON_NEEDED for an empty one;
        `OfficeError(INCIDENT_CLOSED)`.
        """
        if not text.strip():
            raise AccessError(ErrorCode.REASON_NEEDED)
        fresh = Note(self._time(), permit.user, text.strip())
        return self._change(permit, reported, {"notes": (*reported.incident.notes, fresh)}, "NOTED")

    def contained(self, permit: Permit, reported: Reported) -> Reported:
        """Note that it cannot spread any more. Raises `OfficeError(INCIDENT_CLOSED)`."""
        return self._change(permit, reported, {"state": IncidentState.CONTAINED}, "CONTAINED")

    def told(self, permit: Permit, reported: Reported, whom: Addressee) -> Reported:
        """Note that a notice went out.

        Raises `OfficeError`: INCIDENT_INCOMPLETE while it could not be told whole, INCIDENT_CLOSED.
        """
        if not reported.incident.zh.whole():
            raise OfficeError(ErrorCode.INCIDENT_INCOMPLETE)
        told = tuple(sorted({*reported.incident.told, whom.value}))
        return self._change(permit, reported, {"told": told}, f"TOLD_{whom.value}")

    def close(self, permit: Permit, reported: Reported, not_told_why: str = "") -> Reported:
        """Close a sheet once everybody was told who must be (PIPL 57).

        The authority always; the people concerned, and guardians where minors are among them, or
        the reason why no harm can come to them. Raises `OfficeError(INCIDENT_INCOMPLETE)`.
        """
        check_text(not_told_why, MOST_TEXT)
        incident = reported.incident
        must = {Addressee.AUTHORITY}
        if not not_told_why.strip() and incident.people:
            must |= {Addressee.PERSONS} | ({Addressee.GUARDIANS} if incident.minors else set())
        if not must <= set(incident.told) or not incident.zh.whole():
            raise OfficeError(ErrorCode.INCIDENT_INCOMPLETE)
        changes = {"state": IncidentState.CLOSED, "not_told_why": not_told_why}
        return self._change(permit, reported, changes, "CLOSED")

    def all(self, permit: Permit) -> tuple[Reported, ...]:
        """Every incident, the newest first. Raises `StorageError(STORE_CORRUPT)` for a sheet whose
        history was cut or changed."""
        permit.for_act(Act.INCIDENT_READ)
        found = sorted(self._reported(), key=lambda one: one.incident.found_at)
        return tuple(reversed(found))

    def get(self, number: str) -> Reported:
        """One incident by its number. Raises `StorageError(SHEET_MISSING)`."""
        for found in self._reported():
            if found.incident.id == number:
                return found
        raise StorageError(ErrorCode.SHEET_MISSING)

    def still_open(self) -> int:
        """How many incidents are not closed; for health."""
        return sum(one.incident.state is not IncidentState.CLOSED for one in self._reported())

    def count(self) -> int:
        """How many incidents there are."""
        return sum(1 for _ in self._reported())

    def _lined(
        self, incident: Incident, permit: Permit, did: str, fields: tuple[str, ...]
    ) -> Incident:
        line = _linked(incident.history, Line(self._time(), permit.user, did, fields, ""))
        return msgspec.structs.replace(incident, history=(*incident.history, line))

    def _time(self) -> str:
        return self._now().astimezone(UTC).replace(microsecond=0).isoformat()

    def _note(self, incident: Incident, permit: Permit) -> None:
        last = incident.history[-1]
        payload: dict[str, Json] = {
            **permit.actor(),
            "incident": incident.id,
            "step": last.did,
            "state": incident.state.value,
            "data": list(incident.data),
            "people": incident.people,
            "leak": incident.leak,
            "minors": incident.minors,
            "digest": to_text(sm3(_body(incident))),
        }
        self._ledger.record(Kind.INCIDENT, payload)

    def _reported(self) -> Iterator[Reported]:
        for sheet in self._book.all(Shelf.INCIDENT):
            yield Reported(_read(sheet.body), sheet)


def _check(incident: Incident) -> None:
    known = rights_table()["data"].keys()
    if not incident.data or not set(incident.data) <= set(known) or not incident.found_at:
        raise OfficeError(ErrorCode.INCIDENT_INCOMPLETE)
    if not 0 <= incident.people <= _MOST_PEOPLE:
        raise OfficeError(ErrorCode.INCIDENT_INCOMPLETE)
    for moment in (incident.found_at, incident.happened_at):
        if moment and not _is_moment(moment):
            raise OfficeError(ErrorCode.INCIDENT_INCOMPLETE)
    if not set(incident.told) <= set(Addressee):
        raise OfficeError(ErrorCode.INCIDENT_INCOMPLETE)
    for note in incident.notes:
        check_text(note.text, MOST_TEXT)
    for narrative in (incident.zh, incident.en):
        for name in narrative.__struct_fields__:
            check_text(getattr(narrative, name), MOST_TEXT)


def _joined(
    now: Incident, begun_from: Incident, changes: Mapping[str, object]
) -> dict[str, object]:
    """The changes as they fit the sheet of now: what others wrote meanwhile stays.

    Raises `AccessError(CHANGED_MEANWHILE)` where both wrote into one field.
    """
    joined: dict[str, object] = {}
    for name, wanted in changes.items():
        was, stands = getattr(begun_from, name), getattr(now, name)
        if isinstance(wanted, Narrative):
            own = {
                part: getattr(wanted, part)
                for part in wanted.__struct_fields__
                if getattr(wanted, part) != getattr(was, part)
            }
            both = any(getattr(stands, p) not in (getattr(was, p), own[p]) for p in own)
            joined[name] = msgspec.structs.replace(stands, **own)
        else:
            both = stands not in (was, wanted)
            joined[name] = wanted
        if both:
            raise AccessError(ErrorCode.CHANGED_MEANWHILE)
    return joined


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _changed(before: Incident, after: Incident) -> tuple[str, ...]:
    """Names of the fields that differ; a narrative's with its language, as "zh.cause"."""
    names = []
    for name in before.__struct_fields__:
        old, new = getattr(before, name), getattr(after, name)
        if old == new or name == "history":
            continue
        if isinstance(old, Narrative):
            parts = old.__struct_fields__
            names += [f"{name}.{p}" for p in parts if getattr(old, p) != getattr(new, p)]
        else:
            names.append(name)
    return tuple(names)


def _linked(history: tuple[Line, ...], line: Line) -> Line:
    before = history[-1].link if history else ""
    content: Json = [before, line.at, line.actor, line.did, list(line.fields)]
    return msgspec.structs.replace(line, link=to_text(sm3(encode(content))))


def _body(incident: Incident) -> bytes:
    document: Json = msgspec.to_builtins(incident)
    return encode(document)


def _read(body: bytes) -> Incident:
    try:
        incident = msgspec.json.decode(body, type=Incident)
    except msgspec.MsgspecError as error:
        raise StorageError(ErrorCode.STORE_CORRUPT) from error
    before: tuple[Line, ...] = ()
    for line in incident.history:
        if _linked(before, line) != line:
            raise StorageError(ErrorCode.STORE_CORRUPT)
        before = (*before, line)
    if not before:
        raise StorageError(ErrorCode.STORE_CORRUPT)
    return incident
