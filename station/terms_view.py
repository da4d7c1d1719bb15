"""What the page of retention is shown: terms with their bounds, what is due, thresholds. No names
of anybody whose record is counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from station.deployment import Retention
from station.retention import Due
from station.terms import Agreed, Terms

BY_HOUR = "visitor"
"""The purpose whose term is counted in hours; all others are in days."""


@dataclass(frozen=True, slots=True)
class PadLine:
    """The policy of attack detection, as the file that is in force says it."""

    digest: str
    name: str
    date: str
    data: str
    """What the thresholds were measured on."""
    gates: tuple[tuple[str, float], ...]
    proposed_by: str = ""
    approved_by: str = ""
    approved_at: str = ""
    """All three empty for the shipped file."""
    waiting_by: str = ""
    waiting_at: str = ""
    waiting_digest: str = ""
    """A file that was proposed and waits for a second person, or empty."""


@dataclass(frozen=True, slots=True)
class PendingTerms:
    """Terms somebody asked for."""

    terms: Retention
    state: str
    """WAITING, AGREED, REFUSED, or STALE: the terms were changed by others since."""
    asker: str
    reason: str
    mine: bool
    """Whether whoever looks asked for it; else they may agree to it, under Requests."""
    answer: str = ""
    request_id: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept beside people's records, and since when (ISO 8601, or "")."""

    ledger_entries: int
    ledger_since: str
    processing_since: str


@dataclass(frozen=True, slots=True)
class RetentionView:
    """Everything of the page, as it was at one moment."""

    terms: Terms
    agreed: Agreed | None
    residents: bool
    """Whether this station registers residents at all."""
    kept: Kept
    due: Mapping[str, tuple[Due, ...]]
    """By purpose ("visitor" by the hour; "resident", "template", "portrait" by the day)."""
    overdue: int
    """Records whose term has ended and which are still there."""
    now: str
    """The time retention goes by: a clock set back does not move it."""
    swept_at: str
    """When the last sweep came to its end; "" before the first."""
    fmr: float
    """Wanted rate of false matches."""
    pad: PadLine
    pending: PendingTerms | None = None
