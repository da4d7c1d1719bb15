"""`station users key`: a security key in place of one's own one-time codes."""

import click

from station.cli.opening import asked
from station.cli.signing_in import secret_lines, tell_step
from station.cli.users_desk import UsersDesk, at_users_desk
from station.cli.users_shown import say


@click.command(epilog="Example: ./station.sh users key --as zhao.min")
@click.option(
    "--password-fd",
    type=click.IntRange(0),
    help="Read your password (one line) from this descriptor instead of asking again.",
)
@at_users_desk
def key(office: UsersDesk, *, password_fd: int | None) -> None:
    """Put a FIDO2 security key in place of your present second factor: two touches.

    The codes of before open nothing any more. Whoever loses the key asks for `users factor`.
    """
    if password_fd is not None:
        (password,) = secret_lines(password_fd, 1)
    else:
        password = asked(say("old", office.language))
    try:
        office.say("key touches")
        office.room.accounts.take_key(office.session, password, office.room.key_reader(tell_step))
    finally:
        password.wipe()
    office.say("done")
