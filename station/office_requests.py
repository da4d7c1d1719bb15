"""A request as its second person sees it: exactly what would change, thing by thing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from consent.canonical import Json
from consent.entry import time_text
from station.access import Act, Role
from station.office_view import Asked, Change
from station.requests import VALID_S, Request

MOST_CHANGES = 60
_MOST_TEXT = 400
_UNSHOWN = frozenset({"revision"})
"""Keys that only say which version of a document was read."""


def asked_of(
    request: Request,
    roles_of_user: Callable[[str], frozenset[Role]],
    *,
    decides: bool,
    ready: bool,
    where: str,
    changes: tuple[Change, ...] | None = None,
) -> Asked:
    """The request for the list; `roles_of_user` gives what an account may be today.

    `changes` is shown instead of the document where the document alone would say nothing.
    """
    return Asked(
        request.id,
        request.act,
        request.asker,
        _time(request.asked_s),
        _time(request.asked_s + VALID_S),
        request.reason,
        request.state.value,
        tuple(_changes(request, roles_of_user)) if changes is None else changes,
        request.by,
        request.why,
        mine=not decides,
        decides=decides,
        ready=ready,
        where=where,
    )


def _changes(request: Request, roles_of_user: Callable[[str], frozenset[Role]]) -> Iterator[Change]:
    document = request.document
    user = document.get("user")
    for shown, (field, value) in enumerate(_flat(document, "")):
        if shown == MOST_CHANGES:
            yield Change("more", "", "…")
            return
        before = ""
        if field == "roles" and request.act is Act.USER_CHANGE and isinstance(user, str):
            before = ",".join(sorted(roles_of_user(user)))
        yield Change(field, before, value)


def _flat(document: Mapping[str, Json], prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in document.items():
        if key in _UNSHOWN:
            continue
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif key == "ends_s":
            yield "until", _time(value) if isinstance(value, int) and value else "none"
        else:
            yield prefix + key, _text(value)


def _text(value: Json) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int):
        text = str(value)
    elif isinstance(value, Sequence):
        text = ",".join(_text(item) for item in value)
    else:
        text = ",".join(value)
    return text if len(text) <= _MOST_TEXT else text[: _MOST_TEXT - 1] + "…"


def _time(moment_s: int) -> str:
    return time_text(datetime.fromtimestamp(moment_s, UTC))
