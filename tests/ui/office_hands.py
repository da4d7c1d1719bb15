"""Staff at the office's pages on a fake core: come in, read, press."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.ui.conftest import MakeStage
from tests.ui.office_fakes import CODE, PASSWORD, FakeOffice, StaffedFake
from ui.office_pictures import answered
from ui.screenshots import item, settle
from ui.stage import Stage


def opened(make_stage: MakeStage, user: str, page: str, office: FakeOffice | None = None) -> Stage:
    service = StaffedFake()
    if office is not None:
        service.office = office
    stage = make_stage(service)
    stage.office.show_sign_in()
    stage.office.sign_in(user, PASSWORD, CODE)
    answered(stage, settle)
    stage.office.go(page)
    answered(stage, settle)
    assert stage.office.property("page") == page
    return stage


def signed_in(make_stage: MakeStage, user: str, service: StaffedFake | None = None) -> Stage:
    stage = make_stage(service or StaffedFake())
    stage.office.show_sign_in()
    stage.office.sign_in(user, PASSWORD, CODE)
    answered(stage, settle)
    assert stage.office.property("state") == "open"
    return stage


def office_of(stage: Stage) -> FakeOffice:
    service = stage.office.desk
    assert service is not None and isinstance(service.service, FakeOffice)
    return service.service


def text_of(stage: Stage, name: str) -> str:
    return str(item(stage, name).property("text"))


def press(stage: Stage, *keys: Qt.Key) -> None:
    for key in keys:
        QTest.keyClick(stage.window, key)
        settle(stage)
