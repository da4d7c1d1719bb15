"""Erasure: order, what is left in files, repeatability."""

import json
import secrets
import threading

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from stores_kit import Desk

from consent.kinds import Kind
from station.errors import ErrorCode, StorageError
from storage.erasure import LARGEST_BATCH
from storage.person import MOST_ROWS, new_person


@pytest.fixture
def desk(tmp_path):
    opened = Desk(tmp_path)
    yield opened
    opened.stores.close()


def pages_in_clear(desk, store):
    """Every page of the file and of every WAL frame, free ones too, decrypted by hand.

    SQLCipher 4: AES-256-CBC, each 4096-byte page ends in an IV (16) and an HMAC (64); the first
    page begins with the salt (16) in clear.
    """
    database = desk.stores.databases[store]
    key = desk.keyring.store_key(store).reveal()
    data = database.path.read_bytes()
    pages = [(n, data[n * 4096 : (n + 1) * 4096]) for n in range(len(data) // 4096)]
    if database.wal_bytes():
        wal = database.wal_path.read_bytes()
        for start in range(32, len(wal), 4096 + 24):
            number = int.from_bytes(wal[start : start + 4], "big")
            pages.append((number - 1, wal[start + 24 : start + 24 + 4096]))
    clear = b""
    for number, page in pages:
        body = page[16 if number == 0 else 0 : -80]
        decryptor = Cipher(algorithms.AES(key), modes.CBC(page[-80:-64])).decryptor()
        clear += decryptor.update(body) + decryptor.finalize()
    return clear


def test_erased_identity_is_in_no_row_no_page_and_no_wal(desk):
    desk.keep()
    desk.keep()
    gone, stays = desk.stores.identity.rows()
    person = desk.stores.keys.person_of("identity", gone.row)
    (wrapped,) = desk.stores.keys.database.read(
        "SELECT wrapped FROM person WHERE person = ?", (person.person,)
    )[0]
    assert gone.sealed in pages_in_clear(desk, "identity")
    report = desk.erasure.erase([person], Kind.ERASE, "REQUESTED")
    assert report.rows == {"keys": 1, "identity": 1, "template": 0, "portrait": 0}
    assert (report.remaining, report.wal_bytes) == (0, 0)
    assert [row.row for row in desk.stores.identity.rows()] == [stays.row]
    assert desk.stores.keys.person_of("identity", gone.row) is None
    for store in ("identity", "keys"):
        assert desk.stores.databases[store].wal_bytes() == 0
        in_clear = pages_in_clear(desk, store)
        assert b"CREATE TABLE" in in_clear
        for needle in (gone.sealed, gone.sealed[12:60], gone.row, wrapped, person.salt):
            assert needle not in in_clear


def test_every_wrapped_key_has_one_length_whatever_rows_its_person_has(desk):
    """Cells of different lengths leave pieces of deleted ones in gaps of rebalanced pages."""
    lengths = set()
    for rows in range(MOST_ROWS + 1):
        person = new_person([("template", secrets.token_bytes(16), 700 + n) for n in range(rows)])
        desk.stores.keys.add(secrets.token_bytes(32), person)
        assert desk.stores.keys.person_of("template", bytes(16)) is None
        for _, row, version in person.rows:
            found = desk.stores.keys.person_of("template", row)
            assert found.version_of("template", row) == version
    for (wrapped,) in desk.stores.keys.database.read("SELECT wrapped FROM person"):
        lengths.add(len(wrapped))
    assert len(lengths) == 1
    counts = sorted(len(person.rows) for person in desk.stores.keys.persons())
    assert counts == list(range(MOST_ROWS + 1))
    with pytest.raises(StorageError):
        desk.stores.keys.add(bytes(32), new_person([("template", bytes(16), 1)] * (MOST_ROWS + 1)))


def test_completion_has_counts_and_zero_remainders(desk):
    desk.keep()
    desk.erasure.erase(list(desk.stores.keys.persons()), Kind.ERASE, "REQUESTED")
    intent, completion = [json.loads(e.body) for e in desk.stores.ledger.entries()][-2:]
    assert intent["payload"]["reason"] == "REQUESTED"
    assert len(intent["payload"]["commitments"]) == 1
    for store in ("keys", "identity"):
        counts = completion["payload"]["counts"][store]
        assert counts == {
            "rows": 1,
            "files": 0,
            "remaining": 0,
            "wal_bytes": 0,
            "generation": 2,
        }
        assert desk.stores.databases[store].read("SELECT * FROM applied") == []


def test_no_completion_while_a_wal_still_has_bytes(desk, monkeypatch):
    desk.keep()
    desk.keep()
    reader = desk.stores.identity.database.stream("SELECT row FROM identity", batch=1)
    next(reader)
    database = desk.stores.identity.database
    real = type(database).checkpoint_truncate
    monkeypatch.setattr(
        type(database), "checkpoint_truncate", lambda self, timeout_s=0.05: real(self, timeout_s)
    )
    with pytest.raises(StorageError) as raised:
        desk.erasure.erase(list(desk.stores.keys.persons()), Kind.ERASE, "REQUESTED")
    assert raised.value.code is ErrorCode.STORE_LOCKED
    assert [kind for _, kind in desk.ledger.open_intents()] == [Kind.ERASE]
    # The key is gone already: what the reader still sees cannot be opened any more.
    assert desk.stores.keys.count() == 0
    reader.close()
    assert desk.sweeper.sweep().settled == 1
    assert desk.ledger.open_intents() == ()
    assert desk.stores.identity.count() == 0


def test_a_person_in_a_traceback_gives_no_salt_and_no_rows_away():
    person = new_person([("identity", b"row-of-a-person!", 1)])
    assert repr(person.salt) not in repr(person) and "row-of" not in repr(person)


def test_consent_sealed_during_an_erasure_waits_for_its_end(desk, monkeypatch):
    """Its frame in the keys store's WAL would be taken for something the erasure left."""
    desk.keep()
    sealing = threading.Thread(target=desk.records.seal_evidence, args=("R", b"body"))
    present = desk.stores.identity.present

    def consent_comes_in(rows):
        sealing.start()
        sealing.join(0.3)
        return present(rows)

    monkeypatch.setattr(desk.stores.identity, "present", consent_comes_in)
    desk.erasure.erase(list(desk.stores.keys.persons()), Kind.ERASE, "REQUESTED")
    sealing.join(5)
    assert desk.ledger.open_intents() == ()
    assert desk.stores.keys.database.read("SELECT count(*) FROM evidence") == [(1,)]


def test_a_copy_from_before_the_erasure_cannot_be_opened(desk):
    desk.keep()
    (row,) = desk.stores.identity.rows()
    person = desk.stores.keys.person_of("identity", row.row)
    desk.erasure.erase([person], Kind.ERASE, "REQUESTED")
    with desk.stores.identity.database.transaction() as change:
        values = (row.row, row.sealed, b"m" * 16, bytes(36))
        change.write("INSERT INTO identity VALUES (?, 1, ?, ?, ?)", values)
    assert desk.stores.keys.person_of("identity", row.row) is None


def test_too_many_persons_for_one_intent_are_refused(desk):
    desk.keep()
    (person,) = desk.stores.keys.persons()
    with pytest.raises(ValueError, match="too many"):
        desk.erasure.erase([person] * (LARGEST_BATCH + 1), Kind.ERASE, "REQUESTED")
