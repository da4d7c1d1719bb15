"""Failed attempts at one resident: when they lock the resident out, and for how long."""

from dataclasses import dataclass
from datetime import timedelta

from station.errors import ConfigError, ErrorCode
from storage.identity_store import Attempts

RESTRICTED_UNTIL_S = (1 << 63) - 1
"""Stands for a restriction that somebody asked for: no lock-out gets there, and no time ends it."""


@dataclass(frozen=True, slots=True)
class AttemptPolicy:
    """How many failures since the last match lock a resident out, and for how long.

    The rule gives no numbers: these are proposed (face.md B.7, five tries).
    """

    failures: int = 5
    lock_out: timedelta = timedelta(minutes=15)

    def __post_init__(self) -> None:
        """Raises `ConfigError(CONFIG_INVALID)` for a policy that would never lock or always."""
        if not 1 <= self.failures <= 100 or self.lock_out < timedelta(minutes=1):
            raise ConfigError(ErrorCode.CONFIG_INVALID)

    def wait_s(self, counted: Attempts, now_s: int) -> int:
        """Seconds until the resident may try again; 0 when that is now."""
        return max(0, counted.locked_until_s - now_s)

    def after(self, counted: Attempts, now_s: int, *, matched: bool) -> Attempts:
        """The count after one more attempt. A match clears it; a lock-out that ended begins anew.

        While locked out nothing changes: an attempt under way must not prolong or lift it.
        """
        if self.wait_s(counted, now_s):
            return counted
        if matched:
            return Attempts()
        failed = (0 if counted.locked_until_s else counted.failed) + 1
        if failed < self.failures:
            return Attempts(failed)
        return Attempts(failed, now_s + int(self.lock_out.total_seconds()))
