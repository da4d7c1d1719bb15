"""What a search or an export of the ledger is about: days, kinds, who did it, and one resident.

A number that is typed becomes the person's blind reference in the core at once; the reference alone
is held here, and only that it is somebody's is shown.
"""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Property, QObject, Signal, Slot

from station.office_view import LedgerQuery
from ui.office.ledger_text import GROUPS
from ui.office.page import OfficePage
from ui.office.spans import SPANS, first_day

OWN = "OWN"
"""Key of the span whose first and last day are typed."""
_MOST_ACTOR = 64
_MOST_DAY = 10


class LedgerFilters(QObject):
    """Belongs to one page and lives as long; `chosen` is called after whatever was changed."""

    changed = Signal()
    worded = Signal()
    """Apart from `changed`: choices built anew lose the keyboard's place."""

    def __init__(self, page: OfficePage, span: str, chosen: Callable[[], None]) -> None:
        super().__init__(page)
        self._page = page
        self._usual = span
        self._chosen = chosen
        page.changed.connect(self.changed)
        page.desk.display.language_changed.connect(self.worded)
        self.reset()

    def reset(self) -> None:
        """Nothing is narrowed down but by the usual span; nobody is looked for."""
        self._span, self._group, self._actor = self._usual, "ALL", ""
        self._typed = self._own = "", ""
        self._slip = ""
        self._reference = ""

    def query(self) -> LedgerQuery:
        """What is chosen, as the core is asked for it."""
        first, last = self._days()
        return LedgerQuery(first, last, GROUPS[self._group], self._actor, self._reference)

    def _days(self) -> tuple[str, str]:
        if self._span == OWN:
            return self._own
        return first_day(SPANS[self._span]), ""

    # What staff do

    @Slot(str, str, str, str, str, result=bool)
    def choose(self, span: str, group: str, actor: str, first: str, last: str) -> bool:
        """As `hold`, and go on with it."""
        held = self.hold(span, group, actor, first, last)
        if held:
            self._chosen()
        return held

    @Slot(str, str, str, str, str, result=bool)
    def hold(self, span: str, group: str, actor: str, first: str, last: str) -> bool:
        """Take everything on the form but the person; False where the days cannot be meant.

        `span` is a key of `SPANS` or `OWN`, `group` one of `GROUPS`; the days count for `OWN`.
        """
        if (span not in SPANS and span != OWN) or group not in GROUPS:
            return False
        if span == OWN and self._span != OWN:
            # What was searched stands in the fields: to be changed, not to be begun.
            first, last = self._days()[0], first_day(1)
        self._typed = (first, last) if span == OWN else ("", "")
        if span == OWN:
            begins, ends = _day(first), _day(last)
            self._slip = _slip(begins, ends)
            if self._slip:
                self.changed.emit()
                return False
            self._own = begins or "", ends or ""
        self._span, self._group, self._slip = span, group, ""
        self._actor = actor.strip().lower()[:_MOST_ACTOR]
        self.changed.emit()
        return True

    @Slot(str)
    def look_for(self, number: str) -> None:
        """Look for one resident, by their own number or their document's; it is kept nowhere."""
        page, service = self._page, self._page.desk.service
        page.dismiss()

        def take(reference: str) -> None:
            self._reference = reference
            self._chosen()

        if number and not number.isspace():
            page.ask(lambda session: service.ledger_person(session, number), take)

    @Slot()
    def drop_person(self) -> None:
        """Look for everybody again."""
        self._reference = ""
        self._chosen()

    # What is shown

    @Property(list, notify=worded)
    def spans(self) -> list[dict[str, str]]:
        """Spans to choose from: "key", "label"."""
        word = self._page.desk.word
        return [{"key": key, "label": word("span", key)} for key in (*SPANS, OWN)]

    @Property(list, notify=worded)
    def groups(self) -> list[dict[str, str]]:
        """Groups of kinds to choose from: "key", "label"."""
        return [{"key": key, "label": self._page.desk.word("group", key)} for key in GROUPS]

    @Property(str, notify=changed)
    def span(self) -> str:
        """Key of the chosen span."""
        return self._span

    @Property(bool, notify=changed)
    def own(self) -> bool:
        """Whether the days are typed."""
        return self._span == OWN

    @Property(str, notify=changed)
    def first(self) -> str:
        """First day of one's own as it was typed, or ""."""
        return self._typed[0]

    @Property(str, notify=changed)
    def last(self) -> str:
        """Last day of one's own as it was typed, or ""."""
        return self._typed[1]

    @Property(str, notify=changed)
    def slip(self) -> str:
        """What is wrong with the days that were typed, in words; or ""."""
        return self._page.desk.word("slip", self._slip)

    @Property(str, notify=changed)
    def group(self) -> str:
        """Key of the chosen group."""
        return self._group

    @Property(str, notify=changed)
    def actor(self) -> str:
        """User name, or ""."""
        return self._actor

    @Property(bool, notify=changed)
    def person(self) -> bool:
        """Whether it is about one resident."""
        return bool(self._reference)


def _day(typed: str) -> str | None:
    """A typed day as the core reads it; "" for none, None for what is no day."""
    text = typed.strip()
    if not text:
        return ""
    text = text.replace("/", "-").replace(".", "-")
    try:
        day = datetime.strptime(text[:_MOST_DAY], "%Y-%m-%d")  # noqa: DTZ007 - a calendar's day
    except ValueError:
        return None
    return day.date().isoformat()


def _slip(first: str | None, last: str | None) -> str:
    if first is None or last is None:
        return "DAYS"
    return "DAYS_TURNED" if first and last and first > last else ""
