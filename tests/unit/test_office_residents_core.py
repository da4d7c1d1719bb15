"""The core behind the residents' page: seeing, unmasking, erasing with receipts, and asking."""

import errno
import json
import stat
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from consent.kinds import Kind
from station.access import Act, Role
from station.deletion_receipt import read_deletion_receipt
from station.errors import AccessError, ErrorCode, OfficeError, StorageError
from station.gate import Session
from station.model import Claim
from station.office_residents import OfficeResidents
from station.receipt_file import ReceiptFile
from station.residents_view import ResidentLines, ResidentState
from station.tickets import TicketKind
from storage.clock import HighWaterClock
from storage.resident_list import ResidentList
from tests.residents_kit import Town
from tests.unit.stores_kit import document, resident

NUMBERS = [f"31010119900101{at:04}" for at in range(5)]
DAYS = (40.0, 3.0, 200.0, 90.0, 12.0)
ALL = ResidentState.ALL


def settled(folder: Path) -> Iterator[Town]:
    town = Town(folder)
    for number, days in zip(NUMBERS, DAYS, strict=True):
        town.desk.enrol(number, days=days)
    yield town
    town.close()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    yield from settled(tmp_path)


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town whose records nobody changes."""
    yield from settled(tmp_path_factory.mktemp("still"))


def listed(
    town: Town, session: Session, state: ResidentState = ALL, after: int = 0
) -> ResidentLines:
    return town.residents.residents(session, state, after, lambda *_: None, threading.Event())


def first(town: Town, session: Session) -> str:
    return listed(town, session).lines[0].reference


def test_the_nearest_end_comes_first_and_nobody_is_in_clear(still: Town) -> None:
    who = still.kit.signed_in(Role.OPERATOR)
    found = listed(still, who)
    assert [one.days_left for one in found.lines] == [2, 11, 39, 89, 199]
    assert (found.total, found.next, found.registers) == (5, 0, True)
    shown = repr(found)
    assert not any(number in shown for number in NUMBERS) and "住户一号" not in shown
    assert {one.name for one in found.lines} == {"住***"}
    assert len({one.reference for one in found.lines}) == 5


def test_more_than_a_page_is_shown_in_pieces_that_join(
    still: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("station.office_residents.MOST_LINES", 2)
    who = still.kit.signed_in(Role.MANAGER)
    seen, after, pieces = [], 0, 0
    while pieces == 0 or after:
        piece = listed(still, who, after=after)
        seen += [one.days_left for one in piece.lines]
        after, pieces = piece.next, pieces + 1
    assert seen == [2, 11, 39, 89, 199] and pieces == 3


def test_each_state_shows_its_own_and_recalls_take_an_act_of_their_own(town: Town) -> None:
    who = town.kit.signed_in(Role.MANAGER)
    town.desk.register.restrict(document(NUMBERS[0]), restricted=True)
    town.desk.register.recall(document(NUMBERS[1]))
    for number in NUMBERS[:4]:
        town.born(number, "1980-02-03")
    found = {state: listed(town, who, state).lines for state in ResidentState}
    assert [one.days_left for one in found[ResidentState.RESTRICTED]] == [39]
    assert [one.days_left for one in found[ResidentState.RECALLED]] == [2]
    assert found[ResidentState.RECALLED][0].template_version == 0
    assert [one.days_left for one in found[ResidentState.MINOR]] == [11]
    operator = town.kit.signed_in(Role.OPERATOR)
    with pytest.raises(AccessError, match=ErrorCode.ACCESS_DENIED.value):
        listed(town, operator, ResidentState.RECALLED)


def test_a_long_look_says_how_far_it_is_and_can_be_stopped(
    still: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("station.office_residents._TELL_EVERY", 2)
    who, told, cancel = still.kit.signed_in(Role.MANAGER), [], threading.Event()

    def tell(done: int, of: int) -> None:
        told.append((done, of))
        if done == 4:
            cancel.set()

    found = still.residents.residents(who, ResidentState.RESTRICTED, 0, tell, cancel)
    assert told == [(2, 5), (4, 5)] and found.next == 4 and found.lines == ()


def test_a_damaged_record_hides_no_other(town: Town) -> None:
    row = town.room.row_of(document(NUMBERS[1]))
    change = "UPDATE identity SET sealed = zeroblob(length(sealed)) WHERE row = ?"
    with town.desk.stores.identity.database.transaction() as writing:
        writing.write(change, (row,))
    who = town.kit.signed_in(Role.MANAGER)
    found = listed(town, who).lines
    assert [one.readable for one in found] == [False, True, True, True, True]
    # And is told by itself, so that somebody may be told what to do about it.
    shown = town.residents.detail(who, found[0].reference)
    assert (shown.line.readable, shown.consents) == (False, ())


def test_both_numbers_lead_to_somebody_and_what_was_typed_is_kept_nowhere(town: Town) -> None:
    number = town.desk.enrol("X0000001", days=20)
    who = town.kit.signed_in(Role.PI_OFFICER)
    spaced = f" {number[:3]} {number[3:6]} {number[6:]} "
    for typed in (number, spaced, "x0000001", "X-000 0001"):
        found = town.residents.look_up(who, typed)
        assert found is not None and found.days_left == 19, typed
    assert town.residents.look_up(who, "X0000002") is None
    assert town.residents.look_up(who, "1" * 5000) is None
    whole = b"".join(one.body for one in town.desk.stores.ledger.entries())
    assert number.encode() not in whole and b"X0000001" not in whole


def test_a_reference_serves_the_session_it_was_shown_to_alone(still: Town) -> None:
    who, other = still.kit.signed_in(Role.MANAGER), still.kit.signed_in(Role.MANAGER)
    reference = first(still, who)
    with pytest.raises(StorageError, match=ErrorCode.RESIDENT_UNKNOWN.value):
        still.residents.erase(other, reference, Path("/nowhere"))
    assert still.residents.detail(who, reference).line.days_left == 2
    still.residents.forget(who)
    with pytest.raises(StorageError, match=ErrorCode.RESIDENT_UNKNOWN.value):
        still.residents.detail(who, reference)


def test_the_consents_come_from_the_ledger(still: Town) -> None:
    still.consented()
    who = still.kit.signed_in(Role.OPERATOR)
    reference = first(still, who)
    (consent,) = still.residents.detail(who, reference).consents
    assert (consent.purpose, consent.notice_version) == ("RETAIN_TEMPLATE", "3")
    granted = [one for one in still.entries() if one.kind is Kind.ACCESS_GRANTED][-1]
    assert granted.payload["about"] == reference


def test_unmasking_takes_a_reason_which_the_ledger_has_first(town: Town) -> None:
    town.born(NUMBERS[1], "1980-02-03")
    who = town.kit.signed_in(Role.MANAGER)
    reference = first(town, who)
    with pytest.raises(AccessError, match=ErrorCode.REASON_NEEDED.value):
        town.residents.in_clear(who, reference, " ")
    fields = dict(town.residents.in_clear(who, reference, "核对搬离日期"))
    assert fields["document_number"] == NUMBERS[1] and "consent_records" not in fields
    read = town.entries()[-1]
    assert (read.kind, read.payload["actor"]) == (Kind.RECORD_READ, who.user)
    assert read.payload["reason"] == "核对搬离日期" and read.payload["commitment"] == reference
    assert NUMBERS[1] not in str(read.payload)


def test_a_minor_is_unmasked_by_the_rights_desk_alone(still: Town) -> None:
    who = still.kit.signed_in(Role.MANAGER)
    reference = first(still, who)
    with pytest.raises(OfficeError, match=ErrorCode.MINOR_NEEDS_APPROVAL.value):
        still.residents.in_clear(who, reference, "核对")
    assert Kind.RECORD_READ not in [one.kind for one in still.entries()]


def test_an_erasure_has_its_signed_receipt_and_says_who_did_it(town: Town, tmp_path: Path) -> None:
    who = town.kit.signed_in(Role.MANAGER)
    reference = first(town, who)
    with pytest.raises(OfficeError, match=ErrorCode.PAPER_NOT_WRITTEN.value):
        town.residents.erase(who, reference, tmp_path / "none")
    assert town.desk.register.count() == 5
    name = town.residents.erase(who, reference, tmp_path)
    written = tmp_path / name
    receipt = read_deletion_receipt(written.read_bytes().rstrip(), town.signer.public_key)
    assert receipt.rows["identity"] == 1 and stat.S_IMODE(written.stat().st_mode) == 0o600
    intent = next(one for one in town.entries() if one.kind is Kind.ERASE)
    assert intent.payload["actor"] == who.user and intent.payload["reason"] == "MOVED_OUT"
    assert [one.days_left for one in listed(town, who).lines] == [11, 39, 89, 199]
    with pytest.raises(StorageError, match=ErrorCode.RESIDENT_UNKNOWN.value):
        town.residents.erase(who, reference, tmp_path)
    assert [one.name for one in tmp_path.glob("erased-*")] == [name]


def test_a_receipt_that_the_disk_does_not_take_is_said_to_be_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "full")

    with ReceiptFile(tmp_path, datetime.now(UTC), ".json") as file:
        monkeypatch.setattr("os.write", full)
        with pytest.raises(OfficeError, match=ErrorCode.RECEIPT_NOT_WRITTEN.value):
            file.add(b"{}")
        monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []


def test_a_stick_that_was_pulled_out_hides_no_message_of_the_missing_receipt(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> int:
        raise OSError(errno.EIO, "gone")

    who = town.kit.signed_in(Role.MANAGER)
    reference = first(town, who)
    with monkeypatch.context() as pulled:
        pulled.setattr("station.receipt_file.os.write", gone)
        pulled.setattr("pathlib.Path.unlink", gone)
        with pytest.raises(OfficeError, match=ErrorCode.RECEIPT_NOT_WRITTEN.value):
            town.residents.erase(who, reference, tmp_path)


def test_several_are_erased_step_by_step_with_a_receipt_for_each_step(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("station.office_residents._STEP", 2)
    who, told = town.kit.signed_in(Role.MANAGER), []
    named = [one.reference for one in listed(town, who).lines]
    town.desk.register.move_out([document(NUMBERS[0])])
    done = town.residents.erase_several(
        who, named[:4], tmp_path, lambda *how: told.append(how), threading.Event()
    )
    assert (done.erased, done.missing, done.left) == (3, 1, 0)
    assert told == [(0, 4), (2, 4), (4, 4)] and town.desk.register.count() == 1
    lines = (tmp_path / done.receipts).read_bytes().splitlines()
    rows = [read_deletion_receipt(one, town.signer.public_key).rows for one in lines]
    assert sum(one["identity"] for one in rows) == 3 and len(rows) == 2
    grants = [one.payload for one in town.entries() if one.kind is Kind.ACCESS_GRANTED]
    assert (grants[-1]["act"], len(str(grants[-1]["about"]))) == (Act.ERASE_BATCH, 43)


def test_whoever_ends_while_several_are_erased_keeps_nobody_back(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    who, claim_of = town.kit.signed_in(Role.MANAGER), town.room.claim_of
    named = [one.reference for one in listed(town, who).lines]

    def swept_before(row: bytes) -> Claim:
        if row == town.room.row_of(document(NUMBERS[1])):
            town.desk.register.move_out([document(NUMBERS[1])])
        return claim_of(row)

    monkeypatch.setattr(town.room, "claim_of", swept_before)
    done = town.residents.erase_several(who, named, tmp_path, lambda *_: None, threading.Event())
    assert (done.erased, done.missing, town.desk.register.count()) == (4, 1, 0)


def test_a_stop_leaves_the_rest_and_a_stranger_stops_everything(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("station.office_residents._STEP", 1)
    who, stop = town.kit.signed_in(Role.MANAGER), threading.Event()
    named = [one.reference for one in listed(town, who).lines]

    def tell(done: int, of: int) -> None:
        if done == 2:
            stop.set()

    with pytest.raises(StorageError, match=ErrorCode.RESIDENT_UNKNOWN.value):
        town.residents.erase_several(who, [*named, "A" * 43], tmp_path, tell, stop)
    with pytest.raises(OfficeError, match=ErrorCode.NOTHING_KEPT.value):
        town.residents.erase_several(who, [], tmp_path, tell, stop)
    assert town.desk.register.count() == 5 and list(tmp_path.glob("erased-*")) == []
    done = town.residents.erase_several(who, named, tmp_path, tell, stop)
    assert (done.erased, done.left, town.desk.register.count()) == (2, 3, 3)
    assert json.loads((tmp_path / done.receipts).read_bytes().splitlines()[0])["signature"]


def test_on_hold_lifted_renewed_and_asked_for(town: Town) -> None:
    town.born(NUMBERS[1], "1980-02-03")
    who = town.kit.signed_in(Role.PI_OFFICER)
    reference = first(town, who)
    for restricted in (True, False):
        town.residents.restrict(who, reference, restricted)
        assert town.residents.detail(who, reference).line.restricted is restricted
        noted = [one for one in town.entries() if one.kind is Kind.RESTRICT][-1]
        assert noted.payload["actor"] == who.user
    town.residents.renew(who, reference)
    assert town.served.renewed == [resident(_number(town, NUMBERS[1]))]
    operator = town.kit.signed_in(Role.OPERATOR)
    reference = first(town, operator)
    with pytest.raises(AccessError, match=ErrorCode.REASON_NEEDED.value):
        town.residents.ask_erase(operator, reference, "")
    ticket = town.residents.ask_erase(operator, reference, "已搬离三号楼")
    filed = town.rights.tickets.get(ticket).ticket
    assert (filed.kind, filed.subject, filed.minor) == (TicketKind.DELETE, reference, False)
    assert filed.wish == "已搬离三号楼" and town.desk.register.count() == 5


def test_a_station_that_registers_nobody_says_so_to_those_who_may_ask(still: Town) -> None:
    nobody = OfficeResidents(still.staff, None, still.rights.rights, still.kit.clock)
    who = still.kit.signed_in(Role.MANAGER)
    found = nobody.residents(who, ALL, 0, lambda *_: None, threading.Event())
    assert found.registers is False and nobody.look_up(who, NUMBERS[0]) is None
    auditor = still.kit.signed_in(Role.AUDITOR)
    with pytest.raises(AccessError, match=ErrorCode.ACCESS_DENIED.value):
        nobody.residents(auditor, ALL, 0, lambda *_: None, threading.Event())


def test_whose_term_has_ended_is_not_shown_any_more(town: Town) -> None:
    assert len(town.room.order()) == 5
    mark = town.kit.clock.moment + timedelta(days=20)
    town.desk.stores.ledger.set_clock_mark_s(int(mark.timestamp()))
    later = ResidentList(town.desk.stores, HighWaterClock(town.desk.stores.ledger))
    assert len(later.order()) == 3 and later.row_of(document(NUMBERS[1])) is None


def _number(town: Town, of: str) -> str:
    row = town.room.row_of(document(of))
    assert row is not None
    return town.room.identity_of(row).get("resident_number")
