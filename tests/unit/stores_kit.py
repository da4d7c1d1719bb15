"""What the tests of the stores share: a cheap keyring and a station's stores with their ledger."""

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

import storage.keys
from consent.ledger import Ledger
from consent.signing import HeadSigner
from station.model import (
    Claim,
    ClaimKind,
    Enrolment,
    IdentityRecord,
    SealedTemplate,
    Secret,
    VisitId,
)
from storage.clock import HighWaterClock
from storage.erasure import Erasure
from storage.keys import KeyRing
from storage.recovery import StartReport, start_up
from storage.resident_records import SealedResidentRecords
from storage.resident_register import ResidentRegister
from storage.stores import Stores, open_stores
from storage.sweeper import Sweeper
from storage.visit_records import SealedVisitRecords

PASSPHRASE = Secret(b"correct horse battery")
PERSON = IdentityRecord(
    (("name", "测试者一号"), ("document_number", "X00000001"), ("birth_date", "1990-01-01"))
)


def cheap_keyring(folder: Path) -> KeyRing:
    """A keyring with the least Argon2id cost the file format admits; made when missing."""
    path = folder / "keyring"
    if path.exists():
        return KeyRing.open(path, PASSPHRASE)
    kept = storage.keys._T, storage.keys._M_KIB, storage.keys._P
    storage.keys._T, storage.keys._M_KIB, storage.keys._P = 1, 8 * 1024, 1
    try:
        return KeyRing.create(path, PASSPHRASE)[0]
    finally:
        storage.keys._T, storage.keys._M_KIB, storage.keys._P = kept


class Desk:
    """Stores, ledger and everything that writes to them, opened as a station does."""

    def __init__(self, folder: Path, *, settle: bool = True, **space: int) -> None:
        self.folder = folder
        self.keyring = cheap_keyring(folder)
        space = {"floor_bytes": 1, "reserve_bytes": 65536, **space}
        self.stores: Stores = open_stores(folder / "stores", self.keyring, **space)
        try:
            signer = HeadSigner.from_private(self.keyring.ledger_signing_key(create=True).reveal())
            self.ledger = Ledger(
                self.stores.ledger, signer, "test", lambda: datetime.now(UTC), demo=True
            )
            self.started: StartReport | None = None
            if settle:
                self.started = start_up(self.stores, self.ledger)
        except BaseException:
            self.stores.close()
            raise
        self.clock = HighWaterClock(self.stores.ledger)
        self.records = SealedVisitRecords(self.stores, self.ledger, self.clock, timedelta(hours=24))
        self.sweeper = Sweeper(self.stores, self.ledger, self.clock)
        self.erasure = Erasure(self.stores, self.ledger)
        self.residents = SealedResidentRecords(
            self.stores, self.ledger, self.clock, self.keyring.pepper(), timedelta(days=365)
        )
        self.register = ResidentRegister(self.stores, self.ledger, self.clock)

    def keep(self, hours: float = 1.0, person: IdentityRecord = PERSON) -> None:
        """Keep one identity for `hours`."""
        expiry = datetime.now(UTC) + timedelta(hours=hours)
        self.records.keep_identity(VisitId("ab" * 16), person, expiry.isoformat())

    def enrolment(self, number: str, portraits: int = 0, days: float = 300.0) -> Enrolment:
        """An enrolment as a booth would give it, with bytes in place of a template."""
        draft = self.residents.new_template()
        sealed = b"\x01\x01\x00" + draft.keys.pid + secrets.token_bytes(156)
        return Enrolment(
            IdentityRecord((("name", "住户一号"), ("document_number", number))),
            draft,
            SealedTemplate(sealed, secrets.token_bytes(16), 1),
            tuple(secrets.token_bytes(30_000 + n) for n in range(portraits)),
            (datetime.now(UTC) + timedelta(days=days)).isoformat(),
            ("AAAA-BBBB-CCCC",),
        )

    def enrol(self, number: str, portraits: int = 0, days: float = 300.0) -> str:
        """Enrol one resident; returns the resident number."""
        return self.residents.enrol(VisitId("cd" * 16), self.enrolment(number, portraits, days))

    def again(self, **more: bool) -> "Desk":
        """Close and open as the next start of the station does."""
        self.stores.close()
        return Desk(self.folder, **more)

    def all_bytes(self) -> bytes:
        """Every byte of every file of the station, as a thief of the disk has them."""
        files = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return b"".join(path.read_bytes() for path in files)


def document(number: str) -> Claim:
    """A claim by document number."""
    return Claim(ClaimKind.DOCUMENT, number)


def resident(number: str) -> Claim:
    """A claim by resident number."""
    return Claim(ClaimKind.RESIDENT_NUMBER, number)
