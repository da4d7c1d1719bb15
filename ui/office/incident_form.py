"""A sheet of the incident book while it is written: typed texts, and what they make."""

from datetime import UTC, datetime

from resources.rights_texts import rights_table, words
from station.incidents import MOST_TEXT, Incident, Narrative
from ui.office.desk import local_time

PARTS = ("facts", "zh", "en")
ON = "on"
_LINES = {"found_at": 16, "happened_at": 16, "people": 10}
_TICKS = ("about", "minors", "leak")
_TOLD = Narrative.__struct_fields__
_DATA = "data."


class IncidentDraft:
    """What was typed so far. A key is a field's name, "data.KIND", or "zh.cause"."""

    def __init__(self, sheet: Incident | None, now: datetime) -> None:
        """A new draft, or one of a sheet that is to be changed."""
        self.begun_from = sheet
        self.values: dict[str, str] = {"found_at": local_time(now.isoformat()), "people": "0"}
        if sheet is None:
            return
        self.values = {
            "found_at": local_time(sheet.found_at),
            "happened_at": local_time(sheet.happened_at),
            "people": str(sheet.people),
            **{name: ON if getattr(sheet, name) else "" for name in _TICKS},
            **{_DATA + name: ON for name in sheet.data},
        }
        for language in PARTS[1:]:
            told = getattr(sheet, language)
            self.values |= {f"{language}.{name}": getattr(told, name) for name in _TOLD}

    def fields(self, part: str, language: str) -> list[dict[str, object]]:
        """The questions of one part: "key", "label", "kind", "most", "value"."""
        if part != "facts":
            return [self._field(f"{part}.{name}", name, "passage", language) for name in _TOLD]
        lines = [self._field(name, name, "line", language) for name in _LINES]
        head = self._field("data", "data", "head", language)
        kinds = [
            {
                "key": _DATA + kind,
                "label": words("data", kind, language),
                "kind": "tick",
                "most": 0,
                "value": self.values.get(_DATA + kind, ""),
            }
            for kind in rights_table()["data"]
        ]
        ticks = [self._field(name, name, "tick", language) for name in _TICKS]
        return [*lines, *ticks, head, *kinds]

    def _field(self, key: str, name: str, kind: str, language: str) -> dict[str, object]:
        return {
            "key": key,
            "label": words("incident_field", name, language),
            "kind": kind,
            "most": _LINES.get(name, MOST_TEXT),
            "value": self.values.get(key, ""),
        }

    def sheet(self) -> Incident:
        """The sheet as typed. Raises `ValueError` for what is no number or time."""
        said = self.values
        people = said.get("people", "")
        if not (people.isascii() and people.isdigit()):
            raise ValueError("no number of people")
        return Incident(
            data=tuple(kind for kind in rights_table()["data"] if said.get(_DATA + kind)),
            people=int(people),
            found_at=_moment(said.get("found_at", "")),
            about=bool(said.get("about")),
            minors=bool(said.get("minors")),
            leak=bool(said.get("leak")),
            happened_at=_moment(said.get("happened_at", "")),
            zh=self._narrative("zh"),
            en=self._narrative("en"),
        )

    def changes(self) -> dict[str, object]:
        """What differs from the sheet it began with. Raises `ValueError`."""
        before, after = self.begun_from, self.sheet()
        names = ("data", "people", "about", "minors", "leak", "zh", "en")
        found = {one: getattr(after, one) for one in names}
        for name in ("found_at", "happened_at"):
            # To the minute: a time nobody touched stays as it was, to the second.
            if before is None or self.values.get(name, "") != local_time(getattr(before, name)):
                found[name] = getattr(after, name)
        return {
            name: value
            for name, value in found.items()
            if before is None or value != getattr(before, name)
        }

    def _narrative(self, language: str) -> Narrative:
        return Narrative(**{one: self.values.get(f"{language}.{one}", "").strip() for one in _TOLD})


def _moment(text: str) -> str:
    """A local time as typed, in UTC; "" for none. Raises `ValueError`."""
    if not text.strip():
        return ""
    try:
        moment = datetime.strptime(text.strip(), "%Y-%m-%d %H:%M").astimezone(UTC)
    except OverflowError as error:
        raise ValueError("before or after all time") from error
    return moment.isoformat(timespec="seconds")
