"""From the sealed ledger through the export to the auditor's program: the real parts, end to end.

Two writers were made from one page; here the station's own meets the program that shares no code
with it, over a real store, in a process that has gmssl and nothing else.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from consent.bundle import BundleOrder, BundleSource, Summary, write_bundle
from consent.canonical import Json
from consent.entry import parse_entry
from consent.kinds import CompletionResult, Kind
from consent.ledger_port import StoredHead
from consent.search import Selection
from consent.signing import HeadSigner
from storage.audit_source import AuditSource
from storage.ledger_store import SealedLedgerStore
from tests.unit.bundle_maker import PROGRAM
from tests.unit.stores_kit import Desk
from tests.unit.verifier_alone import only_gmssl, run

ERASED: dict[str, Json] = {"identity": {"rows": 1, "remaining": 0, "wal_bytes": 0}}
PLACE = 21
"""The entry that forgers change."""


def no_summary(path: Path, summary: Summary) -> None:
    path.write_bytes(b"%PDF-1.4\n%%EOF\n")


def work(desk: Desk, visits: int) -> None:
    """Some visits and some staff."""
    desk.keep()
    for visit in range(visits):
        mark: dict[str, Json] = {"visit": f"{visit:032x}", "actor": "li.na"}
        desk.ledger.record(Kind.SIGN_IN, {"actor": "li.na", "note": '核对 "a"\\'})
        op = desk.ledger.intent(Kind.ERASE, mark)
        desk.ledger.complete(op, CompletionResult.DONE, ERASED)
        desk.ledger.record(Kind.VISIT_OUTCOME, {**mark, "outcome": "MATCH"})


class Office:
    """A station's stores, and what an auditor keeps."""

    def __init__(self, folder: Path) -> None:
        self.desk = Desk(folder / "station")
        self.out = folder / "out"
        self.out.mkdir()
        self.packages = only_gmssl(folder / "packages")
        private = self.desk.keyring.ledger_signing_key(create=False).reveal()
        self.signer = HeadSigner.from_private(private)
        work(self.desk, 10)

    def export(self, name: str, wanted: Selection | None = None, last: Path | None = None) -> Path:
        """A bundle as the exporter writes it."""
        kept = None
        if last is not None:
            head = json.loads(last.read_bytes())
            signature = bytes.fromhex(head["signature"])
            kept = StoredHead(head["size"], head["body"].encode(), signature)
        stores = self.desk.stores
        source = BundleSource(
            stores.ledger, self.signer.public_key, self.signer.sign, AuditSource(stores)
        )
        order = BundleOrder(wanted or Selection(), "2026-04-01T00:00:00.000Z", kept)
        program = PROGRAM.read_bytes()
        write_bundle(self.out / name, source, order, verifier=program, summarise=no_summary)
        return self.out / name

    def verify(self, bundle: Path, last: Path | None = None) -> tuple[int, dict[str, Any]]:
        """Exit code, and what the program says."""
        more = [] if last is None else ["--last-head", str(last)]
        key = self.signer.public_key.hex()
        done = run(self.packages, bundle, "--json", "--key", key, *more)
        assert done.stderr == ""
        return done.returncode, json.loads(done.stdout)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    with closing(made.desk.stores):
        yield made


def failed(told: dict[str, Any]) -> set[str]:
    return {check["name"] for check in told["checks"] if not check["ok"]}


def test_what_the_station_writes_the_auditor_can_check(office: Office) -> None:
    first = office.export("first")
    assert office.verify(first)[0] == 0
    last = first / "head.json"
    work(office.desk, 2)
    times = [parse_entry(row.body).time for row in office.desk.stores.ledger.entries()]
    wanted = {
        "all": Selection(),
        "kinds": Selection(kinds=(Kind.ERASE, Kind.SIGN_IN)),
        "span": Selection(start=times[10], end=times[30]),
        "both": Selection(start=times[-5], actors=("li.na",), text="Match"),
        "nothing": Selection(end="2001-01-01T00:00:00.000Z"),
    }
    for name, selection in wanted.items():
        code, told = office.verify(office.export(name, selection, last), last)
        assert (code, failed(told), told["first_bad"]) == (0, set(), None), name


def test_a_database_put_back_to_yesterday_is_named(office: Office, tmp_path: Path) -> None:
    office.desk.stores.close()
    shutil.copytree(tmp_path / "station", tmp_path / "yesterday")
    office.desk = Desk(tmp_path / "station")
    size = office.desk.ledger.size
    work(office.desk, 1)
    last = tmp_path / "last.json"
    shutil.copy(office.export("today") / "head.json", last)
    office.desk.stores.close()
    shutil.rmtree(tmp_path / "station")
    (tmp_path / "yesterday").rename(tmp_path / "station")
    office.desk = Desk(tmp_path / "station", settle=False)
    code, told = office.verify(office.export("yesterday"), last)
    assert (code, failed(told), told["first_bad"]) == (1, {"last_head"}, size)


CHANGES = {
    "edit": [
        "UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), 'li.na', 'wang') AS BLOB)"
        " WHERE seq = ?1"
    ],
    "delete": [
        "DELETE FROM entry WHERE seq = ?1",
        "UPDATE entry SET seq = seq + 1000000 WHERE seq > ?1",
        "UPDATE entry SET seq = seq - 1000001 WHERE seq > 999999",
    ],
    "gap": ["DELETE FROM entry WHERE seq = ?1"],
    "insert": [
        "UPDATE entry SET seq = seq + 1000000 WHERE seq >= ?1",
        "UPDATE entry SET seq = seq - 999999 WHERE seq > 999999",
        "INSERT INTO entry SELECT ?1, body FROM entry WHERE seq = 3",
    ],
    "reorder": [
        "UPDATE entry SET seq = 1000000 WHERE seq = ?1",
        "UPDATE entry SET seq = ?1 WHERE seq = ?1 + 1",
        "UPDATE entry SET seq = ?1 + 1 WHERE seq = 1000000",
    ],
    "truncate": ["DELETE FROM entry WHERE seq >= ?1"],
}


def run_sql(store: SealedLedgerStore, statements: list[str]) -> None:
    """What somebody with the key of the file can do to its rows."""
    with store.database.transaction() as change:
        for trigger in ("entry_stays", "entry_kept"):
            change.write(f"DROP TRIGGER IF EXISTS {trigger}", ())
        for statement in statements:
            change.write(statement, (PLACE,) if "?1" in statement else ())


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One station for all forgers; each puts back what it changed."""
    made = Office(tmp_path_factory.mktemp("spoilt"))
    with closing(made.desk.stores):
        yield made


@pytest.mark.parametrize("name", CHANGES)
def test_rows_changed_in_the_store_are_named(name: str, spoilt: Office) -> None:
    store = spoilt.desk.stores.ledger
    rows = list(store.entries())
    assert b"li.na" in rows[PLACE].body
    run_sql(store, CHANGES[name])
    try:
        assert list(store.entries()) != rows
        code, told = spoilt.verify(spoilt.export(name))
    finally:
        run_sql(store, ["DELETE FROM entry"])
        with store.database.transaction() as change:
            for row in rows:
                change.write("INSERT INTO entry VALUES (?, ?)", (row.seq, row.body))
    assert (code, told["first_bad"]) == (1, PLACE)
    assert not failed(told) & {"manifest", "head"}
