"""Who may restore a backup: two people of the station, or the officers' codes alone.

A restore is what a station needs that cannot be opened any more. Where its accounts are gone with
it, nobody can sign in: both officers have just typed their codes, and that has to do.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from station.access import Act
from station.cli.signing_in import StaffLogin, agreed
from station.errors import ErrorCode, StationError, StorageError
from station.model import Language

if TYPE_CHECKING:
    from consent.canonical import Json
    from storage.keys import KeyRing

_SAY = (
    "本机打不开（{code}），无法登录账号：凭两位负责人的恢复码继续",
    "This station does not open ({code}), so nobody can sign in: both officers' codes have to do",
)


def restorer(
    keyring: "Callable[[], KeyRing]",
    staff: StaffLogin,
    document: "Mapping[str, Json]",
    request_id: str,
    language: Language,
    *,
    reason: str,
) -> "Mapping[str, Json] | None":
    """Who restores, for the ledger; empty for the officers' codes alone.

    None where the second person was only asked for now. Raises `AccessError`, and what keeps a
    station closed that is otherwise well.
    """
    from station.cli.settled import settled_station

    with ExitStack() as stack:
        try:
            desk = stack.enter_context(settled_station(keyring=_opened(keyring)))
        except StationError as error:
            # Keys that did open and a store that does not: then it is the store that is damaged.
            if error.code is ErrorCode.ALREADY_RUNNING or isinstance(error, _WrongKeysError):
                raise
            said = _SAY[0 if language is Language.ZH_CN else 1]
            click.echo(said.format(code=error.code.value), err=True)
            return {}
        granted = agreed(desk, staff, Act.RESTORE, document, request_id, language, reason=reason)
        permit = stack.enter_context(granted)
        return None if permit is None else permit.actor()


class _WrongKeysError(StorageError):
    """Neither the codes nor the passphrase typed open the keyring that is there."""


def _opened(keyring: "Callable[[], KeyRing]") -> "KeyRing":
    try:
        return keyring()
    except StorageError as error:
        if error.code is ErrorCode.KEY_WRONG:
            raise _WrongKeysError(ErrorCode.KEY_WRONG) from error
        raise
