"""The sign beside the machine: who uses face recognition here, what for, and the rules (X-14).

Where the law allows no such machine, no sign is made: Measures for the Security Management of Face
Recognition art. 13, Regulation on Public Security Video Systems (令799) art. 8. The rules stand in
the QR code as text, so that reading them needs no network and tells nobody.
"""

from dataclasses import dataclass
from enum import StrEnum

from consent.notice import Notice, TermUnit
from resources.rights_texts import words
from station.access import Act
from station.errors import ErrorCode, OfficeError
from station.gate import Permit
from station.model import Language

MOST_RULES_BYTES = 560
"""Longest text of a code, in UTF-8: larger symbols get modules too small for an old telephone."""
_A, _G = 2, 8
"""Places of purpose and other route among a notice's sections."""
_LINE_BYTES = 120
_DIGEST_CHARS = 12


class Place(StrEnum):
    """Where a sign can be asked for; the last ones are refused."""

    ENTRANCE = "ENTRANCE"
    LOBBY = "LOBBY"
    DESK = "DESK"
    CORRIDOR = "CORRIDOR"
    OFFICE_DOOR = "OFFICE_DOOR"
    GUEST_ROOM = "GUEST_ROOM"
    DORMITORY = "DORMITORY"
    BATH = "BATH"
    CHANGING_ROOM = "CHANGING_ROOM"
    TOILET = "TOILET"
    NURSING_ROOM = "NURSING_ROOM"
    OTHER_PRIVATE = "OTHER_PRIVATE"


PUBLIC = frozenset({Place.ENTRANCE, Place.LOBBY, Place.CORRIDOR})
"""Open to anybody: only where public security needs it."""
FORBIDDEN = frozenset(
    {
        Place.GUEST_ROOM,
        Place.DORMITORY,
        Place.BATH,
        Place.CHANGING_ROOM,
        Place.TOILET,
        Place.NURSING_ROOM,
        Place.OTHER_PRIVATE,
    }
)
"""Nowhere inside these, whoever agrees."""


@dataclass(frozen=True, slots=True)
class SignText:
    """A sign in one language."""

    title: str
    purpose_head: str
    purpose: str
    security: str
    """Why a public place has it, or ""."""
    handler_head: str
    handler: str
    contact: str
    other_head: str
    other: str
    rules_head: str
    rules_how: str
    rules: str
    """What the code says."""
    demo: str


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign in all languages of the station."""

    place: Place
    texts: dict[Language, SignText]


def make_sign(
    permit: Permit,
    place: Place,
    notices: tuple[Notice, ...],
    *,
    for_security: bool = False,
    demo: bool = False,
) -> Sign:
    """The sign for a place; `notices` are those in force, the visitors' first.

    `for_security` answers whether public security needs it. Raises `OfficeError(PLACE_FORBIDDEN)`.
    """
    permit.for_act(Act.SIGNAGE)
    if forbidden(place, for_security=for_security):
        raise OfficeError(ErrorCode.PLACE_FORBIDDEN)
    return sign_of(place, notices, demo=demo)


def forbidden(place: Place, *, for_security: bool) -> bool:
    """Whether the law allows no such machine there."""
    return place in FORBIDDEN or (place in PUBLIC and not for_security)


def sign_of(place: Place, notices: tuple[Notice, ...], *, demo: bool) -> Sign:
    """What stands on a sign, wherever it may hang: `make_sign` says whether it may."""
    public = place in PUBLIC
    texts = {one: _text(notices, one, public=public, demo=demo) for one in Language}
    return Sign(place, texts)


def _text(notices: tuple[Notice, ...], language: Language, *, public: bool, demo: bool) -> SignText:
    def say(key: str, **blanks: object) -> str:
        return words("sign", key, language, **blanks)

    text = notices[0].text(language)
    return SignText(
        title=say("title"),
        purpose_head=say("purpose_head"),
        purpose=_first_line(text.sections[_A][1]),
        security=say("security") if public else "",
        handler_head=say("handler_head"),
        handler=text.handler_name,
        contact=say("contact", contact=text.handler_contact),
        other_head=say("other_head"),
        other=_first_line(text.sections[_G][1]),
        rules_head=say("qr_head"),
        rules_how=say("qr_how"),
        rules=_rules(notices, language),
        demo=say("demo") if demo else "",
    )


def _rules(notices: tuple[Notice, ...], language: Language) -> str:
    """The rules in short: every line bounded, so that the whole stays a small code."""

    def say(key: str, **blanks: object) -> str:
        return words("sign", key, language, **blanks)

    first = notices[0]
    text = first.text(language)
    lines = [
        say("rules_title"),
        say("rules_who", handler=text.handler_name, contact=text.handler_contact),
        say("rules_what", purpose=_first_line(text.sections[_A][1])),
        *(_kept(notice, language) for notice in notices[:2]),
        say("rules_rights", place=text.rights_place or text.handler_contact),
        say("rules_other", other=_first_line(text.sections[_G][1])),
    ]
    digest = first.digest[:_DIGEST_CHARS]
    notice = say("rules_notice", id=first.notice_id, version=first.version, digest=digest)
    whole = "\n".join(cut(line, _LINE_BYTES) for line in lines)
    return f"{cut(whole, MOST_RULES_BYTES - len(notice.encode()) - 1)}\n{notice}"


def _kept(notice: Notice, language: Language) -> str:
    hours = notice.retention_hours
    if notice.term_unit is TermUnit.DAYS:
        return words("sign", "rules_resident", language, days=hours // 24)
    return words("sign", "rules_visitor", language, hours=hours)


def cut(text: str, most_bytes: int) -> str:
    """`text`, or as much of it as fits into `most_bytes` of UTF-8 with an ellipsis."""
    if len(text.encode()) <= most_bytes:
        return text
    mark = "…"
    kept = text.encode()[: most_bytes - len(mark.encode())].decode("utf-8", "ignore")
    return kept + mark


def _first_line(body: str) -> str:
    return next((line.strip() for line in body.splitlines() if line.strip()), "")
