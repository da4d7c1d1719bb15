"""What staff does with residents: list, withdraw, move out, expire; what is left in files."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from stores_kit import Desk, document, resident
from test_erasure import pages_in_clear

import storage.resident_register
import storage.sweeper
from consent.kinds import Kind
from consent.verify import verify_rows
from station.errors import ErrorCode, StationBug, StorageError
from storage.person import RecordOf
from storage.resident_register import Withdrawal

STORES = ("keys", "identity", "template", "portrait")


@pytest.fixture
def desk(tmp_path):
    opened = Desk(tmp_path)
    yield opened
    opened.stores.close()


def ahead(**by):
    return datetime.now(UTC) + timedelta(**by)


def counts(desk):
    rows = {name: store.count() for name, store in desk.stores.rows.items()}
    return {"keys": desk.stores.keys.count(), **rows, "secrets": desk.stores.keys.secrets_count()}


def nothing_kept(desk):
    assert set(counts(desk).values()) == {0}
    for table in ("link", "secret", "person"):
        assert desk.stores.keys.database.read(f"SELECT count(*) FROM {table}") == [(0,)]
    for table in ("blind", "attempt"):
        assert desk.stores.identity.database.read(f"SELECT count(*) FROM {table}") == [(0,)]
    return True


def code_of(call, *arguments, **more):
    with pytest.raises(StorageError) as raised:
        call(*arguments, **more)
    return raised.value.code


def last(desk):
    return json.loads(list(desk.stores.ledger.entries())[-1].body)


def test_the_list_is_masked_and_says_what_is_kept(desk):
    number = desk.enrol("E12345678", portraits=1)
    desk.enrol("E2")
    desk.keep()
    shown = {one.document_number: one for one in desk.register.list_masked()}
    assert set(shown) == {"E******78", "**"}
    one = shown["E******78"]
    assert one.name == "住***"
    assert one.resident_number == number[:2] + "******" + number[-2:]
    assert (one.template_version, one.portraits, one.locked) == (1, 1, False)
    assert datetime.fromisoformat(one.expires_at) - ahead(days=300) < timedelta(seconds=1)
    assert desk.register.count() == 2
    assert desk.register.resident_of(resident(number)) == one
    record = desk.register.identity_of(document("E12345678"))
    assert record.get("resident_number") == number
    assert record.get("consent_records") == "AAAA-BBBB-CCCC"


def test_moved_out_is_in_no_row_no_page_and_no_wal(desk):
    desk.enrol("E1", portraits=2)
    desk.enrol("E2", portraits=1)
    desk.residents.attempted(document("E1"), matched=False)
    row = desk.stores.identity.find(document("E1"))
    person = desk.stores.keys.person_of("identity", row)
    pid = person.rows_in("template")[0][0]
    portrait = person.rows_in("portrait")[0][0]
    needles = {
        "identity": [row, desk.stores.identity.read(row).sealed],
        "template": [pid, desk.stores.template.find(pid).sealed[30:]],
        "portrait": [portrait, desk.stores.portrait.find(portrait).sealed[5000:5400]],
        "keys": [person.person, desk.stores.keys.wrapped_secret("template", pid)],
    }
    for store, values in needles.items():
        assert all(value in pages_in_clear(desk, store) for value in values), store
    report = desk.register.move_out([document("E1")])
    assert report.erased == {"keys": 4, "identity": 1, "template": 1, "portrait": 2}
    for store, values in needles.items():
        assert desk.stores.databases[store].wal_bytes() == 0
        in_clear = pages_in_clear(desk, store)
        assert b"CREATE TABLE" in in_clear
        assert not any(value in in_clear for value in values), store
    entry = last(desk)
    assert entry["kind"] == Kind.ERASE
    for figures in entry["payload"]["counts"].values():
        assert (figures["remaining"], figures["wal_bytes"]) == (0, 0)
    assert code_of(desk.residents.reference, document("E1")) is ErrorCode.RESIDENT_UNKNOWN
    desk.residents.reference(document("E2"))
    desk.enrol("E1")


def test_a_batch_has_a_result_per_line_and_a_preview_erases_nothing(desk, monkeypatch):
    monkeypatch.setattr(storage.resident_register, "BATCH", 2)
    numbers = [desk.enrol(f"E{n}") for n in range(5)]
    claims = [
        document("E0"),
        document("nobody"),
        resident(numbers[1]),
        document("E1"),
        document("e-2"),
        document("E4"),
    ]
    size, before = desk.ledger.size, counts(desk)
    preview = desk.register.move_out(claims, preview=True)
    assert (desk.ledger.size, counts(desk)) == (size, before)
    assert set(preview.erased.values()) == {0}
    report = desk.register.move_out(claims)
    assert report.lines == preview.lines
    assert [line.line for line in report.lines] == [1, 2, 3, 4, 5, 6]
    unknown = ErrorCode.RESIDENT_UNKNOWN
    assert [line.code for line in report.lines] == [None, unknown, None, unknown, None, None]
    assert report.lines[0].resident.document_number == "**"
    assert report.erased == {"keys": 8, "identity": 4, "template": 4, "portrait": 0}
    assert [one.document_number for one in desk.register.list_masked()] == ["**"]
    assert desk.residents.is_enrolled(document("E3"))


def test_withdrawing_a_record_erases_it_alone(desk):
    desk.enrol("E1", portraits=2)
    pid = desk.residents.reference(document("E1")).template.pid
    report = desk.register.withdraw(document("E1"), Withdrawal.PORTRAITS)
    assert report.rows == {"keys": 2, "identity": 0, "template": 0, "portrait": 2}
    assert last(desk)["kind"] == Kind.WITHDRAW
    assert desk.register.portraits_of(document("E1")) == ()
    assert desk.residents.reference(document("E1")).template.pid == pid
    report = desk.register.withdraw(document("E1"), Withdrawal.TEMPLATE)
    assert report.rows == {"keys": 1, "identity": 0, "template": 1, "portrait": 0}
    assert code_of(desk.residents.reference, document("E1")) is ErrorCode.RECALLED
    assert [one.template_version for one in desk.register.recalled()] == [0]
    for what in (Withdrawal.TEMPLATE, Withdrawal.PORTRAITS):
        assert code_of(desk.register.withdraw, document("E1"), what) is ErrorCode.RESIDENT_UNKNOWN
    desk.register.withdraw(document("E1"), Withdrawal.EVERYTHING)
    assert nothing_kept(desk)
    assert list(desk.register.list_masked()) == []


def test_recall_takes_the_template_and_says_why(desk):
    desk.enrol("E1", portraits=1)
    desk.register.recall(document("E1"))
    entry = json.loads(list(desk.stores.ledger.entries())[-2].body)
    assert (entry["kind"], entry["payload"]["reason"]) == (Kind.ERASE, "RECALLED")
    assert entry["payload"]["stores"] == ["keys", "template"]
    assert len(entry["payload"]["records"]) == 1
    assert len(desk.register.portraits_of(document("E1"))) == 1


def test_an_auditor_accepts_every_completion(desk):
    desk.enrol("E1", portraits=1)
    desk.register.withdraw(document("E1"), Withdrawal.PORTRAITS)
    desk.register.withdraw(document("E1"), Withdrawal.EVERYTHING)
    rows = desk.stores.ledger
    report = verify_rows(
        list(rows.entries()), list(rows.heads()), desk.ledger.public_key, second_opinions=1
    )
    assert (report.findings, report.open_intents) == ((), ())


def test_the_end_of_the_term_takes_everything(desk):
    desk.enrol("E1", portraits=2, days=10)
    desk.enrol("E2", days=20)
    desk.keep(1)
    assert desk.sweeper.sweep(ahead(days=10, seconds=-2)).expired == 1
    assert desk.sweeper.sweep(ahead(days=10)).expired == 1
    assert counts(desk) == {"keys": 1, "identity": 1, "template": 1, "portrait": 0, "secrets": 1}
    assert desk.sweeper.sweep(ahead(days=25)).expired == 1
    assert nothing_kept(desk)
    for store in STORES:
        assert desk.stores.databases[store].wal_bytes() == 0


def test_a_term_that_ended_is_unknown_before_the_sweep_is_through(desk):
    desk.enrol("E1", days=1)
    desk.clock.observe(ahead(days=1, seconds=1))
    assert code_of(desk.residents.reference, document("E1")) is ErrorCode.RESIDENT_UNKNOWN
    assert code_of(desk.register.resident_of, document("E1")) is ErrorCode.RESIDENT_UNKNOWN


def test_a_template_or_portrait_may_end_before_its_person(desk, monkeypatch):
    monkeypatch.setattr(storage.sweeper, "BATCH", 2)
    for n in range(3):
        desk.enrol(f"E{n}", portraits=1, days=20)
    # Terms of their own, as per purpose: written as an earlier end of the same rows.
    for store, days in (("portrait", 5), ("template", 10)):
        rows = desk.stores.rows[store]
        column = "pid" if store == "template" else "row"
        ends_s = int(ahead(days=days).timestamp())
        with rows.database.transaction() as change:
            for (row,) in change.read(f"SELECT {column} FROM {store}"):
                rows._note_end(change, ends_s)
                values = (rows._mark(ends_s // 3600), rows._term(row, ends_s), row)
                change.write(
                    f"UPDATE {store} SET term_mark = ?, term = ? WHERE {column} = ?", values
                )
    assert desk.sweeper.sweep(ahead(days=5, hours=-1)).expired == 0
    assert desk.sweeper.sweep(ahead(days=5)).expired == 3
    assert (desk.stores.portrait.count(), desk.stores.keys.secrets_count()) == (0, 3)
    desk.residents.reference(document("E0"))
    desk.clock.observe(ahead(days=10))
    assert code_of(desk.residents.reference, document("E0")) is ErrorCode.RECALLED
    assert desk.sweeper.sweep(ahead(days=10)).expired == 3
    assert (desk.stores.template.count(), desk.stores.keys.secrets_count()) == (0, 0)
    assert desk.stores.keys.count() == desk.stores.identity.count() == 3
    assert desk.sweeper.sweep(ahead(days=20)).expired == 3
    assert nothing_kept(desk)


def test_a_station_off_for_years_still_finds_every_term(desk):
    desk.enrol("E1", portraits=1, days=2)
    far = int(ahead(days=366 * 4).timestamp())
    assert len(desk.stores.template.due(far, 10)) == 1
    assert len(desk.stores.portrait.due(far, 10)) == 1
    assert desk.sweeper.sweep(ahead(days=366 * 4)).expired == 1
    assert nothing_kept(desk)
    assert desk.stores.template.due(far, 10) == []
    assert desk.stores.template.database.meta("term_from_hour") == far // 3600
    # An earlier term that comes in afterwards is not passed over.
    desk.enrol("E2", days=1)
    assert len(desk.stores.template.due(int(ahead(days=1).timestamp()), 10)) == 1


def test_rows_whose_key_is_gone_go_too(desk):
    desk.enrol("E1", portraits=1, days=1)
    with desk.stores.keys.database.transaction() as change:
        for table in ("link", "person", "secret"):
            change.write(f"DELETE FROM {table}")
    assert desk.sweeper.sweep(ahead(days=1)).expired == 3
    assert nothing_kept(desk)


def test_identity_is_never_erased_alone(desk):
    desk.enrol("E1")
    row = desk.stores.identity.find(document("E1"))
    person = desk.stores.keys.person_of("identity", row)
    with pytest.raises(StationBug):
        desk.erasure.erase([], Kind.ERASE, "REQUESTED", records=[RecordOf(person, "identity", row)])


def test_a_copy_from_before_the_withdrawal_cannot_be_opened(desk):
    """Both long-lived stores are put back; what opens them is not in any long backup."""
    desk.enrol("E1", portraits=1)
    row = desk.stores.identity.find(document("E1"))
    person = desk.stores.keys.person_of("identity", row)
    pid, portrait = person.rows_in("template")[0][0], person.rows_in("portrait")[0][0]
    kept = desk.stores.template.database.read("SELECT * FROM template")[0]
    desk.register.withdraw(document("E1"), Withdrawal.TEMPLATE)
    with desk.stores.template.database.transaction() as change:
        change.write("INSERT INTO template VALUES (?, ?, ?, ?, ?, ?, ?)", kept)
    assert code_of(desk.residents.reference, document("E1")) is ErrorCode.RECALLED
    assert desk.stores.keys.wrapped_secret("template", pid) is None
    assert desk.stores.keys.wrapped_secret("portrait", portrait) is not None
