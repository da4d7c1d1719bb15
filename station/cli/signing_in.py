"""Signing in on the command line: both factors typed unseen or from a descriptor, never arguments.

A command that acts takes `staff_options` and does its work inside `signed_in`, with the permit it
gets there. Beside a running kiosk, whose ledger has one writer, the kiosk is asked for the permit.
"""

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

import click

from consent.ledger import acting
from station.access import Act
from station.cli.opening import asked, station_paths
from station.errors import AccessError, ErrorCode
from station.model import Language, Secret

if TYPE_CHECKING:
    from consent.canonical import Json
    from station.cli.settled import SettledStation
    from station.gate import Permit, Session
    from station.staffroom import Staffroom
    from storage.desk_request import StaffProof

F = TypeVar("F", bound=Callable[..., object])
_QUESTIONS = ("口令（不显示）/ Password (unseen)", "动态码（不显示）/ One-time code (unseen)")
_LINES, _LINES_WITH_KEY = 3, 2
_STEPS = {
    "INSERT": "请插入安全钥匙，或放在读卡区 / Plug in your security key or lay it on the reader",
    "TOUCH": "请触碰安全钥匙；在读卡区的，请先不要拿开 / Touch your key; leave it on a reader",
}
_ASKED = (
    "已提出申请 {id}（{act}）。另一人同意后（./station.sh users agree {id}），"
    "用同样的选项再运行一次，并加 --request {id}",
    "Asked, request {id} ({act}). Once somebody else has agreed (./station.sh users agree {id}), "
    "run the same again with --request {id}",
)


@dataclass(frozen=True, slots=True)
class Proof:
    """Who wants to sign in, and both factors."""

    user: str
    password: Secret
    code: Secret | None
    """None: a security key is asked for."""

    def wipe(self) -> None:
        """Overwrite both factors."""
        self.password.wipe()
        if self.code is not None:
            self.code.wipe()


@dataclass(frozen=True, slots=True)
class StaffLogin:
    """How this call signs in: the user named, and where the factors come from."""

    user: str | None
    descriptor: int | None
    key: bool = False
    """Whether the second factor is a security key."""

    def proof(self) -> Proof:
        """Read from the descriptor, else ask on the terminal.

        Raises `AccessError(SIGN_IN_FAILED)` for a descriptor of another form, `click.UsageError`
        where there is no terminal to ask on.
        """
        if self.descriptor is not None:
            return self._read(self.descriptor)
        user = self.user or asked_user()
        password = asked(_QUESTIONS[0])
        return Proof(user, password, None if self.key else asked(_QUESTIONS[1]))

    def sealed_proof(self) -> "StaffProof":
        """The same for an order to a running kiosk, which seals it."""
        from storage.desk_request import StaffProof

        proof = self.proof()
        password, code = (
            "" if secret is None else secret.reveal().decode("utf-8", "replace")
            for secret in (proof.password, proof.code)
        )
        proof.wipe()
        if self.key:
            # The kiosk asks the key: whoever checks a challenge has drawn it.
            for step in _STEPS:
                tell_step(step)
        return StaffProof(proof.user, password, code, self.key)

    def _read(self, descriptor: int) -> Proof:
        lines = secret_lines(descriptor, _LINES_WITH_KEY if self.key else _LINES)
        user = lines[0].reveal().decode("utf-8", "replace")
        if self.user is not None and self.user != user:
            raise AccessError(ErrorCode.SIGN_IN_FAILED)
        return Proof(user, lines[1], None if self.key else lines[2])


def tell_step(step: str) -> None:
    """Say on standard error what is to be done with a security key now."""
    click.echo(_STEPS[step], err=True)


def secret_lines(descriptor: int, count: int) -> list[Secret]:
    """So many lines from a descriptor, which is closed.

    Raises `AccessError(SIGN_IN_FAILED)` for more or fewer, `StorageError(KEY_MISSING)` for nothing.
    """
    from storage.passphrase import read_passphrase

    whole = read_passphrase(descriptor)
    lines = [Secret(line) for line in whole.reveal().split(b"\n")]
    whole.wipe()
    if len(lines) != count:
        raise AccessError(ErrorCode.SIGN_IN_FAILED)
    return lines


def asked_user() -> str:
    """The user name, typed on the terminal; a long one is cut, as none is."""
    typed = asked("用户名 / User name")
    return typed.reveal()[:64].decode("utf-8", "replace").strip()


def staff_options(command: F) -> F:
    """`--as`, `--with-key` and `--sign-in-fd`; the command gets `staff: StaffLogin`."""

    @functools.wraps(command)
    def with_staff(
        *values: object,
        as_user: str | None,
        sign_in_fd: int | None,
        with_key: bool,
        **named: object,
    ) -> object:
        return command(*values, staff=StaffLogin(as_user, sign_in_fd, with_key), **named)

    wrapped = click.option("--as", "as_user", help="Your user name; else asked for.")(with_staff)
    wrapped = click.option(
        "--with-key", is_flag=True, help="Use your security key in place of a one-time code."
    )(wrapped)
    return click.option(  # type: ignore[return-value]
        "--sign-in-fd",
        type=click.IntRange(0),
        help="Read user name, password and code (three lines; with --with-key, two) from this "
        "descriptor.",
    )(wrapped)


why_option = click.option("--reason", default="", help="Why, in your own words; no numbers.")
request_option = click.option(
    "--request",
    "request_id",
    default="",
    help="The agreed request, where two people are needed (./station.sh users requests).",
)


class Staffed(Protocol):
    """An opened station, settled for a command or in service: staff can sign in at it."""

    @property
    def staff(self) -> "Staffroom":
        """Accounts, requests and gate."""
        ...


@contextmanager
def at_desk(desk: Staffed, staff: StaffLogin) -> "Iterator[tuple[Staffroom, Session]]":
    """Somebody signed in for the length of a command. Raises `AccessError`."""
    room = desk.staff
    if not room.accounts.any:
        # Nobody is asked for factors that cannot exist.
        raise AccessError(ErrorCode.ACCOUNTS_MISSING)
    proof = staff.proof()
    try:
        given = room.key_reader(tell_step) if proof.code is None else proof.code
        session = room.accounts.sign_in(proof.user, proof.password, given)
    finally:
        proof.wipe()
    try:
        yield room, session
    finally:
        room.accounts.sign_out(session)


@contextmanager
def signed_in(
    desk: Staffed | None,
    staff: StaffLogin,
    act: Act,
    *,
    about: str = "",
    reason: str = "",
    request_id: str = "",
    noted: "Mapping[str, Json] | None" = None,
) -> "Iterator[Permit]":
    """A permit for one act of whoever signs in; `desk` is None beside a running kiosk, which then
    writes `noted` down (`station.desk_permits.ask_permit`).

    What the ledger is told inside says who it was (`consent.ledger.acting`).
    Raises `AccessError` as sign-in and gate do; `StorageError(STORE_LOCKED)` when the kiosk does
    not answer.
    """
    if desk is None:
        from station.desk_permits import ask_permit

        yield ask_permit(
            station_paths()[0].home,
            staff.sealed_proof(),
            act,
            about=about,
            reason=reason,
            request_id=request_id,
            noted=noted,
        )
        return
    with at_desk(desk, staff) as (room, session):
        permit = room.gate.permit(session, act, about=about, reason=reason, request_id=request_id)
        with acting(permit.actor()):
            yield permit


def ask_second(
    desk: Staffed | None,
    staff: StaffLogin,
    act: Act,
    document: "Mapping[str, Json]",
    *,
    reason: str = "",
    language: Language,
) -> None:
    """Ask for the second person of an act and say how to go on; `desk` as in `signed_in`.

    Raises `AccessError`.
    """
    if desk is None:
        from station.desk_permits import ask_request

        home = station_paths()[0].home
        request_id = ask_request(home, staff.sealed_proof(), act, document, reason)
    else:
        with at_desk(desk, staff) as (room, session):
            request_id = room.requests.ask(session, act, document, reason).id
    sentence = _ASKED[0 if language is Language.ZH_CN else 1]
    click.echo(sentence.format(id=request_id, act=act.value), err=True)


@contextmanager
def agreed(
    desk: Staffed | None,
    staff: StaffLogin,
    act: Act,
    document: "Mapping[str, Json]",
    request_id: str,
    language: Language,
    *,
    reason: str = "",
) -> "Iterator[Permit | None]":
    """A permit for an act of two people about `document`; without a request one is asked for, said
    how to go on, and there is none. Raises `AccessError`."""
    from station.requests import digest_of

    if not request_id:
        ask_second(desk, staff, act, document, reason=reason, language=language)
        yield None
        return
    about = digest_of(document)
    with signed_in(desk, staff, act, about=about, reason=reason, request_id=request_id) as permit:
        yield permit


@contextmanager
def desk_or_kiosk(descriptor: int | None) -> "Iterator[SettledStation | None]":
    """The station opened for this command; None beside a running kiosk, which is asked instead."""
    if station_runs():
        yield None
        return
    from station.cli.settled import settled_station

    with settled_station(descriptor) as desk:
        yield desk


def station_runs() -> bool:
    """Whether a kiosk holds the data folder: then it writes the ledger, nobody else."""
    from station.errors import StationError
    from station.instance_lock import InstanceLock

    try:
        InstanceLock(station_paths()[0].home).release()
    except StationError as error:
        if error.code is not ErrorCode.ALREADY_RUNNING:
            raise
        return True
    return False
