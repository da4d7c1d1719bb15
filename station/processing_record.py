"""The record of processing: what is done with people's data, for how long, for whom (X-8, X-17).

PIPL 55 and 56: beside the impact assessment, kept for three years at least. A version is written
whenever the deployment profile or a notice changes what it says. It is never rewritten, and nothing
takes one away: nobody's data is in it, so that it may stay as long as the station.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from consent.canonical import Json, encode
from consent.digest import sm3, to_text
from consent.kinds import Kind
from consent.ledger import Ledger
from consent.notice import Notice
from station.access import Act
from station.errors import ErrorCode, StorageError
from station.gate import Permit
from station.model import Language
from station.office_book import OfficeBook, Sheet, Shelf

_LANGUAGE = Language.ZH_CN
"""Recipients and processors stand in the language of the law; the notice has both."""
Now = Callable[[], datetime]


class Purpose(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One purpose under one notice."""

    purpose: str
    notice_id: str
    notice_version: str
    notice_digest: str
    fields: tuple[str, ...]
    portraits: int
    retention: str
    """ISO 8601 duration."""
    recipients: str


class Processing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All purposes of a station at one time."""

    purposes: tuple[Purpose, ...]
    handler: str
    assessment: str
    """Number of the impact assessment, or ""."""
    profile: str
    """Digest of the deployment profile, or ""."""
    transfer: str = "NONE"
    """Nothing leaves the machine: no network (C4-2, X-9, X-31)."""


class Version(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One version: in force from `since` (ISO 8601 UTC) until the next one's."""

    number: int
    since: str
    processing: Processing


@dataclass(frozen=True, slots=True)
class Kept:
    """A version with the sheet it was read from."""

    version: Version
    sheet: Sheet = field(repr=False)


class ProcessingBook:
    """The versions of the record. Written by the station itself when something changed."""

    def __init__(self, book: OfficeBook, ledger: Ledger, now: Now) -> None:
        self._book = book
        self._ledger = ledger
        self._now = now

    def remember(self, processing: Processing) -> Version:
        """Write a version if this says something else than the newest; returns the newest.

        Call it at start and after a profile or notice was put in force. Ledger first.
        """
        newest = self.newest()
        if newest is not None and newest.processing == processing:
            return newest
        number = 1 if newest is None else newest.number + 1
        since = self._now().astimezone(UTC).replace(microsecond=0).isoformat()
        version = Version(number, since, processing)
        body = _body(version)
        payload: dict[str, Json] = {
            "number": number,
            "digest": to_text(sm3(body)),
            "purposes": [f"{one.notice_id}/{one.purpose}" for one in processing.purposes],
            "assessment": processing.assessment,
        }
        self._ledger.record(Kind.PROCESSING, payload)
        self._book.add(Shelf.PROCESSING, body)
        return version

    def newest(self) -> Version | None:
        """What is done now, or None before anything was written."""
        found = (kept.version for kept in self._kept())
        return max(found, key=lambda one: one.number, default=None)

    def read(self, permit: Permit) -> tuple[Kept, ...]:
        """Every version, the newest first (PROFILE_READ)."""
        permit.for_act(Act.PROFILE_READ)
        found = sorted(self._kept(), key=lambda kept: kept.version.number)
        return tuple(reversed(found))

    def since(self) -> str:
        """How far back the record goes; "" before anything was written."""
        return min((kept.version.since for kept in self._kept()), default="")

    def _kept(self) -> Iterator[Kept]:
        for sheet in self._book.all(Shelf.PROCESSING):
            try:
                version = msgspec.json.decode(sheet.body, type=Version)
            except msgspec.MsgspecError as error:
                raise StorageError(ErrorCode.STORE_CORRUPT) from error
            yield Kept(version, sheet)


def processing_of(
    notices: tuple[Notice, ...], assessment: str, profile_digest: str = ""
) -> Processing:
    """What the notices in force say is done, one line per purpose."""
    purposes = tuple(
        Purpose(
            purpose=purpose.value,
            notice_id=notice.notice_id,
            notice_version=notice.version,
            notice_digest=notice.digest,
            fields=notice.fields,
            portraits=notice.portraits,
            retention=notice.retention_period,
            recipients=notice.text(_LANGUAGE).recipients,
        )
        for notice in notices
        for purpose in notice.purposes
    )
    handler = notices[0].text(_LANGUAGE).handler_name if notices else ""
    return Processing(purposes, handler, assessment, profile_digest)


def _body(version: Version) -> bytes:
    document: Json = msgspec.to_builtins(version)
    return encode(document)
