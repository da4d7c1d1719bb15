"""One call of a member of staff: the options every such command has, and what they come to."""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import click

from station.cli.language import chosen, lang_option
from station.cli.opening import passphrase_option
from station.cli.signing_in import StaffLogin, staff_options
from station.model import Language


@dataclass(frozen=True, slots=True)
class StaffCall:
    """In which language, who signs in, and where the passphrase comes from."""

    context: click.Context
    language: Language
    staff: StaffLogin
    descriptor: int | None


def staff_call(command: Callable[..., None]) -> Callable[..., None]:
    """`--lang --as --sign-in-fd --passphrase-fd`; the command gets a `StaffCall` and its own."""

    @functools.wraps(command)
    @click.pass_context
    def called(
        context: click.Context,
        /,
        *,
        lang: str | None,
        staff: StaffLogin,
        passphrase_fd: int | None,
        **named: object,
    ) -> None:
        command(StaffCall(context, chosen(lang), staff, passphrase_fd), **named)

    wrapped: Callable[..., None] = lang_option(staff_options(passphrase_option(called)))
    return wrapped
