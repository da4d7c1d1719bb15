"""Own days and one resident on the pages Ledger and Export: real stores, and the pages alone."""

import gc
import threading
import weakref
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from consent.kinds import Kind
from station.access import Role
from station.errors import AccessError, ErrorCode
from station.gate import Session
from station.office_book import Shelf
from station.office_view import ExportTerms, LedgerLines, LedgerQuery
from storage.audit_source import AuditSource
from tests.office_kit import office_of
from tests.residents_kit import Town
from tests.ui.conftest import MakeStage
from tests.ui.office_fakes import FakeOffice
from tests.ui.office_hands import opened, press
from tests.ui.office_steps import RealOffice, agree_first, come_in, fill, text
from tests.ui.touch import click
from ui import layout
from ui.office.export import ExportPage
from ui.office.ledger import LedgerPage
from ui.office.ledger_filters import LedgerFilters
from ui.office.spans import first_day
from ui.office_pictures import answered
from ui.office_stills import STILL_NUMBER
from ui.screenshots import item, settle
from ui.stage import Stage

NUMBER, OTHER = "310101199001011234", "310101199001012345"


class Asked(FakeOffice):
    """Keeps what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.searched: list[LedgerQuery] = []
        self.followed: list[LedgerQuery] = []
        self.exports: list[ExportTerms] = []

    def ledger(self, session: Session, query: LedgerQuery) -> LedgerLines:
        self.searched.append(query)
        return super().ledger(session, query)

    def newer(self, session: Session, after: int, query: LedgerQuery) -> LedgerLines:
        self.followed.append(query)
        return super().newer(session, after, query)

    def ask_export(self, session: Session, terms: ExportTerms, reason: str) -> None:
        self.exports.append(terms)
        super().ask_export(session, terms, reason)


class Typed(str):
    """A text of which can be told whether anybody still holds it."""


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = Town(tmp_path)
    for number in (NUMBER, OTHER):
        town.desk.enrol(number)
    town.kit.store = town.desk.stores.ledger  # type: ignore[assignment]
    yield town
    town.close()


def real(town: Town) -> RealOffice:
    people, service = AuditSource(town.desk.stores), RealOffice()
    service.office = office_of(
        town.kit, reference_of=lambda claim: people.reference_of(claim, datetime.now(UTC))
    )
    return service


def typed(stage: Stage, field: str, value: str) -> None:
    """Type into a field and press Enter, as a person does."""
    item(stage, field).forceActiveFocus()
    item(stage, field).setProperty("text", "")
    for letter in value:
        QTest.keyClick(stage.window, letter)
    QTest.keyClick(stage.window, Qt.Key.Key_Return)
    answered(stage, settle)


def focused(stage: Stage) -> str:
    found = stage.window.activeFocusItem()
    return "" if found is None else found.objectName()


def filters_of(stage: Stage, page: type[LedgerPage] | type[ExportPage]) -> LedgerFilters:
    found = stage.office.bridge(page).property("filters")
    assert isinstance(found, LedgerFilters)
    return found


def test_an_auditor_follows_one_resident_and_the_number_is_nowhere(
    make_stage: MakeStage, town: Town
) -> None:
    stage = make_stage(real(town))
    auditor = town.kit.hire(Role.AUDITOR)
    come_in(stage, town.kit, auditor, "Ledger")
    page, filters = stage.office.bridge(LedgerPage), filters_of(stage, LedgerPage)
    everything = len(page.property("rows"))
    fill(stage, personField="1234")
    assert len(item(stage, "personField").property("displayText").strip("1234")) == 4
    typed(stage, "personField", "310101199001019999")
    assert "没有找到" in text(stage, "officeMessage") and page.property("code") == "RES-02"
    assert item(stage, "personField").property("text") == "" and not filters.property("person")
    assert len(page.property("rows")) == everything

    reads = [one.kind for one in town.entries()].count(Kind.AUDIT_READ)
    typed(stage, "personField", NUMBER)
    assert focused(stage) == "personChip" and "一位住户" in text(stage, "personChip")
    assert page.property("message") == ""
    rows = page.property("rows")
    assert 0 < len(rows) < everything and "住户登记" in rows[-1]["what"]
    assert [one.kind for one in town.entries()].count(Kind.AUDIT_READ) == reads + 1
    held = f"{filters.__dict__} {page.__dict__} {page._query!r}"
    assert NUMBER not in held and NUMBER not in " ".join(layout.shown_texts(stage.window))
    # Away with the keyboard alone, back in the field, and nothing to undo in it.
    press(stage, Qt.Key.Key_Return)
    answered(stage, settle)
    assert not filters.property("person") and focused(stage) == "personField"
    QTest.keyClick(stage.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert item(stage, "personField").property("text") == ""
    assert len(page.property("rows")) > len(rows)

    # The same person, for an export: what the second one reads says it in words.
    click(stage, "menuExport")
    answered(stage, settle)
    typed(stage, "personField", NUMBER)
    reference = filters_of(stage, ExportPage).query().person
    click(stage, "exportGroupRESIDENTS")
    fill(stage, exportReason="住户申请查阅", actorField=auditor.user)
    click(stage, "askExport")
    answered(stage, settle)
    click(stage, "signOutButton")
    settle(stage)
    assert filters_of(stage, ExportPage).query().person == ""
    shown = agree_first(stage, town.kit, town.kit.security)
    assert "住户: – > 一位住户（不显示号码）" in shown and "记录种类: – > 住户：" in shown
    assert f"工作人员: – > {auditor.user}" in shown and "遮盖: – > 是" in shown
    assert len(reference) == 43 and reference not in shown and NUMBER not in shown
    bodies = b"".join(one.body for one in town.desk.stores.ledger.entries())
    sheets = b"".join(one.body for shelf in Shelf for one in town.kit.book.all(shelf))
    assert reference.encode() in sheets
    assert NUMBER.encode() not in bodies + sheets + town.desk.all_bytes()


def test_nobody_holds_a_number_once_it_was_looked_up(make_stage: MakeStage, qtbot: QtBot) -> None:
    stage = opened(make_stage, "qian.wei", "Ledger")
    filters = filters_of(stage, LedgerPage)
    for number, known in ((STILL_NUMBER, True), ("1234", False)):
        filters.drop_person()
        answered(stage, settle)
        secret = Typed(number)
        gone = weakref.ref(secret)
        filters.look_for(secret)
        del secret
        answered(stage, settle)
        assert filters.property("person") is known
        # The worker thread lets go of its errand when it takes the next one, or is idle.
        qtbot.waitUntil(lambda gone=gone: gc.collect() >= 0 and gone() is None, timeout=3000)
    filters.look_for(STILL_NUMBER)
    answered(stage, settle)
    stage.office.lock()
    settle(stage)
    assert not filters.property("person") and filters.query().person == ""


def test_own_days_begin_with_what_was_searched_and_say_what_is_wrong(
    make_stage: MakeStage,
) -> None:
    office = Asked()
    stage = opened(make_stage, "qian.wei", "Ledger", office)
    click(stage, "spanOWN")
    answered(stage, settle)
    assert (text(stage, "firstDay"), text(stage, "lastDay")) == (first_day(7), first_day(1))
    assert office.searched[-1] == LedgerQuery(first_day(7), first_day(1))
    assert focused(stage) == "firstDay"
    searches = len(office.searched)
    for first, last, said in (
        ("yesterday", "2026-03-31", "2026-03-01"),
        ("2026-02-30", "", "2026-03-01"),
        ("2026-03-02", "2026-03-01", "第一天在最后一天之后"),
    ):
        fill(stage, lastDay=last)
        typed(stage, "firstDay", first)
        assert said in text(stage, "daysSlip") and text(stage, "firstDay") == first
    assert len(office.searched) == searches
    fill(stage, lastDay="2026.3.31", actorField="He.Min ")
    typed(stage, "firstDay", "2026/3/1")
    assert office.searched[-1] == LedgerQuery("2026-03-01", "2026-03-31", actor="he.min")
    with pytest.raises(LookupError):
        item(stage, "daysSlip")
    typed(stage, "lastDay", "")
    click(stage, "groupVISITS")
    answered(stage, settle)
    assert (office.searched[-1].first, office.searched[-1].last) == ("2026-03-01", "")
    assert Kind.VISIT_OUTCOME in office.searched[-1].kinds
    click(stage, "spanDAY")
    answered(stage, settle)
    assert office.searched[-1].first == first_day(1)
    with pytest.raises(LookupError):
        item(stage, "firstDay")


def test_more_and_the_live_view_go_on_with_the_search_that_is_shown(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    office = Asked()
    stage = opened(make_stage, "qian.wei", "Ledger", office)
    page = stage.office.bridge(LedgerPage)
    fill(stage, actorField="he.min")
    page.show_more()
    answered(stage, settle)
    assert office.searched[-1] == LedgerQuery(first_day(7), before=108)
    typed(stage, "personField", STILL_NUMBER)
    asked = office.searched[-1]
    assert len(asked.person) == 43 and asked.actor == "he.min"
    page._live.setInterval(30)
    click(stage, "liveButton")
    qtbot.waitUntil(lambda: len(office.followed) > 2, timeout=3000)
    assert set(office.followed) == {asked}
    # A search that is begun while the old one is being followed throws nobody out.
    begun, go_on = threading.Event(), threading.Event()

    def newer(session: Session, after: int, query: LedgerQuery) -> LedgerLines:
        begun.set()
        assert go_on.wait(5)
        raise AccessError(ErrorCode.SIGNED_OUT)

    office.newer = newer  # type: ignore[method-assign]
    qtbot.waitUntil(begun.is_set, timeout=3000)
    click(stage, "spanEVER")
    answered(stage, settle)
    click(stage, "liveButton")
    go_on.set()
    settle(stage, 150)
    assert stage.office.property("state") == "open" and page.property("message") == ""
    assert office.searched[-1] == LedgerQuery(actor="he.min", person=asked.person)


def test_an_export_is_asked_for_with_what_is_on_the_form(make_stage: MakeStage) -> None:
    office = Asked()
    stage = opened(make_stage, "qian.wei", "Export", office)
    fill(stage, personField=STILL_NUMBER, exportReason="季度审计")
    # What was typed and not looked up would be left out without a word.
    assert item(stage, "askExport").isEnabled() is False
    assert "还没有查找" in text(stage, "personPending")
    item(stage, "exportReason").forceActiveFocus()
    press(stage, Qt.Key.Key_Return)
    assert office.exports == []
    typed(stage, "personField", STILL_NUMBER)
    click(stage, "exportGroupRESIDENTS")
    click(stage, "exportSpanOWN")
    fill(stage, firstDay="2026-03-31", lastDay="2026-03-01", actorField="he.min")
    click(stage, "askExport")
    assert office.exports == [] and "第一天" in text(stage, "daysSlip")
    fill(stage, firstDay="2026-03-01", lastDay="2026-03-31")
    click(stage, "askExport")
    answered(stage, settle)
    (terms,) = office.exports
    assert (terms.first, terms.last, terms.actor) == ("2026-03-01", "2026-03-31", "he.min")
    assert Kind.ENROL in terms.kinds and len(terms.person) == 43 and not terms.unmasked
    (own, *_) = stage.office.bridge(ExportPage).property("rows")
    assert own["terms"].endswith(" · 住户 · he.min · 一位住户（不显示号码）")
    with pytest.raises(LookupError):
        item(stage, "exportTerms")
    office._decide(own["id"], "AGREED", "li.na")
    click(stage, "refreshButton")
    answered(stage, settle)
    assert text(stage, "exportTerms") == own["terms"]
