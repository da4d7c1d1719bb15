"""Incidents and their clocks as the page words them."""

from resources.rights_texts import words
from station.incident_clock import Clock, IncidentLine
from station.incident_notice import renewal_advice
from station.incidents import Incident, IncidentState
from station.model import Language
from ui.office.desk import OfficeDesk, local_time

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 24 * 3600


class IncidentWords:
    """Words in the present language of the office; holds no data."""

    def __init__(self, desk: OfficeDesk) -> None:
        self._desk = desk

    def row(self, line: IncidentLine) -> dict[str, str]:
        """One incident: "id", "what", "found", "people", "state", "tone", "next"."""
        sheet = line.incident
        running = next((one for one in line.clocks if not one.done), None)
        closed = sheet.state is IncidentState.CLOSED
        tone = "good" if closed or running is None else "caution"
        if running is not None and not closed and running.left_s < 0:
            tone = "stop"
        due = "" if closed or running is None else self._due(running)
        return {
            "id": sheet.id,
            "what": self._kinds(sheet),
            "found": local_time(sheet.found_at),
            "state": self.word("incident_state", sheet.state),
            "tone": tone,
            "next": due or self._say("none"),
        }

    def clock(self, clock: Clock, passed_s: int) -> dict[str, str]:
        """One duty: "label", "text", "tone", "icon"; `passed_s` since it was read."""
        left_s = clock.left_s - passed_s
        if clock.done:
            text, tone, icon = self._say("clock_done"), "good", "check"
        elif left_s >= 0:
            text, icon = self._say("clock_left", time=self._span(left_s)), "clock"
            tone = "caution"
        else:
            text, icon = self._say("clock_over", time=self._span(-left_s)), "warning"
            tone = "stop"
        due = local_time(clock.due)
        return {
            "label": self.word("duty", clock.duty),
            "due": self._say("clock_due", time=due),
            "text": text,
            "tone": tone,
            "icon": icon,
        }

    def facts(self, sheet: Incident) -> list[dict[str, str]]:
        """A whole sheet: "label", "value"."""
        yes = self._say("yes")
        told = "、".join(self.word("duty", one) for one in sheet.told)
        ours = "zh" if self.language is Language.ZH_CN or not sheet.en.what else "en"
        narrative = getattr(sheet, ours)
        rows = [
            (self._say("incident_number"), sheet.id),
            (self._say("incident_state"), self.word("incident_state", sheet.state)),
            (self._head("found_at"), local_time(sheet.found_at)),
            (self._head("happened_at"), local_time(sheet.happened_at)),
            (self._head("data"), self._kinds(sheet)),
            (self._head("people"), f"~ {sheet.people}" if sheet.about else str(sheet.people)),
            (self._head("minors"), yes if sheet.minors else ""),
            (self._head("leak"), yes if sheet.leak else ""),
            *((self._head(name), getattr(narrative, name)) for name in sheet.zh.__struct_fields__),
            (self._say("incident_told"), told),
            (self._say("incident_not_told"), sheet.not_told_why),
            (self._say("incident_notes"), "\n".join(self._notes(sheet))),
            (self._say("incident_history"), "\n".join(self._history(sheet))),
        ]
        return [{"label": label, "value": value} for label, value in rows]

    def missing(self, sheet: Incident) -> str:
        """What a notice still lacks, or ""."""
        told = sheet.zh
        names = [one for one in told.__struct_fields__ if not getattr(told, one).strip()]
        return "、".join(self._head(one) for one in names)

    def advice(self, sheet: Incident) -> str:
        """What to do about leaked templates, or ""."""
        return renewal_advice(sheet, self.language)

    @property
    def language(self) -> Language:
        """The office's present language."""
        return self._desk.display.current

    def word(self, section: str, key: str) -> str:
        """A word of the rights desk's table."""
        return words(section, key, self.language)

    def _notes(self, sheet: Incident) -> list[str]:
        return [f"{local_time(one.at)}  {one.actor}\n{one.text}" for one in sheet.notes]

    def _history(self, sheet: Incident) -> list[str]:
        return [
            f"{local_time(one.at)}  {self.word('incident_step', one.did)}  {one.actor}"
            for one in sheet.history
        ]

    def _kinds(self, sheet: Incident) -> str:
        separator = "、" if self.language is Language.ZH_CN else ", "
        return separator.join(self.word("data", one) for one in sheet.data)

    def _head(self, name: str) -> str:
        # Without what a form says about how to type it.
        return self.word("incident_field", name).split("（")[0].split(" (")[0]

    def _due(self, clock: Clock) -> str:
        return f"{self.word('duty', clock.duty)} · {local_time(clock.due)}"

    def _span(self, seconds: int) -> str:
        if seconds >= 2 * _DAY_S:
            hours = seconds % _DAY_S // _HOUR_S
            return self._say("span_days", days=seconds // _DAY_S, hours=hours)
        if seconds >= _HOUR_S:
            minutes = seconds % _HOUR_S // _MINUTE_S
            return self._say("span_hours", hours=seconds // _HOUR_S, minutes=minutes)
        return self._say("span_minutes", minutes=seconds // _MINUTE_S)

    def _say(self, key: str, **blanks: object) -> str:
        return self._desk.word("say", key).format(**blanks)
