"""What the page of residents is shown: masked people, and what was done; nobody in clear."""

from dataclasses import dataclass
from enum import StrEnum

from station.subject_records import ConsentLine

MOST_LINES = 100
"""Residents shown by one call."""
MOST_AT_ONCE = 500
"""Residents erased by one act."""


class ResidentState(StrEnum):
    """What the list can be narrowed down to."""

    ALL = "ALL"
    RESTRICTED = "RESTRICTED"
    """Kept and not compared, as somebody asked for."""
    RECALLED = "RECALLED"
    """Without a template: to be registered anew."""
    MINOR = "MINOR"
    """Under eighteen, or of unknown age."""


@dataclass(frozen=True, slots=True)
class ResidentLine:
    """One registered person as staff may see one; numbers and name with their middle covered."""

    reference: str
    """The person's salted commitment, as in the ledger: it leads to nobody once they are erased."""
    number: str
    name: str
    document: str
    expires_at: str
    """ISO 8601 UTC."""
    days_left: int
    """Whole days until then."""
    template_version: int
    """How often the template was made anew, from 1; 0 where there is none any more."""
    portraits: int
    locked: bool
    """Too many failed attempts, for a while."""
    restricted: bool
    minor: bool
    readable: bool = True
    """False: the record is damaged, and only erased or restored from a backup."""

    def is_in(self, state: ResidentState) -> bool:
        """Whether the list narrowed down to `state` shows this person."""
        return {
            ResidentState.ALL: True,
            ResidentState.RESTRICTED: self.restricted,
            ResidentState.RECALLED: not self.template_version,
            ResidentState.MINOR: self.minor,
        }[state]


@dataclass(frozen=True, slots=True)
class ResidentLines:
    """Some residents, those whose term ends next first."""

    lines: tuple[ResidentLine, ...]
    total: int
    """How many are registered, whatever the list was narrowed down to."""
    next: int = 0
    """Where to go on; 0 where nobody is left."""
    registers: bool = True
    """Whether this station registers anybody at all."""


@dataclass(frozen=True, slots=True)
class ResidentDetail:
    """One resident with the consents their registration rests on."""

    line: ResidentLine
    consents: tuple[ConsentLine, ...]
    """As the ledger proves them, the newest first."""


@dataclass(frozen=True, slots=True)
class BatchDone:
    """What became of an erasure of several people."""

    erased: int
    missing: int
    """Gone already, by whatever way."""
    left: int
    """Not come to: it was stopped."""
    receipts: str
    """Name of the file with the signed receipts, one to a line; empty where nobody was erased."""
