"""The auditor's desk opened for one command: stores, sign-in, gate, and what they allow.

Beside a running kiosk, whose ledger has one writer, only reading is possible: the kiosk is asked
for the permit and notes it. How the desk is opened can be replaced through `ctx.meta[OPEN_AUDIT]`.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Protocol, cast

import click

from consent.bundle import BundleSource
from station.access import Act
from station.audit_desk import (
    AuditDesk,
    read_ledger,
    reading_about,
    reading_noted,
    watch_ledger,
)
from station.cli.signing_in import StaffLogin, at_desk, signed_in, station_runs
from station.errors import ErrorCode, StationError
from station.model import Claim

if TYPE_CHECKING:
    from consent.canonical import Json
    from consent.ledger import Ledger
    from consent.ledger_port import LedgerStore
    from consent.search import Row, Selection
    from consent.signing import HeadSigner
    from station.gate import Permit
    from storage.stores import Stores

OPEN_AUDIT = "station.cli.audit_office.open"
"""Key in `ctx.meta` of an `OpenAudit`."""


class Grant(Protocol):
    """The gate, for whoever signed in."""

    def __call__(self, act: Act, *, about: str, reason: str = "", request_id: str = "") -> "Permit":
        """As `Gate.permit`."""
        ...


@dataclass(frozen=True, slots=True)
class AuditOffice:
    """What the commands need."""

    rows: "LedgerStore"
    grant: Grant
    found: "Callable[[Permit, Selection, int | None], Iterator[Row]]"
    watch: "Callable[[Permit, Selection, Callable[[], bool]], Iterator[Row]]"
    reference_of: Callable[[Claim], str]
    """The blind reference of a resident. Raises `StationError`."""
    desk: AuditDesk | None = None
    """None beside a running kiosk: nothing can be recorded from here."""
    ask: "Callable[[Act, Mapping[str, Json], str], str] | None" = None
    """Ask for a second person; returns the request's id."""
    public_key: bytes = b""
    """Of the tree heads; empty in the demo, where nothing is printed again."""
    ask_kiosk: "Callable[[str, Mapping[str, Json]], Permit] | None" = None
    """The kiosk's permit to read, which it notes; None where the ledger is written from here."""

    def to_read(self, wanted: "Selection", *, live: bool = False) -> "Permit":
        """A permit to read what is wanted; the ledger knows what that is. Raises `AccessError`."""
        about = reading_about(wanted)
        if self.ask_kiosk is None:
            return self.grant(Act.AUDIT_READ, about=about)
        return self.ask_kiosk(about, reading_noted(wanted, live=live))


OpenAudit = Callable[[StaffLogin, int | None], AbstractContextManager[AuditOffice]]


def audit_office(
    ctx: click.Context, staff: StaffLogin, descriptor: int | None
) -> AbstractContextManager[AuditOffice]:
    """The desk this command line was built with, or the production station's."""
    return cast(OpenAudit, ctx.meta.get(OPEN_AUDIT, open_audit_office))(staff, descriptor)


@contextmanager
def open_audit_office(staff: StaffLogin, descriptor: int | None) -> Iterator[AuditOffice]:
    """The production station's. Raises the typed error."""
    from station.cli.opening import open_ledger
    from station.cli.settled import settled_station

    with ExitStack() as stack:
        if station_runs():
            source = stack.enter_context(open_ledger(descriptor))
            rows, asked = source.store, _Asked(stack, staff)
            yield AuditOffice(
                rows,
                asked,
                _found(rows),
                _watch(rows),
                _not_beside_a_kiosk,
                public_key=source.public_key,
                ask_kiosk=asked.to_read,
            )
            return
        settled = stack.enter_context(settled_station(descriptor))
        room, session = stack.enter_context(at_desk(settled, staff))
        desk = make_desk(settled.stores, settled.ledger, settled.signer)
        yield AuditOffice(
            settled.stores.ledger,
            partial(room.gate.permit, session),
            desk.found,
            desk.watch,
            partial(_reference, settled.stores),
            desk,
            lambda act, document, why: room.requests.ask(session, act, document, why).id,
            settled.signer.public_key,
        )


def make_desk(stores: "Stores", ledger: "Ledger", signer: "HeadSigner") -> AuditDesk:
    """The auditor's desk over open stores."""
    from storage.audit_source import AuditSource
    from ui.audit_summary import write_summary

    source = BundleSource(stores.ledger, signer.public_key, signer.sign, AuditSource(stores))
    return AuditDesk(ledger, source, write_summary, lambda: datetime.now(UTC))


class _Asked:
    """Permits of the running kiosk, held as long as the command runs."""

    def __init__(self, stack: ExitStack, staff: StaffLogin) -> None:
        self._stack = stack
        self._staff = staff

    def __call__(self, act: Act, *, about: str, reason: str = "", request_id: str = "") -> "Permit":
        granted = signed_in(
            None, self._staff, act, about=about, reason=reason, request_id=request_id
        )
        return self._stack.enter_context(granted)

    def to_read(self, about: str, noted: "Mapping[str, Json]") -> "Permit":
        """A permit to read the ledger, which the kiosk writes down."""
        granted = signed_in(None, self._staff, Act.AUDIT_READ, about=about, noted=noted)
        return self._stack.enter_context(granted)


def _found(
    rows: "LedgerStore",
) -> "Callable[[Permit, Selection, int | None], Iterator[Row]]":
    return lambda permit, wanted, below: read_ledger(permit, rows, wanted, below)


def _watch(
    rows: "LedgerStore",
) -> "Callable[[Permit, Selection, Callable[[], bool]], Iterator[Row]]":
    return lambda permit, wanted, wait: watch_ledger(permit, rows, wanted, wait)


def _reference(stores: "Stores", claim: Claim) -> str:
    from storage.audit_source import AuditSource

    return AuditSource(stores).reference_of(claim, datetime.now(UTC))


def _not_beside_a_kiosk(_claim: Claim) -> str:
    raise StationError(ErrorCode.ALREADY_RUNNING)
