"""Terms in force and where each comes from, what is due when, and the thresholds."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from PySide6.QtCore import Property, Signal, Slot

from station.access import Act
from station.errors import ErrorCode
from station.retention import ERASED_WITHIN_S, Due
from station.terms import Bounds
from station.terms_view import BY_HOUR, PadLine, RetentionView
from ui.office.desk import local_time
from ui.office.page import OfficePage

VIEWS = ("terms", "due", "pad")
PURPOSES = (BY_HOUR, "resident", "template", "portrait")
_HOURS, _DAYS = 24, 30
_MOST_DIGITS = 4
_JOINED = "\u00a0"


class RetentionPage(OfficePage):
    """Three views of one answer, and the form for other terms. It holds counts, no names."""

    shown = Signal()
    listed = Signal()

    def clear(self) -> None:
        """Drop the answer and close the form."""
        self._view: RetentionView | None = None
        self._open = VIEWS[0]
        self._purpose = BY_HOUR
        self._form = False

    def load(self) -> None:
        """Ask for everything the page shows."""
        self.ask(self.desk.service.terms.read, self._show)

    def _show(self, found: RetentionView) -> None:
        self._view = found
        self.rows_changed.emit()

    @Slot(str)
    def show_view(self, view: str) -> None:
        """One of `VIEWS`."""
        if view in VIEWS:
            self._open, self._form = view, False
            self.dismiss()

    @Slot(str)
    def show_purpose(self, purpose: str) -> None:
        """Whose terms the bars count: one of `PURPOSES`."""
        if purpose in PURPOSES:
            self._purpose = purpose
            self.changed.emit()

    @Slot(bool)
    def edit(self, on: bool) -> None:
        """Open or close the form."""
        self._form = on
        self.dismiss()

    @Slot(str, str, str)
    def submit(self, hours: str, days: str, reason: str) -> None:
        """Ask a second person for other terms."""
        typed = hours.strip(), days.strip()
        if not all(one.isascii() and one.isdigit() and len(one) <= _MOST_DIGITS for one in typed):
            self.refuse_locally(ErrorCode.TERM_TOO_LONG)
            return
        visitor_hours, resident_days = (int(one) for one in typed)
        why, service = reason.strip(), self.desk.service.terms
        self.act(
            lambda session: service.ask(session, visitor_hours, resident_days, why),
            "",  # What waits is shown in full beside the terms.
            lambda _: self._close(),
        )

    def _close(self) -> None:
        self._form = False

    @Slot()
    def put_in_force(self) -> None:
        """Let what was agreed to hold."""
        self.act(self.desk.service.terms.put_in_force, "in_force")

    # What the screens show

    def _word(self, key: str) -> str:
        return self.desk.word("term", key)

    @Property(bool, notify=shown)
    def known(self) -> bool:
        """Whether the answer is there."""
        return self._view is not None

    @Property(str, notify=shown)
    def view(self) -> str:
        """The view that is open."""
        return self._open

    @Property(str, notify=shown)
    def purpose(self) -> str:
        """Whose terms the bars count."""
        return self._purpose

    @Property(bool, notify=shown)
    def form(self) -> bool:
        """Whether the form for other terms is open."""
        return self._form

    @Property(bool, notify=shown)
    def mayChange(self) -> bool:
        """Whether this person may ask for other terms."""
        who = self.desk.signed_in
        return self._view is not None and who is not None and Act.POLICY_CHANGE in who.acts

    @Property(list, notify=listed)
    def rows(self) -> list[dict[str, str]]:
        """Terms: "id", "what", "term", "source", "bounds"."""
        view = self._view
        if view is None:
            return []
        terms, kept = view.terms, view.kept
        days_of_ledger = _days_since(kept.ledger_since, view.now)
        rows = [self._row("visitor", terms.visitor), self._row("resident", terms.resident)]
        if not view.residents:
            rows[1]["bounds"] = self._word("no_residents")
        elif terms.resident_usual < terms.resident.in_force:
            usual = self._word("usual").format(days=f"{terms.resident_usual:g}")
            rows[1]["bounds"] += f" · {usual}"
        told = {"entries": kept.ledger_entries, "days": days_of_ledger}
        backup = self._word("backup_term").format(f"{terms.policy.shortest / timedelta(hours=1):g}")
        return [
            *rows,
            self._fixed("ledger", self._word("ledger_term"), self._word("ledger_kept"), **told),
            self._fixed(
                "processing",
                self._word("processing_term"),
                self._word("processing_kept"),
                since=local_time(kept.processing_since)[:10] or "–",
            ),
            self._fixed("backup", backup, self._word("backup_kept")),
        ]

    def _row(self, what: str, bounds: Bounds) -> dict[str, str]:
        values = {
            "configured": bounds.configured,
            "profile": bounds.profile,
            "agreed": bounds.agreed,
            "noticed": bounds.noticed,
        }
        # A name and its figure stay on one line.
        named = (
            f"{self._word(name)} {'–' if value is None else format(value, 'g')}".replace(
                " ", _JOINED
            )
            for name, value in values.items()
        )
        return {
            "id": what,
            "what": self._word(what),
            "term": self._unit(what).format(f"{bounds.in_force:g}"),
            "source": "、".join(self._word(name) for name in bounds.decided_by),
            "bounds": " · ".join(named),
        }

    def _fixed(self, what: str, term: str, bounds: str, **figures: object) -> dict[str, str]:
        return {
            "id": what,
            "what": self._word(what),
            "term": term,
            "source": self._word(f"{what}_source"),
            "bounds": bounds.format(**figures),
        }

    def _unit(self, what: str) -> str:
        return self._word("hours" if what == BY_HOUR else "days")

    @Property(list, notify=shown)
    def purposes(self) -> list[dict[str, str]]:
        """Whose terms the bars can count: "key", "label"."""
        return [{"key": one, "label": self._word(f"due_{one}")} for one in PURPOSES]

    def _due(self) -> tuple[Due, ...]:
        return () if self._view is None else self._view.due.get(self._purpose, ())

    @Property("QVariantMap", notify=shown)  # type: ignore[arg-type]
    def chart(self) -> dict[str, object]:
        """The bars: "values", "labels", "title"."""
        if self._view is None:
            return {"values": [], "labels": [], "title": ""}
        bars, hourly = self._bars(self._view), self._purpose == BY_HOUR
        day = self.desk.word("say", "day_short")
        return {
            "values": [count for _, count in bars],
            "labels": [
                at.strftime("%H") if hourly else day.format(month=at.month, day=at.day)
                for at, _ in bars
            ],
            "title": self._word("chart_hours" if hourly else "chart_days"),
        }

    def _bars(self, view: RetentionView) -> list[tuple[datetime, int]]:
        """Every hour or day from the present one on, with what ends in it."""
        hourly = self._purpose == BY_HOUR
        first = datetime.fromisoformat(view.now).astimezone().replace(tzinfo=None)
        first = first.replace(minute=0, second=0, microsecond=0)
        counted = {one.hour.astimezone().replace(tzinfo=None): one.records for one in self._due()}
        if not hourly:
            first = first.replace(hour=0)
            counted = {moment.replace(hour=0): count for moment, count in counted.items()}
        step, most = (timedelta(hours=1), _HOURS) if hourly else (timedelta(days=1), _DAYS)
        return [(first + at * step, counted.get(first + at * step, 0)) for at in range(most)]

    @Property(list, notify=shown)
    def facts(self) -> list[dict[str, str]]:
        """Beside the bars: overdue, last sweep, the rest: "label", "value"."""
        view = self._view
        if view is None:
            return []
        due = self._due()
        later = sum(one.records for one in due) - sum(count for _, count in self._bars(view))
        last = due[-1].hour.astimezone().strftime("%Y-%m-%d") if due else "–"
        rows = {
            "overdue": str(view.overdue),
            "swept": local_time(view.swept_at, seconds=True) or "–",
            "later": self._word("later_value").format(count=later, last=last) if later else "0",
            "within": self._word("within_value").format(seconds=ERASED_WITHIN_S),
        }
        return [{"label": self._word(key), "value": value} for key, value in rows.items()]

    @Property(int, notify=shown)
    def overdue(self) -> int:
        """Records that should be gone."""
        return 0 if self._view is None else self._view.overdue

    @Property(list, notify=shown)
    def policy(self) -> list[dict[str, str]]:
        """The thresholds' origin: "label", "value"."""
        view = self._view
        return [] if view is None else list(self._policy(view.pad, view.fmr))

    def _policy(self, pad: PadLine, fmr: float) -> Iterable[dict[str, str]]:
        own = self._word("pad_own").format(
            proposed=pad.proposed_by, approved=pad.approved_by, at=local_time(pad.approved_at)
        )
        rows = {
            "pad_origin": own if pad.approved_by else self._word("pad_shipped"),
            "pad_data": f"{pad.data} ({pad.date})",
            "pad_digest": pad.digest,
            "pad_fmr": f"{fmr:g}",
        }
        return ({"label": self._word(key), "value": value} for key, value in rows.items())

    @Property(str, notify=shown)
    def padWaiting(self) -> str:
        """Who proposed other thresholds and when, with the file's digest; or ""."""
        pad = None if self._view is None else self._view.pad
        if pad is None or not pad.waiting_by:
            return ""
        at = local_time(pad.waiting_at)
        return self._word("pad_waiting").format(
            person=pad.waiting_by, at=at, digest=pad.waiting_digest
        )

    @Property(list, notify=listed)
    def gates(self) -> list[dict[str, str]]:
        """Thresholds of attack detection: "id", "name", "value"."""
        gates = () if self._view is None else self._view.pad.gates
        return [{"id": name, "name": name, "value": f"{value:g}"} for name, value in gates]

    # A change

    def _wanted(self, choose: Callable[[RetentionView], float]) -> str:
        return "" if self._view is None else f"{choose(self._view):g}"

    @Property(str, notify=shown)
    def hours(self) -> str:
        """Hours in force, for the form."""
        return self._wanted(lambda view: view.terms.visitor.in_force)

    @Property(str, notify=shown)
    def days(self) -> str:
        """Days in force, for the form."""
        return self._wanted(lambda view: view.terms.resident.in_force)

    @Property(str, notify=shown)
    def mostHours(self) -> str:
        """The most hours that can be agreed to."""
        return self._wanted(lambda view: int(view.terms.visitor.longest))

    @Property(str, notify=shown)
    def mostDays(self) -> str:
        """The most days that can be agreed to."""
        return self._wanted(lambda view: int(view.terms.resident.longest))

    @Property("QVariantMap", notify=shown)  # type: ignore[arg-type]
    def pending(self) -> dict[str, str]:
        """What was asked for: "state", "mine", "terms", "asker", "answer"; or empty."""
        pending = None if self._view is None else self._view.pending
        if pending is None:
            return {}
        wanted = pending.terms
        terms = self._word("both").format(hours=wanted.visitor_hours, days=wanted.resident_days)
        return {
            "state": pending.state,
            "mine": "yes" if pending.mine else "",
            "terms": terms,
            "asker": pending.asker,
            "answer": pending.answer,
        }


def _days_since(since: str, now: str) -> int:
    try:
        return (datetime.fromisoformat(now) - datetime.fromisoformat(since)).days
    except (ValueError, TypeError):
        return 0
