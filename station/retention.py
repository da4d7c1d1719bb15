"""How long a record may be kept: pure rules, no store and no clock of its own.

The term is set per purpose, never above the policy's maximum and never above what the consented
notice says (R-5, R-7).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from station.errors import ConfigError, ErrorCode, StationBug

LONGEST_VISITOR_TERM = timedelta(hours=24)
"""No site may set more for visitors: end of the visit plus at most a day."""
SWEEP_EVERY_S = 60
"""A record is gone this long after its term at the latest (R-4)."""


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """The site's terms. `visitor` runs from the end of the visit; `maximum` bounds every term."""

    visitor: timedelta
    maximum: timedelta = LONGEST_VISITOR_TERM

    def __post_init__(self) -> None:
        """Raises `ConfigError(CONFIG_INVALID)` for a negative term or one above the maximum."""
        within = timedelta(0) <= self.visitor <= self.maximum <= LONGEST_VISITOR_TERM
        if not within:
            raise ConfigError(ErrorCode.CONFIG_INVALID)


@dataclass(frozen=True, slots=True)
class Due:
    """How many records end in the hour that begins at `hour` (UTC); overdue ones stand first."""

    hour: datetime
    records: int


def expiry(
    ended_at: datetime,
    policy: RetentionPolicy,
    *,
    term: timedelta | None = None,
    noticed: timedelta | None = None,
) -> datetime:
    """When a record of a visit that ended at `ended_at` must be gone, in UTC to the second.

    `term` is a shorter or longer wish for one person, `noticed` what the consented notice promised.
    Raises `ConfigError(CONFIG_INVALID)` for a term above the maximum or above the notice.
    """
    if ended_at.tzinfo is None:
        raise StationBug("the end of a visit carries a time zone")
    wanted = policy.visitor if term is None else term
    bounds = [policy.maximum] if noticed is None else [policy.maximum, noticed]
    if wanted < timedelta(0) or wanted > min(bounds):
        raise ConfigError(ErrorCode.CONFIG_INVALID)
    # Cut, not rounded: a record is never kept longer than was said.
    return (ended_at.astimezone(UTC) + wanted).replace(microsecond=0)


def schedule(terms: Iterable[datetime], now: datetime) -> tuple[Due, ...]:
    """Records per hour of expiry, earliest first; everything overdue counts to the present hour."""
    present = _hour(now)
    counted = Counter(max(present, _hour(end)) for end in terms)
    return tuple(Due(hour, counted[hour]) for hour in sorted(counted))


def _hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
