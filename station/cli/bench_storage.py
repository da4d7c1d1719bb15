"""`bench storage`: the stores beside plain sqlite3, in the same run, on the same disk.

The reference has a write-ahead log and full syncs too, so that the ratio shows what encryption and
the order of writes cost. Wall time, because syncs are most of it; writes are taken in turn, so that
a busy disk weighs on all alike.
"""

import secrets
import shutil
import sqlite3
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from consent.kinds import Kind
from consent.ledger import Ledger
from consent.signing import HeadSigner
from station.build import default_home
from station.model import IdentityRecord, Secret, VisitId
from storage.clock import HighWaterClock
from storage.erasure import Erasure
from storage.identity_store import unseal_identity
from storage.keys import KeyRing
from storage.ledger_store import SealedLedgerStore
from storage.recovery import start_up
from storage.stores import Stores, open_stores
from storage.visit_records import SealedVisitRecords

_ROUNDS = 40
_OPENINGS = 5
_PASSPHRASE = Secret(b"only for this measurement")
_ENTRY = bytes(500)
_PERSON = IdentityRecord(
    (
        ("name", "样本"),
        ("document_number", "SAMPLE0001"),
        ("birth_date", "1990-01-01"),
        ("address", "样本地址" * 8),
    )
)
_ROW = "sqlite3: one row"
Row = dict[str, Any]


def measure() -> list[Row]:
    """Rows {name, value, unit, reference_name, reference_value, ratio, target}; medians.

    Works in a fresh folder below the station's own and removes it.
    """
    place = default_home() / f"bench-{secrets.token_hex(4)}"
    place.mkdir(mode=0o700, parents=True)
    try:
        return _measure(place)
    finally:
        shutil.rmtree(place)


def _measure(place: Path) -> list[Row]:
    keyring, _ = KeyRing.create(place / "keyring.json", _PASSPHRASE)
    unlock_ms = _median_ms(lambda: KeyRing.open(place / "keyring.json", _PASSPHRASE), 3)
    signer = HeadSigner.from_private(keyring.ledger_signing_key(create=True).reveal())
    stores = open_stores(place / "stores", keyring, floor_bytes=1, reserve_bytes=65536)
    raw = SealedLedgerStore(place / "raw.db", keyring.store_key("ledger"), lambda: False)
    plain = _Plain(place / "plain.db")
    try:
        ledger = Ledger(stores.ledger, signer, "bench", lambda: datetime.now(UTC), demo=True)
        start_up(stores, ledger)
        rows = _writes(stores, ledger, raw, plain)
        rows += [_read(stores, plain), _erase(stores, ledger, plain)]
    finally:
        stores.close()
        raw.database.close()
        plain.connection.close()
    rows.append(_open(place, keyring))
    rows.append(_row("unlock the keyring (Argon2id)", unlock_ms, None, None))
    return rows


class _Plain:
    """The reference: one table in the standard library's sqlite3, WAL and full syncs."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")
        self.connection.execute("CREATE TABLE plain (id BLOB PRIMARY KEY, body BLOB) WITHOUT ROWID")
        self.ids: list[bytes] = []

    def insert(self) -> None:
        row = secrets.token_bytes(16)
        self.connection.execute("INSERT INTO plain VALUES (?, ?)", (row, _ENTRY))
        self.ids.append(row)

    def select(self) -> None:
        self.connection.execute("SELECT body FROM plain WHERE id = ?", (self.ids[0],)).fetchall()

    def erase(self) -> None:
        self.connection.execute("DELETE FROM plain WHERE id = ?", (self.ids.pop(),))
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _writes(stores: Stores, ledger: Ledger, raw: SealedLedgerStore, plain: _Plain) -> list[Row]:
    clock = HighWaterClock(stores.ledger)
    records = SealedVisitRecords(stores, ledger, clock, timedelta(hours=24))
    expiry = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    row_ms, *times = _in_turn(
        [
            plain.insert,
            lambda: raw.append(_ENTRY),
            lambda: ledger.record(Kind.STATION_START, {"round": 1}),
            lambda: records.keep_identity(VisitId(secrets.token_hex(16)), _PERSON, expiry),
        ]
    )
    names = (
        "ledger store: append one row",
        "ledger: one entry, chained and signed",
        "keep one identity, intent to completion",
    )
    return [_row(name, ms, _ROW, row_ms) for name, ms in zip(names, times, strict=True)]


def _read(stores: Stores, plain: _Plain) -> Row:
    row = next(iter(stores.identity.rows()))

    def unseal() -> None:
        person = stores.keys.person_of("identity", row.row)
        if person is not None:
            unseal_identity(row, person.rows[0][2], person.key)

    reference_ms, own_ms = _in_turn([plain.select, unseal])
    return _row("find the key and unseal one identity", own_ms, "sqlite3: select one", reference_ms)


def _erase(stores: Stores, ledger: Ledger, plain: _Plain) -> Row:
    erasure = Erasure(stores, ledger)

    def erase() -> None:
        erasure.erase([next(iter(stores.keys.persons()))], Kind.ERASE, "BENCH")

    reference_ms, own_ms = _in_turn([plain.erase, erase], _ROUNDS // 2)
    return _row("erase one person", own_ms, "sqlite3: delete, truncate", reference_ms, 50.0)


def _open(place: Path, keyring: KeyRing) -> Row:
    def plain() -> None:
        connection = sqlite3.connect(place / "plain.db")
        connection.execute("SELECT count(*) FROM plain").fetchall()
        connection.close()

    def own() -> None:
        open_stores(place / "stores", keyring, floor_bytes=1, reserve_bytes=65536).close()

    reference_ms, own_ms = _in_turn([plain, own], _OPENINGS)
    name = "open all stores, every page checked"
    return _row(name, own_ms, "sqlite3: open one file", reference_ms, 100.0)


def _in_turn(works: Sequence[Callable[[], object]], rounds: int = _ROUNDS) -> list[float]:
    times: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, taken in zip(works, times, strict=True):
            taken.append(_ms(work))
    return [statistics.median(taken) for taken in times]


def _median_ms(work: Callable[[], object], rounds: int) -> float:
    return statistics.median(_ms(work) for _ in range(rounds))


def _ms(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def _row(
    name: str,
    value_ms: float,
    reference_name: str | None,
    reference_ms: float | None,
    target: float | None = None,
) -> Row:
    return {
        "name": name,
        "value": round(value_ms, 3),
        "unit": "ms",
        "reference_name": reference_name or "",
        "reference_value": round(reference_ms, 3) if reference_ms else 0.0,
        "ratio": round(value_ms / reference_ms, 2) if reference_ms else None,
        "target": target,
    }
