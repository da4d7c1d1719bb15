"""The deployment profile at the office: the page alone, and the whole way through the real core."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import pytest
from pytestqt.qtbot import QtBot

from consent.kinds import Kind
from station.access import Role
from station.deployment import parse
from station.deployment_checks import Missing
from station.errors import AccessError, ErrorCode
from station.gate import Session
from station.place_view import Place
from tests.office_kit import office_of
from tests.staff_kit import StaffKit
from tests.ui.conftest import MakeStage
from tests.ui.office_steps import RealOffice, agree_first, come_in, fill, open_page, text
from tests.ui.touch import click
from ui import layout
from ui.office.profile import ProfilePage
from ui.office.profile_form import STEPS, document_of, step_of, values_of
from ui.office_pictures import answered
from ui.place_stills import StillPlace
from ui.screenshots import item, settle
from ui.stage import Stage

_LINES = {
    "site.place_name": ("梧桐里小区", "Wutong Lane"),
    "handler.name": ("梧桐里物业", "Wutong Property"),
    "handler.address": ("示范路1号", "1 Example Road"),
    "handler.responsible_unit": ("梧桐里物业", "Wutong Property"),
    "handler.contact": ("服务台", "the desk"),
    "handler.officer_contact": ("负责人", "the officer"),
}


def _field(stage: Stage, key: str, value: str) -> None:
    item(stage, f"field_{key}").setProperty("text", value)


def fill_the_wizard(stage: Stage) -> None:
    """Every step by its own fields, from the first to the last."""
    click(stage, "beginForm")
    for step in STEPS:
        if step == "PLACE":
            click(stage, "field_site.kind_RESIDENTIAL")
        elif step == "BASIS":
            click(stage, "field_bases.DB31_294")
        elif step == "INFRASTRUCTURE":
            click(stage, "field_infrastructure.critical_NO")
            click(stage, "field_infrastructure.crypto_assessment_NO")
            click(stage, "field_infrastructure.sector_NONE")
        elif step == "PURPOSES":
            click(stage, "field_purposes.VERIFY")
        elif step == "ASSESSMENT":
            _field(stage, "assessment.number", "PIA-1")
            _field(stage, "assessment.made_on", "2026-01-02")
            _field(stage, "assessment.responsible", "王敏")
            click(stage, "field_assessed.VERIFY")
        for field in STEPS[step]:
            key, _, language = field.key.rpartition(".")
            if key in _LINES:
                _field(stage, field.key, _LINES[key][language == "en"])
            elif field.kind == "passage":
                _field(stage, field.key, "评估结论：影响有限。")
        settle(stage)
        if step != "CHECK":
            page = stage.office.bridge(ProfilePage)
            assert page.property("lacking") == [], step
            click(stage, "stepNext")


def test_a_first_run_asks_step_by_step_and_holds_once_agreed_to(make_stage: MakeStage) -> None:
    kit = StaffKit()
    manager, officer = kit.hire(Role.MANAGER), kit.hire(Role.PI_OFFICER)
    service = RealOffice()
    service.office = office_of(kit)
    stage = make_stage(service)
    come_in(stage, kit, manager, "Profile")
    assert "还没有填写部署信息" in text(stage, "profileState")
    fill_the_wizard(stage)
    assert stage.office.bridge(ProfilePage).property("complete") is True
    fill(stage, profileReason="开业前填写")
    click(stage, "proposeProfile")
    answered(stage, settle)
    assert "已提出申请" in text(stage, "officeMessage")
    assert "等个人信息保护负责人" in text(stage, "profilePending")
    click(stage, "signOutButton")

    shown = agree_first(stage, kit, officer)
    for word in ("梧桐里物业", "Wutong Property", "住宅小区", "DB31/T 294", "当场核验", "PIA-1"):
        assert word in shown
    assert "RESIDENTIAL" not in shown and "zh_CN" not in shown

    come_in(stage, kit, manager, "Profile")
    click(stage, "putInForce")
    answered(stage, settle)
    assert "已生效" in text(stage, "officeMessage")
    page = stage.office.bridge(ProfilePage)
    assert page.property("pending") == "" and page.property("missing") == []
    (entry,) = [one for one in kit.entries() if one.kind is Kind.PROFILE_CHANGED]
    assert entry.payload["actor"] == manager.user and entry.payload["second"] == officer.user

    # A later change shows what was there before.
    click(stage, "beginForm")
    _field(stage, "site.place_name.en", "Wutong Gardens")
    click(stage, "step9")
    click(stage, "proposeProfile")
    answered(stage, settle)
    click(stage, "signOutButton")
    shown = agree_first(stage, kit, officer)
    assert shown == "场所名称（英文）: Wutong Lane > Wutong Gardens"


def test_whoever_may_only_read_is_offered_no_form(make_stage: MakeStage) -> None:
    kit = StaffKit()
    service = RealOffice()
    service.office = office_of(kit)
    stage = make_stage(service)
    come_in(stage, kit, kit.hire(Role.AUDITOR), "Profile")
    assert stage.office.bridge(ProfilePage).property("mayDraft") is False
    with pytest.raises(LookupError):
        item(stage, "beginForm")


def test_what_a_step_lacks_goes_as_it_is_typed_and_typing_is_not_disturbed(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    place = StillPlace()
    place.profile = None
    stage = open_page(make_stage, "he.min", "Profile", place)
    click(stage, "beginForm")
    assert "场所名称" in text(stage, "formLacking")
    field = item(stage, "field_site.place_name.zh_CN")
    field.setProperty("text", "梧桐里")
    settle(stage)
    assert item(stage, "field_site.place_name.zh_CN") is field
    _field(stage, "site.place_name.en", "Wutong")
    click(stage, "field_site.kind_OFFICE")
    with pytest.raises(LookupError):
        item(stage, "formLacking")
    click(stage, "step3")
    with pytest.raises(LookupError):
        item(stage, "field_bases.AUTHORITY.detail")
    click(stage, "field_bases.AUTHORITY")
    _field(stage, "bases.AUTHORITY.detail", "沪公发〔2025〕1号")
    settle(stage)
    assert "发文机关" in text(stage, "formLacking")
    click(stage, "step8")
    _field(stage, "retention.visitor_hours", "25")
    settle(stage)
    assert "填得不对" in text(stage, "formLacking")
    # Closed and opened again, what was typed is still there; on another page it is gone.
    click(stage, "closePane")
    click(stage, "beginForm")
    assert text(stage, "field_site.place_name.zh_CN") == "梧桐里"
    stage.office.go("Home")
    stage.office.go("Profile")
    answered(stage, settle)
    click(stage, "beginForm")
    assert text(stage, "field_site.place_name.zh_CN") == ""
    click(stage, "step9")
    assert item(stage, "proposeProfile").isEnabled() is False


class _Busy(StillPlace):
    """Where a colleague proposes while a form is open."""

    newest = "r1"
    asked: tuple[str, ...] = ()
    handed_in: Mapping[str, object] = MappingProxyType({})

    def read(self, session: Session) -> Place:
        return replace(super().read(session), revision=self.newest)

    def propose(
        self,
        session: Session,
        document: Mapping[str, object],
        reason: str,
        begun_from: str = "",
    ) -> None:
        self.asked += (begun_from,)
        if begun_from != self.newest:
            raise AccessError(ErrorCode.DRAFT_CHANGED)
        self.handed_in = document
        super().propose(session, document, reason, begun_from)


def test_what_was_typed_stays_where_a_colleague_was_quicker(make_stage: MakeStage) -> None:
    place = _Busy()
    stage = open_page(make_stage, "he.min", "Profile", place)
    click(stage, "beginForm")
    _field(stage, "site.place_name.zh_CN", "我的里弄")
    click(stage, "step9")
    place.newest = "r2"
    click(stage, "proposeProfile")
    answered(stage, settle)
    assert "另一位同事改过" in text(stage, "officeMessage") and not place.handed_in
    assert "我的里弄" in layout.shown_texts(stage.window)
    click(stage, "proposeProfile")
    answered(stage, settle)
    assert place.asked == ("r1", "r2")
    assert parse(place.handed_in).site.place_name.zh_CN == "我的里弄"


def test_a_form_gives_back_the_profile_it_was_filled_with() -> None:
    place = StillPlace()
    assert place.profile is not None
    assert place.lacks(document_of(values_of(place.profile))) == ()
    assert parse(document_of(values_of(place.profile))) == place.profile
    of_form = {one for one in Missing if one.value not in ("PROFILE", "NOTICE_FACTS", "SENSOR")}
    assert {step_of(one) for one in of_form} <= STEPS.keys()
