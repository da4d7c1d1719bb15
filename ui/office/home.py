"""The first page: today's figures, and what to do next."""

from PySide6.QtCore import Property, Signal

from station.access import Act
from station.office_view import Today
from ui.office.page import OfficePage


class HomePage(OfficePage):
    """Figures of the day; lives on the Qt thread."""

    shown = Signal()

    def clear(self) -> None:
        """Drop the figures."""
        self._today: Today | None = None

    def load(self) -> None:
        """Ask for the figures of the day, where this person may see them."""
        self._today = None
        who = self.desk.signed_in
        if who is not None and Act.HEALTH_READ in who.acts:
            self.ask(self.desk.service.today, self._show)

    def _show(self, today: Today) -> None:
        self._today = today

    @Property(list, notify=shown)
    def figures(self) -> list[dict[str, str]]:
        """Each with "name", "label", "value" and "tone"."""
        today = self._today
        if today is None:
            return []
        found = [
            ("visits", today.visits, "neutral"),
            ("matched", today.matched, "neutral"),
            ("declined", today.declined, "neutral"),
            ("attacks", today.attacks, "caution" if today.attacks else "neutral"),
        ]
        if today.residents is not None:
            found.append(("residents", today.residents, "neutral"))
        found.append(("waiting", today.waiting, "caution" if today.waiting else "neutral"))
        return [
            {
                "name": name,
                "label": self.desk.word("figure", name),
                "value": str(value),
                "tone": tone,
            }
            for name, value, tone in found
        ]

    @Property(list, notify=shown)
    def steps(self) -> list[dict[str, str]]:
        """What to do next: "text", "tone", "icon", and the "page" where it is done, or ""."""
        today = self._today
        if today is None:
            return []
        steps = []
        if today.fault:
            text = self.desk.word("say", "step_fault")
            steps.append(_step(f"{text} ({today.fault})", "stop", "warning", "Health"))
        else:
            who = self.desk.signed_in
            serves = who is not None and Act.RUN_VISIT in who.acts
            said = "step_serve" if serves else "step_ready"
            steps.append(_step(self.desk.word("say", said), "good", "check", ""))
        if today.alarm:
            steps.append(_step(self.desk.word("say", "step_alarm"), "stop", "warning", "Users"))
        if today.waiting:
            text = self.desk.word("say", "step_requests").format(count=today.waiting)
            steps.append(_step(text, "caution", "hand", "Requests"))
        listed = self.desk.listed()
        return [step | ({} if step["page"] in listed else {"page": ""}) for step in steps]


def _step(text: str, tone: str, icon: str, page: str) -> dict[str, str]:
    return {"text": text, "tone": tone, "icon": icon, "page": page}
