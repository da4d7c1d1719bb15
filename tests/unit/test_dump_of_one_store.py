"""What a thief of one store has, who also has its key: no name, no number, nothing to join it by.

And what a thief of the whole disk has without any key: no number in any file, log or backup.
"""

import json
import re
from base64 import b64encode, urlsafe_b64encode
from dataclasses import replace

import pytest
from backup_kit import attach, back_up
from stores_kit import Desk, document
from test_renewal import renewal, turned

from consent.canonical import encode
from consent.digest import to_text
from consent.kinds import Kind
from station.errors import ErrorCode, StorageError
from station.model import Claim, ClaimKind, IdentityRecord, VisitId
from station.office_book import Shelf
from storage.resident_register import Withdrawal
from storage.stores import Stores

NUMBER = re.compile(rb"\d{17}[\dXx]")
NAMES = ("赵甲一", "钱乙二", "孙丙三", "李丁四")
ADDRESS = "某市某区样本路一号"
NUMBERS = ("99999919900101001X", "999999199001010028", "999999199001010036", "99999919900101004x")
JOINED_BYTES = 16
"""A value of this length that two stores share would join their rows; shorter ones are chance."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A station in use: residents, visitors, failures, a renewal, a withdrawal, consents."""
    folder = tmp_path_factory.mktemp("dump")
    home = folder / "home"
    home.mkdir()
    desk = attach(Desk(home))
    for name, number, portraits in zip(NAMES, NUMBERS, (2, 1, 0, 2), strict=True):
        fields = (("name", name), ("document_number", number), ("address", ADDRESS))
        enrolment = replace(desk.enrolment(number, portraits), identity=IdentityRecord(fields))
        desk.residents.enrol(VisitId("cd" * 16), enrolment)
        desk.residents.attempted(document(number), matched=False)
        sealed = desk.records.seal_evidence(f"AAAA-{number[-4:-1]}", name.encode() * 9)
        desk.ledger.record(Kind.CONSENT_GIVEN, {"record_id": f"AAAA-{number[-4:-1]}"}, sealed)
    desk.keep(person=IdentityRecord((("name", NAMES[0]), ("document_number", NUMBERS[0]))))
    plan = renewal(desk).plan(document(NUMBERS[0]))
    renewal(desk).carry_out([(plan, turned(plan))])
    for _ in range(5):
        desk.residents.attempted(document(NUMBERS[1]), matched=False)
    desk.register.withdraw(document(NUMBERS[2]), Withdrawal.EVERYTHING)
    desk.stores.office.add(Shelf.TICKET, encode({"name": NAMES[0], "number": NUMBERS[0]}))
    back_up(desk, folder / "backup")
    # After it, so that the logs hold pages as well.
    desk.keep(person=IdentityRecord((("name", NAMES[3]), ("document_number", NUMBERS[3]))))
    yield desk
    desk.stores.close()


def cells(stores: Stores, store: str):
    """Every cell of a store as whoever has its key reads it: (table, value in bytes)."""
    database = stores.databases[store]
    for table in database.tables():
        for row in database.read(f"SELECT * FROM {table}"):
            for cell in row:
                yield table, in_bytes(cell)


def in_bytes(cell: object) -> bytes:
    """A cell as a dump prints it: a number as its digits, bytes as they are."""
    return cell if isinstance(cell, bytes) else str(cell).encode()


def told(data: bytes) -> list[str]:
    """What of these people stands in some bytes: names, address, any number of 18 places."""
    words = [*NAMES, ADDRESS]
    spelt = {word: (word.encode(), json.dumps(word).strip('"').encode()) for word in words}
    found = [word for word, forms in spelt.items() if any(form in data for form in forms)]
    return found + [match.decode() for match in NUMBER.findall(data)]


def test_the_search_finds_what_stands_in_clear():
    assert told(b"\0" + NUMBERS[3].encode() + NAMES[1].encode()) == [NAMES[1], NUMBERS[3]]
    assert told(json.dumps({"n": NAMES[2]}).encode()) == [NAMES[2]]


def test_no_cell_of_any_store_names_anybody(desk):
    for store in desk.stores.databases:
        seen = 0
        for table, value in cells(desk.stores, store):
            seen += 1
            assert told(value) == [], (store, table)
        assert seen > 5, store


def test_with_the_key_of_keys_alone_there_is_no_name_either(desk):
    """That key opens the persons themselves: keys and row ids, nothing they are called by."""
    persons = list(desk.stores.keys.persons())
    assert len(persons) == 5
    for person in persons:
        assert told(person.sealed_part()) == []


def test_no_file_log_or_backup_holds_a_number_or_a_name(desk):
    home = desk.folder
    files = [path for path in home.parent.rglob("*") if path.is_file()]
    names = {path.name for path in files}
    assert {"backup", "keyring", "revocations", "template.db", "identity.db-wal"} <= names
    assert (home / "stores" / "identity" / "identity.db-wal").stat().st_size > 4096
    for path in files:
        assert told(path.read_bytes()) == [], path.name
        assert told(path.name.encode()) == []


EVIDENCE = "SELECT evidence FROM evidence"


def windows(value: bytes) -> set[bytes]:
    return {value[at : at + JOINED_BYTES] for at in range(len(value) - JOINED_BYTES + 1)}


DECLARED = {("keys", "ledger")}
"""Stores that share values: the ledger names the key in keys.db that opens a consent's evidence."""


def test_no_value_joins_two_stores(desk):
    """Not as a whole cell nor inside one, and a row id not as text in the ledger either."""
    seen: dict[str, set[bytes]] = {}
    for store in desk.stores.databases:
        parts: set[bytes] = set()
        for table, value in cells(desk.stores, store):
            # The station's own counters have one name in every store.
            if table != "meta":
                parts |= windows(value)
        seen[store] = parts
    names = sorted(seen)
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            shared = seen[one] & seen[other] - {bytes(JOINED_BYTES)}
            if (one, other) in DECLARED:
                ids = {row for (row,) in desk.stores.keys.database.read(EVIDENCE)}
                assert len(ids) == len(NUMBERS)
                shared -= ids
            assert shared == set(), (one, other)


def test_no_row_id_stands_in_the_ledger_as_text(desk):
    bodies = b"".join(entry.body for entry in desk.stores.ledger.entries())
    assert to_text(desk.stores.ledger.heads().__next__().signature) not in bodies.decode()
    looked = 0
    for store in ("identity", "template", "portrait", "keys"):
        for table, value in cells(desk.stores, store):
            if table == "meta" or not JOINED_BYTES <= len(value) <= 64:
                continue
            looked += 1
            coded = {value.hex(), b64encode(value).decode(), urlsafe_b64encode(value).decode()}
            for text in {*coded, to_text(value)}:
                assert text.rstrip("=").encode() not in bodies, (store, table)
    assert looked > 30


def test_small_numbers_two_stores_share_are_no_times(desk):
    """Terms and counters: whatever number stands in two stores is small enough to mean nothing."""
    numbers: dict[str, set[int]] = {}
    for store, database in desk.stores.databases.items():
        numbers[store] = {
            cell
            for table in set(database.tables()) - {"meta"}
            for row in database.read(f"SELECT * FROM {table}")
            for cell in row
            if isinstance(cell, int) and cell > 4096
        }
    names = sorted(numbers)
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            assert not numbers[one] & numbers[other], (one, other)


def test_the_revocation_list_holds_no_row_id(desk):
    listed = (desk.folder / "revocations").read_bytes()
    assert len(listed) > JOINED_BYTES
    for store in desk.stores.databases:
        for table, value in cells(desk.stores, store):
            if table != "meta" and len(value) >= JOINED_BYTES:
                assert value not in listed, (store, table)


def test_an_erased_person_is_found_by_nothing(desk):
    for claim in (document(NUMBERS[2]), Claim(ClaimKind.DOCUMENT, NUMBERS[2].lower())):
        with pytest.raises(StorageError) as raised:
            desk.residents.reference(claim)
        assert raised.value.code is ErrorCode.RESIDENT_UNKNOWN
