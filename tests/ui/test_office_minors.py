"""A child with its guardian on the real screens: office, notice, child's page, outcome."""

import gc
import threading
from dataclasses import replace
from typing import Literal

import msgspec
import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from consent.kinds import Kind
from station.access import Act, Role
from station.attendance import Attendance
from station.demo_profile import demo_profile
from station.gate import Permit
from station.minors import Guardian, MinorCase, MinorDialogue, MinorEnrolment, MinorKeeping
from station.model import Language, Secret
from station.office_minors import ChildForm
from station.ports import Cancelled, Publish
from station.staffroom import Staffroom
from station.visit import VisitReport
from storage.guardian_seal import GuardianSeal
from tests.desk_permits import granted
from tests.flow.resident_fakes import NUMBER, FakeResidents, ResidentScript
from tests.flow.visit_fakes import fake_desk
from tests.office_kit import SITE, office_of, premises_of
from tests.staff_kit import StaffKit
from tests.ui.conftest import MakeStage
from tests.ui.office_steps import RealOffice, come_in, fill, text
from tests.ui.test_read_aloud import FakeSpeaker
from tests.ui.touch import Asked, click, finish
from ui import layout
from ui.bridge.resident_text import grouped
from ui.minor_pictures import guardian_notice
from ui.office.minors import MinorsPage
from ui.office_pictures import answered
from ui.screenshots import item, settle
from ui.stage import Stage

NAME, CONTACT, DOCUMENT = "示例监护人", "021-5550-0042", "X0000000"


class Desk:
    """A staffed desk: the real office and the real flow over a booth and stores that are played."""

    def __init__(self, children: Literal["GUARDIAN", "OTHER_ROUTE"] = "GUARDIAN") -> None:
        self.kit = StaffKit()
        self.premises = premises_of(self.kit)
        deployment, ledger = self.premises.deployment, self.kit.ledger
        profile = msgspec.structs.replace(demo_profile(SITE), children=children)
        about = deployment.propose(granted(ledger, Act.PROFILE_DRAFT), profile)
        deployment.put_in_force(granted(ledger, Act.PROFILE_CHANGE, about))
        room = Staffroom(self.kit.accounts, self.kit.requests, self.kit.gate)
        self.attendance = Attendance(room, attended=True)
        self.operator = self.kit.hire(Role.OPERATOR)
        self.diary: list[str] = []
        self.service = RealOffice()
        self.service.office = office_of(
            self.kit, self.attendance.code, self.premises, enrol_minor=self._enrol
        )

    def _enrol(
        self,
        dialogue: MinorDialogue,
        publish: Publish,
        cancel: threading.Event,
        permit: Permit,
        case: MinorCase,
    ) -> VisitReport:
        script = ResidentScript(birth_date="2015-06-01")
        desk = replace(
            fake_desk(script, self.diary, cancel, guardian_notice()),
            ledger=self.kit.ledger,
            needs_access_key=False,
        )
        visit = MinorEnrolment(
            desk,
            FakeResidents(script, self.diary),
            dialogue,
            publish,
            permit=permit,
            case=case,
            keeping=MinorKeeping(self.premises.refusals, GuardianSeal(Secret(bytes(32)))),
        )
        with self.attendance.during(cancel):
            return visit.run(cancel)

    def fill_in(self, stage: Stage) -> None:
        come_in(stage, self.kit, self.operator, "Minors")
        fill(stage, minor_child_document=DOCUMENT, minor_name=NAME, minor_contact=CONTACT)
        page = stage.office.bridge(MinorsPage)
        click(stage, "minor_document_PASSPORT")
        page.pick("relation", "GRANDPARENT")
        page.pick("proof", "GUARDIANSHIP_PAPER")
        click(stage, "minorSeen")

    def to_guardian(self, stage: Stage, qtbot: QtBot) -> None:
        self.fill_in(stage)
        click(stage, "minorGoOn")
        qtbot.waitUntil(lambda: stage.visit.page == "Notice" and stage.notice._open)
        settle(stage, 80)

    def to_child(self, stage: Stage, qtbot: QtBot) -> None:
        """The guardian reads, ticks both and agrees."""
        for _ in range(30):
            if stage.notice.property("atEnd"):
                break
            click(stage, "scrollButton")
        click(stage, "askButton")
        click(stage, "purposeBox0")
        assert not item(stage, "agreeButton").isEnabled()
        assert "两项都要您同意" in text(stage, "tickedText")
        click(stage, "purposeBox1")
        click(stage, "agreeButton")
        # A second tap in the same place answers nothing for the child.
        qtbot.waitUntil(lambda: stage.visit.page == "Child")
        click(stage, "childNotToday")
        qtbot.waitUntil(lambda: bool(stage.child.property("open")))
        assert stage.visit.page == "Child"

    def told(self, kind: Kind) -> list[dict[str, object]]:
        return [dict(one.payload) for one in self.kit.entries() if one.kind is kind]


def at_rest(stage: Stage, desk: Desk, qtbot: QtBot) -> None:
    """Back at the idle page, nobody signed in, the operator on duty."""
    qtbot.waitUntil(lambda: stage.visit.page == "Idle", timeout=5000)
    assert stage.office.property("user") == "" and stage.office.property("state") == ""
    assert stage.office.property("onDuty") == desk.operator.user
    assert desk.attendance.code() is None


def is_forgotten(kinds: type = object) -> bool:
    """Whether nothing in this process holds what was typed about the guardian."""
    gc.collect()
    return not [
        one
        for one in gc.get_objects()
        if isinstance(one, ChildForm | Guardian)
        and isinstance(one, kinds)
        and one.contact == CONTACT
    ]


def test_a_child_is_registered_from_the_office_to_its_number(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    desk = Desk()
    stage = make_stage(desk.service)
    desk.to_guardian(stage, qtbot)
    # What was typed went with the office; nothing was opened for it.
    assert stage.window.findChild(QObject, "minor_name") is None
    assert stage.office.bridge(MinorsPage)._picked == {} and is_forgotten(ChildForm)
    assert "给监护人" in text(stage, "title") and desk.diary.count("begin") == 0
    desk.to_child(stage, qtbot)
    sizes = {(item(stage, one).width(), item(stage, one).height()) for one in ANSWERS}
    assert len(sizes) == 1 and item(stage, "childNotToday").isVisible()
    shown = " ".join(layout.shown_texts(stage.window))
    assert "没有人会不高兴" in shown and NAME not in shown and "begin" not in desk.diary
    click(stage, "childYes")
    qtbot.waitUntil(lambda: stage.visit.page == "Result", timeout=5000)
    settle(stage)
    assert grouped(NUMBER) in layout.shown_texts(stage.window)
    assert desk.diary.index("begin") < desk.diary.index("capture") < desk.diary.index("enrol")
    click(stage, "doneButton")
    at_rest(stage, desk, qtbot)
    assert is_forgotten()
    given = desk.told(Kind.CONSENT_GIVEN)
    assert {(one["minor"], one["operator"]) for one in given} == {(True, desk.operator.user)}
    granted_for = [one["act"] for one in desk.told(Kind.ACCESS_GRANTED) if "about" not in one]
    assert granted_for.count("MINOR_ENROL") == 1
    whole = b"".join(row.body for row in desk.kit.store.rows)
    assert not [one for one in (NAME, CONTACT, DOCUMENT) if one.encode() in whole]


ANSWERS = ("childYes", "childNo")


def test_a_child_s_no_ends_it_calmly_and_is_not_asked_again(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    desk = Desk()
    stage = make_stage(desk.service)
    desk.to_guardian(stage, qtbot)
    stage.notice.scroll_wanted.emit()
    desk.to_child(stage, qtbot)
    click(stage, "childNo")
    qtbot.waitUntil(lambda: stage.visit.page == "Result", timeout=5000)
    settle(stage)
    shown = " ".join(layout.shown_texts(stage.window))
    assert "办一张卡" in shown and "没有采集任何信息" in shown
    assert "begin" not in desk.diary and desk.told(Kind.CONSENT_GIVEN) == []
    click(stage, "doneButton")
    at_rest(stage, desk, qtbot)
    desk.fill_in(stage)
    click(stage, "minorGoOn")
    answered(stage, settle)
    assert "CNS-05" in text(stage, "officeMessage")


def test_the_guardian_s_no_never_comes_to_the_child(make_stage: MakeStage, qtbot: QtBot) -> None:
    desk = Desk()
    stage = make_stage(desk.service)
    pages: list[str] = []
    stage.visit.changed.connect(lambda: pages.append(str(stage.visit.page)))
    desk.to_guardian(stage, qtbot)
    click(stage, "refuseButton")
    qtbot.waitUntil(lambda: stage.visit.page == "Result", timeout=5000)
    assert "Child" not in pages and "begin" not in desk.diary
    click(stage, "doneButton")
    at_rest(stage, desk, qtbot)
    # The next person's notice asks as it always does.
    assert not stage.notice._guardian


def test_each_field_is_marked_and_a_lock_leaves_nothing_of_it(make_stage: MakeStage) -> None:
    desk = Desk()
    stage = make_stage(desk.service)
    come_in(stage, desk.kit, desk.operator, "Minors")
    fill(stage, minor_contact="310101199001011234")
    click(stage, "minorGoOn")
    slips = stage.office.bridge(MinorsPage).property("slips")
    assert list(slips) == sorted(
        ("child_document", "name", "contact", "document", "relation", "proof", "seen")
    )
    assert text(stage, "slip_child_document") == slips["child_document"] != slips["contact"]
    focus = stage.window.activeFocusItem()
    assert focus is not None and focus.objectName() == "minor_child_document"
    for character in DOCUMENT:
        QTest.keyClick(stage.window, character)
    assert stage.office.bridge(MinorsPage).property("slips").get("child_document") is None
    fill(stage, minor_name=NAME, minor_contact=CONTACT)
    click(stage, "minorGoOn")
    focus = stage.window.activeFocusItem()
    assert focus is not None and focus.objectName() == "minor_document_RESIDENT_ID"
    QTest.keyClick(stage.window, Qt.Key.Key_Return)
    assert stage.office.bridge(MinorsPage).property("picked")["document"] == "RESIDENT_ID"
    stage.office.lock()
    settle(stage)
    assert stage.window.findChild(QObject, "minor_name") is None and is_forgotten()
    come_in(stage, desk.kit, desk.operator, "Minors")
    assert text(stage, "minor_name") == "" and text(stage, "minor_child_document") == ""


def test_where_the_profile_wants_another_way_the_page_says_so_and_has_no_form(
    make_stage: MakeStage,
) -> None:
    desk = Desk("OTHER_ROUTE")
    stage = make_stage(desk.service)
    come_in(stage, desk.kit, desk.operator, "Minors")
    assert "部署档案" in text(stage, "minorsWhy") and "办一张卡" in text(stage, "minorsInstead")
    assert "影响评估" in text(stage, "minorsNow")
    with pytest.raises(LookupError):
        item(stage, "minorGoOn")


def test_the_child_s_words_are_read_out_and_not_today_is_a_no(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    speaker = FakeSpeaker(Language.ZH_CN)
    stage = make_stage(speaker=speaker)
    cancel = threading.Event()
    question = Asked(stage.dialogue.ask_child, guardian_notice(), Language.ZH_CN, cancel)
    stage.window.requestActivate()
    qtbot.waitUntil(lambda: bool(stage.child.property("open")))
    settle(stage, 80)
    met = []
    for _ in range(8):
        QTest.keyClick(stage.window, Qt.Key.Key_Tab)
        holds = stage.window.activeFocusItem()
        met.append(holds.objectName() if holds is not None else "")
    assert {"readAloudButton", "childYes", "childNo", "childNotToday"} <= set(met)
    click(stage, "readAloudButton")
    assert speaker.said[0][0].startswith("你好") and speaker.speaking
    click(stage, "languageButton")
    assert not speaker.speaking and "Hello!" in " ".join(layout.shown_texts(stage.window))
    with pytest.raises(LookupError):
        item(stage, "readAloudButton")
    click(stage, "childNotToday")
    assert finish(question, qtbot) is False
    settle(stage)
    question = Asked(stage.dialogue.ask_child, guardian_notice(), Language.EN, cancel)
    qtbot.waitUntil(lambda: bool(stage.child.property("open")))
    cancel.set()
    finish(question, qtbot)
    assert isinstance(question.error, Cancelled)
    settle(stage)
    stage.child.answer(True)
    assert not stage.child.property("open")
