"""Terms and schedules that are written down here, for pictures and tests. Nobody is counted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from station.deployment import Retention
from station.gate import Session
from station.retention import Due
from station.terms import Agreed, Bounds, Terms
from station.terms_view import Kept, PadLine, PendingTerms, RetentionView

_NOW = datetime(2026, 3, 9, 9, 26, 35, tzinfo=UTC)
_VISITORS = (3, 0, 2, 5, 4, 1, 0, 0, 2, 6, 7, 4, 3, 2, 2, 1)
_RESIDENTS = (0, 0, 4, 0, 1, 0, 0, 12, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 0, 9)
_GATES = (
    ("frontal_yaw", 0.1),
    ("turn_reached_yaw", 0.2),
    ("planarity_residual", 0.055),
    ("blink_closed", 0.45),
    ("blink_return_s", 0.4),
    ("code_correlation", 0.8),
    ("shape_slope", 0.45),
    ("exposure_tolerance", 0.3),
)
_DIGEST = "4ad2975cc6c50d34 ba64e2c0bc136501 c4ebf5a31ee63d70 5bd4e9186914ffd2"


class StillTerms:
    """A `TermsService` that remembers what was asked of it."""

    def __init__(self) -> None:
        self.view = RetentionView(
            Terms(Bounds(24, 24, 12, 24), Bounds(365, 365, 180, 365), 180),
            Agreed(
                2,
                Retention(visitor_hours=12, resident_days=180),
                "2026-02-20T02:00:00Z",
                "he.min",
                "li.na",
            ),
            True,
            Kept(184_200, "2025-06-02T01:00:00Z", "2025-06-02T01:00:20Z"),
            _due(),
            0,
            _NOW.isoformat(),
            (_NOW - timedelta(seconds=12)).isoformat(),
            1e-4,
            PadLine(_DIGEST, "shipped", "2026-09-30", "Rendered people (SIM) and clips", _GATES),
        )
        self.calls: list[str] = []

    def read(self, session: Session) -> RetentionView:
        """What is written down."""
        return self.view

    def ask(self, session: Session, visitor_hours: int, resident_days: int, reason: str) -> None:
        """It waits."""
        self.calls.append(f"ask {visitor_hours} {resident_days} {reason}")
        wanted = Retention(visitor_hours=visitor_hours, resident_days=resident_days)
        pending = PendingTerms(wanted, "WAITING", session.user, reason, mine=True)
        self.view = replace(self.view, pending=pending)

    def put_in_force(self, session: Session) -> None:
        """It holds."""
        self.calls.append("put_in_force")
        self.view = replace(self.view, pending=None)


def _due() -> dict[str, tuple[Due, ...]]:
    hour = _NOW.replace(minute=0, second=0, microsecond=0)
    local = _NOW.astimezone()
    day = local.replace(hour=0, minute=0, second=0, microsecond=0)
    near = [Due(day + timedelta(days=at), count) for at, count in enumerate(_RESIDENTS) if count]
    by_day = (*near, Due(day + timedelta(days=171), 381))
    return {
        "visitor": tuple(
            Due(hour + timedelta(hours=at), count) for at, count in enumerate(_VISITORS) if count
        ),
        "resident": by_day,
        "template": by_day,
        "portrait": by_day[-1:],
    }
