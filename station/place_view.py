"""What the office's pages are shown of the deployment profile and the notices: plain values."""

from collections.abc import Mapping
from dataclasses import dataclass

from consent.draft import Name
from station.deployment import Profile
from station.deployment_checks import Missing
from station.deployment_desk import Version
from station.model import Language

Texts = Mapping[Language, tuple[tuple[str, str], ...]]
"""(heading, body) in reading order, per language."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Something laid down for a second person, and how far that is."""

    digest: str
    state: str = ""
    """WAITING, AGREED or REFUSED; "" where the person who looks did not ask for it."""
    requests: tuple[str, ...] = ()
    """Ids of the agreed requests it is carried out with, once `state` is AGREED."""
    answer: str = ""
    """Why it was refused."""


@dataclass(frozen=True, slots=True)
class Place:
    """The deployment profile, as whoever may read it sees it."""

    profile: Profile | None
    """In force; None on a station that was never set up."""
    begun: Profile
    """What a form begins with: the proposal, what is in force, or what the site's file says."""
    missing: tuple[Missing, ...]
    """What keeps visitors from being served; empty where nothing does."""
    versions: tuple[Version, ...] = ()
    """Accepted ones, the newest first."""
    pending: Pending | None = None
    revision: str = ""
    """What a form begun now has to remember."""


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One notice of the station as it is in force."""

    name: Name
    version: str
    digest: str
    """Hexadecimal SM3; "" while it cannot be read for a blank."""
    since: str
    """ISO 8601 date of the publication; "" for the shipped text with the site's file."""
    behind: bool
    """Whether the profile says something else by now: to be published anew."""
    texts: Texts
    pending: Pending | None = None
    pending_from: str = ""
    """From which day the proposed one would hold."""
