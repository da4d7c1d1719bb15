"""One resident in words: what is kept, how the registration stands, and what may be done."""

from collections.abc import Collection, Sequence

from resources.rights_texts import words
from station.access import Act
from station.residents_view import BatchDone, ResidentDetail, ResidentLine, ResidentState
from ui.office.desk import OfficeDesk, local_time

FORMS = {
    "clear": Act.VIEW_FULL,
    "restrict": Act.RESTRICT,
    "lift": Act.RESTRICT,
    "renew": Act.RENEW_ONE,
    "erase": Act.ERASE,
    "ask": Act.ERASE_ASK,
}
"""What may be done about one resident, and the act it takes."""
_OWN = "resident_number"


def row_of(desk: OfficeDesk, line: ResidentLine, *, ticked: bool) -> dict[str, str]:
    """A line of the table, masked."""
    left = desk.word("say", "days_left").format(days=line.days_left)
    return {
        "id": line.reference,
        "mark": desk.word("say", "ticked") if ticked else "–",
        "number": line.number,
        "name": line.name,
        "document": line.document,
        "kept": _kept(desk, line),
        "until": f"{local_time(line.expires_at)[:10]} · {left}",
        "state": " · ".join(desk.word("resident", key) for key in _states(line)),
        "tone": _tone(line),
    }


def _kept(desk: OfficeDesk, line: ResidentLine) -> str:
    kept = [desk.word("say", "kept_fields")]
    if line.template_version:
        kept.append(desk.word("say", "kept_template"))
    if line.portraits:
        kept.append(desk.word("say", "kept_portraits").format(count=line.portraits))
    return " · ".join(kept)


def _states(line: ResidentLine) -> list[str]:
    """Keys of `[resident]` that hold; what matters most first."""
    if not line.readable:
        return ["UNREADABLE"]
    held = {
        "RESTRICTED": line.restricted,
        "RECALLED": not line.template_version,
        "LOCKED": line.locked,
        "MINOR": line.minor,
    }
    return [key for key, holds in held.items() if holds] or ["FINE"]


def _tone(line: ResidentLine) -> str:
    first = _states(line)[0]
    return {"FINE": "good", "MINOR": "neutral", "UNREADABLE": "stop"}.get(first, "caution")


def consents_of(desk: OfficeDesk, detail: ResidentDetail | None) -> str:
    """What they consented to, and when, one to a line."""
    language = desk.display.current.value
    return "\n".join(
        f"{words('purpose', one.purpose, language)} · {local_time(one.given_at)[:10]}"
        for one in (detail.consents if detail else ())
    )


def fields_of(desk: OfficeDesk, fields: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """Fields in clear: "label", "value"."""
    language = desk.display.current.value
    return [
        {
            "label": desk.word("say", name) if name == _OWN else words("field", name, language),
            "value": value,
        }
        for name, value in fields
    ]


def choices_of(acts: Collection[Act], line: ResidentLine | None) -> list[str]:
    """What whoever has `acts` may do about this person: keys of `FORMS`."""
    if line is None:
        return []
    dropped = {"restrict" if line.restricted else "lift"}
    if line.minor or not line.readable:
        dropped.add("clear")
    if not line.template_version or line.restricted:
        dropped.add("renew")
    if not line.readable:
        # Found by nothing any more: its own row alone leads to it.
        dropped |= {"restrict", "lift", "ask", "erase"}
    return [form for form, act in FORMS.items() if act in acts and form not in dropped]


def choosable_of(desk: OfficeDesk, acts: Collection[Act]) -> list[dict[str, str]]:
    """What the list can be narrowed down to by whoever has `acts`: "key", "label"."""
    recalls = Act.RECALLS_READ in acts
    return [
        {"key": one.value, "label": desk.word("residents", one.value)}
        for one in ResidentState
        if recalls or one is not ResidentState.RECALLED
    ]


def notes_of(acts: Collection[Act], line: ResidentLine | None) -> list[str]:
    """What is to be said about this person: keys of `[resident]`."""
    said = [] if line is None else _states(line)
    return [one for one in said if one != "FINE" and (one != "MINOR" or Act.VIEW_FULL in acts)]


def effect_of(desk: OfficeDesk, lines: Collection[ResidentLine]) -> str:
    """What an erasure of these takes away, in numbers."""
    return desk.word("say", "effect").format(
        records=len(lines),
        templates=sum(bool(line.template_version) for line in lines),
        portraits=sum(line.portraits for line in lines),
    )


def batch_of(desk: OfficeDesk, done: BatchDone | None) -> str:
    """What became of an erasure of several; or ""."""
    if done is None:
        return ""
    key = "batch_stopped" if done.left else "batch_done"
    figures = {"erased": done.erased, "missing": done.missing, "left": done.left}
    return desk.word("say", key).format(**figures)
