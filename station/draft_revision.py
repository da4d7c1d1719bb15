"""Two people who edit one sheet: the second is told, and overwrites the first only knowingly.

A form remembers what it was begun from, as accounts do (ACC-12). Drafts of notices and of the
deployment profile lie on sheets that are replaced as a whole.
"""

from consent.canonical import decode_object
from consent.digest import sm3, to_text
from station.errors import AccessError, ErrorCode
from station.office_book import Sheet

_CHARACTERS = 22


def revision_of(sheet: Sheet | None) -> str:
    """What a form remembers of the sheet it was begun from; it does not say which sheet."""
    if sheet is None:
        return ""
    return to_text(sm3(f"sheet|{sheet.id}|{sheet.version}".encode()))[:_CHARACTERS]


def check_unchanged(sheet: Sheet | None, begun_from: str, user: str) -> None:
    """Whether `user` may put something in place of `sheet`; over what is their own they always may.

    Raises `AccessError(DRAFT_CHANGED)` when a colleague has changed it since it was read.
    """
    if sheet is None or revision_of(sheet) == begun_from:
        return
    if decode_object(sheet.body).get("actor") != user:
        raise AccessError(ErrorCode.DRAFT_CHANGED)
