"""Requests for a second person: what waits for me, and what I asked for."""

from PySide6.QtCore import Property, Signal, Slot

from station.errors import ErrorCode
from station.office_view import Asked, Change, FirstSecret
from ui.office.change_words import change_label, change_value
from ui.office.desk import local_time
from ui.office.page import OfficePage

_TONES = {"WAITING": "caution", "AGREED": "good", "REFUSED": "stop"}


class RequestsPage(OfficePage):
    """Two lists and one request in full. What a new account needs is held until it is dismissed."""

    shown = Signal()
    listed = Signal()

    def clear(self) -> None:
        """Drop both lists and a secret that was not dismissed."""
        self._all: tuple[Asked, ...] = ()
        self._chosen = ""
        self._mine = False
        self._secret: FirstSecret | None = None

    def load(self) -> None:
        """Ask for both lists."""
        self.ask(self.desk.service.requests, self._show)

    def _show(self, found: tuple[Asked, ...]) -> None:
        self._all = found
        if self._chosen not in {asked.id for asked in self._list()}:
            self._chosen = ""
        self.rows_changed.emit()

    def _list(self) -> list[Asked]:
        if self._mine:
            return [asked for asked in self._all if asked.mine]
        return [asked for asked in self._all if asked.decides]

    def _open(self) -> Asked | None:
        return next((asked for asked in self._list() if asked.id == self._chosen), None)

    @Slot(bool)
    def show_mine(self, mine: bool) -> None:
        """Switch between what waits for me and what I asked for."""
        self._mine, self._chosen = mine, ""
        self.rows_changed.emit()
        self.dismiss()

    @Slot(str)
    def choose(self, request_id: str) -> None:
        """Show one request in full; "" for none."""
        self._chosen = request_id
        self.changed.emit()

    @Slot()
    def agree(self) -> None:
        """Agree to the chosen request."""
        chosen, service = self._chosen, self.desk.service
        if chosen:
            self.act(lambda session: service.agree(session, chosen), "agreed")

    @Slot(str)
    def refuse(self, reason: str) -> None:
        """Refuse the chosen request; the core wants a reason."""
        chosen, service = self._chosen, self.desk.service
        if chosen and not reason.strip():
            self.refuse_locally(ErrorCode.REASON_NEEDED)
        elif chosen:
            self.act(lambda session: service.refuse(session, chosen, reason.strip()), "refused")

    @Slot()
    def carry_out(self) -> None:
        """Do what was agreed to."""
        chosen, service = self._chosen, self.desk.service
        if chosen:
            self.act(
                lambda session: service.carry_out(session, chosen), "carried_out", self._keep_secret
            )

    def _keep_secret(self, secret: FirstSecret | None) -> None:
        self._secret = secret

    @Slot()
    def forget_secret(self) -> None:
        """It was handed over; it is shown never again."""
        self._secret = None
        self.changed.emit()

    @Property(list, notify=listed)
    def rows(self) -> list[dict[str, str]]:
        """The list in view: "id", "act", "user", "time", "state", "tone"."""
        return [
            {
                "id": asked.id,
                "act": self.desk.word("act", asked.act.value),
                "user": asked.user,
                "time": local_time(asked.time),
                "state": self.desk.word("state", asked.state),
                "tone": _TONES.get(asked.state, "neutral"),
            }
            for asked in self._list()
        ]

    @Property(bool, notify=shown)
    def mine(self) -> bool:
        """Whether my own requests are in view."""
        return self._mine

    @Property(str, notify=shown)
    def chosen(self) -> str:
        """Id of the request in full, or ""."""
        return self._chosen

    @Property("QVariantMap", notify=shown)  # type: ignore[arg-type]
    def detail(self) -> dict[str, object]:
        """The chosen request in full, or empty."""
        asked = self._open()
        if asked is None:
            return {}
        return {
            "act": self.desk.word("act", asked.act.value),
            "user": asked.user,
            "time": local_time(asked.time),
            "until": local_time(asked.until),
            "reason": asked.reason or "–",
            "state": self.desk.word("state", asked.state),
            "second": asked.second,
            "answer": asked.answer,
            "changes": [self._change(change) for change in asked.changes],
            "decides": asked.decides and asked.state == "WAITING",
            "ready": asked.ready and not asked.where,
            "where": asked.where if asked.ready and asked.where in self.desk.listed() else "",
        }

    def _change(self, change: Change) -> dict[str, str]:
        field = change.field
        return {
            "field": change_label(self.desk, field),
            "before": change_value(self.desk, field, change.before) or "–",
            "after": change_value(self.desk, field, change.after) or "–",
        }

    @Property("QVariantMap", notify=shown)  # type: ignore[arg-type]
    def secret(self) -> dict[str, str]:
        """What is shown once: "user", "password", "uri", or "code1" and "code2"; or empty."""
        secret = self._secret
        if secret is None:
            return {}
        found = {"user": secret.user, "password": secret.password, "uri": secret.totp_uri}
        return found | {f"code{at}": code for at, code in enumerate(secret.codes, 1)}
