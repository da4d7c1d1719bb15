"""The register of residents, as staff sees it: list, add a portrait, withdraw, move out, recall."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from secrets import token_bytes

from consent.canonical import Json
from consent.digest import to_text
from consent.kinds import Kind
from consent.ledger import Ledger
from station.errors import ErrorCode, StorageError
from station.masked import masked
from station.model import Claim, IdentityRecord
from storage.attempts import RESTRICTED_UNTIL_S
from storage.changes import add_records
from storage.clock import HighWaterClock
from storage.erasure import BATCH, Erasure, ErasureReport
from storage.identity_store import Attempts
from storage.person import Person, RecordOf
from storage.person_keys import Addition
from storage.portrait_store import MOST_PER_PERSON, open_portrait
from storage.registry import EFFECT_STORES, KEYS, PORTRAIT, TEMPLATE
from storage.resident_lookup import Resident, find_resident, resident_at, template_of
from storage.resident_records import check_consents, new_portrait
from storage.sealed_rows import ROW_BYTES
from storage.sealing import keyed_digest
from storage.stores import Stores
from storage.template_keys import unwrap_secret


class Withdrawal(StrEnum):
    """What is withdrawn."""

    EVERYTHING = "EVERYTHING"
    TEMPLATE = "TEMPLATE"
    """The template alone: the resident is recalled until enrolled anew."""
    PORTRAITS = "PORTRAITS"


_STORE_OF = {Withdrawal.TEMPLATE: TEMPLATE, Withdrawal.PORTRAITS: PORTRAIT}


@dataclass(frozen=True, slots=True)
class MaskedResident:
    """One resident as staff may see one; numbers and name with their middle covered."""

    name: str
    document_number: str
    resident_number: str
    expires_at: str
    """ISO 8601 UTC."""
    template_version: int
    """0: no template any more, to be enrolled anew."""
    portraits: int
    locked: bool
    """Too many failed attempts, for a while."""
    restricted: bool = False
    """Kept and not compared, as somebody asked for."""


@dataclass(frozen=True, slots=True)
class MoveOutLine:
    """What became of one line of a batch; `line` counts from 1."""

    line: int
    code: ErrorCode | None
    """None: found, and erased unless this was a preview."""
    resident: MaskedResident | None


@dataclass(frozen=True, slots=True)
class MoveOutReport:
    """A whole batch: a result per line, and what was erased in each store."""

    lines: tuple[MoveOutLine, ...]
    erased: dict[str, int]
    erasures: tuple[ErasureReport, ...] = ()
    """One per operation, for the deletion receipts."""


class ResidentRegister:
    """The residents of the stores. Lives in the desk; takes the stores' writer lock to write."""

    def __init__(self, stores: Stores, ledger: Ledger, clock: HighWaterClock) -> None:
        self._stores = stores
        self._ledger = ledger
        self._clock = clock

    def count(self) -> int:
        """Number of residents."""
        return self._stores.identity.residents_count()

    def list_masked(self) -> Iterator[MaskedResident]:
        """Every resident, one by one, in no order that means anything."""
        for row in self._stores.identity.residents():
            found = resident_at(self._stores, row)
            if found is not None:
                yield self._masked(found)

    def recalled(self) -> Iterator[MaskedResident]:
        """The recall list: residents without a template, to be enrolled anew."""
        return (one for one in self.list_masked() if not one.template_version)

    def resident_of(self, claim: Claim) -> MaskedResident:
        """One resident, masked. Raises `StorageError(RESIDENT_UNKNOWN)`."""
        return self._masked(self._find(claim))

    def identity_of(self, claim: Claim) -> IdentityRecord:
        """One resident's fields in clear, with `resident_number` and `consent_records`: only for a
        role that may see them. Raises `StorageError(RESIDENT_UNKNOWN)`."""
        return self._find(claim).identity()

    def reference_of(self, claim: Claim) -> str:
        """What ledger entries call a resident. Raises `StorageError(RESIDENT_UNKNOWN)`."""
        return to_text(self._find(claim).person.commitment())

    def portraits_of(self, claim: Claim) -> tuple[bytes, ...]:
        """The portraits as the booth sealed them: only the recovery officers can open them.

        Raises `StorageError(RESIDENT_UNKNOWN)`.
        """
        person, stores = self._find(claim).person, self._stores
        found = []
        for row, _ in person.rows_in(PORTRAIT):
            sealed = stores.portrait.find(row)
            wrapped = stores.keys.wrapped_secret(PORTRAIT, row)
            if sealed is None or wrapped is None:
                raise StorageError(ErrorCode.STORE_CORRUPT)
            secret = unwrap_secret(person.store_key(PORTRAIT), row, wrapped)
            found.append(open_portrait(sealed, secret))
        return tuple(found)

    def add_portrait(self, claim: Claim, portrait: bytes, consent_record_id: str) -> None:
        """Keep one more portrait, sealed in the booth, until the resident's own term ends.

        Raises `StorageError`: RESIDENT_UNKNOWN, TOO_MANY_PORTRAITS (a third, in whatever format);
        `ConsentError(CONSENT_MISSING)`. What was begun is then undone.
        """
        check_consents((consent_record_id,))
        with self._stores.writer:
            resident = self._find(claim)
            person, expires_s = resident.person, resident.row.expires_s
            if len(person.rows_in(PORTRAIT)) >= MOST_PER_PERSON:
                raise StorageError(ErrorCode.TOO_MANY_PORTRAITS, most=MOST_PER_PERSON)
            row = token_bytes(ROW_BYTES)
            sealed, wrapped = new_portrait(person, row, portrait, expires_s)

            def effects(names: Mapping[str, bytes]) -> Mapping[str, int]:
                keys, store = self._stores.keys, self._stores.portrait
                added = Addition(person, PORTRAIT, row, 1, wrapped)
                return {
                    KEYS: keys.extend(names[KEYS], [added]).rows,
                    PORTRAIT: store.add(names[PORTRAIT], [sealed]).rows,
                }

            payload: dict[str, Json] = {
                "stores": [KEYS, PORTRAIT],
                "files": 0,
                "portraits": 1,
                "consents": [consent_record_id],
                "commitment": to_text(person.commitment()),
                "digest": to_text(keyed_digest(person.salt, sealed.sealed)),
            }
            add_records(self._stores, self._ledger, Kind.UPDATE, payload, effects)

    def withdraw(self, claim: Claim, what: Withdrawal) -> ErasureReport:
        """Erase at once what the person no longer consents to.

        Raises `StorageError(RESIDENT_UNKNOWN)`, also when nothing of the kind is kept.
        """
        return self._erase(claim, what, Kind.WITHDRAW, "WITHDRAWN")

    def withdraw_face(self, claim: Claim) -> ErasureReport:
        """Erase template and portraits as one change; the fields stay: a recalled resident.

        Raises `StorageError(RESIDENT_UNKNOWN)`, also when neither is kept.
        """
        return self._erase_records(claim, (TEMPLATE, PORTRAIT), Kind.WITHDRAW, "WITHDRAWN")

    def restrict(self, claim: Claim, *, restricted: bool) -> None:
        """Keep a resident's records and do not compare them, or lift that (PIPL 44, X-11).

        Lifting also ends a lock-out: staff looked into it. Raises `StorageError(RESIDENT_UNKNOWN)`.
        """
        with self._stores.writer:
            found = self._find(claim)
            payload: dict[str, Json] = {
                "commitment": to_text(found.person.commitment()),
                "restricted": restricted,
            }
            counted = Attempts(0, RESTRICTED_UNTIL_S) if restricted else Attempts()
            # Whichever half a crash leaves, nobody is compared against their will without an entry.
            if restricted:
                self._stores.identity.set_attempts(found.row.row, counted)
            self._ledger.record(Kind.RESTRICT, payload)
            if not restricted:
                self._stores.identity.set_attempts(found.row.row, counted)

    def recall(self, claim: Claim, reason: str = "RECALLED") -> ErasureReport:
        """Erase a template that cannot be renewed: its resident is to be enrolled anew.

        Raises `StorageError(RESIDENT_UNKNOWN)`, also when there is none.
        """
        return self._erase(claim, Withdrawal.TEMPLATE, Kind.ERASE, reason)

    def move_out(self, claims: Sequence[Claim], *, preview: bool = False) -> MoveOutReport:
        """Erase residents who moved out or left, any number of them; a result per line.

        A preview says what would happen and erases nothing. A line that names someone a second
        time is RESIDENT_UNKNOWN, as it would be a moment later. Raises `StorageError` when an
        erasure stops half way: its batch is then finished by the next sweep.
        """
        lines: list[MoveOutLine] = []
        erased = dict.fromkeys(EFFECT_STORES, 0)
        erasures: list[ErasureReport] = []
        seen: set[bytes] = set()
        for start in range(0, len(claims), BATCH):
            # The writer lock is given up between batches, so that a visit need not wait for all.
            with self._stores.writer:
                persons: list[Person] = []
                for line, claim in enumerate(claims[start : start + BATCH], start + 1):
                    lines.append(self._move_out_line(line, claim, persons, seen))
                if persons and not preview:
                    report = self._erasure().erase(persons, Kind.ERASE, "MOVED_OUT")
                    erasures.append(report)
                    for store, rows in report.rows.items():
                        erased[store] += rows
        return MoveOutReport(tuple(lines), erased, tuple(erasures))

    def _move_out_line(
        self, line: int, claim: Claim, persons: list[Person], seen: set[bytes]
    ) -> MoveOutLine:
        try:
            found = self._find(claim)
            if found.person.person in seen:
                raise StorageError(ErrorCode.RESIDENT_UNKNOWN)
        except StorageError as error:
            return MoveOutLine(line, error.code, None)
        seen.add(found.person.person)
        persons.append(found.person)
        try:
            return MoveOutLine(line, None, self._masked(found))
        except StorageError:
            # A record that cannot be read any more can still be erased.
            return MoveOutLine(line, None, None)

    def _erase(self, claim: Claim, what: Withdrawal, kind: Kind, reason: str) -> ErasureReport:
        if what is not Withdrawal.EVERYTHING:
            return self._erase_records(claim, (_STORE_OF[what],), kind, reason)
        with self._stores.writer:
            return self._erasure().erase([self._find(claim).person], kind, reason)

    def _erase_records(
        self, claim: Claim, kept_in: Sequence[str], kind: Kind, reason: str
    ) -> ErasureReport:
        with self._stores.writer:
            person = self._find(claim).person
            records = [
                RecordOf(person, store, row)
                for store in kept_in
                for row, _ in person.rows_in(store)
            ]
            if not records:
                raise StorageError(ErrorCode.RESIDENT_UNKNOWN)
            return self._erasure().erase([], kind, reason, records=records)

    def _find(self, claim: Claim) -> Resident:
        return find_resident(self._stores, claim, self._clock.effective())

    def _erasure(self) -> Erasure:
        return Erasure(self._stores, self._ledger)

    def _masked(self, found: Resident) -> MaskedResident:
        record, stores = found.identity(), self._stores
        template = template_of(stores, found.person)
        attempts = stores.identity.attempts(found.row.row)
        restricted = attempts.locked_until_s == RESTRICTED_UNTIL_S
        return MaskedResident(
            masked(record.get("name"), 1, 0),
            masked(record.get("document_number"), 1, 2),
            masked(record.get("resident_number"), 2, 2),
            datetime.fromtimestamp(found.row.expires_s, UTC).isoformat(),
            0 if template is None else template.version,
            len(found.person.rows_in(PORTRAIT)),
            not restricted and attempts.locked_until_s > self._clock.effective().timestamp(),
            restricted,
        )
