"""Words for what a request would change: names of fields, and of the codes that stand in them."""

from collections.abc import Sequence

from resources.deployment_texts import table, text
from station.office_view import Change
from ui.office.desk import OfficeDesk, local_time
from ui.office.ledger_text import GROUPS

_TIMES = frozenset({"until", "selection.from", "selection.to"})
_SAID = frozenset({"yes", "no", "none"})
_CODED = {"roles": "role", "state": "state", "notice": "notice"}
_KINDS, _PERSON = "selection.kinds", "selection.person"
_PROFILE = "profile."
_OF_PROFILE = {
    "bases": ("label", "basis"),
    "mode": ("label", "mode"),
    "assessment.purposes": ("question", "assessed"),
}


def change_label(desk: OfficeDesk, field: str) -> str:
    """The name of a field in the present language."""
    if not field.startswith(_PROFILE):
        return desk.word("field", field)
    key = field.removeprefix(_PROFILE)
    section, word = _OF_PROFILE.get(key, ("question", key))
    return text(section, word, desk.display.current.value)


def change_value(desk: OfficeDesk, field: str, value: str) -> str:
    """What stands in it, with codes in words."""
    if field.startswith(_PROFILE) and value not in _SAID:
        return _of_profile(desk, value)
    if field in _CODED:
        return desk.words(_CODED[field], value.split(",")) if value else ""
    if field == _KINDS:
        return _kinds(desk, value) if value else ""
    if field == _PERSON:
        # The reference says nothing to anybody, and the number is kept nowhere.
        return desk.word("say", "one_person") if value else ""
    if field in _TIMES:
        return local_time(value) or _said(desk, value)
    return _said(desk, value)


def terms_words(desk: OfficeDesk, changes: Sequence[Change]) -> str:
    """What an export that was asked for is about, on one line."""
    found = []
    for change in changes:
        said = change_value(desk, change.field, change.after)
        if change.field == _KINDS:
            found.append(_group(desk, change.after) or said)
        elif change.field in (_PERSON, "selection.actors"):
            found.append(said)
        elif change.field in _TIMES and said:
            found.append(f"{change_label(desk, change.field)} {said}")
        elif change.field == "selection.all":
            found.append(change_label(desk, change.field))
    return " · ".join(found)


def _group(desk: OfficeDesk, value: str) -> str:
    """The name under which the pages offer just these kinds, or ""."""
    kinds = frozenset(value.split(","))
    key = next((name for name, group in GROUPS.items() if group and group == kinds), "")
    return desk.word("group", key)


def _kinds(desk: OfficeDesk, value: str) -> str:
    each, group = desk.words("kind", value.split(",")), _group(desk, value)
    return desk.word("say", "kinds").format(group=group, kinds=each) if group else each


def _of_profile(desk: OfficeDesk, value: str) -> str:
    # Codes are of capitals alone; what somebody typed stays as it is.
    language, parts = desk.display.current.value, value.split(",")
    for section in ("choice", "value"):
        if all(part in table()[section] for part in parts):
            return "、".join(text(section, part, language) for part in parts)
    return value


def _said(desk: OfficeDesk, value: str) -> str:
    return desk.word("say", value) if value in _SAID else value
