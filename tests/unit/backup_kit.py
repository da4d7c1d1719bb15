"""What the tests of backup and restore share: a station with officers, and how it is restored."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from stores_kit import PASSPHRASE, Desk

from consent.ledger import Ledger
from consent.signing import HeadSigner
from station.model import Secret
from storage.backup import BackupReport, ShortLived, create_backup
from storage.keys import KeyRing
from storage.officers import OfficersFile
from storage.restore import RestoreReport, Site, restore_backup
from storage.revocation import open_revocations


@cache
def officers_pair() -> HeadSigner:
    """One key pair for all tests; how it comes about is tested elsewhere."""
    return HeadSigner.generate()


def signer_of(desk: Desk) -> HeadSigner:
    return HeadSigner.from_private(desk.keyring.ledger_signing_key().reveal())


def officers_of(desk: Desk) -> OfficersFile:
    return OfficersFile(officers_pair().export_private(), signer_of(desk).public_key)


def attach(desk: Desk) -> Desk:
    """Give the desk its revocation list, as the station does before it settles."""
    desk.stores.revocations = open_revocations(
        desk.folder / "revocations",
        desk.stores.op_key,
        signer_of(desk),
        desk.stores.ledger.newest_first(),
    )
    return desk


def back_up(desk: Desk, target: Path, term: timedelta | None = None) -> BackupReport:
    short = None if term is None else ShortLived(desk.folder / "keyring", term)
    return create_backup(
        desk.stores,
        desk.ledger,
        signer_of(desk),
        officers_key=officers_pair().public_key,
        target=target,
        progress=untold,
        with_keys=short,
    )


def site_of(folder: Path, later: timedelta = timedelta(0)) -> Site:
    def make_ledger(store: object, signer: HeadSigner) -> Ledger:
        return Ledger(store, signer, "test", lambda: datetime.now(UTC), demo=True)  # type: ignore[arg-type]

    return Site(
        home=folder,
        keyring=folder / "keyring",
        revocations=folder / "revocations",
        open_keyring=lambda path: KeyRing.open(path, PASSPHRASE),
        make_ledger=make_ledger,
        now=lambda: datetime.now(UTC) + later,
    )


def restored(
    desk_folder: Path, backup: Path, officers: OfficersFile, later: timedelta = timedelta(0)
) -> RestoreReport:
    return restore_backup(backup, officers, site_of(desk_folder, later), untold)


def untold(_done: int, _total: int) -> None:
    """No progress is shown."""


def wrong_officers(officers: OfficersFile) -> OfficersFile:
    return replace(officers, private_key=Secret(HeadSigner.generate().export_private().reveal()))
