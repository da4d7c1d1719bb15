"""The residents at the office: one permit per act, about the person's reference in the ledger.

A page names people by that reference; whose it is, this remembers for as long as the session that
was shown it. A number that was typed is looked up in the blind index and kept nowhere.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from consent.canonical import Json
from consent.kinds import Kind
from consent.ledger import Ledger, acting
from station.access import Act
from station.errors import ErrorCode, OfficeError, StorageError
from station.gate import Permit, Session
from station.model import Claim, ClaimKind, IdentityRecord
from station.receipt_file import ReceiptFile
from station.requests import digest_of
from station.resident_number import is_resident_number
from station.residents_view import (
    MOST_AT_ONCE,
    MOST_LINES,
    BatchDone,
    ResidentDetail,
    ResidentLine,
    ResidentLines,
    ResidentState,
)
from station.rights_desk import RightsDesk
from station.staffroom import Staffroom
from station.subject_records import ConsentLine
from station.tickets import TicketKind

Progress = Callable[[int, int], None]
_STEP = 8
"""People erased between two movements of the bar: about 0.2 s."""
_TELL_EVERY = 64


class ResidentsSource(Protocol):
    """The stores as the page sees them (`station.residents_room.ResidentsRoom`)."""

    ledger: Ledger

    def order(self) -> list[bytes]:
        """The row of everybody, the nearest end first."""
        ...

    def row_of(self, claim: Claim) -> bytes | None:
        """The row a number leads to."""
        ...

    def restricted(self, row: bytes) -> bool:
        """Whether somebody is on hold; costs little."""
        ...

    def at(self, row: bytes) -> ResidentLine | None:
        """Somebody, masked; None once erased."""
        ...

    def identity_of(self, row: bytes) -> IdentityRecord:
        """Their fields in clear. Raises `StorageError(RESIDENT_UNKNOWN)`."""
        ...

    def consents_of(self, row: bytes) -> tuple[ConsentLine, ...]:
        """Their consents. Raises `StorageError(RESIDENT_UNKNOWN)`, `LedgerError`."""
        ...

    def restrict(self, row: bytes, *, restricted: bool) -> None:
        """Keep and do not compare, or lift that. Raises `StorageError(RESIDENT_UNKNOWN)`."""
        ...

    def renew(self, row: bytes) -> None:
        """A new template for the old one. Raises `StorageError`, `StationError`."""
        ...

    def erase(self, rows: Sequence[bytes]) -> tuple[int, list[bytes]]:
        """How many were erased, and the signed receipts. Raises `StorageError`."""
        ...


@dataclass(slots=True)
class _Shown:
    """What one session was shown."""

    order: list[bytes] = field(default_factory=list, repr=False)
    rows: dict[str, bytes] = field(default_factory=dict, repr=False)


class OfficeResidents:
    """`ResidentsService` of an open station. Safe from any thread."""

    def __init__(
        self,
        room: Staffroom,
        source: ResidentsSource | None,
        rights: RightsDesk,
        now: Callable[[], datetime],
    ) -> None:
        """`source` is None where the station registers nobody."""
        self._room = room
        self._source = source
        self._rights = rights
        self._now = now
        self._guard = threading.Lock()
        self._shown: dict[str, _Shown] = {}

    def forget(self, session: Session) -> None:
        """The session is over: nobody it was shown is known by their reference any more."""
        with self._guard:
            self._shown.pop(session.id, None)

    # Seeing

    def residents(
        self,
        session: Session,
        state: ResidentState,
        after: int,
        progress: Progress,
        cancel: threading.Event,
    ) -> ResidentLines:
        """Residents from position `after`; those to be registered anew take RECALLS_READ.

        Raises `AccessError`, `StorageError`.
        """
        recalls = state is ResidentState.RECALLED
        permit = self._permit(session, Act.RECALLS_READ if recalls else Act.VIEW_MASKED)
        source = self._source
        if source is None:
            return ResidentLines((), 0, registers=False)
        shown = self._of(session)
        if after <= 0 or not shown.order:
            shown.order, after = source.order(), 0
        order, lines, at = shown.order, list[ResidentLine](), after
        with acting(permit.actor()):
            while at < len(order) and len(lines) < MOST_LINES and not cancel.is_set():
                row, at = order[at], at + 1
                if at % _TELL_EVERY == 0:
                    progress(at, len(order))
                if state is ResidentState.RESTRICTED and not source.restricted(row):
                    continue
                line = source.at(row)
                if line is not None and line.is_in(state):
                    shown.rows[line.reference] = row
                    lines.append(line)
        return ResidentLines(tuple(lines), len(order), at if at < len(order) else 0)

    def look_up(self, session: Session, number: str) -> ResidentLine | None:
        """Whom a resident or document number leads to, masked. Raises `AccessError`."""
        self._permit(session, Act.VIEW_MASKED)
        source, typed = self._source, number.strip()
        if source is None:
            return None
        row = None
        if is_resident_number(typed.replace(" ", "")):
            row = source.row_of(Claim(ClaimKind.RESIDENT_NUMBER, typed))
        if row is None:
            row = source.row_of(Claim(ClaimKind.DOCUMENT, typed))
        line = None if row is None else source.at(row)
        if line is not None and row is not None:
            self._of(session).rows[line.reference] = row
        return line

    def detail(self, session: Session, reference: str) -> ResidentDetail:
        """One resident, masked, with their consents. Raises `AccessError`, `StorageError`."""
        self._permit(session, Act.VIEW_MASKED, reference)
        source, row = self._row(session, reference)
        line = source.at(row)
        if line is None:
            raise StorageError(ErrorCode.RESIDENT_UNKNOWN)
        # Of a damaged record it is told that it is one: which consents it names cannot be read.
        return ResidentDetail(line, source.consents_of(row) if line.readable else ())

    def in_clear(
        self, session: Session, reference: str, reason: str
    ) -> tuple[tuple[str, str], ...]:
        """The fields in clear, once the ledger knows who looks and why.

        Raises `AccessError`, `StorageError`, `OfficeError(MINOR_NEEDS_APPROVAL)`: a minor's go
        through the rights desk alone (X-7).
        """
        permit = self._permit(session, Act.VIEW_FULL, reference, reason)
        source, row = self._row(session, reference)
        line = source.at(row)
        if line is None:
            raise StorageError(ErrorCode.RESIDENT_UNKNOWN)
        if line.minor:
            raise OfficeError(ErrorCode.MINOR_NEEDS_APPROVAL)
        fields = _readable(source.identity_of(row))
        payload: dict[str, Json] = {
            **permit.actor(),
            "fields": sorted(name for name, _ in fields),
            "commitment": reference,
        }
        source.ledger.record(Kind.RECORD_READ, payload)
        return fields

    # Doing

    def erase(self, session: Session, reference: str, folder: Path) -> str:
        """Erase who moves out; the signed receipt goes into `folder`. Raises `AccessError`,
        `StorageError`, `OfficeError(PAPER_NOT_WRITTEN)` before anything is erased.
        """
        permit = self._permit(session, Act.ERASE, reference)
        source, row = self._row(session, reference)
        with ReceiptFile(folder, self._now(), ".json") as file, acting(permit.actor()):
            erased, receipts = source.erase((row,))
            if not erased:
                raise StorageError(ErrorCode.RESIDENT_UNKNOWN)
            for receipt in receipts:
                file.add(receipt)
        return file.name

    def erase_several(
        self,
        session: Session,
        references: Sequence[str],
        folder: Path,
        progress: Progress,
        cancel: threading.Event,
    ) -> BatchDone:
        """Erase everybody named, some at a time; `cancel` stops between two steps.

        Raises `AccessError(TEXT_UNUSABLE)` for more than `MOST_AT_ONCE`, `StorageError`,
        `OfficeError(PAPER_NOT_WRITTEN)` before anything is erased.
        """
        named = list(dict.fromkeys(references))
        document: dict[str, Json] = {"residents": list[Json](sorted(named))}
        permit = self._permit(session, Act.ERASE_BATCH, digest_of(document))
        if not 0 < len(named) <= MOST_AT_ONCE:
            raise OfficeError(ErrorCode.NOTHING_KEPT)
        found = [self._row(session, one) for one in named]
        gone = done = 0
        with ReceiptFile(folder, self._now(), ".jsonl") as file, acting(permit.actor()):
            progress(0, len(found))
            for start in range(0, len(found), _STEP):
                if cancel.is_set():
                    break
                step = found[start : start + _STEP]
                erased, receipts = step[0][0].erase([row for _, row in step])
                for receipt in receipts:
                    file.add(receipt)
                gone, done = gone + erased, done + len(step)
                progress(done, len(found))
        return BatchDone(gone, done - gone, len(found) - done, file.name if gone else "")

    def restrict(self, session: Session, reference: str, restricted: bool) -> None:
        """Keep and do not compare, or lift that. Raises `AccessError`, `StorageError`."""
        permit = self._permit(session, Act.RESTRICT, reference)
        source, row = self._row(session, reference)
        with self._by(permit):
            source.restrict(row, restricted=restricted)

    def renew(self, session: Session, reference: str) -> None:
        """Put a new template in the place of the old one. Raises `AccessError`, `StationError`."""
        permit = self._permit(session, Act.RENEW_ONE, reference)
        source, row = self._row(session, reference)
        with self._by(permit):
            source.renew(row)

    def ask_erase(self, session: Session, reference: str, reason: str) -> str:
        """Ask those who may erase to do it: a ticket at the rights desk; returns its number.

        Raises `AccessError`, `StorageError`.
        """
        self._permit(session, Act.ERASE_ASK, reference, reason)
        permit = self._permit(session, Act.TICKET_OPEN, reference)
        source, row = self._row(session, reference)
        number = source.identity_of(row).get("resident_number")
        claim = Claim(ClaimKind.RESIDENT_NUMBER, number)
        return self._rights.open(permit, TicketKind.DELETE, claim, wish=reason).ticket.id

    def _permit(self, session: Session, act: Act, about: str = "", reason: str = "") -> Permit:
        return self._room.gate.permit(session, act, about=about, reason=reason)

    def _by(self, permit: Permit) -> AbstractContextManager[None]:
        return acting(permit.actor())

    def _of(self, session: Session) -> _Shown:
        with self._guard:
            return self._shown.setdefault(session.id, _Shown())

    def _row(self, session: Session, reference: str) -> tuple[ResidentsSource, bytes]:
        """Whom this session was shown under `reference`. Raises `StorageError`."""
        row = self._of(session).rows.get(reference)
        if self._source is None or row is None:
            raise StorageError(ErrorCode.RESIDENT_UNKNOWN)
        return self._source, row


def _readable(record: IdentityRecord) -> tuple[tuple[str, str], ...]:
    """The document fields and the resident number; not what the station notes for itself."""
    hidden = ("consent_records", "consent_notice", "typed_fields")
    return tuple((name, value) for name, value in record.fields if name not in hidden and value)
