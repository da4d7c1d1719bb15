"""Where the `audit` commands get the ledger's rows from.

How the stores are opened is the caller's: whoever builds the command line puts a function into
`ctx.meta[OPEN_LEDGER]` that yields the ledger's rows and the public key of its tree heads.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import cast

import click

from consent.ledger_port import LedgerStore

OPEN_LEDGER = "station.cli.ledger_source.open_ledger"
"""Key in `ctx.meta` of an `OpenLedger`."""


@dataclass(frozen=True, slots=True)
class LedgerSource:
    """A ledger opened for reading."""

    store: LedgerStore
    public_key: bytes


OpenLedger = Callable[[int | None], AbstractContextManager[LedgerSource]]
"""Takes the descriptor the passphrase is read from, or None."""


def opened_ledger(
    ctx: click.Context, descriptor: int | None
) -> AbstractContextManager[LedgerSource]:
    """The ledger of this call. Raises `click.ClickException` where there is none."""
    opener = ctx.meta.get(OPEN_LEDGER)
    if opener is None:
        raise click.ClickException("no ledger here / 这里没有账本")
    return cast(OpenLedger, opener)(descriptor)
