"""The bench's invented ledger is a real one: both verifiers accept it, its evidence opens."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from consent import signing, verify_second
from consent.export import read_rows
from consent.ledger import Ledger
from consent.search import Selection, search
from consent.signing import HeadSigner
from consent.sm2_encoding import PRIVATE_BYTES
from consent.verify import verify_rows
from station.cli.bench_audit import measure
from station.cli.bench_ledger import ORIGIN, QuickSigner, fill_ledger
from station.errors import StationBug
from storage.audit_source import AuditSource
from storage.keys import KeyRing
from storage.stores import Stores, open_stores
from tests.unit.stores_kit import cheap_keyring

ENTRIES = 130


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stores, KeyRing]]:
    folder = tmp_path_factory.mktemp("bench")
    keyring = cheap_keyring(folder)
    stores = open_stores(folder / "stores", keyring, floor_bytes=1, reserve_bytes=65536)
    told: list[int] = []
    fill_ledger(stores, keyring, ENTRIES, told.append)
    assert told == [ENTRIES]
    yield stores, keyring
    stores.close()


def test_quick_signatures_are_signatures() -> None:
    pair = HeadSigner.generate()
    signer = QuickSigner(pair.export_private().reveal()[:PRIVATE_BYTES], pair.public_key)
    for message in (b"", b"one", b"two" * 100):
        signature = signer.sign(message)
        assert signing.verify(pair.public_key, message, signature)
        assert verify_second.verify(pair.public_key, message, signature)
        assert not signing.verify(pair.public_key, message + b"x", signature)


def test_the_station_and_its_verification_take_the_ledger_for_their_own(
    filled: tuple[Stores, KeyRing],
) -> None:
    stores, keyring = filled
    signer = HeadSigner.from_private(keyring.ledger_signing_key().reveal())
    report = verify_rows(*read_rows(stores.ledger), signer.public_key, second_opinions=2)
    assert report.ok, report.findings
    assert (report.entries, report.origin) == (ENTRIES, ORIGIN)
    opened = Ledger(stores.ledger, signer, ORIGIN, lambda: datetime.now(UTC), demo=True)
    assert opened.size == ENTRIES
    with pytest.raises(StationBug):
        fill_ledger(stores, keyring, 1, lambda _: None)


def test_its_evidence_opens_and_holds(filled: tuple[Stores, KeyRing]) -> None:
    stores, _ = filled
    source, seen = AuditSource(stores), 0
    for row in search(stores.ledger, Selection(text="consent_given")):
        found = source.evidence(row.seq, row.said("record_id"))
        assert found is not None
        assert row.said("record_id").encode() in found.body
        seen += 1
    assert seen > ENTRIES // 5


def test_a_small_run_measures_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATION_HOME", str(tmp_path))
    rows = measure(200)
    values = {row["name"]: row["value"] for row in rows}
    assert all(row["value"] >= 0 for row in rows)
    assert values["export: consent records"] > 40
    assert values["export: peak memory"] > 30
    assert list(tmp_path.iterdir()) == []
