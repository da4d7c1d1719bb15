"""The card page: waiting, reading, the MRZ items when the chip needs them, and what was read."""

from datetime import date

from PySide6.QtCore import Property, QCoreApplication, QObject, QTimer, Signal, Slot

from station.events import CardProgressed, CardRetry, Event
from station.model import DocumentCheck, IdentityRecord
from station.ports import AccessKeyReply
from ui.bridge.display import Display

_LIMITS = (24, 6, 6)
_PILOT_PRESS_MS = 700
_NUMBER, _BIRTH, _EXPIRY = range(3)


class Card(QObject):
    """State of the document step. Holds personal fields until `forget`."""

    changed = Signal()
    key_given = Signal(object)

    def __init__(self, parent: QObject, display: Display) -> None:
        super().__init__(parent)
        self._display = display
        display.language_changed.connect(self.changed)
        self._fraction = 0.0
        self._retry = ""
        self._attempts_left = 0
        self._asking = False
        self._active = _NUMBER
        self._values = ["", "", ""]
        self._pressed = False
        self._identity: IdentityRecord | None = None
        self._expired = False

    def on_event(self, event: Event) -> None:
        """Follow the reading."""
        if isinstance(event, CardProgressed):
            self._fraction = max(0.0, min(1.0, event.fraction))
            if self._fraction > 0:
                self._retry = ""
        elif isinstance(event, CardRetry):
            self._retry, self._attempts_left = event.code.value, event.attempts_left
            self._fraction = 0.0
        else:
            return
        self.changed.emit()

    def ask_key(self) -> None:
        """Open the entry of the MRZ items; what was typed before stays, to be corrected."""
        self._asking, self._pressed, self._active = True, False, _NUMBER
        self.changed.emit()

    def show_identity(self, identity: IdentityRecord, check: DocumentCheck) -> None:
        """Show the fields just read."""
        self._identity, self._expired = identity, check.expired
        self.changed.emit()

    def forget(self) -> None:
        """Drop every personal field."""
        self._identity, self._expired = None, False
        self._values = ["", "", ""]
        self._fraction, self._retry, self._asking, self._pressed = 0.0, "", False, False
        self.changed.emit()

    def forget_retry(self) -> None:
        """Somebody answered what was asked for again: the old reason is no reason any more."""
        self._retry = ""
        self.changed.emit()

    def press_key(self, reply: AccessKeyReply) -> None:
        """Fill and submit the items visibly (demo's pilot)."""
        self._values = [reply.document_number, reply.birth_date, reply.expiry_date]
        self._active, self._pressed = _EXPIRY, True
        self.changed.emit()
        QTimer.singleShot(_PILOT_PRESS_MS, self, self.submit)

    @Slot(int)
    def choose(self, index: int) -> None:
        """Type into field `index` from now on."""
        self._active = max(_NUMBER, min(index, _EXPIRY))
        self.changed.emit()

    @Slot(str)
    def type(self, character: str) -> None:
        """Add one character to the active field, if it fits there."""
        character = character.upper()
        allowed = character.isascii() and len(character) == 1
        allowed = allowed and (
            character.isdigit() or (self._active == _NUMBER and character.isalpha())
        )
        if allowed and len(self._values[self._active]) < _LIMITS[self._active]:
            self._values[self._active] += character
            full = len(self._values[self._active]) == _LIMITS[self._active]
            if full and self._active < _EXPIRY:
                self._active += 1
            self.changed.emit()

    @Slot()
    def rub_out(self) -> None:
        """Take the last character back."""
        if not self._values[self._active] and self._active > _NUMBER:
            self._active -= 1
        self._values[self._active] = self._values[self._active][:-1]
        self.changed.emit()

    @Slot()
    def submit(self) -> None:
        """Hand the items over when all three are plausible."""
        if self._asking and self._complete():
            self._asking, self._retry = False, ""
            self.key_given.emit(AccessKeyReply(*self._values))
            self.changed.emit()

    def _complete(self) -> bool:
        return bool(self._values[_NUMBER]) and all(
            is_mrz_date(self._values[index]) for index in (_BIRTH, _EXPIRY)
        )

    @Property(float, notify=changed)
    def fraction(self) -> float:
        """Share of the document read."""
        return self._fraction

    @Property(str, notify=changed)
    def retryText(self) -> str:
        """Why the document should be presented again, or ""."""
        return self._display.say("error", self._retry)

    @Property(int, notify=changed)
    def attemptsLeft(self) -> int:
        """How often it may still be tried."""
        return self._attempts_left

    @Property(bool, notify=changed)
    def asking(self) -> bool:
        """Whether the MRZ items are being asked for."""
        return self._asking

    @Property(int, notify=changed)
    def active(self) -> int:
        """Index of the field being typed into."""
        return self._active

    @Property(list, notify=changed)
    def values(self) -> list[str]:
        """The three items as typed."""
        return list(self._values)

    @Property(list, notify=changed)
    def wrong(self) -> list[bool]:
        """Which of the three items is typed in full and cannot be right."""
        return [False] + [
            len(typed) == _LIMITS[_BIRTH] and not is_mrz_date(typed) for typed in self._values[1:]
        ]

    @Property(bool, notify=changed)
    def complete(self) -> bool:
        """Whether the items may be handed over."""
        return self._complete()

    @Property(bool, notify=changed)
    def pressed(self) -> bool:
        """Whether the pilot is pressing the button."""
        return self._pressed

    @Property(list, notify=changed)
    def rows(self) -> list[dict[str, str]]:
        """Label and value of the fields shown, numbers masked in the middle."""
        if self._identity is None:
            return []
        identity = self._identity
        labels = {
            "name": QCoreApplication.translate("Card", "Name"),
            "document_number": QCoreApplication.translate("Card", "Document number"),
            "valid_until": QCoreApplication.translate("Card", "Valid until"),
        }
        return [
            {"label": label, "value": masked(name, identity.get(name))}
            for name, label in labels.items()
            if identity.get(name)
        ]

    @Property(bool, notify=changed)
    def expired(self) -> bool:
        """Whether the document's validity has ended."""
        return self._expired


def is_mrz_date(text: str) -> bool:
    """Whether `text` is YYMMDD with a real month and day (ICAO 9303-3 §4.8)."""
    if len(text) != 6 or not text.isdigit():
        return False
    try:
        # A leap year, because the century of a two-digit year is not known here.
        date(2000 + int(text[:2]) // 4 * 4, int(text[2:4]), int(text[4:]))
    except ValueError:
        return False
    return True


def masked(field: str, value: str) -> str:
    """What bystanders may see of a field: a document number keeps its ends only."""
    if field != "document_number" or len(value) < 6:
        return value
    return value[:2] + "•" * (len(value) - 4) + value[-2:]
