"""How fast a desk may go wrong: five wrong tries lock an account, and nobody locks all in seconds.

The lock of U-5 is per account, so that whoever stands at the kiosk and knows the names could lock
out everybody. After ten wrong tries in half an hour, whoever's names, each further one has to wait
for longer; the wait is the desk's, and ends by itself.
"""

from collections import deque
from collections.abc import Callable

WINDOW_S = 30 * 60
FREE = 10
"""Wrong tries of one desk within the window that cost nobody a wait."""
FIRST_WAIT_S = 5
LONGEST_WAIT_S = 60
"""The wait doubles from the first to the longest."""
_MOST_DOUBLINGS = 10


class DeskPace:
    """The wrong tries of one desk. Kept in memory, guarded by whoever has it."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        """`ticks` are seconds that only go forward."""
        self._ticks = ticks
        self._failed_s: deque[float] = deque()

    def failed(self) -> None:
        """One more try was wrong."""
        self._forget()
        self._failed_s.append(self._ticks())

    def wait_s(self) -> float:
        """For how long the next try is refused unseen; 0 for not at all."""
        self._forget()
        over = len(self._failed_s) - FREE
        if over < 0:
            return 0.0
        wait_s = min(FIRST_WAIT_S << min(over, _MOST_DOUBLINGS), LONGEST_WAIT_S)
        return max(0.0, self._failed_s[-1] + wait_s - self._ticks())

    def _forget(self) -> None:
        while self._failed_s and self._ticks() - self._failed_s[0] >= WINDOW_S:
            self._failed_s.popleft()
