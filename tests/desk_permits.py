"""Permits for tests of what takes one: the real gate, anybody signed in, every request agreed."""

from consent.ledger import Ledger
from station.access import Act, Role, load_matrix
from station.gate import Agreed, Gate, Permit, Session

MATRIX = load_matrix()


class _Agreed:
    """Every request is agreed to by one person."""

    def __init__(self, second: str) -> None:
        self._second = second

    def take_agreed(self, request_id: str, act: Act, user: str, about: str, reason: str) -> Agreed:
        assert request_id
        return Agreed(self._second, reason)


def granted(
    ledger: Ledger,
    act: Act,
    about: str = "",
    *,
    user: str = "chen",
    second: str = "wang",
    reason: str = "ticket 12",
) -> Permit:
    """A permit for `act`, with a second person where the matrix wants one."""
    gate = Gate(MATRIX, lambda _: frozenset(Role), _Agreed(second), ledger)
    return gate.permit(
        Session("0" * 32, user), act, about=about, reason=reason, request_id="1" * 32
    )
