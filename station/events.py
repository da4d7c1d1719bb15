"""What the visit tells the screens: enums, numbers and short ids, never pixels or names.

The one exception is `IdentityShown`, which the operator's own screen needs; it is delivered to the
dialogue, never logged, and dropped in PURGE. A test walks the field types of this module.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from station.errors import ErrorCode
from station.model import Outcome, VisitId


class Flow(StrEnum):
    """What somebody came for; all of them share one skeleton (house.md section 3)."""

    VISITOR = "VISITOR"
    ENROLMENT = "ENROLMENT"
    RESIDENT_CHECK = "RESIDENT_CHECK"
    WITHDRAWAL = "WITHDRAWAL"


class State(StrEnum):
    """States of a visit (house.md section 3)."""

    IDLE = "IDLE"
    NOTICE = "NOTICE"
    CONSENT = "CONSENT"
    CARD = "CARD"
    """A document is read, or a resident says in another way who they are."""
    CAPTURE = "CAPTURE"
    COMPARE = "COMPARE"
    KEEP = "KEEP"
    """Enrolment: the template is made and kept, with what was agreed to."""
    ERASE = "ERASE"
    """Withdrawal: confirmed, then erased from all stores."""
    OUTCOME = "OUTCOME"
    PURGE = "PURGE"
    LOCKED = "LOCKED"


@dataclass(frozen=True, slots=True)
class Event:
    """Base of everything published."""


@dataclass(frozen=True, slots=True)
class StateChanged(Event):
    """The visit moved to `state`."""

    visit_id: VisitId
    state: State


@dataclass(frozen=True, slots=True)
class DevicesChanged(Event):
    """The trust ribbon: what the booth really has open, and how many images it holds now."""

    camera_open: bool
    reader_open: bool
    images_held: int


@dataclass(frozen=True, slots=True)
class CardProgressed(Event):
    """Share of the document read, 0..1."""

    fraction: float


@dataclass(frozen=True, slots=True)
class CardRetry(Event):
    """The document could not be read: `code` says why, `attempts_left` how often to try again."""

    code: ErrorCode
    attempts_left: int


@dataclass(frozen=True, slots=True)
class CaptureStarted(Event):
    """A capture attempt begins with `prompts` actions."""

    attempt: int
    prompts: int
    attempts_left: int
    lights: bool = True
    """Whether the screen will light the face in this attempt."""


@dataclass(frozen=True, slots=True)
class GuidanceChanged(Event):
    """What the subject should change; a name of `station.booth.messages.Guidance`."""

    guidance: str


@dataclass(frozen=True, slots=True)
class PromptChanged(Event):
    """The action asked for now; a name of `station.booth.messages.Action`."""

    index: int
    action: str


@dataclass(frozen=True, slots=True)
class LightChanged(Event):
    """The screen lights the face now; a name of `station.booth.lights.Light`, or empty: no more."""

    light: str


@dataclass(frozen=True, slots=True)
class CaptureRetry(Event):
    """An attempt was UNDECIDED and another follows; `layer` is what could not be judged."""

    layer: str
    attempts_left: int


@dataclass(frozen=True, slots=True)
class PromptProgressed(Event):
    """Evidence for the present prompt, 0..1."""

    index: int
    fraction: float


@dataclass(frozen=True, slots=True)
class OutcomeReached(Event):
    """The outcome is recorded in the ledger and may be shown."""

    outcome: Outcome
    code: ErrorCode | None
    document_expired: bool
    receipt_id: str
    """Short id of the consent receipt, or empty."""
    flow: Flow = Flow.VISITOR
    resident_number: str = field(default="", repr=False)
    """Given at enrolment, to be noted or printed; empty otherwise. Never logged."""
    kept_until: tuple[tuple[str, str], ...] = ()
    """What stays of the person: names of `consent.visit_receipt.Kept` and ends of terms, in UTC."""
    erasure: str = ""
    """Operation id of a withdrawal's erasure, the number of its deletion receipt; or empty."""


@dataclass(frozen=True, slots=True)
class Purged(Event):
    """The booth is gone: pid and time of its end, and whether the preview ring is zero."""

    pid: int
    ended_at: str
    ring_zeroed: bool


@dataclass(frozen=True, slots=True)
class ReceiptIssued(Event):
    """The visit's receipt, signed after the purge: its number and the text of its QR code."""

    number: str
    code: str


@dataclass(frozen=True, slots=True)
class StationLocked(Event):
    """A purge failed, or the station may not start: nobody is served until it is mended."""

    code: ErrorCode


@dataclass(frozen=True, slots=True)
class StationFault(Event):
    """A device or the machine has a fault that staff can mend; None when it is gone."""

    code: ErrorCode | None
