"""What the tests of the notices' editor share: a desk over a book in memory, and words changed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from consent.canonical import Json
from consent.draft import Draft, Name, draft_json, parse_draft
from consent.entry import parse_entry
from consent.kinds import Kind
from station.access import Act
from station.config import ROOT
from station.demo_profile import demo_profile
from station.deployment import Profile
from station.errors import AccessError, ErrorCode
from station.notice_desk import Folder, NoticeDesk
from station.requests import digest_of
from tests.desk_permits import granted
from tests.ledger_fakes import new_ledger
from tests.office_fakes import MemoryBook

NOTICES = ROOT / "resources" / "notices"
SITE = NOTICES / "demo_site.toml"
PROFILE = demo_profile(SITE)
START = datetime(2026, 11, 22, 9, tzinfo=UTC)
change = msgspec.structs.replace


class Bench:
    """A notice desk over a book in memory, a real ledger, and a day tests can turn."""

    def __init__(self, profile: Profile | None = None, site: Path = SITE) -> None:
        self.profile = profile
        self.now = START
        self.ledger, self.store, _, _ = new_ledger()
        self.book = MemoryBook()
        self.site = site
        self.desk = self.opened()

    def opened(self) -> NoticeDesk:
        folder = Folder(NOTICES, self.site)
        return NoticeDesk(self.book, self.ledger, folder, lambda: self.profile, lambda: self.now)

    def draft(self, name: Name = "visitor") -> Draft:
        found = self.desk.draft(granted(self.ledger, Act.NOTICE_DRAFT), name)
        return change(found, effective_on="2026-11-22")

    def propose(self, draft: Draft) -> str:
        """What a request to publish the draft is about."""
        return digest_of(self.desk.propose(granted(self.ledger, Act.NOTICE_DRAFT), draft))

    def entries(self, kind: Kind) -> list[dict[str, Json]]:
        found = (parse_entry(row.body) for row in self.store.rows)
        return [dict(one.payload) for one in found if one.kind is kind]

    def publish(self, draft: Draft) -> str:
        about = self.propose(draft)
        self.desk.publish(granted(self.ledger, Act.NOTICE_PUBLISH, about))
        return about


def reworded(draft: Draft, key: str, body: str, language: str = "en") -> Draft:
    """The draft with another body of one section."""
    document: Any = draft_json(draft)
    document["words"][language]["sections"][key]["body"] = body
    return parse_draft(document)


def filled(draft: Draft, name: str, value: str, language: str = "en") -> Draft:
    document: Any = draft_json(draft)
    document["blanks"][language][name] = value
    return parse_draft(document)


def refused(code: ErrorCode) -> pytest.RaisesExc[AccessError]:
    return pytest.raises(AccessError, match=code.value)
