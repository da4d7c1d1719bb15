"""The sheets notices lie on: one draft or proposal for each name, and every publication."""

from collections.abc import Iterator

from consent.canonical import Json, decode_object, encode
from consent.draft import Draft, draft_json, parse_draft
from consent.publication import Published, parse_published, published_json
from station.errors import AccessError, ConsentError, ErrorCode, LedgerError
from station.gate import Permit
from station.office_book import MOST_BYTES, OfficeBook, Sheet, Shelf

DRAFT, PROPOSED, PUBLISHED = "DRAFT", "PROPOSED", "PUBLISHED"
_OTHER_BYTES = 256
"""Room for what is added when a proposal becomes a publication: who agreed, and the keys."""


def edited_sheet(book: OfficeBook, name: str) -> Sheet | None:
    """The one sheet a notice is edited on, if it is."""
    for sheet in book.all(Shelf.NOTICE):
        body = _body(sheet)
        if body["state"] != PUBLISHED and draft_on(sheet).name == name:
            return sheet
    return None


def proposed_sheets(book: OfficeBook) -> Iterator[tuple[Sheet, str]]:
    """What waits for a second person, with what the request has to be about."""
    for sheet in book.all(Shelf.NOTICE):
        body = _body(sheet)
        if body["state"] == PROPOSED:
            yield sheet, str(body["about"])


def published_on(book: OfficeBook) -> Iterator[tuple[Sheet, Published]]:
    """Every publication, in no particular order."""
    for sheet in book.all(Shelf.NOTICE):
        body = _body(sheet)
        if body["state"] == PUBLISHED:
            document = body.get("published")
            if not isinstance(document, dict):
                raise ConsentError(ErrorCode.NOTICE_INCOMPLETE)
            yield sheet, parse_published(document)


def draft_on(sheet: Sheet) -> Draft:
    """The draft of a sheet. Raises `ConsentError(NOTICE_INCOMPLETE)`."""
    return parse_draft(_body(sheet).get("draft"))


def draft_body(permit: Permit, at: str, state: str, draft: Draft, about: str) -> bytes:
    """A draft, or a proposal with what it is about, as a sheet holds it."""
    return encode(
        {
            "state": state,
            "at": at,
            "actor": permit.user,
            "about": about,
            "draft": draft_json(draft),
        }
    )


def published_body(sheet: Sheet, permit: Permit, made: Published) -> bytes:
    """The proposal's sheet, turned into a publication."""
    body: dict[str, Json] = {
        **_body(sheet),
        "state": PUBLISHED,
        "second": permit.second,
        "published": published_json(made),
    }
    return encode(body)


def check_fits(*parts: bytes) -> None:
    """Whether a sheet holds all of it, before anything is done on the strength of it.

    Raises `AccessError(TEXT_UNUSABLE)`.
    """
    if sum(map(len, parts)) + _OTHER_BYTES > MOST_BYTES:
        raise AccessError(ErrorCode.TEXT_UNUSABLE)


def _body(sheet: Sheet) -> dict[str, Json]:
    try:
        body = decode_object(sheet.body)
    except LedgerError as error:
        raise ConsentError(ErrorCode.NOTICE_INCOMPLETE) from error
    if body.get("state") not in (DRAFT, PROPOSED, PUBLISHED):
        raise ConsentError(ErrorCode.NOTICE_INCOMPLETE)
    return body
