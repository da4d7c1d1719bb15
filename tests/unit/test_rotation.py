"""Keys exchanged while a station serves, and cut off at every commit."""

import contextlib
import json
import threading

import pytest
from stores_kit import PASSPHRASE, Desk, document
from test_store_crashes import Crash, Fuse, check_settled

import storage.rotation
from consent.kinds import Kind
from consent.verify import verify_rows
from station.errors import ErrorCode, StorageError
from station.model import Secret
from storage.cipher_file import opens
from storage.database import Database
from storage.keys import KEK_TURN, KeyRing, file_turn
from storage.registry import IDENTITY, KEYS, LEDGER, STORE_NAMES
from storage.resident_lookup import find_resident
from storage.rotation import KeyRotation
from storage.sealing import place, unseal
from storage.wrapped_keys import WRAPPING

NAMES = [f"E{n}0000" for n in range(3)]


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path)
    for number in NAMES:
        desk.enrol(number)
    evidence = desk.records.seal_evidence("record", b"consent body")
    desk.ledger.record(Kind.CONSENT_GIVEN, {"record_id": "record"}, evidence)
    yield desk
    desk.stores.close()


def check_whole(desk):
    """Everybody is found and everything opens; nothing is pending; the ledger verifies."""
    check_settled(desk)
    assert desk.keyring.pending() == ()
    assert desk.stores.keys.count() == len(NAMES)
    for number in NAMES:
        find_resident(desk.stores, document(number), desk.clock.effective())
    seq = max(row[0] for row in desk.stores.ledger.database.read("SELECT seq FROM evidence"))
    sealed = desk.stores.ledger.evidence(seq)
    assert desk.stores.keys.open_evidence("record", sealed) == b"consent body"
    rows = tuple(desk.stores.ledger.entries()), tuple(desk.stores.ledger.heads())
    assert verify_rows(*rows, desk.ledger.public_key, second_opinions=1).findings == ()
    for name, database in desk.stores.databases.items():
        assert database.has_key(desk.keyring.store_key(name))
    assert len(desk.stores.keys._keks) == 1
    kek = desk.keyring.record_kek(KEYS).reveal()
    for table, (column, wrapped, version, word) in WRAPPING.items():
        if table != "applied":
            statement = f"SELECT {column}, {wrapped}, {version} FROM {table}"
            for row, sealed, count in desk.stores.keys.database.read(statement):
                unseal(kek, sealed, place(word, row.hex(), count))


def completions(desk, kind):
    found = [json.loads(row.body) for row in desk.stores.ledger.entries()]
    return [one["payload"] for one in found if (one["kind"], one["phase"]) == (kind, "COMPLETION")]


def test_the_record_key_is_another_and_the_former_opens_nothing(desk, monkeypatch):
    monkeypatch.setattr(storage.rotation, "BATCH", 2)
    former, told = desk.keyring.record_kek(KEYS).reveal(), []
    rows = KeyRotation(desk.stores, desk.ledger).rewrap(lambda *done: told.append(done))
    assert rows == len(NAMES) + 1 and told[-1] == (rows, rows)
    assert desk.keyring.record_kek(KEYS).reveal() != former
    statement = "SELECT person, wrapped, version FROM person"
    for person, wrapped, version in desk.stores.keys.database.read(statement):
        with pytest.raises(StorageError):
            unseal(former, wrapped, place("person", person.hex(), version))
    assert desk.stores.keys.database.wal_bytes() == 0
    (payload,) = completions(desk, "REWRAP")
    assert payload["counts"]["rewrapped"] == {"rows": rows}
    check_whole(desk)
    check_whole(desk.again())


def test_every_file_gets_another_key_and_the_former_opens_it_no_longer(desk):
    former = {name: desk.keyring.store_key(name) for name in STORE_NAMES}
    before = desk.stores.generations()
    rotation = KeyRotation(desk.stores, desk.ledger)
    for name in STORE_NAMES:
        rotation.rekey(name)
    for name, database in desk.stores.databases.items():
        assert not opens(database.path, former[name])
        assert database.integrity_problems() == 0
        if name != LEDGER:
            assert database.wal_bytes() == 0
    assert desk.stores.generations() == {name: count + 1 for name, count in before.items()}
    assert len(completions(desk, "REKEY")) == len(STORE_NAMES)
    check_whole(desk)
    again = desk.again()
    check_whole(again)
    for name, database in again.stores.databases.items():
        assert not opens(database.path, former[name])


def test_visits_go_on_between_batches_and_a_sweep_leaves_it_alone(desk, monkeypatch):
    monkeypatch.setattr(storage.rotation, "BATCH", 1)
    others = []

    def meanwhile(done, _total):
        if done != 2:
            return

        def visit():
            desk.enrol("E70000")
            desk.sweeper.sweep()
            others.append(desk.ledger.open_intents())

        thread = threading.Thread(target=visit)
        thread.start()
        thread.join()

    KeyRotation(desk.stores, desk.ledger).rewrap(meanwhile)
    assert [kind for _, kind in others[0]] == [Kind.REWRAP]
    assert desk.ledger.open_intents() == ()
    find_resident(desk.stores, document("E70000"), desk.clock.effective())
    again = desk.again()
    find_resident(again.stores, document("E70000"), again.clock.effective())
    again.stores.close()


def test_broken_off_is_finished_by_the_next_sweep(desk, monkeypatch):
    monkeypatch.setattr(storage.rotation, "BATCH", 1)

    def stop(done, _total):
        raise StorageError(ErrorCode.STORE_LOCKED)

    with pytest.raises(StorageError):
        KeyRotation(desk.stores, desk.ledger).rewrap(stop)
    assert desk.keyring.pending() == (KEK_TURN,)
    desk.sweeper.sweep()
    check_whole(desk)


@pytest.mark.parametrize("name", ["rewrap", IDENTITY, KEYS, LEDGER])
def test_cut_off_after_every_commit(desk, monkeypatch, name):
    monkeypatch.setattr(storage.rotation, "BATCH", 2)
    fuse = Fuse(monkeypatch)
    write, rekey = KeyRing._write, Database.rekey

    def cut_rekey(database, key):
        rekey(database, key)
        fuse.burn(after=True)

    def cut_write(ring, content):
        write(ring, content)
        fuse.burn(after=True)

    monkeypatch.setattr(KeyRing, "_write", cut_write)
    monkeypatch.setattr(Database, "rekey", cut_rekey)
    kind = "REWRAP" if name == "rewrap" else "REKEY"
    for step in range(60):
        rotation, crashed = KeyRotation(desk.stores, desk.ledger), True
        with fuse.lit(step, after=True), contextlib.suppress(Crash):
            rotation.rewrap(lambda *_: None) if name == "rewrap" else rotation.rekey(name)
            crashed = False
        # As the process ends: what is open in memory is gone, also what only it knew.
        desk = desk.again()
        check_whole(desk)
        if not crashed:
            break
    assert not crashed and step >= 8
    # Cut off before its intent, a rotation never was; every other one is completed.
    assert len(completions(desk, kind)) >= step
    desk.stores.close()


def test_a_start_after_the_crash_may_crash_too(desk, monkeypatch):
    fuse = Fuse(monkeypatch)
    for step in range(6):
        with fuse.lit(3 + step % 4, after=True), contextlib.suppress(Crash):
            KeyRotation(desk.stores, desk.ledger).rekey(KEYS)
        desk.stores.close()
        with fuse.lit(step % 3, after=True), contextlib.suppress(Crash):
            Desk(desk.folder).stores.close()
        desk = Desk(desk.folder)
        check_whole(desk)
    desk.stores.close()


def test_other_changes_of_the_keyring_and_a_rotation_keep_each_other(desk):
    path = desk.folder / "keyring"
    early = KeyRing.open(path, PASSPHRASE)
    KeyRing.open(path, PASSPHRASE).change_recovery(Secret(b"both officers"))
    KeyRotation(desk.stores, desk.ledger).rekey(IDENTITY)
    early.change_passphrase(Secret(b"another one!"))
    for ring in (
        KeyRing.open(path, Secret(b"another one!")),
        KeyRing.open_with_recovery(path, Secret(b"both officers")),
    ):
        assert ring.store_key(IDENTITY).reveal() == desk.keyring.store_key(IDENTITY).reveal()
        assert file_turn(IDENTITY) not in ring.pending()
    assert opens(desk.stores.identity.database.path, ring.store_key(IDENTITY))
