"""Deployment profile and notices at the office: read, drafted, proposed, put in force.

Each act has its own permit; what a second person agrees to is the document the core laid down.
"""

import threading
import tomllib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path

from consent.draft import NAMES, Draft, Name
from consent.notice import Notice
from consent.preview import Preview
from station.access import Act
from station.deployment import Handler, Profile, Site, Words, parse, to_json
from station.deployment_checks import Missing, missing
from station.errors import AccessError, ConfigError, ConsentError, ErrorCode
from station.gate import Session
from station.model import Language
from station.office_changes import notice_changes, profile_changes, texts_of
from station.office_view import Change
from station.place_view import NoticeLine, Pending, Place
from station.premises import Premises
from station.requests import Request, RequestState, digest_of
from station.staffroom import Staffroom

_PROFILE_ACTS = (Act.PROFILE_CHANGE, Act.PROFILE_DOWNGRADE)


class OfficePlace:
    """`PlaceService` of an open station. Safe from any thread."""

    def __init__(
        self, room: Staffroom, premises: Premises, site: Path, now: Callable[[], datetime]
    ) -> None:
        """`site` is the file of the site's own words, read only to begin a first form."""
        self._room = room
        self._premises = premises
        self._site = site
        self._now = now
        self._guard = threading.Lock()
        self._drafting: set[str] = set()

    def forget(self, session: Session) -> None:
        """The session is over, and with it what it was permitted to edit."""
        with self._guard:
            self._drafting.discard(session.id)

    # The profile

    def read(self, session: Session) -> Place:
        """The profile in force, what is proposed, and what is missing. Raises `AccessError`."""
        desk = self._premises.deployment
        versions = desk.read(self._room.gate.permit(session, Act.PROFILE_READ))
        # First: what is laid down meanwhile is told, not overwritten.
        revision = desk.revision()
        proposal, current = desk.proposal(), desk.current
        return Place(
            current,
            proposal or current or _begun(self._site),
            self._missing(),
            tuple(one for one in versions if one.number),
            None if proposal is None else self._pending_profile(session, proposal),
            revision,
        )

    def lacks(self, document: Mapping[str, object]) -> tuple[Missing, ...]:
        """What a form still lacks. Raises `ConfigError(DEPLOYMENT_INVALID)`."""
        return missing(parse(document), today=self._today())

    def propose(
        self,
        session: Session,
        document: Mapping[str, object],
        reason: str,
        begun_from: str = "",
    ) -> None:
        """Lay a complete form down and ask whoever must agree; `begun_from` is `Place.revision`.

        Raises `AccessError` (DRAFT_CHANGED and others), `ConfigError`: DEPLOYMENT_INVALID,
        LEGAL_BASIS_MISSING.
        """
        desk, wanted = self._premises.deployment, parse(document)
        acts = desk.acts_for(wanted)
        rules = self._room.gate.matrix.rules
        # Before anything is laid down: half of what has to be asked for is of no use.
        if any(rules[act].reason for act in acts) and not reason.strip():
            raise AccessError(ErrorCode.REASON_NEEDED)
        permit = self._room.gate.permit(session, Act.PROFILE_DRAFT, about=wanted.digest)
        desk.propose(permit, wanted, begun_from)
        for act in reversed(acts):
            self._room.requests.ask(session, act, to_json(wanted), reason)

    def put_in_force(self, session: Session) -> None:
        """Let the proposed profile hold, once everybody agreed. Raises `AccessError`."""
        desk = self._premises.deployment
        proposal = desk.proposal()
        pending = None if proposal is None else self._pending_profile(session, proposal)
        if proposal is None or pending is None or pending.state != "AGREED":
            raise AccessError(ErrorCode.REQUEST_INVALID)
        permits = [
            self._room.gate.permit(session, act, about=proposal.digest, request_id=one)
            for act, one in zip(desk.acts_for(proposal), pending.requests, strict=True)
        ]
        desk.put_in_force(*permits)

    def _pending_profile(self, session: Session, proposal: Profile) -> Pending:
        acts = self._premises.deployment.acts_for(proposal)
        return self._pending(session, acts, digest_of(to_json(proposal)))

    def _missing(self) -> tuple[Missing, ...]:
        try:
            return self._premises.readiness.missing()
        except ConsentError:
            # The shipped notice has blanks that only a profile fills.
            return missing(self._premises.deployment.current, today=self._today())

    # Notices

    def notices(self, session: Session) -> tuple[NoticeLine, ...]:
        """What is in force and what waits. Raises `AccessError`."""
        desk = self._premises.notices
        published = desk.versions(self._room.gate.permit(session, Act.NOTICE_READ))
        waiting = {draft.name: (draft, about) for draft, about in desk.proposals()}
        lines = []
        for name in NAMES:
            try:
                found: Notice | None = desk.current(name)
            except ConsentError:
                found = None
            days = [one.effective_on for one in published if found and one.notice == found]
            draft, about = waiting.get(name, (None, ""))
            lines.append(
                NoticeLine(
                    name,
                    found.version if found else "",
                    found.digest if found else "",
                    days[0] if days else "",
                    desk.is_behind(name),
                    texts_of(found),
                    self._pending(session, (Act.NOTICE_PUBLISH,), about) if draft else None,
                    draft.effective_on if draft else "",
                )
            )
        return tuple(lines)

    def draft(self, session: Session, name: Name) -> Draft:
        """What is being edited, or the words in force to begin with. Raises `AccessError`."""
        found = self._premises.notices.draft(
            self._room.gate.permit(session, Act.NOTICE_DRAFT), name
        )
        with self._guard:
            self._drafting.add(session.id)
        return found

    def preview(self, session: Session, draft: Draft) -> Preview:
        """How the draft reads now, and what it lacks: part of the drafting that was permitted.

        Raises `AccessError(SIGNED_OUT)` without a draft opened in this session.
        """
        for over in self._room.accounts.lock_idle():
            self.forget(over)
        roles = self._room.accounts.roles_of_user(session.user)
        with self._guard:
            drafting = session.id in self._drafting
        if not drafting or not self._room.gate.matrix.may(roles, Act.NOTICE_DRAFT):
            raise AccessError(ErrorCode.SIGNED_OUT)
        return self._premises.notices.preview(draft)

    def keep(self, session: Session, draft: Draft) -> None:
        """Keep what is being edited, finished or not. Raises `AccessError`."""
        self._premises.notices.keep(self._room.gate.permit(session, Act.NOTICE_DRAFT), draft)

    def propose_notice(self, session: Session, draft: Draft, reason: str) -> None:
        """Lay the draft down and ask the officer. Raises `AccessError`,
        `ConsentError(NOTICE_INCOMPLETE)`.
        """
        permit = self._room.gate.permit(session, Act.NOTICE_DRAFT)
        document = self._premises.notices.propose(permit, draft)
        self._room.requests.ask(session, Act.NOTICE_PUBLISH, document, reason)

    def publish(self, session: Session, name: Name) -> None:
        """Publish what was agreed to. Raises `AccessError`."""
        desk = self._premises.notices
        about = next((about for draft, about in desk.proposals() if draft.name == name), "")
        pending = self._pending(session, (Act.NOTICE_PUBLISH,), about)
        if not about or pending.state != "AGREED":
            raise AccessError(ErrorCode.REQUEST_INVALID)
        (one,) = pending.requests
        desk.publish(
            self._room.gate.permit(session, Act.NOTICE_PUBLISH, about=about, request_id=one)
        )

    # Requests

    def changes(self, request: Request) -> tuple[Change, ...] | None:
        """What a request about profile or notice changes, before and after; None for others."""
        if request.act in _PROFILE_ACTS:
            try:
                return profile_changes(self._premises.deployment.current, parse(request.document))
            except ConfigError:
                return None
        if request.act is not Act.NOTICE_PUBLISH:
            return None
        desk = self._premises.notices
        for draft, about in desk.proposals():
            if about == request.about:
                try:
                    before: Notice | None = desk.current(draft.name)
                except ConsentError:
                    before = None
                return notice_changes(before, request.document, desk.preview(draft).texts)
        return None

    def _pending(self, session: Session, acts: tuple[Act, ...], about: str) -> Pending:
        own = [one for one in self._room.requests.own(session) if one.about == about]
        newest = {one.act: one for one in own if one.act in acts}
        states = {newest[act].state for act in acts if act in newest}
        refused = next((one for one in newest.values() if one.state is RequestState.REFUSED), None)
        if refused is not None:
            return Pending(about, refused.state.value, answer=refused.why)
        if len(newest) < len(acts):
            return Pending(about)
        if states == {RequestState.AGREED}:
            return Pending(about, "AGREED", tuple(newest[act].id for act in acts))
        return Pending(about, "WAITING")

    def _today(self) -> date:
        return self._now().astimezone().date()


def _begun(site: Path) -> Profile:
    """An empty form with what the site's file says already; an unreadable file says nothing."""
    try:
        said = tomllib.loads(site.read_text("utf-8"))
    except (OSError, ValueError):
        return Profile()

    def words(blank: str) -> Words:
        parts = (said.get(language.value) for language in Language)
        found = [part.get(blank, "") if isinstance(part, dict) else "" for part in parts]
        chinese, english = (text[:200] if isinstance(text, str) else "" for text in found)
        return Words(zh_CN=chinese, en=english)

    return Profile(
        site=Site(place_name=words("place_name")),
        handler=Handler(
            name=words("handler_name"),
            address=words("handler_address"),
            contact=words("handler_contact"),
            officer_contact=words("officer_contact"),
        ),
    )
