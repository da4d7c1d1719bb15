"""How a visit ended, what happens next, what is kept, and the proof that the rest is gone."""

from PySide6.QtCore import Property, QObject, Signal

from station.errors import ErrorCode
from station.events import Event, OutcomeReached, Purged, ReceiptIssued, State, StateChanged
from station.model import Outcome
from ui.bridge import resident_text
from ui.bridge.display import Display
from ui.bridge.resident_text import Say
from ui.bridge.ribbon import local_clock

_CAUSED = frozenset(
    {Outcome.FAILED, Outcome.MANUAL, Outcome.DOCUMENT_REFUSED, Outcome.ALREADY_ENROLLED}
)
"""Outcomes whose cause, where one is known, says more than the outcome's own text."""

_TONES = {
    Outcome.MATCH: ("good", "check"),
    Outcome.NON_MATCH: ("caution", "person"),
    Outcome.ATTACK: ("stop", "warning"),
    Outcome.DOCUMENT_REFUSED: ("stop", "card"),
    Outcome.DECLINED: ("neutral", "hand"),
    Outcome.MANUAL: ("neutral", "person"),
    Outcome.UNDECIDED: ("caution", "eye"),
    Outcome.CANCELLED: ("neutral", "back"),
    Outcome.TIMED_OUT: ("neutral", "clock"),
    Outcome.FAILED: ("caution", "warning"),
    Outcome.ENROLLED: ("good", "check"),
    Outcome.ALREADY_ENROLLED: ("neutral", "person"),
    Outcome.NOT_ENROLLED: ("neutral", "hand"),
    Outcome.WITHDRAWN: ("good", "check"),
}
_ANSWERED_NO = frozenset({Outcome.DECLINED, Outcome.NOT_ENROLLED})


class OutcomePage(QObject):
    """The outcome of the visit in hand; nothing of it is left when the next one begins."""

    changed = Signal()
    shown = Signal(str)
    """The tone, when an outcome comes."""

    def __init__(self, parent: QObject, display: Display) -> None:
        super().__init__(parent)
        self._display = display
        display.language_changed.connect(self.changed)
        self._outcome: OutcomeReached | None = None
        self._purged: Purged | None = None
        self._receipt_code = ""
        self._child = False

    def for_child(self) -> None:
        """Who is served until `forget` is a child with its guardian."""
        self._child = True

    def on_event(self, event: Event) -> None:
        """Take what tells of the end of a visit; its beginning clears the last one's."""
        if isinstance(event, OutcomeReached):
            self._outcome, self._receipt_code = event, ""
            self.shown.emit(_TONES[event.outcome][0])
        elif isinstance(event, Purged):
            self._purged = event
        elif isinstance(event, ReceiptIssued):
            self._receipt_code = event.code
        elif isinstance(event, StateChanged) and event.state is State.NOTICE:
            self._outcome = self._purged = None
            self._receipt_code = ""
        else:
            return
        self.changed.emit()

    def forget(self) -> None:
        """Drop everything: nobody is served any more."""
        self._outcome = self._purged = None
        self._receipt_code = ""
        self._child = False
        self.changed.emit()

    def _say(self, said: Say | None, **figures: str) -> str:
        return self._display.say("resident", said).format(**figures) if said else ""

    @Property(str, notify=changed)
    def tone(self) -> str:
        """ "good", "caution", "stop" or "neutral"."""
        if self._outcome is None:
            return "neutral"
        if self._outcome.code is ErrorCode.DOCUMENT_ISSUER_UNKNOWN:
            # Nothing speaks against the document: this station lacks a certificate.
            return "caution"
        return _TONES[self._outcome.outcome][0]

    @Property(str, notify=changed)
    def icon(self) -> str:
        """Name of the outcome's icon."""
        if self._outcome is None:
            return "check"
        return resident_text.icon(self._outcome) or _TONES[self._outcome.outcome][1]

    @Property(str, notify=changed)
    def headline(self) -> str:
        """The outcome in a few words."""
        if self._outcome is None:
            return ""
        own = self._say(resident_text.headline(self._outcome))
        return own or self._display.say("outcome", self._outcome.outcome)

    @Property(str, notify=changed)
    def nextText(self) -> str:
        """What happens next; the cause's own text where there is one."""
        outcome = self._outcome
        if outcome is None:
            return ""
        if outcome.outcome in _CAUSED and outcome.code:
            return self._display.say("error", outcome.code)
        if self._child and outcome.outcome in (Outcome.DECLINED, Outcome.MANUAL):
            return self._say(Say.CHILD_CARD)
        own = self._say(resident_text.next_step(outcome))
        return own or self._display.say("next", outcome.outcome)

    @Property(str, notify=changed)
    def keptText(self) -> str:
        """What stays of the person and until when, or what was erased; "" where it says nothing."""
        if self._outcome is None:
            return ""
        until = resident_text.last_day(self._outcome)
        number = resident_text.in_fours(self._outcome.erasure)
        return self._say(resident_text.what_is_kept(self._outcome), until=until, number=number)

    @Property(bool, notify=changed)
    def keeps(self) -> bool:
        """Whether something of this visit stays beyond it, other than the consent record."""
        return self._outcome is not None and bool(self._outcome.kept_until)

    @Property(bool, notify=changed)
    def keepsPictures(self) -> bool:
        """Whether pictures of the person stay beyond the visit, sealed, as agreed."""
        return self._outcome is not None and resident_text.portraits_kept(self._outcome)

    @Property(str, notify=changed)
    def residentNumber(self) -> str:
        """The number just given, in groups; or ""."""
        return resident_text.grouped(self._outcome.resident_number) if self._outcome else ""

    @Property(bool, notify=changed)
    def documentExpired(self) -> bool:
        """Whether to say that the document's validity has ended."""
        return self._outcome is not None and self._outcome.document_expired

    @Property(str, notify=changed)
    def receiptId(self) -> str:
        """Short id of the consent receipt, or ""."""
        return self._outcome.receipt_id if self._outcome else ""

    @Property(str, notify=changed)
    def receiptCode(self) -> str:
        """Text of the signed receipt's QR code, once the booth is gone; or ""."""
        return self._receipt_code

    @Property(bool, notify=changed)
    def untouched(self) -> bool:
        """Whether no device was opened, because too little was agreed to."""
        if self._outcome is None:
            return False
        return not self._outcome.receipt_id or self._outcome.outcome in _ANSWERED_NO

    @Property(bool, notify=changed)
    def gone(self) -> bool:
        """Whether the booth has ended and the preview is zero."""
        return self._purged is not None and self._purged.ring_zeroed

    @Property(str, notify=changed)
    def goneAt(self) -> str:
        """Local time of the booth's end, or ""."""
        return local_clock(self._purged.ended_at) if self._purged else ""
