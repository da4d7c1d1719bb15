"""How long a record may be kept: pure rules, no store and no clock of its own.

The term is set per purpose and per person, never above the policy's maximum and never above what
the consented notice says (R-5, R-7).
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from station.errors import ConfigError, ErrorCode, StationBug

LONGEST_VISITOR_TERM = timedelta(hours=24)
"""No site may set more for visitors: end of the visit plus at most a day."""
LONGEST_RESIDENT_TERM = timedelta(days=3 * 366)
"""No site may set more for residents and staff; then they are asked anew. The rule gives no number:
proposed."""
USUAL_RESIDENT_TERM = timedelta(days=365)
ERASED_WITHIN_S = 60
"""A record is gone this long after its term at the latest (R-4)."""
SWEEP_EVERY_S = 20
"""Sweeps begin this long after one another: what is left of the bound is for the erasing itself."""


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """The site's terms. `visitor` runs from the end of the visit, `resident` from the enrolment;
    each has a maximum of its own that bounds every person's term."""

    visitor: timedelta
    maximum: timedelta = LONGEST_VISITOR_TERM
    resident: timedelta = USUAL_RESIDENT_TERM
    resident_maximum: timedelta = LONGEST_RESIDENT_TERM

    def __post_init__(self) -> None:
        """Raises `ConfigError(CONFIG_INVALID)` for a negative term or one above the maximum."""
        within = timedelta(0) <= self.visitor <= self.maximum <= LONGEST_VISITOR_TERM
        resident = timedelta(0) < self.resident <= self.resident_maximum <= LONGEST_RESIDENT_TERM
        if not (within and resident):
            raise ConfigError(ErrorCode.CONFIG_INVALID)

    @property
    def shortest(self) -> timedelta:
        """How long a backup with keys may be used: not longer than what it holds is kept.

        A term of nothing, as a site may choose for visitors, leaves an hour to move a machine.
        """
        return max(self.visitor, timedelta(hours=1))

    def longest_resident(self, noticed: timedelta) -> timedelta:
        """The longest term a resident may have: bounded by the policy and by the notice."""
        return min(self.resident_maximum, noticed)


@dataclass(frozen=True, slots=True)
class Due:
    """How many records end in the hour (or day) that begins at `hour`; overdue ones stand first."""

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


def resident_expiry(
    enrolled_at: datetime,
    policy: RetentionPolicy,
    *,
    term: timedelta | None = None,
    noticed: timedelta,
) -> datetime:
    """When the records of a resident enrolled at `enrolled_at` must be gone, UTC to the second.

    `term` is the wish for one person; without one, the site's usual term, cut to the notice's.
    Raises `ConfigError(TERM_TOO_LONG)` above the policy's maximum or the notice, and
    `(CONFIG_INVALID)` for a term that is not above zero.
    """
    if enrolled_at.tzinfo is None:
        raise StationBug("the time of an enrolment carries a time zone")
    longest = policy.longest_resident(noticed)
    wanted = min(policy.resident, longest) if term is None else term
    if wanted <= timedelta(0):
        raise ConfigError(ErrorCode.CONFIG_INVALID)
    if wanted > longest:
        raise ConfigError(ErrorCode.TERM_TOO_LONG)
    return (enrolled_at.astimezone(UTC) + wanted).replace(microsecond=0)


def read_moment(text: str) -> datetime:
    """A term as a visit gives it. Raises `ConfigError(CONFIG_INVALID)` without a time zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(ErrorCode.CONFIG_INVALID) from error
    if moment.tzinfo is None:
        raise ConfigError(ErrorCode.CONFIG_INVALID)
    return moment


def schedule(terms: Iterable[datetime], now: datetime) -> tuple[Due, ...]:
    """Records per hour of expiry, earliest first; everything overdue counts to the present hour."""
    return _counted(terms, now, _hour)


def schedule_by_day(terms: Iterable[datetime], now: datetime) -> tuple[Due, ...]:
    """The same per day in the time zone of `now`, for terms that are counted in days."""

    def midnight(end: datetime) -> datetime:
        local = end.astimezone(now.tzinfo)
        return local.replace(hour=0, minute=0, second=0, microsecond=0)

    return _counted(terms, now, midnight)


def _counted(
    terms: Iterable[datetime], now: datetime, begin: Callable[[datetime], datetime]
) -> tuple[Due, ...]:
    present = begin(now)
    counted = Counter(max(present, begin(end)) for end in terms)
    return tuple(Due(start, counted[start]) for start in sorted(counted))


def _hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
