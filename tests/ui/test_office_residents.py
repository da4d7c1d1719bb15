"""The residents' page: the real core and stores through the screens, and the page alone."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from consent.kinds import Kind
from station.access import Act, Role
from station.attendance import Attendance
from station.errors import ErrorCode, OfficeError
from station.events import Flow, OutcomeReached, State, StateChanged
from station.model import Outcome
from station.ports import Publish, ResidentDialogue
from storage.resident_register import Withdrawal
from tests.office_kit import office_of
from tests.residents_kit import Town
from tests.ui.conftest import MakeStage
from tests.ui.office_fakes import CODE, PASSWORD, StaffedFake
from tests.ui.office_steps import RealOffice, come_in, fill, text
from tests.ui.touch import VISIT, click
from tests.unit.stores_kit import document
from ui import layout
from ui.office.residents import ResidentsPage
from ui.office_pictures import answered
from ui.residents_stills import StillResidents
from ui.screenshots import item, settle
from ui.stage import Stage

NUMBER = "310101199001011234"
OTHER = "310101199001012345"
THIRD = "X0000077"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Two adult residents and the staff of their station."""
    town = Town(tmp_path)
    for number, days in ((NUMBER, 30.0), (OTHER, 200.0)):
        town.desk.enrol(number, portraits=1, days=days)
        town.born(number, "1980-02-03")
    yield town
    town.close()


def real_office(town: Town) -> RealOffice:
    service = RealOffice()
    service.office = office_of(town.kit, rights=town.rights, residents=town.room)
    return service


def played(make_stage: MakeStage, user: str, residents: StillResidents) -> Stage:
    service = StaffedFake()
    service.office.residents = residents
    stage = make_stage(service)
    stage.office.show_sign_in()
    stage.office.sign_in(user, PASSWORD, CODE)
    answered(stage, settle)
    stage.office.go("Residents")
    answered(stage, settle)
    return stage


def page_of(stage: Stage) -> ResidentsPage:
    return stage.office.bridge(ResidentsPage)


def submit(stage: Stage) -> None:
    click(stage, "residentSubmit")
    answered(stage, settle)


def test_a_manager_finds_unmasks_holds_and_erases_with_a_receipt(
    make_stage: MakeStage, town: Town, tmp_path: Path
) -> None:
    stage = make_stage(real_office(town))
    manager = town.kit.hire(Role.MANAGER)
    come_in(stage, town.kit, manager, "Residents")
    page = page_of(stage)
    first, second = page.property("rows")
    assert (first["state"], first["kept"]) == ("正常", "证件文字 · 人脸特征 · 图像 1 张")
    assert first["until"].endswith("还有 29 天") and second["until"].endswith("还有 199 天")
    whole = " ".join(layout.shown_texts(stage.window))
    assert "住***" in whole and NUMBER not in whole and "住户一号" not in whole
    with pytest.raises(LookupError):
        item(stage, "registerResident")

    fill(stage, residentNumber=NUMBER)
    item(stage, "residentNumber").forceActiveFocus()
    QTest.keyClick(stage.window, Qt.Key.Key_Return)
    answered(stage, settle)
    assert page.property("chosen") == first["id"] and len(page.property("rows")) == 1
    click(stage, "choice_clear")
    submit(stage)
    assert page.property("code") == ErrorCode.REASON_NEEDED.value
    fill(stage, residentReason="核对搬离日期")
    submit(stage)
    assert NUMBER in layout.shown_texts(stage.window)
    read = [one for one in town.entries() if one.kind is Kind.RECORD_READ]
    assert read[0].payload["reason"] == "核对搬离日期"
    assert read[0].payload["actor"] == manager.user

    click(stage, "choice_restrict")
    submit(stage)
    assert page.property("person")["state"] == "暂停使用" and "已暂停" in text(
        stage, "officeMessage"
    )
    assert NUMBER not in layout.shown_texts(stage.window)
    click(stage, "choice_erase")
    assert "登记 1 份，人脸特征 1 份，锁存图像 1 张" in text(stage, "residentEffect")
    fill(stage, residentFolder=str(tmp_path / "none"))
    submit(stage)
    assert "RGT-06" in text(stage, "officeMessage") and town.desk.register.count() == 2
    out = tmp_path / "out"
    out.mkdir()
    fill(stage, residentFolder=str(out))
    submit(stage)
    (receipt,) = out.iterdir()
    assert json.loads(receipt.read_bytes())["receipt"]["rows"]["portrait"] == 1
    assert receipt.name in text(stage, "residentDone") and town.desk.register.count() == 1
    click(stage, "residentBack")
    assert [row["id"] for row in page.property("rows")] == [second["id"]]


def test_several_are_ticked_with_the_keyboard_and_erased_together(
    make_stage: MakeStage, town: Town, tmp_path: Path
) -> None:
    town.desk.enrol(THIRD, days=90)
    stage = make_stage(real_office(town))
    come_in(stage, town.kit, town.kit.hire(Role.PI_OFFICER), "Residents")
    page = page_of(stage)
    click(stage, "pickSeveral")
    item(stage, "residentsList").forceActiveFocus()
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Space):
        QTest.keyClick(stage.window, key)
        settle(stage)
    QTest.keyClick(stage.window, Qt.Key.Key_End)
    QTest.keyClick(stage.window, Qt.Key.Key_Return)
    settle(stage)
    assert [row["mark"] for row in page.property("rows")] == ["已选", "–", "已选"]
    click(stage, "eraseTicked")
    assert "登记 2 份，人脸特征 2 份，锁存图像 2 张" in text(stage, "residentEffect")
    out = tmp_path / "out"
    out.mkdir()
    fill(stage, residentFolder=str(out))
    submit(stage)
    assert "已删除 2 人" in text(stage, "residentDone")
    (receipts,) = out.iterdir()
    rows = [json.loads(one)["receipt"]["rows"] for one in receipts.read_bytes().splitlines()]
    assert sum(one["identity"] for one in rows) == 2
    assert town.desk.register.count() == 1 and page.property("ticking") is False
    batch = [one for one in town.entries() if one.payload.get("act") == Act.ERASE_BATCH.value]
    assert len(batch) == 1


def test_an_operator_registers_somebody_asks_for_an_erasure_and_lets_somebody_withdraw(
    make_stage: MakeStage, town: Town, qtbot: QtBot
) -> None:
    operator, service = town.kit.hire(Role.OPERATOR), real_office(town)
    attendance, go_on = Attendance(town.staff, attended=True), threading.Event()

    def script(_: ResidentDialogue, publish: Publish, cancel: threading.Event) -> Outcome:
        # What comes between notice and outcome is the kiosk's own walk, tested with its pages.
        flow = service.served[-1]
        with attendance.during(cancel):
            publish(StateChanged(VISIT, State.NOTICE))
            go_on.wait(10)
            if flow is Flow.ENROLMENT:
                town.desk.enrol(THIRD, days=3)
            else:
                town.desk.register.withdraw(document(THIRD), Withdrawal.EVERYTHING)
            outcome = Outcome.ENROLLED if flow is Flow.ENROLMENT else Outcome.WITHDRAWN
            publish(OutcomeReached(outcome, None, False, "7F3A", flow))
        return outcome

    def hand_over(button: str, flow: Flow) -> None:
        click(stage, button)
        assert service.served.count(flow) == 0
        click(stage, "residentSubmit")
        qtbot.waitUntil(lambda: stage.visit.page == "Notice")
        assert (service.served[-1], stage.visit.flow) == (flow, flow.value)
        assert stage.office.property("state") == "" and page_of(stage).property("rows") == []
        assert stage.office.property("onDuty") == operator.user
        granted = [one for one in town.entries() if one.payload.get("act") == "RUN_VISIT"]
        assert granted[-1].payload["actor"] == operator.user
        go_on.set()
        qtbot.waitUntil(lambda: stage.visit.page == "Result" and stage.visit._thread is None)
        stage.visit.acknowledge()
        go_on.clear()

    service.script = script
    stage = make_stage(service)
    come_in(stage, town.kit, operator, "Residents")
    hand_over("registerResident", Flow.ENROLMENT)
    assert town.desk.register.count() == 3

    come_in(stage, town.kit, operator, "Residents")
    page = page_of(stage)
    assert [one["key"] for one in page.property("states")] == ["ALL", "RESTRICTED", "MINOR"]
    assert page.property("may") == ["serve"]
    click(stage, "residentsRow0")
    answered(stage, settle)
    assert page.property("choices") == ["ask"]
    click(stage, "choice_ask")
    fill(stage, residentReason="三号楼住户已搬离")
    submit(stage)
    (ticket,) = (one.ticket for one in town.rights.tickets._filed())
    assert ticket.id in text(stage, "residentDone") and ticket.wish == "三号楼住户已搬离"
    assert town.desk.register.count() == 3

    hand_over("withdrawResident", Flow.WITHDRAWAL)
    assert town.desk.register.count() == 2


def test_a_station_that_registers_nobody_says_what_to_do(make_stage: MakeStage) -> None:
    residents = StillResidents()
    residents.registers = False
    stage = played(make_stage, "operator", residents)
    assert "resident_retention_days" in text(stage, "registersNobody")
    for name in ("registerResident", "residentNumber", "residentsList"):
        with pytest.raises(LookupError):
            item(stage, name)


def test_a_number_of_nobody_is_told_and_the_list_stays(make_stage: MakeStage) -> None:
    stage = played(make_stage, "he.min", StillResidents())
    page = page_of(stage)
    for typed in ("0000000002", "  "):
        page.look_up(typed)
        answered(stage, settle)
        assert page.property("code") == ErrorCode.RESIDENT_UNKNOWN.value
        assert len(page.property("rows")) == 7
    click(stage, "residentsMore")
    answered(stage, settle)
    assert page.property("more") is False
    page.narrow("RECALLED")
    answered(stage, settle)
    click(stage, "residentsRow0")
    answered(stage, settle)
    assert "先“撤回”" in text(stage, "residentNote_RECALLED")
    assert "renew" not in page.property("choices")


def test_a_stop_ends_an_erasure_of_several_and_says_who_was_left(make_stage: MakeStage) -> None:
    residents = StillResidents()
    residents.holds.clear()
    stage = played(make_stage, "he.min", residents)
    page = page_of(stage)
    page.pick_several(True)
    for row in page.property("rows")[:4]:
        page.choose(row["id"])
    page.begin("batch")
    page.submit("", "/media/usb")
    settle(stage)
    # It goes on while another page is looked at.
    stage.office.go("Home")
    answered_home(stage)
    stage.office.go("Residents")
    settle(stage)
    assert page.property("progress") == [2, 4] and page.property("running") is True
    click(stage, "residentStop")
    answered(stage, settle)
    assert "已停下：删除了 2 人" in text(stage, "residentDone") and "2 人没有动" in text(
        stage, "residentDone"
    )
    click(stage, "residentBack")
    assert page.property("chosen") == "", "nobody is shown who is gone"
    with pytest.raises(LookupError):
        item(stage, "residentDone")


def test_an_erasure_of_several_that_breaks_off_shows_who_is_left(make_stage: MakeStage) -> None:
    residents = StillResidents()
    stage = played(make_stage, "he.min", residents)
    page = page_of(stage)
    page.pick_several(True)
    for row in page.property("rows")[:2]:
        page.choose(row["id"])

    def broken(*_: object) -> None:
        residents.lines = residents.lines[1:]
        raise OfficeError(ErrorCode.RECEIPT_NOT_WRITTEN)

    residents.erase_several = broken  # type: ignore[method-assign, assignment]
    page.begin("batch")
    page.submit("", "/media/usb")
    answered(stage, settle)
    assert "RGT-07" in text(stage, "officeMessage") and page.property("running") is False
    assert len(page.property("rows")) == 6 and page.property("form") == "batch"
    # So it is with one alone.
    page.pick_several(False)
    page.choose(page.property("rows")[0]["id"])
    answered(stage, settle)
    residents.erase = broken  # type: ignore[method-assign, assignment]
    page.begin("erase")
    page.submit("", "/media/usb")
    answered(stage, settle)
    assert "RGT-07" in text(stage, "officeMessage") and len(page.property("rows")) == 5
    assert page.property("chosen") == ""


def test_a_lock_stops_an_erasure_of_several_and_forgets_who_was_named(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    residents = StillResidents()
    residents.holds.clear()
    stage = played(make_stage, "he.min", residents)
    page = page_of(stage)
    page.pick_several(True)
    page.choose(page.property("rows")[0]["id"])
    page.choose(page.property("rows")[6]["id"])
    page.begin("batch")
    page.submit("", "/media/usb")
    settle(stage)
    stage.office.lock()
    qtbot.waitUntil(lambda: len(residents.lines) == 6)
    settle(stage)
    assert page.property("rows") == [] and page.property("running") is False
    assert page.property("batch") == "" and page._ticked == {}


def answered_home(stage: Stage) -> None:
    """Wait for the first page alone: the erasure has not ended."""
    for _ in range(50):
        settle(stage)
        if not stage.office.pages["Home"].property("busy"):
            return
    raise TimeoutError("the first page does not come")


def test_fields_in_clear_that_come_late_are_never_shown_with_somebody_else(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    residents = StillResidents()
    stage = played(make_stage, "he.min", residents)
    page, (first, *_, last) = page_of(stage), residents.lines
    asked, go_on = threading.Event(), threading.Event()

    def slow(*_: object) -> tuple[tuple[str, str], ...]:
        asked.set()
        assert go_on.wait(5)
        return (("document_number", "X00000001"),)

    residents.in_clear = slow  # type: ignore[method-assign, assignment]
    page.choose(first.reference)
    answered(stage, settle)
    page.begin("clear")
    page.submit("核对", "")
    qtbot.waitUntil(asked.is_set)
    page.choose(last.reference)
    qtbot.waitUntil(lambda: bool(page.property("person")))
    page.begin("restrict")
    go_on.set()
    answered(stage, settle)
    assert page.property("person")["id"] == last.reference
    assert page.property("fields") == [] and page.property("form") == "restrict"
    assert "X00000001" not in layout.shown_texts(stage.window)
