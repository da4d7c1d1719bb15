"""Attended service: nobody is served unless an operator is signed in, and stays (U-4).

Where a site lets people serve themselves (`[policy] attended = false`, and the demo), staff sign in
for office work alone. The core sees to it; the pages only show what keeps people waiting.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from station.access import Act
from station.errors import AccessError, ErrorCode, StationError
from station.gate import Session
from station.staffroom import Staffroom

LOOK_EVERY_S = 1.0
"""How soon after a sign-out or an idle lock a visit in hand is ended."""


class Attendance:
    """Who is on duty. Lives in the desk; safe from any thread."""

    def __init__(self, room: Staffroom, *, attended: bool) -> None:
        self._room = room
        self.attended = attended

    def code(self) -> ErrorCode | None:
        """What keeps people waiting: ACCOUNTS_MISSING, OPERATOR_MISSING, or None."""
        if not self.attended or self._on_duty() is not None:
            return None
        any_account = self._room.accounts.any
        return ErrorCode.OPERATOR_MISSING if any_account else ErrorCode.ACCOUNTS_MISSING

    @contextmanager
    def during(self, cancel: threading.Event) -> Iterator[None]:
        """One visit, enrolment or check, by the permit of whoever is on duty.

        `cancel` is set once they sign out or are locked out, so that it ends in its purge. Raises
        `AccessError`: ACCOUNTS_MISSING, OPERATOR_MISSING, and what the gate does.
        """
        if not self.attended:
            yield
            return
        session = self._on_duty()
        if session is None:
            raise AccessError(self.code() or ErrorCode.OPERATOR_MISSING)
        self._room.gate.permit(session, Act.RUN_VISIT).for_act(Act.RUN_VISIT)
        with while_present(self._room, session, Act.RUN_VISIT, cancel):
            yield

    def _on_duty(self) -> Session | None:
        here = self._room.accounts.present(Act.RUN_VISIT)
        return here[0] if here else None


@contextmanager
def while_present(
    room: Staffroom, session: Session, act: Act, cancel: threading.Event
) -> Iterator[None]:
    """Set `cancel` as soon as `session` is over, or may not do `act` any more."""
    over = threading.Event()

    def is_here() -> bool:
        try:
            return session in room.accounts.present(act)
        except StationError:
            # Their end could not be written down: nobody can say who is there.
            return False

    def watch() -> None:
        while not over.wait(LOOK_EVERY_S):
            if not is_here():
                cancel.set()
                return

    thread = threading.Thread(target=watch, name="attendance", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
