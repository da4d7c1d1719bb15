"""A deployment profile and notices that are written down here, for pictures and tests."""

from collections.abc import Mapping
from datetime import date

from consent.draft import NAMES, Draft, Name, draft_of
from consent.notice_source import read_notice, read_site, read_templates
from consent.preview import Preview, read_out
from consent.publication import Longest, problems
from station.config import ROOT
from station.demo_profile import demo_profile
from station.deployment import Profile, parse
from station.deployment_checks import Missing, facts_of, missing
from station.deployment_desk import Version
from station.gate import Session
from station.model import Language
from station.office_changes import texts_of
from station.place_view import NoticeLine, Pending, Place

_NOTICES = ROOT / "resources" / "notices"
_SITE = _NOTICES / "demo_site.toml"
_TODAY = date(2026, 3, 9)


class StillPlace:
    """A `PlaceService` that remembers what was handed in and decides nothing."""

    def __init__(self) -> None:
        self.profile: Profile | None = demo_profile(_SITE)
        self.proposed: Profile | None = None
        self.pending: Pending | None = None
        self.notice_pending: dict[str, tuple[Pending, str]] = {}
        self.calls: list[str] = []

    def read(self, session: Session) -> Place:
        """What is written down."""
        profile = self.profile
        versions = (
            (Version(1, profile, "2026-02-02T03:00:00Z", "he.min", "zhao.lei"),) if profile else ()
        )
        return Place(
            profile,
            self.proposed or profile or Profile(),
            missing(profile, today=_TODAY),
            versions,
            self.pending,
        )

    def lacks(self, document: Mapping[str, object]) -> tuple[Missing, ...]:
        """As the core says."""
        return missing(parse(document), today=_TODAY)

    def propose(
        self,
        session: Session,
        document: Mapping[str, object],
        reason: str,
        begun_from: str = "",
    ) -> None:
        """Kept."""
        self.calls.append(f"propose {reason}")
        self.proposed = parse(document)
        self.pending = Pending(self.proposed.digest, "WAITING")

    def put_in_force(self, session: Session) -> None:
        """It holds."""
        self.calls.append("put_in_force")
        self.profile, self.proposed, self.pending = self.proposed, None, None

    def notices(self, session: Session) -> tuple[NoticeLine, ...]:
        """The demo's notices."""
        return tuple(self._line(name) for name in NAMES)

    def _line(self, name: Name) -> NoticeLine:
        found = read_notice(_NOTICES, name, _SITE)
        pending, day = self.notice_pending.get(name, (None, ""))
        behind = name == "resident"
        since = "2026-02-02" if name == "visitor" else ""
        return NoticeLine(
            name, found.version, found.digest, since, behind, texts_of(found), pending, day
        )

    def draft(self, session: Session, name: Name) -> Draft:
        """The shipped words."""
        return draft_of(name, read_templates(_NOTICES, name), read_site(_SITE))

    def preview(self, session: Session, draft: Draft) -> Preview:
        """As the core reads it."""
        templates = read_templates(_NOTICES, draft.name)
        facts = {one: facts_of(demo_profile(_SITE), one) for one in Language}
        texts = {one: read_out(draft, template, facts, "2") for one, template in templates.items()}
        found = problems(draft, templates, facts, Longest(24, 365))
        return Preview(texts, found, "" if found else "c2FtcGxl")

    def keep(self, session: Session, draft: Draft) -> None:
        """Taken."""
        self.calls.append("keep")

    def propose_notice(self, session: Session, draft: Draft, reason: str) -> None:
        """It waits."""
        self.calls.append(f"propose_notice {draft.name} {reason}")
        self.notice_pending[draft.name] = Pending("sample", "WAITING"), draft.effective_on

    def publish(self, session: Session, name: Name) -> None:
        """Published."""
        self.calls.append(f"publish {name}")
        self.notice_pending.pop(name, None)
