"""A security key on the screens: asked for alike whoever is named, with a way out at any time."""

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from station.errors import AccessError, ErrorCode
from station.gate import Session
from station.key_wire import KeyStep
from station.office_view import SignedIn
from station.security_key import KeyHand
from tests.ui.conftest import MakeStage
from tests.ui.office_fakes import CODE, PASSWORD, FakeOffice, StaffedFake
from tests.ui.office_hands import opened, text_of
from tests.ui.touch import click
from ui.office.my_key import MyKeyPage
from ui.office_pictures import answered
from ui.screenshots import item, settle
from ui.stage import Stage


class KeyOffice(FakeOffice):
    """An office whose keys do what the test says, when it says so."""

    def __init__(self) -> None:
        super().__init__()
        self.fault: ErrorCode | None = None
        self.touched = threading.Event()
        self.hands: list[KeyHand] = []
        self.kind = "TOTP"

    def sign_in(self, user: str, password: str, code: str | KeyHand) -> SignedIn:
        if isinstance(code, str):
            return super().sign_in(user, password, code)
        self._wait(code)
        return super().sign_in(user, password, CODE)

    def second_factor(self, session: Session) -> str:
        return self.kind

    def take_key(self, session: Session, password: str, hand: KeyHand) -> None:
        self._wait(hand)
        self.kind = "FIDO2"

    def _wait(self, hand: KeyHand) -> None:
        self.hands.append(hand)
        hand.told(KeyStep.TOUCH)
        while not self.touched.wait(0.01):
            if hand.cancel.is_set():
                raise AccessError(ErrorCode.KEY_NOT_TOUCHED)
        if self.fault is not None:
            raise AccessError(self.fault)


@pytest.fixture
def office() -> KeyOffice:
    return KeyOffice()


def _asked(make_stage: MakeStage, qtbot: QtBot, office: KeyOffice) -> Stage:
    stage = make_stage(StaffedFake(office=office))
    stage.office.show_sign_in()
    settle(stage)
    item(stage, "userField").setProperty("text", "li.na")
    item(stage, "passwordField").setProperty("text", PASSWORD)
    click(stage, "waykey")
    click(stage, "signInButton")
    qtbot.waitUntil(lambda: stage.office.key.property("step") == "TOUCH")
    settle(stage)
    return stage


def test_signing_in_with_a_key(make_stage: MakeStage, qtbot: QtBot, office: KeyOffice) -> None:
    stage = _asked(make_stage, qtbot, office)
    assert text_of(stage, "keyStep") == "请触碰安全钥匙"
    assert "还剩 30 秒" in text_of(stage, "keyLeft") or "还剩 29 秒" in text_of(stage, "keyLeft")
    with pytest.raises(LookupError):
        item(stage, "signInButton")
    office.touched.set()
    answered(stage, settle)
    assert stage.office.property("state") == "open"
    assert stage.office.key.property("step") == ""


def test_by_keyboard_alone(make_stage: MakeStage, qtbot: QtBot, office: KeyOffice) -> None:
    stage = make_stage(StaffedFake(office=office))
    stage.window.requestActivate()
    qtbot.waitUntil(stage.window.isActive)
    stage.office.show_sign_in()
    settle(stage)
    item(stage, "userField").setProperty("text", "li.na")
    item(stage, "passwordField").setProperty("text", PASSWORD)
    # Back from the name, so that names, password and code follow each other as ever.
    QTest.keyClick(stage.window, Qt.Key.Key_Backtab)
    QTest.keyClick(stage.window, Qt.Key.Key_Return)
    settle(stage)
    assert item(stage, "pageSignIn").property("way") == "key"
    item(stage, "passwordField").forceActiveFocus()
    QTest.keyClick(stage.window, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: stage.office.key.property("step") == "TOUCH")
    # The way out has the focus; Escape is another.
    qtbot.waitUntil(lambda: bool(item(stage, "keyCancel").property("activeFocus")))
    QTest.keyClick(stage.window, Qt.Key.Key_Escape)
    answered(stage, settle)
    assert stage.office.property("state") == "signIn"


def test_cancelling_asks_no_longer_and_says_nothing(
    make_stage: MakeStage, qtbot: QtBot, office: KeyOffice
) -> None:
    stage = _asked(make_stage, qtbot, office)
    click(stage, "keyCancel")
    answered(stage, settle)
    assert office.hands[0].cancel.is_set()
    assert stage.office.property("message") == ""
    assert text_of(stage, "passwordField") == ""
    # What the one before does late, is not shown to the next.
    office.hands[0].told(KeyStep.TOUCH)
    settle(stage)
    assert stage.office.key.property("step") == ""


def test_a_key_that_is_not_there_is_told(
    make_stage: MakeStage, qtbot: QtBot, office: KeyOffice
) -> None:
    office.fault = ErrorCode.KEY_ABSENT
    stage = _asked(make_stage, qtbot, office)
    office.touched.set()
    answered(stage, settle)
    assert "FID-01" in text_of(stage, "signInMessage")
    assert item(stage, "pageSignIn").property("way") == "key"


def test_whoever_leaves_is_not_waited_for(
    make_stage: MakeStage, qtbot: QtBot, office: KeyOffice
) -> None:
    stage = _asked(make_stage, qtbot, office)
    stage.office.leave()
    settle(stage)
    assert office.hands[0].cancel.is_set()
    assert stage.office.key.property("step") == ""


def test_a_key_is_registered_on_ones_own_page(
    make_stage: MakeStage, qtbot: QtBot, office: KeyOffice
) -> None:
    stage = opened(make_stage, "operator", "MyKey", office)
    page = stage.office.bridge(MyKeyPage)
    item(stage, "keyPassword").setProperty("text", PASSWORD)
    click(stage, "keyRegister")
    qtbot.waitUntil(lambda: page.property("wait").property("step") == "TOUCH")
    office.touched.set()
    answered(stage, settle)
    assert "已登记" in text_of(stage, "officeMessage")
    assert page.property("hasKey") and text_of(stage, "keyPassword") == ""
    assert "另一把" in text_of(stage, "keyRegister")


def test_another_page_ends_the_waiting(
    make_stage: MakeStage, qtbot: QtBot, office: KeyOffice
) -> None:
    stage = opened(make_stage, "operator", "MyKey", office)
    page = stage.office.bridge(MyKeyPage)
    page.register(PASSWORD)
    qtbot.waitUntil(lambda: page.property("wait").property("step") == "TOUCH")
    stage.office.go("Home")
    answered(stage, settle)
    assert office.hands[0].cancel.is_set() and office.kind == "TOTP"
    office.refusals["take_key"] = ErrorCode.SIGN_IN_AGAIN
    stage.office.go("MyKey")
    answered(stage, settle)
    page.register(PASSWORD)
    answered(stage, settle)
    assert "FID-07" in text_of(stage, "officeMessage")
