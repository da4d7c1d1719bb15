"""Ledger, charts, export and what leads on from the first page of the office."""

import threading
from collections import Counter
from datetime import UTC, date
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from consent.figures import Figures
from consent.kinds import Kind
from consent.search import row_of
from station.errors import ErrorCode
from station.gate import Session
from station.ledger_counts import LedgerCounts, count_days
from tests.ledger_fakes import new_ledger
from tests.ui.conftest import MakeStage
from tests.ui.office_fakes import FakeOffice
from tests.ui.office_hands import office_of, opened, text_of
from tests.ui.touch import click
from ui import layout
from ui.office.export import ExportPage
from ui.office.ledger import LedgerPage
from ui.office_pictures import answered
from ui.screenshots import item, settle
from ui.stage import Stage

_REASON = "夜班需要"


def _drawn(stage: Stage, chart: str, bars: int) -> list[int]:
    """The figures a chart says in letters, and their bars in proportion."""
    found = []
    for at in range(bars):
        try:
            found.append(int(text_of(stage, f"{chart}Value{at}")))
        except LookupError:
            found.append(0)
    most = max(found)
    heights = [item(stage, f"{chart}Bar{at}").height() if n else 0.0 for at, n in enumerate(found)]
    full = max(heights)
    assert [round(height / full * most) if full else 0 for height in heights] == found
    return found


def test_a_search_hands_on_what_was_chosen_and_says_what_it_found(make_stage: MakeStage) -> None:
    stage = opened(make_stage, "qian.wei", "Ledger")
    assert "显示 100 条，共 208 条" in layout.shown_texts(stage.window)
    click(stage, "groupSECURITY")
    answered(stage, settle)
    page = stage.office.bridge(LedgerPage)
    kinds = {row["what"] for row in page.property("rows")}
    assert kinds == {"不准许", "登录被拒绝", "活体检测没有放行"}
    assert {row["tone"] for row in page.property("rows")} == {"stop"}
    item(stage, "actorField").setProperty("text", "zhou.ting")
    click(stage, "groupALL")
    answered(stage, settle)
    assert {row["who"] for row in page.property("rows")} == {"zhou.ting"}
    item(stage, "actorField").setProperty("text", "nobody")
    click(stage, "groupALL")
    answered(stage, settle)
    assert "没有记录" in text_of(stage, "ledgerEmpty")


def test_older_lines_follow_and_the_live_view_brings_new_ones(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    office = FakeOffice()
    stage = opened(make_stage, "qian.wei", "Ledger", office)
    page = stage.office.bridge(LedgerPage)
    page.show_more()
    answered(stage, settle)
    rows = page.property("rows")
    assert len(rows) == 200 and [int(row["seq"]) for row in rows] == list(range(207, 7, -1))
    page._live.setInterval(50)
    click(stage, "liveButton")
    new = row_of(
        type("Stored", (), {"seq": 208, "body": office.entries[3].body})()  # type: ignore[arg-type]
    )
    office.entries.append(new)
    qtbot.waitUntil(lambda: page.property("rows")[0]["seq"] == "208", timeout=5000)
    click(stage, "liveButton")
    assert page.property("live") is False
    page.set_live(True)
    stage.office.go("Home")
    assert page.property("live") is False and page.property("rows") == []


def test_a_live_view_that_may_not_go_on_locks_the_office(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    stage = opened(make_stage, "qian.wei", "Ledger")
    office_of(stage).refusals["newer"] = ErrorCode.SIGNED_OUT
    click(stage, "liveButton")
    qtbot.waitUntil(lambda: stage.office.property("state") == "signIn", timeout=5000)


def test_whoever_may_only_see_figures_gets_no_entries(make_stage: MakeStage) -> None:
    stage = opened(make_stage, "manager", "Ledger")
    assert item(stage, "charts") is not None
    with pytest.raises(LookupError):
        item(stage, "viewlines")
    assert "ledger" not in office_of(stage).calls


def test_the_charts_are_the_counts_of_the_ledger(make_stage: MakeStage) -> None:
    ledger, store, _, clock = new_ledger()
    for day in range(14):
        for outcome in ("MATCH",) * (day * 3 % 7) + ("DECLINED",) * (day % 3):
            ledger.record(Kind.VISIT_OUTCOME, {"outcome": outcome})
        for _ in range(day % 3):
            ledger.record(Kind.CONSENT_REFUSED, {})
        for _ in range(day % 4 // 3):
            ledger.record(Kind.PAD_REJECT, {"species": "print"})
            ledger.record(Kind.VISIT_OUTCOME, {"outcome": "ATTACK"})
            ledger.record(Kind.ACCESS_REFUSED, {"actor": "li.na", "code": "ACC-01"})
        clock.moment = clock.moment.replace(day=day + 2)
    counts = count_days(store.newest_first(), date(2026, 3, 14), 14, UTC)

    class Counted(FakeOffice):
        def counts(self, session: Session, days: int) -> LedgerCounts:
            assert days == 14
            return counts

    stage = opened(make_stage, "qian.wei", "Ledger", Counted())
    click(stage, "viewcharts")
    answered(stage, settle)
    stage.window.resize(1080, 1920)
    settle(stage)
    assert _drawn(stage, "visits", 14) == list(counts.visits)
    assert _drawn(stage, "declined", 14) == list(counts.declined)
    assert _drawn(stage, "attacks", 14) == list(counts.attacks)
    # The other way of counting, which draws the summary of an export, comes to the same.
    figures = Figures(UTC)
    for stored in store.entries():
        figures.take(row_of(stored))
    assert [figures.visits_by_day[day] for day in counts.days] == list(counts.visits)
    assert [figures.attacks_by_day[day] for day in counts.days] == list(counts.attacks)
    assert figures.visits == sum(counts.visits) and figures.attacks == sum(counts.attacks)
    drawn = {
        entry["label"]: entry["count"]
        for entry in stage.office.bridge(LedgerPage).property("outcomes")
    }
    plain = Counter(figures.outcomes)
    assert drawn == {
        "一致": plain["MATCH"],
        "没有同意": plain["DECLINED"],
        "活体未过": plain["ATTACK"],
    }
    assert text_of(stage, "visitsTotal") == f"共 {sum(counts.visits)}"


def test_an_export_waits_for_a_second_person_then_shows_how_far_it_is(
    make_stage: MakeStage, qtbot: QtBot, tmp_path: Path
) -> None:
    office = FakeOffice()
    stage = opened(make_stage, "qian.wei", "Export", office)
    assert item(stage, "writeExport").isEnabled() is False
    request = next(one for one in office.asked if one.user == "qian.wei")
    office._decide(request.id, "AGREED", "li.na")
    click(stage, "refreshButton")
    answered(stage, settle)
    item(stage, "exportFolder").setProperty("text", str(tmp_path))
    halfway, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        halfway.set()
        assert go_on.wait(5)

    office.before["halfway"] = wait
    page = stage.office.bridge(ExportPage)
    page.write(request.id, str(tmp_path))
    qtbot.waitUntil(halfway.is_set)
    qtbot.waitUntil(lambda: page.property("doneCount") == 300)
    settle(stage)
    bar, fill = item(stage, "exportProgress"), item(stage, "progressFill")
    assert fill.width() == pytest.approx(0.3 * bar.width(), rel=0.01)
    # Another page meanwhile does not stop it.
    stage.office.go("Home")
    stage.office.go("Export")
    assert page.property("running") is True
    go_on.set()
    answered(stage, settle)
    assert page.property("running") is False
    assert "184200" in text_of(stage, "exportDone")


@pytest.mark.parametrize("how", ["stop", "lock"])
def test_an_export_can_be_stopped_and_a_lock_stops_it(
    make_stage: MakeStage, qtbot: QtBot, tmp_path: Path, how: str
) -> None:
    office = FakeOffice()
    stage = opened(make_stage, "qian.wei", "Export", office)
    halfway, seen = threading.Event(), threading.Event()
    page = stage.office.bridge(ExportPage)

    def wait() -> None:
        halfway.set()
        cancel = page._cancel
        seen.set()
        cancel.wait(5)

    office.before["halfway"] = wait
    page.write("0" * 32, str(tmp_path))
    qtbot.waitUntil(lambda: halfway.is_set() and seen.is_set())
    settle(stage)
    if how == "stop":
        click(stage, "stopExport")
        answered(stage, settle)
        assert "已停止" in text_of(stage, "officeMessage")
    else:
        stage.office.lock()
        settle(stage, 200)
        assert page.property("running") is False
        assert page.property("written") == {}


def test_faults_come_first_and_are_counted(make_stage: MakeStage) -> None:
    stage = opened(make_stage, "li.na", "Health")
    rows = stage.office.pages["Health"].property("rows")
    assert [row["tone"] for row in rows[:2]] == ["stop", "caution"]
    assert "影响接待的故障：1" in layout.shown_texts(stage.window)


def test_the_day_s_figures_lead_on_to_what_waits(make_stage: MakeStage) -> None:
    stage = opened(make_stage, "li.na", "Home")
    assert any("有 2 件申请等您处理" in text for text in layout.shown_texts(stage.window))
    click(stage, "step1")
    assert stage.office.property("page") == "Requests"
