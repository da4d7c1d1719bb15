"""`consent.ledger_port.LedgerStore`: the SQLCipher store and a list in memory behave the same."""

import pytest

from consent.ledger_port import LedgerStore, StoredEntry, StoredHead
from station.model import Secret
from storage.ledger_store import SealedLedgerStore


class FakeLedgerStore:
    """Keeps everything in lists."""

    def __init__(self):
        self._entries, self._heads = [], []

    def append(self, body, sealed_evidence=None):
        self._entries.append(StoredEntry(len(self._entries), body))
        return len(self._entries) - 1

    def add_head(self, head):
        self._heads.append(head)

    def entries(self, start=0):
        yield from self._entries[start:]

    def heads(self):
        yield from sorted(self._heads, key=lambda head: head.size)

    def size(self):
        return len(self._entries)


@pytest.fixture(params=["fake", "sealed"])
def store(request, tmp_path):
    if request.param == "fake":
        yield FakeLedgerStore()
        return
    opened: LedgerStore = SealedLedgerStore(
        tmp_path / "ledger.db", Secret(bytes(range(32))), lambda: False
    )
    yield opened
    opened.database.close()


def test_empty_store_has_nothing(store):
    assert store.size() == 0
    assert list(store.entries()) == []
    assert list(store.heads()) == []


def test_entries_come_back_in_order_with_gapless_numbers(store):
    bodies = [f'{{"n":{n}}}'.encode() for n in range(300)]
    assert [store.append(body) for body in bodies] == list(range(300))
    assert store.size() == 300
    assert [(e.seq, e.body) for e in store.entries()] == list(enumerate(bodies))
    assert [e.seq for e in store.entries(298)] == [298, 299]
    assert list(store.entries(300)) == []


def test_heads_come_back_in_order_of_size(store):
    heads = [StoredHead(size, b"{}", b"s" * 70) for size in (1, 2, 5)]
    for head in heads:
        store.add_head(head)
    assert list(store.heads()) == heads


def test_a_store_can_be_read_while_it_is_written(store):
    for n in range(3):
        store.append(f"[{n}]".encode())
    reading = store.entries()
    assert next(reading).seq == 0
    store.append(b"[3]")
    assert [entry.seq for entry in reading][:2] == [1, 2]


class TestSealedOnly:
    @pytest.fixture
    def sealed(self, tmp_path):
        key = Secret(bytes(range(32)))
        opened = SealedLedgerStore(tmp_path / "ledger.db", key, lambda: False)
        yield opened
        opened.database.close()

    def test_evidence_stands_or_falls_with_its_entry(self, sealed):
        seq = sealed.append(b"{}", b"e" * 60)
        assert sealed.evidence(seq) == b"e" * 60
        assert sealed.evidence_ids() == {b"e" * 16}
        from station.errors import StationBug

        with pytest.raises(StationBug):
            sealed.append(b"{}", b"too short")
        assert sealed.size() == 1

    @pytest.mark.parametrize(
        "change",
        [
            "DELETE FROM entry",
            "UPDATE entry SET body = x'7b7d'",
            "INSERT OR REPLACE INTO entry VALUES (0, x'7b7d')",
        ],
    )
    def test_entries_cannot_be_changed(self, sealed, change):
        from station.errors import StationBug

        sealed.append(b'{"n":1}')
        with pytest.raises(StationBug), sealed.database.transaction() as transaction:
            transaction.write(change)
        assert next(sealed.entries()).body == b'{"n":1}'

    def test_newest_first(self, sealed):
        for n in range(3):
            sealed.append(f"[{n}]".encode())
        assert [entry.seq for entry in sealed.newest_first()] == [2, 1, 0]
