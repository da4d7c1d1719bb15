"""Notices at the office: the editor with its preview, and publication through the real core."""

import pytest
from pytestqt.qtbot import QtBot

from consent.kinds import Kind
from station.access import Role
from tests.office_kit import office_of
from tests.staff_kit import StaffKit
from tests.ui.conftest import MakeStage
from tests.ui.office_steps import RealOffice, agree_first, come_in, fill, open_page, text
from tests.ui.touch import click
from ui import layout
from ui.office.notices import NoticesPage
from ui.office_pictures import answered
from ui.place_stills import StillPlace
from ui.screenshots import item, settle
from ui.stage import Stage

_TITLE = "draft_words/zh_CN/title"


def _editing(make_stage: MakeStage) -> Stage:
    stage = open_page(make_stage, "he.min", "Notices", StillPlace())
    click(stage, "noticesRow0")
    click(stage, "editNotice")
    answered(stage, settle)
    return stage


def _complete(stage: Stage) -> bool:
    return bool(stage.office.bridge(NoticesPage).property("complete"))


def test_a_notice_is_edited_agreed_to_and_published(make_stage: MakeStage, qtbot: QtBot) -> None:
    kit = StaffKit()
    manager, officer = kit.hire(Role.MANAGER), kit.hire(Role.PI_OFFICER)
    service = RealOffice()
    service.office = office_of(kit)
    stage = make_stage(service)
    come_in(stage, kit, manager, "Notices")
    page = stage.office.bridge(NoticesPage)
    before = page.property("rows")[0]
    click(stage, "noticesRow0")
    assert before["digest"] in layout.shown_texts(stage.window)
    click(stage, "editNotice")
    answered(stage, settle)
    assert item(stage, "proposeNotice").isEnabled() is False
    fill(stage, draft_effective_on="2026-02-28")
    qtbot.waitUntil(lambda: "起用日期已经过去" in text(stage, "draftState"), timeout=5000)
    fill(stage, draft_effective_on="2026-03-01")
    click(stage, "part_head")
    item(stage, _TITLE).setProperty("text", "看脸之前，请先读这一页")
    qtbot.waitUntil(lambda: _complete(stage), timeout=5000)
    answered(stage, settle)
    assert "看脸之前，请先读这一页" in layout.shown_texts(stage.window)
    fill(stage, noticeReason="标题说得更明白")
    click(stage, "proposeNotice")
    answered(stage, settle)
    assert "等个人信息保护负责人" in text(stage, "noticePending")
    click(stage, "signOutButton")

    shown = agree_first(stage, kit, officer)
    assert "告知书: – > 访客" in shown
    assert "看脸之前，请先读这一页" in shown and "2026-03-01" in shown

    come_in(stage, kit, manager, "Notices")
    click(stage, "noticesRow0")
    click(stage, "publishNotice")
    answered(stage, settle)
    assert "已发布" in text(stage, "officeMessage")
    after = page.property("rows")[0]
    assert after["digest"] != before["digest"] and after["since"] == "2026-03-01"
    (entry,) = [one for one in kit.entries() if one.kind is Kind.NOTICE_PUBLISHED]
    assert entry.payload["actor"] == manager.user and entry.payload["second"] == officer.user


def test_what_is_missing_is_named_and_led_to(make_stage: MakeStage, qtbot: QtBot) -> None:
    stage = _editing(make_stage)
    page = stage.office.bridge(NoticesPage)
    fill(stage, draft_effective_on="2026-03-2")
    qtbot.waitUntil(lambda: "填得不对" in text(stage, "draftState"), timeout=5000)
    fill(stage, draft_effective_on="2026-03-20")
    qtbot.waitUntil(lambda: _complete(stage), timeout=5000)
    click(stage, "part_H")
    click(stage, "write_en")
    item(stage, "draft_words/en/sections/H/body").setProperty("text", "Ask us.")
    qtbot.waitUntil(lambda: not _complete(stage), timeout=5000)
    answered(stage, settle)
    assert "H · English · 没有写明这项权利" in text(stage, "draftState")
    click(stage, "part_terms")
    click(stage, "write_zh_CN")
    click(stage, "showGap")
    assert (page.property("part"), page.property("language")) == ("H", "en")
    assert text(stage, "draft_words/en/sections/H/body") == "Ask us."


def test_typing_goes_on_while_the_preview_follows(make_stage: MakeStage, qtbot: QtBot) -> None:
    stage = _editing(make_stage)
    click(stage, "part_head")
    field = item(stage, _TITLE)
    field.setProperty("text", "新标题")
    page = stage.office.bridge(NoticesPage)
    qtbot.waitUntil(lambda: page.property("reading")[0]["heading"] == "新标题", timeout=5000)
    assert item(stage, _TITLE) is field
    click(stage, "keepDraft")
    answered(stage, settle)
    assert "草稿已保存" in text(stage, "officeMessage")
    assert item(stage, _TITLE) is field


def test_what_was_typed_stays_where_a_colleague_was_quicker(make_stage: MakeStage) -> None:
    kit = StaffKit()
    manager, other = kit.hire(Role.MANAGER), kit.signed_in(Role.MANAGER)
    service = RealOffice()
    service.office = office_of(kit)
    place = service.office.place
    stage = make_stage(service)
    come_in(stage, kit, manager, "Notices")
    click(stage, "noticesRow0")
    click(stage, "editNotice")
    answered(stage, settle)
    place.keep(other, place.draft(other, "visitor"))
    click(stage, "part_head")
    item(stage, _TITLE).setProperty("text", "我的标题")
    click(stage, "keepDraft")
    answered(stage, settle)
    assert "另一位同事改过" in text(stage, "officeMessage")
    assert text(stage, _TITLE) == "我的标题"
    assert place.draft(other, "visitor").words.zh_CN.title != "我的标题"
    click(stage, "keepDraft")
    answered(stage, settle)
    assert "草稿已保存" in text(stage, "officeMessage")
    assert place.draft(other, "visitor").words.zh_CN.title == "我的标题"


def test_whoever_may_only_read_is_offered_no_editor(make_stage: MakeStage) -> None:
    kit = StaffKit()
    service = RealOffice()
    service.office = office_of(kit)
    stage = make_stage(service)
    come_in(stage, kit, kit.hire(Role.AUDITOR), "Notices")
    click(stage, "noticesRow0")
    with pytest.raises(LookupError):
        item(stage, "editNotice")
    page = stage.office.bridge(NoticesPage)
    page.edit()
    answered(stage, settle)
    assert page.property("editing") is False and "ACC-" in text(stage, "officeMessage")
