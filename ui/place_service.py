"""What the pages of the deployment profile and the notices need of the station.

`station.office_place` provides it. All but `lacks` may take long and are called on a worker thread.
"""

from collections.abc import Mapping
from typing import Protocol

from consent.draft import Draft, Name
from consent.preview import Preview
from station.deployment_checks import Missing
from station.gate import Session
from station.place_view import NoticeLine, Place


class PlaceService(Protocol):
    """Profile and notices. Each call raises `AccessError` for what is not allowed."""

    def read(self, session: Session) -> Place:
        """The profile in force, what is proposed, and what is missing (PROFILE_READ)."""
        ...

    def lacks(self, document: Mapping[str, object]) -> tuple[Missing, ...]:
        """What a form still lacks; at once. Raises `ConfigError(DEPLOYMENT_INVALID)`."""
        ...

    def propose(
        self,
        session: Session,
        document: Mapping[str, object],
        reason: str,
        begun_from: str = "",
    ) -> None:
        """Lay a form down for those who must agree (PROFILE_DRAFT, PROFILE_CHANGE).

        DRAFT_CHANGED where a colleague's came since `begun_from` (`Place.revision`) was read.
        """
        ...

    def put_in_force(self, session: Session) -> None:
        """Let the proposed profile hold, once agreed to (PROFILE_CHANGE). REQUEST_INVALID."""
        ...

    def notices(self, session: Session) -> tuple[NoticeLine, ...]:
        """The notices in force and what waits (NOTICE_READ)."""
        ...

    def draft(self, session: Session, name: Name) -> Draft:
        """What is being edited, or the words in force to begin with (NOTICE_DRAFT)."""
        ...

    def preview(self, session: Session, draft: Draft) -> Preview:
        """How it reads and what it lacks; belongs to the draft that was opened."""
        ...

    def keep(self, session: Session, draft: Draft) -> None:
        """Keep it, finished or not (NOTICE_DRAFT). DRAFT_CHANGED."""
        ...

    def propose_notice(self, session: Session, draft: Draft, reason: str) -> None:
        """Lay it down for the officer (NOTICE_DRAFT, NOTICE_PUBLISH). NOTICE_INCOMPLETE,
        DRAFT_CHANGED."""
        ...

    def publish(self, session: Session, name: Name) -> None:
        """Publish what was agreed to (NOTICE_PUBLISH). REQUEST_INVALID."""
        ...
