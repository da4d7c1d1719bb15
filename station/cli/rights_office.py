"""The office behind `station rights | incident | filing | sign`: opened, signed in, and its words.

How it is opened can be replaced through `ctx.meta[OPEN_OFFICE]`.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

import click

from resources.rights_texts import words
from station.access import Act
from station.cli.language import chosen, lang_option
from station.cli.opening import passphrase_option
from station.cli.signing_in import StaffLogin, staff_options
from station.model import Language

if TYPE_CHECKING:
    from consent.canonical import Json
    from consent.entry import Entry
    from station.gate import Permit
    from station.paper import Paper
    from station.rights_room import RightsRoom

OPEN_OFFICE = "station.cli.rights_office.open"
"""Key in `ctx.meta` of an `OpenOffice`."""
F = TypeVar("F", bound=Callable[..., object])


class Permits(Protocol):
    """Who is signed in, as a command asks for an act."""

    def __call__(
        self, act: Act, *, about: str = "", reason: str = "", request_id: str = ""
    ) -> "Permit":
        """Raises `AccessError`."""
        ...


@dataclass(frozen=True, slots=True)
class RightsOffice:
    """What the commands need of an open station with somebody signed in."""

    room: "RightsRoom"
    permit: Permits
    ask: "Callable[[Act, dict[str, Json], str], str]"
    """Ask a second person; returns the request's number."""
    entries: "Callable[[], Iterator[Entry]]"
    """The whole ledger, from the first entry."""
    language: Language = Language.ZH_CN

    def say(self, section: str, key: str, **blanks: object) -> None:
        """One sentence on standard error."""
        click.echo(words(section, key, self.language, **blanks), err=True)


OpenOffice = Callable[[int | None, StaffLogin, Language], AbstractContextManager[RightsOffice]]


@contextmanager
def open_office(
    descriptor: int | None, staff: StaffLogin, language: Language
) -> Iterator[RightsOffice]:
    """The production station, settled, with somebody signed in. Raises the typed error."""
    from consent.entry import parse_entry
    from consent.notice_source import registers_residents
    from station.cli.opening import station_paths
    from station.cli.settled import settled_station
    from station.cli.signing_in import at_desk
    from station.premises import Clocks, open_premises, site_file
    from station.rights_room import RightsRoom, standing_of
    from storage.blind_reference import document_references
    from storage.clock import HighWaterClock

    paths, config = station_paths()
    with settled_station(descriptor) as desk, at_desk(desk, staff) as (staffroom, session):
        site = site_file(config, paths.site)
        premises = open_premises(
            desk.stores.office,
            desk.ledger,
            config,
            site,
            clocks=Clocks(_now, HighWaterClock(desk.stores.ledger).effective),
            reference=document_references(desk.keyring.pepper()),
        )
        standing = functools.partial(standing_of, premises, residents=registers_residents(site))
        room = RightsRoom(
            desk.stores, desk.ledger, desk.signer, config, standing=standing, now=_now
        )
        yield RightsOffice(
            room,
            functools.partial(staffroom.gate.permit, session),
            lambda act, document, why: staffroom.requests.ask(session, act, document, why).id,
            lambda: (parse_entry(stored.body) for stored in desk.stores.ledger.entries()),
            language,
        )


def with_office(command: Callable[..., None]) -> Callable[..., None]:
    """Open the station and sign in; the command gets a `RightsOffice` and its own options."""

    @functools.wraps(command)
    @click.pass_context
    def at_office(
        ctx: click.Context,
        /,
        *values: object,
        lang: str | None,
        staff: StaffLogin,
        passphrase_fd: int | None,
        **named: object,
    ) -> None:
        opener = cast(OpenOffice, ctx.meta.get(OPEN_OFFICE, open_office))
        with opener(passphrase_fd, staff, chosen(lang)) as office:
            command(office, *values, **named)

    wrapped: Callable[..., None] = lang_option(staff_options(passphrase_option(at_office)))
    return wrapped


def typed(question: str, given: str | None) -> str:
    """A text given as an option, or typed on the terminal; what concerns a person is better typed,
    because other processes can read a command's arguments."""
    if given is not None:
        return given
    answer: str = click.prompt(question, default="", show_default=False, err=True)
    return answer


def write_paper(path: Path, paper: "Paper") -> None:
    """A paper as PDF in a new file for its owner alone; with another ending than .pdf, as text."""
    from station.cli.written import write_new
    from station.incident_notice import paper_text

    if path.suffix.lower() != ".pdf":
        write_new(path, paper_text(paper).encode())
        return
    from ui.report_pdf import paper_pdf

    write_new(path, paper_pdf(paper))


def _now() -> datetime:
    return datetime.now(UTC)
