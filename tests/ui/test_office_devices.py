"""Devices at the office: asked before a change, and offered only to whoever may make one."""

from dataclasses import replace

import pytest

from tests.ui.conftest import MakeStage
from tests.ui.office_fakes import CODE, PASSWORD, StaffedFake
from tests.ui.office_steps import text
from tests.ui.touch import click
from ui.office.devices import DevicesPage
from ui.office_pictures import answered
from ui.screenshots import item, settle
from ui.stage import Stage


def _open(make_stage: MakeStage, user: str, service: StaffedFake) -> Stage:
    stage = make_stage(service)
    stage.office.show_sign_in()
    stage.office.sign_in(user, PASSWORD, CODE)
    answered(stage, settle)
    stage.office.go("Devices")
    answered(stage, settle)
    return stage


def test_a_device_is_allowed_and_withdrawn_after_a_question(make_stage: MakeStage) -> None:
    service = StaffedFake()
    plugged = service.office.plugged
    stage = _open(make_stage, "security_admin", service)
    page = stage.office.bridge(DevicesPage)
    states = [row["state"] for row in page.property("rows")]
    assert states == ["已登记", "未登记", "不能用：软件设备", "已登记"]
    click(stage, "devicesRow1")
    assert page.property("choices") == ["allow"], "it is not the registered one"
    click(stage, "choice_allow")
    assert plugged.calls == [] and "序列号和接口" in text(stage, "deviceQuestion")
    click(stage, "deviceNot")
    with pytest.raises(LookupError):
        item(stage, "deviceQuestion")
    click(stage, "choice_allow")
    click(stage, "deviceSure")
    answered(stage, settle)
    assert plugged.calls == ["allow camera1-4"]
    assert "从下一次办理起使用" in text(stage, "officeMessage")
    assert [row["state"] for row in page.property("rows")][:2] == ["未登记", "已登记"]

    click(stage, "devicesRow3")
    assert page.property("choices") == ["withdraw"]
    click(stage, "choice_withdraw")
    assert "读不了证件" in text(stage, "deviceQuestion")
    click(stage, "deviceSure")
    answered(stage, settle)
    assert plugged.calls[-1] == "withdraw reader"
    assert page.property("rows")[-1]["state"] == "已撤销，一个也不许用"

    click(stage, "devicesRow2")
    assert page.property("choices") == [] and "程序冒充" in text(stage, "deviceSoftware")
    page.begin("allow")
    page.choose("gone")
    page.submit()
    assert len(plugged.calls) == 2


def test_a_question_that_is_open_never_changes_to_another_device(make_stage: MakeStage) -> None:
    service = StaffedFake()
    plugged = service.office.plugged
    gone = replace(plugged.lines[0], id="", state="ABSENT", present=False)
    plugged.lines = (plugged.lines[1], gone, replace(gone, kind="reader"))
    stage = _open(make_stage, "security_admin", service)
    page = stage.office.bridge(DevicesPage)
    page.choose(page.property("rows")[1]["id"])
    page.begin("withdraw")
    plugged.lines = plugged.lines[1:]
    page.refresh()
    answered(stage, settle)
    page.submit()
    answered(stage, settle)
    assert plugged.calls == ["withdraw camera"]


def test_whoever_may_only_read_is_offered_nothing(make_stage: MakeStage) -> None:
    stage = _open(make_stage, "auditor", StaffedFake())
    click(stage, "devicesRow0")
    assert stage.office.bridge(DevicesPage).property("choices") == []
    assert "devices camera --pin" in text(stage, "deviceUnmeasured")
