"""Words for what a request would change: names of fields, and of the codes that stand in them."""

from resources.deployment_texts import table, text
from ui.office.desk import OfficeDesk, local_time

_TIMES = frozenset({"until", "selection.from", "selection.to"})
_SAID = frozenset({"yes", "no", "none"})
_CODED = {"roles": "role", "state": "state", "notice": "notice"}
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
    if field in _TIMES:
        return local_time(value) or _said(desk, value)
    return _said(desk, value)


def _of_profile(desk: OfficeDesk, value: str) -> str:
    # Codes are of capitals alone; what somebody typed stays as it is.
    language, parts = desk.display.current.value, value.split(",")
    for section in ("choice", "value"):
        if all(part in table()[section] for part in parts):
            return "、".join(text(section, part, language) for part in parts)
    return value


def _said(desk: OfficeDesk, value: str) -> str:
    return desk.word("say", value) if value in _SAID else value
