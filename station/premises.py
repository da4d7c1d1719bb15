"""What an open station knows of the place it stands in: profile, notices, readiness, refusals."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from consent.ledger import Ledger
from station.config import ROOT, Config
from station.demo_profile import demo_profile
from station.deployment_desk import DeploymentDesk
from station.notice_desk import Folder, NoticeDesk
from station.office_book import OfficeBook
from station.readiness import Readiness
from station.refusals import Refusals
from station.terms import TermsDesk

NOTICES = ROOT / "resources" / "notices"
"""The shipped texts."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """The machine's clock, and the one that never goes back."""

    now: Callable[[], datetime]
    effective: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Premises:
    """Everything about the place, made for each other."""

    deployment: DeploymentDesk
    notices: NoticeDesk
    readiness: Readiness
    refusals: Refusals
    terms: TermsDesk


def site_file(config: Config, own: Path) -> Path:
    """The site's data: the station's own, or the demo's."""
    return NOTICES / "demo_site.toml" if config.site.profile == "demo" else own


def open_premises(
    book: OfficeBook,
    ledger: Ledger,
    config: Config,
    site: Path,
    *,
    clocks: Clocks,
    reference: Callable[[str], bytes],
) -> Premises:
    """Read what is on the shelves. `reference` is a keyed digest of a document number.

    Raises `ConfigError(DEPLOYMENT_INVALID)`, `ConsentError(NOTICE_INCOMPLETE)` for what is damaged.
    """
    demo = config.site.profile == "demo"
    deployment = DeploymentDesk(book, ledger, clocks.now, demo_profile(site) if demo else None)
    notices = NoticeDesk(
        book, ledger, Folder(NOTICES, site), lambda: deployment.accepted, clocks.now
    )
    terms = TermsDesk(book, ledger, clocks.now)
    readiness = Readiness(
        deployment, notices, ledger, config, clocks.now, agreed=lambda: terms.terms
    )
    refusals = Refusals(book, reference, clocks.effective)
    return Premises(deployment, notices, readiness, refusals, terms)
