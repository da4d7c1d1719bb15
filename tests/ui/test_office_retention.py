"""Terms and thresholds at the office: the page alone, and other terms through the real core."""

from dataclasses import replace

import pytest

from consent.kinds import Kind
from station.access import Role
from tests.office_kit import office_of
from tests.staff_kit import StaffKit
from tests.ui.conftest import MakeStage
from tests.ui.office_fakes import CODE, PASSWORD, StaffedFake
from tests.ui.office_steps import RealOffice, agree_first, come_in, fill, text
from tests.ui.touch import click
from ui import layout
from ui.office.retention import RetentionPage
from ui.office_pictures import answered
from ui.screenshots import item, settle
from ui.stage import Stage
from ui.terms_stills import StillTerms


def _open(make_stage: MakeStage, user: str, terms: StillTerms) -> Stage:
    service = StaffedFake()
    service.office.terms = terms
    stage = make_stage(service)
    stage.office.show_sign_in()
    stage.office.sign_in(user, PASSWORD, CODE)
    answered(stage, settle)
    stage.office.go("Retention")
    answered(stage, settle)
    assert stage.office.property("page") == "Retention"
    return stage


def _rows(stage: Stage) -> dict[str, dict[str, str]]:
    return {row["id"]: row for row in stage.office.bridge(RetentionPage).property("rows")}


def test_other_terms_are_asked_for_agreed_to_and_put_in_force(make_stage: MakeStage) -> None:
    kit = StaffKit()
    manager = kit.hire(Role.MANAGER)
    service = RealOffice()
    service.office = office_of(kit)
    stage = make_stage(service)
    come_in(stage, kit, manager, "Retention")
    assert _rows(stage)["visitor"]["term"] == "离开后 24 小时"
    assert "两人同意\u00a0–" in _rows(stage)["visitor"]["bounds"]
    click(stage, "changeTerms")
    assert text(stage, "termHours") == "24" and text(stage, "termDays") == "365"
    fill(stage, termHours="25", termReason="访客当天就走")
    click(stage, "askTerms")
    answered(stage, settle)
    assert "RES-05" in text(stage, "officeMessage"), "no station keeps a visitor for 25 hours"
    fill(stage, termHours="一天")
    click(stage, "askTerms")
    assert "RES-05" in text(stage, "officeMessage")
    fill(stage, termHours="8", termDays="180", termReason=" ")
    click(stage, "askTerms")
    answered(stage, settle)
    assert "ACC-05" in text(stage, "officeMessage") or "理由" in text(stage, "officeMessage")
    fill(stage, termReason="访客当天就走")
    click(stage, "askTerms")
    answered(stage, settle)
    assert "访客 8 小时，住户最长 180 天" in text(stage, "termsPendingText")
    with pytest.raises(LookupError):
        item(stage, "putTermsInForce")
    click(stage, "signOutButton")

    shown = agree_first(stage, kit, kit.security)
    assert shown == "访客保存（小时）: 24 > 8 住户最长保存（天）: 365 > 180"

    come_in(stage, kit, manager, "Requests")
    click(stage, "tabmine")
    click(stage, "requestsRow0")
    click(stage, "goWhere")
    answered(stage, settle)
    assert stage.office.property("page") == "Retention"
    click(stage, "putTermsInForce")
    answered(stage, settle)
    assert "已生效" in text(stage, "officeMessage")
    rows = _rows(stage)
    assert rows["visitor"]["term"] == "离开后 8 小时" and rows["visitor"]["source"] == "两人同意"
    assert rows["resident"]["term"] == "登记后最长 180 天"
    assert rows["backup"]["term"] == "8 小时"
    with pytest.raises(LookupError):
        item(stage, "termsPendingText")
    (entry,) = [one for one in kit.entries() if one.kind is Kind.CONFIG_CHANGED]
    assert (entry.payload["actor"], entry.payload["second"]) == (manager.user, "root.sec")
    place = service.office._room.requests.own(kit.sign_in(manager))
    assert place == (), "used up"


def test_whoever_may_only_read_is_offered_no_change(make_stage: MakeStage) -> None:
    terms = StillTerms()
    stage = _open(make_stage, "auditor", terms)
    with pytest.raises(LookupError):
        item(stage, "changeTerms")
    assert len(_rows(stage)) == 5
    terms.view = replace(terms.view, residents=False)
    click(stage, "refreshButton")
    answered(stage, settle)
    assert _rows(stage)["resident"]["bounds"] == "本机不登记住户"


def test_what_ends_when_is_drawn_and_thresholds_are_shown(make_stage: MakeStage) -> None:
    terms = StillTerms()
    waiting = replace(
        terms.view.pad,
        waiting_by="he.min",
        waiting_at="2026-03-08T02:00:00+00:00",
        waiting_digest="0123456789abcdef",
    )
    terms.view = replace(terms.view, overdue=3, pad=waiting)
    stage = _open(make_stage, "security_admin", terms)
    click(stage, "view_due")
    assert "3 条" in text(stage, "overdueNote")
    assert text(stage, "dueChartTotal") == "共 42"
    page = stage.office.bridge(RetentionPage)
    chart = page.property("chart")
    assert (len(chart["values"]), chart["values"][0]) == (24, 3)
    click(stage, "due_resident")
    chart = page.property("chart")
    assert (len(chart["values"]), sum(chart["values"])) == (30, 31)
    facts = {one["label"]: one["value"] for one in page.property("facts")}
    assert facts["更晚到期"].startswith("381 条") and facts["已到期、还没有删除"] == "3"
    page.show_purpose("nobody")
    page.show_view("nothing")
    assert (page.property("purpose"), page.property("view")) == ("resident", "due")

    click(stage, "view_pad")
    texts = " ".join(layout.shown_texts(stage.window))
    assert "planarity_residual" in texts and terms.view.pad.digest in texts
    assert "./station.sh policy propose" in text(stage, "policyCommands")
    assert "he.min" in text(stage, "policyWaiting")
    with pytest.raises(LookupError):
        item(stage, "changeTerms")


def test_a_request_that_came_to_nothing_says_why(make_stage: MakeStage) -> None:
    terms = StillTerms()
    stage = _open(make_stage, "manager", terms)
    click(stage, "changeTerms")
    fill(stage, termReason="为什么")
    click(stage, "askTerms")
    answered(stage, settle)
    assert terms.calls == ["ask 12 180 为什么"]
    assert terms.view.pending is not None
    for state, said in (("REFUSED", "时间太短"), ("STALE", "已作废")):
        pending = replace(terms.view.pending, state=state, answer="时间太短")
        terms.view = replace(terms.view, pending=pending)
        click(stage, "refreshButton")
        answered(stage, settle)
        assert said in text(stage, "termsPendingText")
        with pytest.raises(LookupError):
            item(stage, "putTermsInForce")
