"""The stores as the rights desk sees them (`station.subject_records.SubjectRecords`).

A resident is found by the blind index. A visitor has none, by design: the few rows of the last
hours are opened one by one. Never by a face.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from consent.digest import to_text
from consent.entry import Entry, parse_entry
from consent.kinds import ERASING, Kind, Phase
from consent.ledger import Ledger
from station.decision import is_under_age
from station.errors import ErrorCode, LedgerError, OfficeError, StorageError
from station.masked import masked
from station.model import IDENTITY_FIELDS, Claim, ClaimKind, IdentityRecord
from station.ports import Erased
from station.subject_records import (
    ADULT_YEARS,
    ConsentLine,
    Portion,
    Subject,
    SubjectFile,
    UseLine,
)
from storage.attempts import RESTRICTED_UNTIL_S
from storage.claims import normal_claim
from storage.clock import HighWaterClock
from storage.correction import Correction, correct_identity
from storage.erasure import Erasure, ErasureReport
from storage.identity_store import TYPED_FIELDS
from storage.person import Person
from storage.person_keys import PersonKeys
from storage.registry import IDENTITY, PORTRAIT, TEMPLATE
from storage.resident_lookup import Resident, find_resident, resident_at, template_of
from storage.resident_register import ResidentRegister, Withdrawal
from storage.stores import Stores

_MOST_USES = 10_000
"""Newest uses named in one file."""
_AT_ONCE = 256


class SubjectFinder:
    """Finds people by what they show, and what is kept of them. Lives in the desk."""

    def __init__(
        self, stores: Stores, ledger: Ledger, clock: HighWaterClock, register: ResidentRegister
    ) -> None:
        self._stores = stores
        self._ledger = ledger
        self._clock = clock
        self._register = register

    def find(self, claim: Claim) -> Subject:
        """The person a claim leads to. Raises `OfficeError(NOTHING_KEPT)`."""
        try:
            found = find_resident(self._stores, claim, self._clock.effective())
        except StorageError as error:
            if error.code is not ErrorCode.RESIDENT_UNKNOWN:
                raise
            return self._subject(self._visitor(claim))
        return self._subject(found)

    def again(self, reference: str) -> Subject:
        """The person of a former `find`. Raises `OfficeError(NOTHING_KEPT)`."""
        return self._subject(self._found(reference))

    def file(self, reference: str) -> SubjectFile:
        """What is kept of one person. Raises `OfficeError(NOTHING_KEPT)`."""
        found = self._found(reference)
        record = found.identity()
        template = template_of(self._stores, found.person)
        consents = tuple(one for one in record.get("consent_records").split(",") if one)
        entries = self._entries(_names_of(found.person) | set(consents))
        ended = {entry.op: entry for entry in entries if entry.phase is Phase.COMPLETION}
        uses = tuple(
            _use(entry, ended.get(entry.op))
            for entry in entries
            if "record_id" not in entry.payload and entry.phase is not Phase.COMPLETION
        )
        lines = (
            consent_line(entry) for entry in entries if entry.payload.get("record_id") in consents
        )
        return SubjectFile(
            subject=self._subject(found),
            fields={name: value for name, value in record.fields if name in IDENTITY_FIELDS},
            typed=_typed(record),
            resident_number=record.get("resident_number"),
            template_version=0 if template is None else template.version,
            consents=tuple(lines),
            uses=uses[-_MOST_USES:],
        )

    def correct(self, reference: str, changes: Mapping[str, str]) -> None:
        """Change fields and note that they were typed. Raises `OfficeError(NOTHING_KEPT)`."""
        with self._stores.writer:
            found = self._found(reference)
            before = found.identity()
            fields = dict(before.fields) | dict(changes)
            typed = sorted({*_typed(before), *changes})
            fields[TYPED_FIELDS] = ",".join(typed)
            kept = tuple((name, value) for name, value in fields.items() if value)
            moved = None
            old, new = (Claim(ClaimKind.DOCUMENT, f) for f in _numbers(before, fields))
            if self._is_resident(found) and normal_claim(old) != normal_claim(new):
                if not normal_claim(new):
                    # Whoever has no number could never be found again, nor withdraw.
                    raise OfficeError(ErrorCode.FIELD_NOT_LISTED)
                moved = old, new
            names = tuple(sorted(changes))
            correction = Correction(IdentityRecord(kept), names, moved)
            correct_identity(self._stores, self._ledger, found, correction)

    def erase(self, reference: str, *, withdrawn: bool, portion: Portion) -> Erased:
        """Erase everything, or what there is of the face. Raises `OfficeError(NOTHING_KEPT)`."""
        with self._stores.writer:
            found = self._found(reference)
            if not self._is_resident(found):
                erasure = Erasure(self._stores, self._ledger)
                return _erased(erasure.erase([found.person], Kind.ERASE, "REQUESTED"))
            claim = self._claim(found)
            if portion is Portion.FACE:
                return _erased(self._register.withdraw_face(claim))
            if portion is Portion.TEMPLATE:
                return _erased(self._register.withdraw(claim, Withdrawal.TEMPLATE))
            if withdrawn:
                return _erased(self._register.withdraw(claim, Withdrawal.EVERYTHING))
            erasure = Erasure(self._stores, self._ledger)
            return _erased(erasure.erase([found.person], Kind.ERASE, "REQUESTED"))

    def restrict(self, reference: str, *, restricted: bool) -> None:
        """Keep and do not compare. Raises `OfficeError(NOTHING_KEPT)`, also for a visitor, whose
        face is not kept and cannot be compared."""
        found = self._found(reference)
        if not self._is_resident(found):
            raise OfficeError(ErrorCode.NOTHING_KEPT)
        self._register.restrict(self._claim(found), restricted=restricted)

    def known(self, references: frozenset[str]) -> frozenset[str]:
        """Those of `references` that still lead to somebody, or to rows an erasure has yet to take.

        Its keys go first: whoever has none is gone only once the ledger says that nothing is left.
        """
        everybody = (to_text(one.commitment()) for one in _everybody(self._stores.keys))
        known = references.intersection(everybody)
        # Looked at last: what is missing above went by an intent that was there before.
        return known | (references & self._being_erased()) if known != references else known

    def face_count(self) -> int:
        """How many different people have a template or portrait kept here."""
        return face_count(self._stores.keys)

    def _found(self, reference: str) -> Resident:
        for person in _everybody(self._stores.keys):
            if to_text(person.commitment()) == reference:
                found = self._at(person)
                if found is not None:
                    return found
        raise OfficeError(ErrorCode.NOTHING_KEPT)

    def _at(self, person: Person) -> Resident | None:
        """The person's identity as stored now, unless its term has ended."""
        now_s = self._clock.effective().timestamp()
        for row, _ in person.rows_in(IDENTITY):
            found = resident_at(self._stores, row)
            if found is not None and found.row.expires_s > now_s:
                return found
        return None

    def _visitor(self, claim: Claim) -> Resident:
        wanted = normal_claim(claim)
        if claim.kind is ClaimKind.DOCUMENT and wanted:
            residents = set(self._stores.identity.residents())
            for row in self._stores.identity.rows():
                person = None
                if row.row not in residents:
                    person = self._stores.keys.person_of(IDENTITY, row.row)
                found = None if person is None else self._at(person)
                if found is not None and _number_of(found.identity()) == wanted:
                    return found
        raise OfficeError(ErrorCode.NOTHING_KEPT)

    def _is_resident(self, found: Resident) -> bool:
        return bool(found.identity().get("resident_number"))

    def _claim(self, found: Resident) -> Claim:
        return Claim(ClaimKind.RESIDENT_NUMBER, found.identity().get("resident_number"))

    def _subject(self, found: Resident) -> Subject:
        record, stores = found.identity(), self._stores
        today = self._clock.effective().astimezone().date()
        counted = stores.identity.attempts(found.row.row)
        return Subject(
            reference=to_text(found.person.commitment()),
            name=masked(record.get("name"), 1, 0),
            document_number=masked(record.get("document_number"), 1, 2),
            resident=self._is_resident(found),
            minor=is_under_age(record.get("birth_date"), today, ADULT_YEARS),
            template=template_of(stores, found.person) is not None,
            portraits=len(found.person.rows_in(PORTRAIT)),
            restricted=counted.locked_until_s == RESTRICTED_UNTIL_S,
            expires_at=datetime.fromtimestamp(found.row.expires_s, UTC).isoformat(),
        )

    def _being_erased(self) -> frozenset[str]:
        """Whom the open intents of erasures name."""
        still = {op for op, kind in self._ledger.open_intents() if kind in ERASING}
        named: set[str] = set()
        newest_first = self._stores.ledger.newest_first() if still else ()
        for stored in newest_first:
            entry = parse_entry(stored.body)
            if entry.op in still:
                still.discard(entry.op)
                commitments = entry.payload.get("commitments")
                named.update(map(str, commitments if isinstance(commitments, list) else ()))
            if not still:
                break
        return frozenset(named)

    def _entries(self, names: set[str]) -> list[Entry]:
        """Every entry that names the person or one of their consents, and what ended each change
        announced there; oldest first."""
        markers = [name.encode() for name in names]
        found = []
        for stored in self._stores.ledger.entries():
            if any(marker in stored.body for marker in markers):
                found.append(parse_entry(stored.body))
                if found[-1].phase is Phase.INTENT:
                    markers.append(f'"op":"{found[-1].op}"'.encode())
        return found


def face_count(keys: PersonKeys) -> int:
    """How many different people have a template or portrait, by their keys."""
    everybody = _everybody(keys)
    return sum(bool(one.rows_in(TEMPLATE) or one.rows_in(PORTRAIT)) for one in everybody)


def _everybody(keys: PersonKeys) -> Iterator[Person]:
    """Every person, some at a time: one long reading would hold up an erasure."""
    after = b""
    while persons := keys.persons_after(after, _AT_ONCE):
        yield from persons
        after = persons[-1].person


def _names_of(person: Person) -> set[str]:
    """What the ledger calls the person and their records."""
    records = (person.record_commitment(store, row) for store, row, _ in person.rows)
    return {to_text(person.commitment()), *(to_text(one) for one in records)}


def _use(entry: Entry, ended: Entry | None) -> UseLine:
    if ended is not None:
        return UseLine(entry.time, entry.kind.value, str(ended.payload.get("result", "")))
    return UseLine(entry.time, entry.kind.value, str(entry.payload.get("outcome", "")))


def consent_line(entry: Entry) -> ConsentLine:
    """What an entry says of one consent. Raises `LedgerError(LEDGER_BROKEN)`."""
    said = entry.payload
    try:
        return ConsentLine(
            record_id=str(said["record_id"]),
            purpose=str(said["purpose"]),
            notice_id=str(said["notice_id"]),
            notice_version=str(said["notice_version"]),
            notice_digest=str(said["notice_digest"]),
            given_at=entry.time,
        )
    except KeyError as error:
        raise LedgerError(ErrorCode.LEDGER_BROKEN, seq=entry.seq) from error


def _typed(record: IdentityRecord) -> tuple[str, ...]:
    return tuple(one for one in record.get(TYPED_FIELDS).split(",") if one)


def _numbers(before: IdentityRecord, after: Mapping[str, str]) -> tuple[str, str]:
    return before.get("document_number"), after.get("document_number", "")


def _number_of(record: IdentityRecord) -> str:
    return normal_claim(Claim(ClaimKind.DOCUMENT, record.get("document_number")))


def _erased(report: ErasureReport) -> Erased:
    rows: Iterator[tuple[str, int]] = iter(sorted(report.rows.items()))
    return Erased(report.op_id, tuple(rows), report.remaining, report.wal_bytes)
