"""The office behind `station profile` and `station notices`: opened, with somebody signed in.

How it is opened can be replaced through `ctx.meta[OPEN_PREMISES]`. It runs while the kiosk is
closed; beside it, the same is done on the kiosk's own pages.
"""

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from station.access import Act
from station.cli.signing_in import StaffLogin, at_desk
from station.cli.staff_call import StaffCall, staff_call
from station.errors import AccessError, ErrorCode
from station.model import Language

if TYPE_CHECKING:
    from consent.canonical import Json
    from station.cli.settled import SettledStation
    from station.gate import Permit, Session
    from station.premises import Premises
    from station.staffroom import Staffroom

OPEN_PREMISES = "station.cli.premises_office.open"
"""Key in `ctx.meta` of an `OpenPremises`."""
_MOST_FILE_BYTES = 256 << 10
_SAY = {
    "changed": (
        "对方的版本：notices draft 或 profile show。看过仍要换成您的：同一命令加 --replace",
        "Theirs: notices draft, or profile show. To put yours in its place: again with --replace",
    ),
    "waiting": (
        "已提交，编号 {id}（{act}）。需要另一人同意：./station.sh users agree {id}",
        "Asked, request {id} ({act}). Somebody else agrees: ./station.sh users agree {id}",
    ),
}


@dataclass(frozen=True, slots=True)
class PremisesOffice:
    """One command of somebody signed in."""

    room: "Staffroom"
    session: "Session"
    premises: "Premises"
    language: Language

    def permit(
        self, act: Act, *, about: str = "", reason: str = "", request_id: str = ""
    ) -> "Permit":
        """A permit from the gate. Raises `AccessError`."""
        return self.room.gate.permit(
            self.session, act, about=about, reason=reason, request_id=request_id
        )

    def ask(self, act: Act, document: "Mapping[str, Json]", reason: str) -> str:
        """Ask a second person, and say where; returns the request's id. Raises `AccessError`."""
        request = self.room.requests.ask(self.session, act, document, reason)
        sentence = _SAY["waiting"][0 if self.language is Language.ZH_CN else 1]
        click.echo(sentence.format(id=request.id, act=act.value), err=True)
        return request.id


OpenPremises = Callable[
    [int | None, "StaffLogin | None", Language], AbstractContextManager[PremisesOffice]
]


@contextmanager
def open_premises_office(
    descriptor: int | None, staff: StaffLogin | None, language: Language
) -> Iterator[PremisesOffice]:
    """The production station, settled, and who signs in; nobody where `staff` is None.

    Raises the typed error; `StationError(ALREADY_RUNNING)` beside a kiosk.
    """
    from station.cli.settled import settled_station
    from station.gate import Session
    from station.staffroom import open_staffroom

    with settled_station(descriptor) as desk:
        if staff is None:
            room = open_staffroom(desk.stores.office, desk.ledger, _now)
            yield PremisesOffice(room, Session("", ""), premises_of(desk), language)
            return
        with at_desk(desk, staff) as (room, session):
            yield PremisesOffice(room, session, premises_of(desk), language)


def premises_of(desk: "SettledStation") -> "Premises":
    """Profile, notices and terms of the opened station. Raises what `open_premises` does."""
    from station.cli.opening import station_paths
    from station.premises import Clocks, open_premises, site_file
    from storage.blind_reference import document_references
    from storage.clock import HighWaterClock

    paths, config = station_paths()
    clock = HighWaterClock(desk.stores.ledger)
    return open_premises(
        desk.stores.office,
        desk.ledger,
        config,
        site_file(config, paths.site),
        clocks=Clocks(_now, clock.effective),
        reference=document_references(desk.keyring.pepper()),
    )


def with_office(command: Callable[..., None]) -> Callable[..., None]:
    """Open the station and sign in; the command gets a `PremisesOffice` and its own options."""

    @functools.wraps(command)
    def at_office(call: StaffCall, /, **named: object) -> None:
        opener = cast(OpenPremises, call.context.meta.get(OPEN_PREMISES, open_premises_office))
        with opener(call.descriptor, call.staff, call.language) as office:
            try:
                command(office, **named)
            except AccessError as error:
                if error.code is ErrorCode.DRAFT_CHANGED:
                    chinese = call.language is Language.ZH_CN
                    click.echo(_SAY["changed"][0 if chinese else 1], err=True)
                raise

    return staff_call(at_office)


def unsigned(
    context: click.Context, descriptor: int | None, language: Language
) -> AbstractContextManager[PremisesOffice]:
    """The same for what needs no act: nobody is signed in."""
    opener = cast(OpenPremises, context.meta.get(OPEN_PREMISES, open_premises_office))
    return opener(descriptor, None, language)


def form_text(path: Path) -> str:
    """A file somebody filled in. Raises `click.UsageError` for one that is too long or no text."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_FILE_BYTES + 1)
        if len(data) > _MOST_FILE_BYTES:
            raise ValueError("too long")
        return data.decode("utf-8")
    except (OSError, ValueError) as error:
        raise click.UsageError(f"{path}: not a form (UTF-8, at most 256 KiB)") from error


def put_out(text: str, out: Path | None) -> None:
    """To a new file, or to standard output."""
    from station.cli.written import write_new

    if out is None:
        click.echo(text, nl=False)
    else:
        write_new(out, text.encode())


def _now() -> datetime:
    return datetime.now(UTC)


out_option = click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this new file."
)
replace_option = click.option(
    "--replace", is_flag=True, help="Also over what a colleague has changed since you read it."
)
reason_option = click.option(
    "--reason", default="", help="Why, in your own words; no full identity numbers."
)
