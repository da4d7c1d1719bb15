"""The rights desk as the pages call it, over real stores: corrections, deadlines, the face."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from consent.entry import parse_entry
from consent.kinds import Kind
from consent.notice_source import read_notice
from consent.signing import HeadSigner
from station.access import Role
from station.config import load
from station.errors import ErrorCode, OfficeError
from station.gate import Session
from station.model import Language
from station.office_rights import OfficeRights
from station.rights_room import RightsRoom, Standing
from station.staffroom import Staffroom
from station.subject_records import Portion
from station.tickets import TicketKind, TicketState
from tests.office_kit import SITE
from tests.staff_kit import StaffKit
from tests.unit.stores_kit import Desk, document

NUMBER = "310101199001011234"


class Town:
    """Stores with one resident, and the office's rights desk over them."""

    def __init__(self, folder: Path) -> None:
        self.desk = Desk(folder)
        self.kit = StaffKit(ledger=self.desk.ledger)
        self.kit.clock.moment = datetime.now(UTC)
        both = tuple(read_notice(SITE.parent, name, SITE) for name in ("visitor", "resident"))
        self.room = RightsRoom(
            self.desk.stores,
            self.desk.ledger,
            HeadSigner.from_private(self.desk.keyring.ledger_signing_key().reveal()),
            load(None, {"site": {"profile": "demo"}}),
            standing=lambda: Standing(both, "PIA-7"),
            now=self.kit.clock,
        )
        self.desk.enrol(NUMBER, portraits=1)
        staff = Staffroom(self.kit.accounts, self.kit.requests, self.kit.gate)
        self.rights = OfficeRights(staff, self.room, lambda _: b"%PDF-1.4", self.kit.clock)
        self.pio = self.kit.sign_in(self.kit.hire(Role.PI_OFFICER))

    def born(self, day: str) -> None:
        finder = self.room.rights._records
        finder.correct(finder.find(document(NUMBER)).reference, {"birth_date": day})

    def open(self, kind: TicketKind) -> str:
        return self.rights.open(self.pio, kind, NUMBER, "")

    def who(self, role: Role) -> Session:
        return self.kit.sign_in(self.kit.hire(role))


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path / "station")
    yield made
    made.desk.stores.close()


def test_a_field_is_corrected_and_says_that_it_was_typed(town: Town, tmp_path: Path) -> None:
    town.born("1980-02-03")
    ticket = town.open(TicketKind.CORRECT)
    person = town.rights.person(town.pio, ticket)
    assert person is not None and "issuer" not in person.correctable
    assert {"name", "birth_date", "document_number"} <= set(person.correctable)
    town.rights.correct(town.pio, ticket, "name", "  新名 ")
    for field, content in (("resident_number", "1"), ("birth_date", "3 March"), ("issuer", "x")):
        with pytest.raises(OfficeError, match=ErrorCode.FIELD_NOT_LISTED.value):
            town.rights.correct(town.pio, ticket, field, content)
    seen: list[tuple[int, int]] = []
    names = town.rights.copy(
        town.pio, ticket, tmp_path, "本人申请", Language.ZH_CN, progress=lambda *at: seen.append(at)
    )
    copied = json.loads((tmp_path / names[0]).read_bytes())
    assert (copied["fields"]["name"], "name" in copied["typed_by_staff"]) == ("新名", True)
    assert seen == [(0, 2), (0, 2), (1, 2), (2, 2)]
    # A number typed anew is found from then on, and is nowhere in the ledger.
    town.rights.correct(town.pio, ticket, "document_number", "E7654321")
    assert town.rights.look_up(town.pio, NUMBER) is None
    assert town.rights.look_up(town.pio, "e 7654321") is not None
    whole = b"".join(one.body for one in town.desk.stores.ledger.entries())
    assert b"E7654321" not in whole and "新名".encode() not in whole


def test_a_minor_is_made_of_age_by_two_people_only(town: Town) -> None:
    town.born("2015-03-03")
    ticket = town.open(TicketKind.CORRECT)
    town.rights.correct(town.pio, ticket, "name", "小小")
    with pytest.raises(OfficeError, match=ErrorCode.MINOR_NEEDS_APPROVAL.value):
        town.rights.correct(town.pio, ticket, "birth_date", "1980-02-03")
    town.rights.ask_minor(town.pio, ticket, "户口本上写错")
    person = town.rights.person(town.pio, ticket)
    assert person is not None and (person.minor, person.approval) == (True, "WAITING")
    with pytest.raises(OfficeError, match=ErrorCode.MINOR_NEEDS_APPROVAL.value):
        town.rights.correct(town.pio, ticket, "birth_date", "1980-02-03")
    (request,) = town.kit.requests.own(town.pio)
    manager = town.who(Role.MANAGER)
    town.kit.requests.agree(manager, request.id)
    # A slip of the pen does not use the agreement up.
    with pytest.raises(OfficeError, match=ErrorCode.FIELD_NOT_LISTED.value):
        town.rights.correct(town.pio, ticket, "birth_date", "1980-02-30")
    town.rights.correct(town.pio, ticket, "birth_date", "1980-02-03")
    person = town.rights.person(town.pio, ticket)
    assert person is not None and not person.minor
    entries = [parse_entry(one.body) for one in town.desk.stores.ledger.entries()]
    steps = [one.payload for one in entries if one.kind is Kind.TICKET]
    assert (steps[-1]["step"], steps[-1]["second"]) == ("CORRECTED", manager.user)
    # The agreement served once: nothing is left of it to open the record with.
    assert town.kit.requests.own(town.pio) == ()


def test_a_deadline_moves_to_thirty_days_at_most_and_once_there_no_more(town: Town) -> None:
    ticket = town.open(TicketKind.EXPLAIN)
    (line,) = town.rights.tickets(town.pio)
    assert line.days_left == 14 and not line.overdue
    for days in (15, 31, 400):
        with pytest.raises(OfficeError, match=ErrorCode.DEADLINE_TOO_LATE.value):
            town.rights.extend(town.pio, ticket, days, "要核实")
    town.rights.extend(town.pio, ticket, 30, "要核实")
    (line,) = town.rights.tickets(town.pio)
    assert (line.days_left, line.ticket.answer) == (29, "要核实")
    opened = datetime.fromisoformat(line.ticket.opened_at)
    assert datetime.fromisoformat(line.ticket.deadline) - opened == timedelta(days=30)
    with pytest.raises(OfficeError, match=ErrorCode.DEADLINE_TOO_LATE.value):
        town.rights.extend(town.pio, ticket, 30, "还要")


def test_the_face_alone_goes_with_a_receipt_and_the_rest_stays(town: Town, tmp_path: Path) -> None:
    town.born("1980-02-03")
    ticket = town.open(TicketKind.WITHDRAW)
    with pytest.raises(OfficeError, match=ErrorCode.PAPER_NOT_WRITTEN.value):
        town.rights.erase(town.pio, ticket, tmp_path / "none", Portion.FACE)
    name = town.rights.erase(town.pio, ticket, tmp_path, Portion.FACE)
    receipt = json.loads((tmp_path / name).read_bytes())["receipt"]
    assert name.endswith(f"-{ticket}.json") and receipt["remaining"] == 0
    person = town.rights.person(town.pio, ticket)
    assert person is not None and (person.templates, person.portraits, person.records) == (0, 0, 1)
    (line,) = town.rights.tickets(town.pio)
    assert line.ticket.state is TicketState.OPEN
    # Nothing more of the face is kept: no empty receipt is left behind.
    with pytest.raises(OfficeError, match=ErrorCode.NOTHING_KEPT.value):
        town.rights.erase(town.pio, ticket, tmp_path, Portion.TEMPLATE)
    assert [one.name for one in tmp_path.glob("*.json")] == [name]
    again = town.rights.receipt(town.pio, ticket, tmp_path)
    (line_again,) = (tmp_path / again).read_bytes().splitlines()
    assert json.loads(line_again)["receipt"]["op"] == receipt["op"]
    town.rights.close(town.pio, ticket, "已撤回")
    assert town.room.look_after().count == 0


@pytest.mark.parametrize("first", ["page", "sweep"])
def test_page_and_sweep_end_what_a_kill_cut_off(town: Town, tmp_path: Path, first: str) -> None:
    town.born("1980-02-03")
    ticket = town.open(TicketKind.DELETE)
    kept = town.room.tickets.step
    cut = []

    def killed(*arguments: object, **more: object) -> object:
        if more.get("closes"):
            cut.append(arguments)
            raise KeyboardInterrupt
        return kept(*arguments, **more)  # type: ignore[arg-type]

    town.room.tickets.step = killed  # type: ignore[method-assign, assignment]
    with pytest.raises(KeyboardInterrupt):
        town.rights.erase(town.pio, ticket, tmp_path, Portion.EVERYTHING)
    town.room.tickets.step = kept  # type: ignore[method-assign]
    assert town.desk.stores.identity.residents_count() == 0 and len(cut) == 1
    if first == "sweep":
        # Not the hourly one, which looks at everybody.
        town.room._next_s = float("inf")
        town.room.sweep()
        assert town.room.tickets.get(ticket).ticket.state is TicketState.DONE
    (line,) = town.rights.tickets(town.pio)
    assert (line.ticket.id, line.ticket.state) == (ticket, TicketState.DONE)
    assert [one.step for one in line.ticket.steps] == ["OPENED", "ERASED", "CLOSED"]
    # The receipt that the kill kept from being written is the person's all the same.
    assert list(tmp_path.glob("erased-*")) == []
    (proof,) = (
        (tmp_path / town.rights.receipt(town.pio, ticket, tmp_path)).read_bytes().splitlines()
    )
    assert json.loads(proof)["receipt"]["remaining"] == 0
    other = town.open(TicketKind.DELETE)
    with pytest.raises(OfficeError, match=ErrorCode.NOTHING_KEPT.value):
        town.rights.receipt(town.pio, other, tmp_path)
