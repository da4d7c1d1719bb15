"""`station users`: accounts of staff, and the requests that wait for a second person.

Runs while the kiosk is closed; beside it, the same is done on the kiosk's own pages.
"""

import json
from datetime import UTC, datetime, timedelta

import click

from station.access import Act, Role
from station.cli.language import chosen, lang_option
from station.cli.opening import asked, passphrase_option
from station.cli.options import json_option
from station.cli.signing_in import secret_lines
from station.cli.users_desk import UsersDesk, at_users_desk
from station.cli.users_key import key
from station.cli.users_shown import (
    account_line,
    day_of,
    request_line,
    say,
    show_enrolment,
    show_glass,
)
from station.model import Language, Secret

_user_argument = click.argument("user")
_request_argument = click.argument("request_id")
_role_option = click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice([role.value for role in Role]),
    help="What they may be; several times for several roles.",
)
_days_option = click.option(
    "--days", type=click.IntRange(1, 3650), help="The account ends after so many days."
)
_reason_option = click.option("--reason", default="", help="Why, in your own words; no numbers.")


@click.group()
def users() -> None:
    """Accounts of staff: two factors, roles, and what takes two people."""


users.add_command(key)


@users.command(
    epilog="Example: ./station.sh users first --admin li.wei --admin-name 李伟 "
    "--security wang.fang --security-name 王芳"
)
@click.option("--admin", required=True, help="User name of the first system administrator.")
@click.option("--admin-name", required=True, help="Their name, as colleagues see it.")
@click.option("--security", required=True, help="User name of the first security administrator.")
@click.option("--security-name", required=True, help="Their name; another person.")
@lang_option
@passphrase_option
def first(
    *,
    admin: str,
    admin_name: str,
    security: str,
    security_name: str,
    lang: str | None,
    passphrase_fd: int | None,
) -> None:
    """Make the first two accounts, once, and the two sealed break-glass codes."""
    from station.account_forms import Newcomer
    from station.cli.settled import settled_station

    language = chosen(lang)
    with settled_station(passphrase_fd) as desk:
        one, other, pair = desk.staff.accounts.first(
            Newcomer(admin, admin_name, frozenset()),
            Newcomer(security, security_name, frozenset()),
        )
    show_enrolment(one, language)
    show_enrolment(other, language)
    show_glass(pair, language)


@users.command("list", epilog="Example: ./station.sh users list --as li.wei --json")
@json_option
@at_users_desk
def list_(office: UsersDesk, *, as_json: bool) -> None:
    """Every account with its roles and state."""
    views = office.accounts()
    if as_json:
        lines = [
            {
                "user": one.user,
                "name": one.name,
                "roles": list(one.roles),
                "state": one.state,
                "ends": day_of(one.ends_s) or None,
            }
            for one in views
        ]
        click.echo(json.dumps(lines, ensure_ascii=False))
        return
    for view in views:
        click.echo(account_line(view, office.language))


@users.command(epilog="Example: ./station.sh users add zhao.min --name 赵敏 --role OPERATOR")
@_user_argument
@click.option("--name", required=True, help="Their name, as colleagues see it.")
@_role_option
@_days_option
@_reason_option
@at_users_desk
def add(
    office: UsersDesk,
    *,
    user: str,
    name: str,
    roles: tuple[str, ...],
    days: int | None,
    reason: str,
) -> None:
    """Ask for a new account: once agreed to, `users carry-out` makes it."""
    from station.account_forms import Newcomer

    newcomer = Newcomer(user, name, _roles(roles), _ends_s(days))
    office.ask(Act.USER_CREATE, newcomer.document(), reason)


@users.command(epilog="Example: ./station.sh users roles zhao.min --role MANAGER")
@_user_argument
@_role_option
@_days_option
@_reason_option
@at_users_desk
def roles(
    office: UsersDesk, *, user: str, roles: tuple[str, ...], days: int | None, reason: str
) -> None:
    """Ask for other roles of an account; what it had, it has no more. Its end stays as it is."""
    from station.account_forms import roles_document

    account = office.account(user)
    ends_s = account.ends_s if days is None else _ends_s(days)
    document = roles_document(user, _roles(roles), ends_s, account.revision)
    office.ask(Act.USER_CHANGE, document, reason)


@users.command(epilog="Example: ./station.sh users expire zhao.min")
@_user_argument
@_reason_option
@at_users_desk
def expire(office: UsersDesk, *, user: str, reason: str) -> None:
    """Ask for the end of an account."""
    from station.account_forms import expiry_document

    office.ask(Act.USER_CHANGE, expiry_document(user, office.account(user).revision), reason)


@users.command(epilog="Example: ./station.sh users lock zhao.min --reason 'left the company'")
@_user_argument
@_reason_option
@at_users_desk
def lock(office: UsersDesk, *, user: str, reason: str) -> None:
    """Lock an account at once; whoever is signed in with it is out."""
    office.room.accounts.lock(office.permit(Act.USER_LOCK, user, reason), user)
    office.say("done")


@users.command(epilog="Example: ./station.sh users unlock zhao.min")
@_user_argument
@_reason_option
@at_users_desk
def unlock(office: UsersDesk, *, user: str, reason: str) -> None:
    """Unlock an account, whatever locked it."""
    office.room.accounts.unlock(office.permit(Act.USER_UNLOCK, user, reason), user)
    office.say("done")


@users.command(epilog="Example: ./station.sh users password --as zhao.min")
@click.option(
    "--new-fd",
    type=click.IntRange(0),
    help="Read the present and the new password (two lines) from this descriptor.",
)
@at_users_desk
def password(office: UsersDesk, *, new_fd: int | None) -> None:
    """Choose another password of your own; the first thing anybody does."""
    if new_fd is not None:
        old, new = secret_lines(new_fd, 2)
    else:
        old = asked(say("old", office.language))
        new = asked(say("new", office.language), twice=True)
    try:
        office.room.accounts.change_password(office.session, old, new)
    finally:
        old.wipe()
        new.wipe()
    office.say("done")


@users.command(epilog="Example: ./station.sh users factor zhao.min --reason 'phone lost'")
@_user_argument
@_reason_option
@at_users_desk
def factor(office: UsersDesk, *, user: str, reason: str) -> None:
    """Ask for a new password and second factor of somebody who lost theirs.

    USER "break-glass" stands for new break-glass codes.
    """
    from station.account_forms import account_document

    office.ask(Act.FACTOR_RESET, account_document(user), reason)


@users.command(epilog="Example: ./station.sh users requests --as wang.fang")
@json_option
@at_users_desk
def requests(office: UsersDesk, *, as_json: bool) -> None:
    """What waits for you to agree, and what you have asked for yourself."""
    waiting = office.room.requests.waiting(office.session)
    own = office.room.requests.own(office.session)
    if as_json:
        lines = [
            {
                "request": one.id,
                "act": one.act,
                "asked_by": one.asker,
                "reason": one.reason,
                "state": one.state,
                "why": one.why,
                "document": one.document,
            }
            for one in (*waiting, *own)
        ]
        click.echo(json.dumps(lines, ensure_ascii=False))
        return
    for one in (*waiting, *own):
        click.echo(request_line(one, office.language))


@users.command(epilog="Example: ./station.sh users agree REQUEST --as wang.fang")
@_request_argument
@at_users_desk
def agree(office: UsersDesk, *, request_id: str) -> None:
    """Be the second person of a request."""
    office.room.requests.agree(office.session, request_id)
    office.say("done")


@users.command(epilog="Example: ./station.sh users refuse REQUEST --reason 'not needed'")
@_request_argument
@_reason_option
@at_users_desk
def refuse(office: UsersDesk, *, request_id: str, reason: str) -> None:
    """Say no to a request, with a reason."""
    office.room.requests.refuse(office.session, request_id, reason)
    office.say("done")


@users.command("carry-out", epilog="Example: ./station.sh users carry-out REQUEST --as li.wei")
@_request_argument
@at_users_desk
def carry_out(office: UsersDesk, *, request_id: str) -> None:
    """Do what you asked for, once somebody has agreed to it."""
    from station.account_forms import Enrolment
    from station.account_requests import carry_out as carried_out

    shown = carried_out(office.room, office.session, office.request(request_id))
    office.say("done")
    if isinstance(shown, Enrolment):
        show_enrolment(shown, office.language)
    elif shown is not None:
        show_glass(shown, office.language)


@users.command("break-glass", epilog="Example: ./station.sh users break-glass --agree REQUEST")
@click.option("--agree", "agreed", multiple=True, help="Be the second person of this request.")
@click.option("--unlock", "locked", multiple=True, help="Unlock this user.")
@click.option("--reason", required=True, help="What happened; it is part of the alarm.")
@click.option(
    "--codes-fd",
    type=click.IntRange(0),
    help="Read both codes (two lines) from this descriptor.",
)
@lang_option
@passphrase_option
def break_glass(
    *,
    agreed: tuple[str, ...],
    locked: tuple[str, ...],
    reason: str,
    codes_fd: int | None,
    lang: str | None,
    passphrase_fd: int | None,
) -> None:
    """Use both sealed codes, once: they open accounts, never anybody's data. Raises the alarm."""
    from station.account_requests import check_emergency
    from station.cli.settled import settled_station

    language = chosen(lang)
    if not (agreed or locked):
        raise click.UsageError(say("what", language))
    first, second = _codes(codes_fd, language)
    with settled_station(passphrase_fd) as desk:
        room = desk.staff
        check_emergency(room, agreed, locked, reason)
        session = room.accounts.break_glass(first, second)
        try:
            for request_id in agreed:
                room.requests.agree(session, request_id)
            office = UsersDesk(room, session, language)
            for user in locked:
                room.accounts.unlock(office.permit(Act.USER_UNLOCK, user, reason), user)
        finally:
            room.accounts.sign_out(session)
        click.echo(say("glass", language))


def _codes(descriptor: int | None, language: Language) -> tuple[Secret, Secret]:
    if descriptor is not None:
        first, second = secret_lines(descriptor, 2)
        return first, second
    return asked(say("code", language, holder=1)), asked(say("code", language, holder=2))


def _roles(names: tuple[str, ...]) -> frozenset[Role]:
    return frozenset(Role(name) for name in names)


def _ends_s(days: int | None) -> int:
    if days is None:
        return 0
    return int((datetime.now(UTC) + timedelta(days=days)).timestamp())
