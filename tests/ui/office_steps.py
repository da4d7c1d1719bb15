"""What tests of the office's pages do again and again: come in, fill in, be the second person."""

from station.office_desk import StationOffice
from tests.staff_kit import Member, StaffKit
from tests.ui.conftest import MakeStage
from tests.ui.kiosk_fakes import FakeService
from tests.ui.office_fakes import CODE, PASSWORD, FakeOffice, StaffedFake
from tests.ui.touch import click
from ui import layout
from ui.office.requests import RequestsPage
from ui.office_pictures import answered
from ui.place_stills import StillPlace
from ui.screenshots import item, settle
from ui.stage import Stage


class RealOffice(FakeService):
    """A kiosk with the real office behind it."""

    office: StationOffice

    @property
    def staffed(self) -> "RealOffice":
        return self

    def has_accounts(self) -> bool:
        return True


def open_page(make_stage: MakeStage, user: str, page: str, place: StillPlace) -> Stage:
    service = StaffedFake(office=FakeOffice())
    service.office.place = place
    stage = make_stage(service)
    stage.office.show_sign_in()
    stage.office.sign_in(user, PASSWORD, CODE)
    answered(stage, settle)
    stage.office.go(page)
    answered(stage, settle)
    assert stage.office.property("page") == page
    return stage


def fill(stage: Stage, **fields: str) -> None:
    for name, value in fields.items():
        item(stage, name).setProperty("text", value)
    settle(stage)


def text(stage: Stage, name: str) -> str:
    return str(item(stage, name).property("text"))


def come_in(stage: Stage, kit: StaffKit, member: Member, page: str) -> None:
    if stage.office.property("state") == "":
        stage.office.show_sign_in()
        settle(stage)
    fill(stage, userField=member.user, passwordField=member.password, codeField=kit.code(member))
    click(stage, "signInButton")
    answered(stage, settle)
    click(stage, f"menu{page}")
    answered(stage, settle)


def agree_first(stage: Stage, kit: StaffKit, member: Member) -> str:
    """Be the second person for what waits; returns everything that was shown of it."""
    come_in(stage, kit, member, "Requests")
    click(stage, "requestsRow0")
    changes = stage.office.bridge(RequestsPage).property("detail")["changes"]
    assert changes[0]["after"] in layout.shown_texts(stage.window)
    shown = " ".join(f"{one['field']}: {one['before']} > {one['after']}" for one in changes)
    click(stage, "agreeButton")
    click(stage, "agreeSure")
    answered(stage, settle)
    click(stage, "signOutButton")
    return shown
