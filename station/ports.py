"""Ports of the desk: what a visit needs, without saying who provides it."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event as ThreadEvent
from typing import Protocol

from consent.notice import Notice
from consent.receipt import ConsentReceipt
from station.errors import ErrorCode
from station.events import Event
from station.model import (
    Answer,
    BoothEnd,
    Claim,
    ComparisonResult,
    DocumentCheck,
    Enrolment,
    IdentityRecord,
    Language,
    PadReport,
    Purpose,
    SealedTemplate,
    TemplateDraft,
    TemplateKeys,
    TemplateReference,
    VisitId,
)

Publish = Callable[[Event], None]
"""Tells the screens; called from the visit thread, must return at once."""


class Cancelled(Exception):
    """The person, the operator or a time-out ended the visit."""


@dataclass(frozen=True, slots=True)
class NoticeReply:
    """How the notice was answered, with the evidence N-4 asks for."""

    answer: Answer
    language: Language
    method: str
    """"SCREEN", "TERMINAL", "PAPER", "AUDIO" or "ASSISTED"."""
    dwell_s: float
    shown_to_end: bool
    calm: bool = False
    """The person chose the calm check: no coloured light, more time."""
    agreed: frozenset[Purpose] | None = None
    """The purposes that were ticked. None: the one purpose of a notice that asks for one only."""
    read_aloud: str = "absent"
    """"absent" (nothing can read aloud here), "offered" or "used"."""


@dataclass(frozen=True, slots=True)
class AccessKeyReply:
    """MRZ items typed or scanned for a chip; empty strings mean none (a SAM card needs none)."""

    document_number: str = ""
    birth_date: str = ""
    expiry_date: str = ""

    def __repr__(self) -> str:
        return "AccessKeyReply(…)"


class Dialogue(Protocol):
    """Talks with the person at the desk. Called on the visit thread; calls block until answered.

    Raises `Cancelled` when `cancel` fires while waiting.
    """

    def ask_consent(self, notice: Notice, cancel: ThreadEvent) -> NoticeReply:
        """Show the notice to its end, then ask; nothing is pre-ticked."""
        ...

    def ask_access_key(self, cancel: ThreadEvent) -> AccessKeyReply:
        """Ask for the MRZ items when the chosen reader needs them."""
        ...

    def show_prompt(self, index: int, action: str) -> int:
        """Paint one action prompt; returns CLOCK_MONOTONIC nanoseconds of its presentation."""
        ...

    def show_light(self, light: str) -> int:
        """Light the face with the whole screen (a name of `Light`), or end that (empty string).

        Returns CLOCK_MONOTONIC nanoseconds of its presentation.
        """
        ...

    def show_identity(self, identity: IdentityRecord, check: DocumentCheck) -> None:
        """Show the fields just read to the person and the operator; dropped in PURGE."""
        ...

    def show_comparison(self, comparison: ComparisonResult) -> None:
        """Operator's own screen only (C3-1); never logged."""
        ...

    def acknowledge(self, cancel: ThreadEvent, timeout_s: float) -> None:
        """Leave the outcome on screen until acknowledged or the time is up."""
        ...

    def forget(self) -> None:
        """Drop everything personal that is still on screen or in memory (PURGE)."""
        ...


class ResidentDialogue(Dialogue, Protocol):
    """What enrolment, resident verification and withdrawal ask beside a visitor's check."""

    def ask_claim(self, cancel: ThreadEvent) -> Claim | None:
        """Who the person says they are: a resident number, or None for "with my document"."""
        ...

    def ask_check_only(self, cancel: ThreadEvent) -> bool:
        """Nothing will be kept, as the person chose: check the face once all the same?"""
        ...

    def ask_erasure(self, cancel: ThreadEvent) -> bool:
        """Last question of a withdrawal: erase everything that is kept of this person?"""
        ...


class Booth(Protocol):
    """One visit's booth, desk side. Every call raises `BoothError` when the booth is gone."""

    @property
    def pid(self) -> int:
        """Process id of the booth."""
        ...

    def begin(self, visit_id: VisitId, receipt: ConsentReceipt) -> None:
        """Hand over proof of consent; only now may a device be opened."""
        ...

    def read_document(
        self,
        key: AccessKeyReply,
        cancel: ThreadEvent,
        publish: Publish,
        fields: tuple[str, ...],
    ) -> tuple[IdentityRecord, DocumentCheck, ErrorCode | None]:
        """The `fields` of the notice in force, checks, and what kept the portrait from use, if
        anything. Raises `CardError`.
        """
        ...

    def capture(
        self, dialogue: Dialogue, cancel: ThreadEvent, publish: Publish, *, calm: bool = False
    ) -> PadReport:
        """One attempt with a fresh random plan; `calm`: as ASSISTED. Raises `CameraError`."""
        ...

    def compare(self, publish: Publish) -> ComparisonResult:
        """Compare the reference with the very frames that passed PAD."""
        ...

    def enrol_template(self, keys: TemplateKeys, fmr: float) -> SealedTemplate:
        """Seal a template of the very frames that passed PAD; the vector never leaves the booth.

        `fmr` chooses the threshold profile the template is bound to.
        """
        ...

    def seal_portrait(self, officers_key: bytes) -> bytes:
        """One frontal frame of those that passed PAD and matched, sealed to the officers' key.

        Before `enrol_template`, which ends what the booth holds; only with a consent to it.
        """
        ...

    def compare_template(self, reference: TemplateReference, publish: Publish) -> ComparisonResult:
        """Open the stored template in the booth and compare it with the frames that passed PAD.

        Raises `BoothError(TEMPLATE_REFUSED)` for one of another model, version or key.
        """
        ...

    def end(self) -> BoothEnd:
        """Kill, reap, zero the ring, check. Raises `PurgeError` when any of it fails."""
        ...


class Booths(Protocol):
    """Keeps one booth warm."""

    def take(self) -> Booth:
        """A warm booth for one visit. Raises `BoothError` when none gets ready in time."""
        ...

    def warm_next(self) -> None:
        """Start warming the next booth; returns at once."""
        ...

    def close(self) -> None:
        """End whatever is warm."""
        ...


class VisitRecords(Protocol):
    """The stores, as a visit sees them."""

    def keep_identity(self, visit_id: VisitId, identity: IdentityRecord, expires_at: str) -> None:
        """Seal the listed fields under a fresh person key (INTENT, effect, COMPLETION).

        `expires_at` is ISO 8601 UTC. Raises `StorageError`.
        """
        ...

    def may_start(self) -> None:
        """Raises `StorageError(DISK_FULL)` or `(CLOCK_SET_BACK)` when no new visit may begin."""
        ...


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did: its operation in the ledger and the rows that went, by store."""

    op_id: str
    rows: tuple[tuple[str, int], ...]
    remaining: int
    """Rows still there: 0, or the erasure would have raised."""
    wal_bytes: int
    """Bytes left in write-ahead logs: 0 likewise."""


Withdraw = Callable[[Claim], Erased]
"""Erases a resident from all stores because consent was withdrawn (Kind.WITHDRAW).

Raises `StorageError(RESIDENT_UNKNOWN)`; a fault leaves an intent that the next sweep finishes.
"""


class ResidentRecords(Protocol):
    """The stores, as enrolment and resident verification see them."""

    def may_start(self) -> None:
        """As `VisitRecords.may_start`."""
        ...

    def is_enrolled(self, claim: Claim) -> bool:
        """Whether the blind index knows this document or resident number."""
        ...

    def blind_reference(self, claim: Claim) -> str:
        """What ledger entries call the resident of a claim; empty where it is nobody's.

        A salted commitment: nobody can make it once the resident's keys are destroyed.
        """
        ...

    def new_template(self) -> TemplateDraft:
        """Draw a template's id and secret and derive its keys."""
        ...

    def enrol(self, visit_id: VisitId, enrolment: Enrolment) -> str:
        """Keep a resident in all stores as one change; returns the resident number.

        Raises `StorageError`: ALREADY_ENROLLED, TOO_MANY_PORTRAITS; `ConfigError(CONFIG_INVALID)`
        for a term above the maximum. What was begun is then undone.
        """
        ...

    def reference(self, claim: Claim) -> TemplateReference:
        """The template of a claimed identity with the keys that open it.

        Raises `StorageError`: RESIDENT_UNKNOWN, RESIDENT_LOCKED (too many failed attempts),
        TEMPLATE_REVOKED, RECALLED (to be enrolled anew), RESIDENT_RESTRICTED (X-11).
        """
        ...

    def attempted(self, claim: Claim, *, matched: bool) -> None:
        """Count an attempt: a match clears the count, too many failures lock the resident out."""
        ...
