"""The stores of a station that is killed again and again: the real ones, opened as a start does.

Only the way to the root differs: it is handed over instead of derived from a passphrase, because
Argon2id would cost more than everything else in a round.
"""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from consent.ledger import Ledger
from consent.ledger_port import LedgerStore
from consent.signing import HeadSigner
from station.model import Secret
from storage.backup import create_backup
from storage.clock import HighWaterClock
from storage.folder_swap import settle_restore
from storage.images import count_images_in_file
from storage.keyring_file import KeyringContent, read_keyring, write_keyring
from storage.keys import KeyRing
from storage.officers import OfficersFile
from storage.portrait_renewal import PortraitRenewal
from storage.recovery import StartReport, start_up
from storage.registry import STORE_NAMES
from storage.renewal import TemplateRenewal
from storage.resident_records import SealedResidentRecords
from storage.resident_register import ResidentRegister
from storage.restore import Site, restore_backup
from storage.revocation import open_revocations
from storage.rotation import KeyRotation
from storage.stores import open_stores
from storage.sweeper import Sweeper
from storage.visit_records import SealedVisitRecords

_KEYRING, _REVOCATIONS = "keyring", "revocations"
_LONGEST = timedelta(days=365)
# A document number of 18 places, as it is printed on identity cards.
_NUMBER = re.compile(rb"[0-9]{17}[0-9Xx]")


class CrashStation:
    """Open stores with everything that writes to them, after the recovery of a start."""

    def __init__(self, home: Path, root: Secret) -> None:
        """Opens what is there, or makes new stores; raises what a start raises."""
        self.home = home
        self._root = root
        self.keyring = keyring_of(home, root)
        private = self.keyring.ledger_signing_key(create=True)
        self.signer = HeadSigner.from_private(private.reveal())
        settle_restore(home)
        self.stores = open_stores(
            home / "stores", self.keyring, floor_bytes=1, reserve_bytes=64 * 1024
        )
        try:
            self.ledger = _ledger(self.stores.ledger, self.signer)
            self.revocations = open_revocations(
                home / _REVOCATIONS,
                self.stores.op_key,
                self.signer,
                self.stores.ledger.newest_first(),
            )
            self.stores.revocations = self.revocations
            self.started: StartReport = start_up(self.stores, self.ledger)
        except BaseException:
            self.stores.close()
            raise
        self._take_up()

    def _take_up(self) -> None:
        at = (self.stores, self.ledger, HighWaterClock(self.stores.ledger))
        self.clock = at[2]
        pepper = self.keyring.pepper()
        self.visits = SealedVisitRecords(*at, _LONGEST)
        self.residents = SealedResidentRecords(*at, pepper, _LONGEST)
        self.register = ResidentRegister(*at)
        self.renewal = TemplateRenewal(*at, pepper)
        self.portrait_renewal = PortraitRenewal(*at, pepper)
        self.sweeper = Sweeper(*at)
        self.rotation = KeyRotation(self.stores, self.ledger)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stores.close()

    def back_up(self, target: Path, officers_key: bytes) -> None:
        """Make a backup as a running station does."""
        create_backup(
            self.stores,
            self.ledger,
            self.signer,
            officers_key=officers_key,
            target=target,
            progress=_untold,
        )

    def restore(self, backup: Path, officers: HeadSigner) -> None:
        """Close the stores and put those of a backup in their place."""
        self.stores.close()
        site = Site(
            home=self.home,
            keyring=self.home / _KEYRING,
            revocations=self.home / _REVOCATIONS,
            open_keyring=lambda path: KeyRing(path, self._root, read_keyring(path)),
            make_ledger=_ledger,
            now=lambda: datetime.now(UTC),
        )
        file = OfficersFile(officers.export_private(), self.signer.public_key)
        restore_backup(backup, file, site, _untold)


def keyring_of(home: Path, root: Secret) -> KeyRing:
    """The keyring of a station whose root is known; made when it is not there."""
    path = home / _KEYRING
    if path.exists():
        return KeyRing(path, root, read_keyring(path))
    write_keyring(path, KeyringContent({}, {}, {}))
    ring = KeyRing(path, root, read_keyring(path))
    for name in STORE_NAMES:
        ring.ensure_store(name, home / "stores" / name / f"{name}.db")
    return ring


def pictures_and_numbers(folder: Path) -> tuple[int, int]:
    """Pictures and 18-place document numbers in the bytes of every file below `folder`."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    pictures = sum(count_images_in_file(path) for path in files)
    return pictures, sum(len(_NUMBER.findall(path.read_bytes())) for path in files)


def _ledger(store: LedgerStore, signer: HeadSigner) -> Ledger:
    return Ledger(store, signer, "crash-test", lambda: datetime.now(UTC), demo=True)


def _untold(_done: int, _total: int) -> None:
    """Nobody looks on."""
