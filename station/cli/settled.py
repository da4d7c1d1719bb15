"""The production station opened for a command that changes records: everything settled first."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from station.cli.opening import opened_stores, station_paths

if TYPE_CHECKING:
    from consent.ledger import Ledger
    from consent.signing import HeadSigner
    from station.staffroom import Staffroom
    from storage.keys import KeyRing
    from storage.stores import Stores


@dataclass(frozen=True, slots=True)
class SettledStation:
    """Stores, keys and ledger as a running station has them, without devices and screens."""

    stores: "Stores"
    keyring: "KeyRing"
    ledger: "Ledger"
    signer: "HeadSigner"
    staff: "Staffroom"
    """Accounts, requests and gate."""


@contextmanager
def settled_station(
    descriptor: int | None = None, *, locked: bool = False, keyring: "KeyRing | None" = None
) -> Iterator[SettledStation]:
    """Open stores, ledger and revocation list, and settle what a crash left open.

    `locked` and `keyring` as for `opened_stores`. Raises the typed error;
    `StationError(ALREADY_RUNNING)` beside a kiosk.
    """
    from consent.ledger import Ledger
    from consent.signing import HeadSigner
    from station.staffroom import open_staffroom
    from storage.recovery import start_up
    from storage.revocation import open_revocations

    paths, config = station_paths()
    with opened_stores(descriptor, locked=locked, keyring=keyring) as (stores, keys):
        signer = HeadSigner.from_private(keys.ledger_signing_key(create=True).reveal())
        demo = config.site.profile == "demo"
        ledger = Ledger(stores.ledger, signer, config.site.station_id, _now, demo=demo)
        stores.revocations = open_revocations(
            paths.revocations, stores.op_key, signer, stores.ledger.newest_first()
        )
        start_up(stores, ledger)
        staff = open_staffroom(stores.office, ledger, _now)
        yield SettledStation(stores, keys, ledger, signer, staff)


def _now() -> datetime:
    return datetime.now(UTC)
