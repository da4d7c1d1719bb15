"""The ledger for those who may read it: search, live view, and the figures as charts."""

from dataclasses import replace

from PySide6.QtCore import Property, QObject, QTimer, Signal, Slot

from consent.search import Row
from station.access import Act
from station.errors import ErrorCode
from station.ledger_counts import LedgerCounts
from station.model import Language
from station.office_view import MOST_LINES, LedgerLines, LedgerQuery
from ui.office.desk import OfficeDesk
from ui.office.ledger_filters import LedgerFilters
from ui.office.ledger_text import line
from ui.office.page import OfficePage

_CHARTS = {"DAYS": 14, "WEEKS": 84}
_LIVE_MS = 2000
_MOST_SHOWN = 3 * MOST_LINES


class LedgerPage(OfficePage):
    """Found lines and chart figures, until the page is left."""

    shown = Signal()
    listed = Signal()

    def __init__(self, parent: QObject, desk: OfficeDesk) -> None:
        self._live = QTimer(parent, interval=_LIVE_MS)
        super().__init__(parent, desk)
        self._live.timeout.connect(self._ask_newer)

    def clear(self) -> None:
        """Drop lines and figures, and end the live view."""
        self._live.stop()
        self._lines: list[Row] = []
        self._worded: dict[tuple[int, Language], dict[str, str]] = {}
        self._more = False
        self._size = 0
        if not hasattr(self, "_filters"):
            self._filters = LedgerFilters(self, "WEEK", self.refresh)
        self._filters.reset()
        self._query: LedgerQuery | None = None
        self._round = 0
        self._searching = False
        self._charts: LedgerCounts | None = None
        self._steps = "DAYS"
        self._view = "lines"
        self._polling = False

    def load(self) -> None:
        """Search anew, or count anew."""
        if self._view == "lines" and not self._may(Act.AUDIT_READ):
            self._view = "charts"
        if self._view == "lines":
            self._search()
        else:
            days, service = _CHARTS[self._steps], self.desk.service
            self.ask(lambda session: service.counts(session, days), self._show_counts)

    def _may(self, act: Act) -> bool:
        who = self.desk.signed_in
        return who is not None and act in who.acts

    def _search(self) -> None:
        query, service = self._filters.query(), self.desk.service
        self._round += 1
        self._searching, asked = True, self._round

        def show(found: LedgerLines) -> None:
            if asked != self._round:
                return
            # What "more" and the live view go on with: what is shown, not what is being typed.
            self._query, self._searching = query, False
            self._lines, self._worded = list(found.lines), {}
            self._more, self._size = found.more, found.size
            self.rows_changed.emit()

        self.ask(lambda session: service.ledger(session, query), show)

    def _on_refused(self, code: ErrorCode | None) -> None:
        super()._on_refused(code)
        self._searching = self._searching and self._asking > 0

    def _add(self, found: LedgerLines) -> None:
        self._lines += found.lines
        self._more, self._size = found.more and len(self._lines) < _MOST_SHOWN, found.size
        self.rows_changed.emit()

    def _show_counts(self, found: LedgerCounts) -> None:
        self._charts = found if self._steps == "DAYS" else found.by_week()
        self.rows_changed.emit()

    @Slot(str)
    def show_view(self, view: str) -> None:
        """Switch between "lines" and "charts"."""
        self._view = view
        self._live.stop()
        self.refresh()

    @Slot(str, str, str)
    def search(self, span: str, group: str, actor: str) -> None:
        """Search: a key of `SPANS`, a key of `GROUPS`, and a user name or ""."""
        self._filters.choose(span, group, actor, "", "")

    @Slot()
    def show_more(self) -> None:
        """The next older lines of the same search."""
        if self._more and self._lines and self._query is not None:
            query = replace(self._query, before=self._lines[-1].seq)
            service, asked = self.desk.service, self._round

            def add(found: LedgerLines) -> None:
                if asked == self._round:
                    self._add(found)

            self.ask(lambda session: service.ledger(session, query), add)

    @Slot(bool)
    def set_live(self, live: bool) -> None:
        """Follow the ledger as it grows, with the search in force."""
        if live:
            self._live.start()
            self._ask_newer()
        else:
            self._live.stop()
        self.changed.emit()

    def _ask_newer(self) -> None:
        session, query = self.desk.session, self._query
        if session is None or query is None or self._view != "lines":
            return
        if self._polling or self._searching:
            return
        self._polling = True
        after = self._lines[0].seq if self._lines else self._size - 1
        service, asked = self.desk.service, self._round

        def done(found: LedgerLines) -> None:
            self._polling = False
            if asked == self._round:
                self._on_newer(found)

        def refused(code: ErrorCode | None) -> None:
            self._polling = False
            # A search that was begun meanwhile ended the one before, which is no fault.
            if asked == self._round:
                self._on_newer_refused(code)

        # Not `ask`: a page that is always "busy" would flicker.
        self._errands.run(lambda: service.newer(session, after, query), done, refused)

    def _on_newer(self, found: LedgerLines) -> None:
        if found.lines:
            self._lines = [*found.lines, *self._lines][:_MOST_SHOWN]
            self.rows_changed.emit()
        if found.size != self._size or found.lines:
            self._size = found.size
            self.changed.emit()

    def _on_newer_refused(self, code: ErrorCode | None) -> None:
        self._live.stop()
        self._asking += 1
        self._on_refused(code)

    @Slot(str)
    def show_steps(self, steps: str) -> None:
        """Charts by "DAYS" or by "WEEKS"."""
        if steps in _CHARTS:
            self._steps = steps
            self.refresh()

    @Property(str, notify=shown)
    def view(self) -> str:
        """What is shown: "lines" or "charts"."""
        return self._view

    @Property(bool, notify=shown)
    def mayRead(self) -> bool:
        """Whether single entries are offered, beside the figures."""
        return self._may(Act.AUDIT_READ)

    @Property(list, notify=listed)
    def rows(self) -> list[dict[str, str]]:
        """Found entries as lines, the newest first."""
        # Worded once: a live view that grows by one line must not word all others again.
        language = self.desk.display.current
        for entry in self._lines:
            if (entry.seq, language) not in self._worded:
                self._worded[entry.seq, language] = line(entry, self.desk)
        return [self._worded[entry.seq, language] for entry in self._lines]

    @Property(bool, notify=shown)
    def more(self) -> bool:
        """Whether older lines can be shown."""
        return self._more

    @Property(int, notify=shown)
    def size(self) -> int:
        """Entries in the whole ledger."""
        return self._size

    @Property(bool, notify=shown)
    def live(self) -> bool:
        """Whether the list follows the ledger."""
        return self._live.isActive()

    @Property(QObject, constant=True)
    def filters(self) -> LedgerFilters:
        """What is looked for."""
        return self._filters

    @Property(str, notify=shown)
    def steps(self) -> str:
        """Steps of the charts: "DAYS" or "WEEKS"."""
        return self._steps

    @Property(list, notify=listed)
    def dayLabels(self) -> list[str]:
        """Under each bar: the first day of its step."""
        charts = self._charts
        days = () if charts is None else charts.days
        form = self.desk.word("say", "day_short")
        return [form.format(month=day.month, day=day.day) for day in days]

    @Property("QVariantMap", notify=listed)  # type: ignore[arg-type]
    def series(self) -> dict[str, list[int]]:
        """Figures of the charts by name: "visits", "declined", "attacks", "denied"."""
        charts = self._charts
        if charts is None:
            return {}
        return {
            "visits": list(charts.visits),
            "declined": list(charts.declined),
            "attacks": list(charts.attacks),
            "denied": list(charts.denied),
        }

    @Property(list, notify=listed)
    def outcomes(self) -> list[dict[str, object]]:
        """How visits ended, most frequent first: "label", "count"; only what happened."""
        charts = self._charts
        found = {} if charts is None else charts.outcomes
        order = sorted(found, key=lambda outcome: (-found[outcome], outcome))
        return [
            {"label": self.desk.word("outcome", outcome), "count": found[outcome]}
            for outcome in order
            if found[outcome]
        ]
