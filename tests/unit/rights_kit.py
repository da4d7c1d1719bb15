"""What the tests of rights desk, incidents, filing and signs share: a gate with people at it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from consent.entry import Entry, parse_entry
from consent.ledger import Ledger
from station.access import Act, Role, load_matrix
from station.errors import AccessError, ErrorCode
from station.gate import Agreed, Gate, Permit, Session
from tests.ledger_fakes import FakeLedgerStore, new_ledger

PEOPLE = {
    "op": {Role.OPERATOR},
    "boss": {Role.MANAGER},
    "pio": {Role.PI_OFFICER},
    "sec": {Role.SECURITY_ADMIN},
    "sys": {Role.SYSTEM_ADMIN},
    "aud": {Role.AUDITOR},
}


class FakeRequests:
    """Requests that a test agreed to: request id → (act, user, about, who agreed)."""

    def __init__(self) -> None:
        self.agreed: dict[str, tuple[Act, str, str, str]] = {}

    def take_agreed(self, request_id: str, act: Act, user: str, about: str, reason: str) -> Agreed:
        found = self.agreed.pop(request_id, None)
        if found is None or found[:3] != (act, user, about):
            raise AccessError(ErrorCode.REQUEST_INVALID)
        return Agreed(found[3], reason)


class TurnedClock:
    """A clock that tests turn."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def ahead(self, **by: float) -> None:
        self.moment += timedelta(**by)


@dataclass
class Office:
    """A gate, its ledger and the people who come to it."""

    ledger: Ledger
    store: FakeLedgerStore | None = None
    requests: FakeRequests = field(default_factory=FakeRequests)

    def __post_init__(self) -> None:
        self.gate = Gate(load_matrix(), self._roles, self.requests, self.ledger)

    def permit(self, user: str, act: Act, about: str = "", **more: str) -> Permit:
        return self.gate.permit(Session("0" * 32, user), act, about=about, **more)

    def minor(self, user: str, about: str) -> Permit:
        """A permit for a minor's record that the manager agreed to beforehand."""
        self.requests.agreed["r1"] = (Act.MINOR_READ, user, about, "boss")
        return self.permit(user, Act.MINOR_READ, about, reason="工单", request_id="r1")

    def entries(self) -> list[Entry]:
        assert self.store is not None
        return [parse_entry(row.body) for row in self.store.rows]

    @staticmethod
    def _roles(session: Session) -> frozenset[Role]:
        return frozenset(PEOPLE[session.user])


def fake_office() -> Office:
    """An office over a ledger in memory."""
    ledger, store, _, _ = new_ledger()
    return Office(ledger, store)
