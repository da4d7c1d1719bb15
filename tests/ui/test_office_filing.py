"""Filing and signs at the office: the page alone, and its papers from the real core."""

import json
import stat
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest

from station.access import Role
from station.errors import AccessError, ErrorCode, OfficeError
from station.filing import MARKS, FilingCounter, FilingStatus
from station.office_filing import OfficeFiling
from station.processing_record import processing_of
from station.signage import FORBIDDEN, Place, Sign
from station.staffroom import Staffroom
from tests.office_kit import NobodyKept
from tests.staff_kit import StaffKit
from tests.ui.conftest import MakeStage
from tests.ui.office_fakes import CODE, PASSWORD, StaffedFake
from tests.ui.office_steps import fill, text
from tests.ui.touch import click
from ui.filing_stills import StillFiling
from ui.office.filing import FilingPage, number
from ui.office_pictures import answered
from ui.report_pdf import paper_pdf
from ui.screenshots import item, settle
from ui.stage import Stage


def _open(make_stage: MakeStage, user: str, filing: StillFiling) -> Stage:
    service = StaffedFake()
    service.office.filing = filing
    stage = make_stage(service)
    stage.office.show_sign_in()
    stage.office.sign_in(user, PASSWORD, CODE)
    answered(stage, settle)
    stage.office.go("Filing")
    answered(stage, settle)
    return stage


def test_the_count_stands_against_its_marks_and_the_pack_is_written(
    make_stage: MakeStage,
) -> None:
    filing = StillFiling()
    stage = _open(make_stage, "he.min", filing)
    page = stage.office.bridge(FilingPage)
    assert text(stage, "filingCount") == number(84_210)
    assert [one["reached"] for one in page.property("marks")] == [True, False, False]
    at = [one["at"] for one in page.property("marks")]
    assert at == pytest.approx([mark / 110_000 for mark in MARKS])
    assert page.property("share") == pytest.approx(84_210 / 110_000)
    # What is filled ends between the first mark and the second.
    fill_end = item(stage, "filingFill").width() / item(stage, "filingBar").width()
    assert at[0] < fill_end < at[1]
    assert "80\u00a0000" in text(stage, "filingAlarm")
    click(stage, "filingWrite")
    assert filing.calls == []
    fill(stage, filingFolder="/media/usb")
    click(stage, "filingWrite")
    answered(stage, settle)
    assert filing.calls == ["pack /media/usb"]
    assert "filing.json" in text(stage, "filingWritten")
    assert page.property("writing") is False and "备案材料已写好" in text(stage, "officeMessage")


@pytest.mark.parametrize(
    ("found", "tone", "said"),
    [
        (FilingStatus(0, 0, "", ""), "good", "没有备案义务"),
        (FilingStatus(96_000, 95_000, "", ""), "caution", "95\u00a0000"),
        (
            FilingStatus(99_000, 100_000, "2026-03-02T01:00:00+00:00", "2099-01-05"),
            "stop",
            "2099-01-05 以前",
        ),
        (
            FilingStatus(140_000, 100_000, "2020-03-02T01:00:00+00:00", "2020-04-13"),
            "stop",
            "已过",
        ),
    ],
    ids=["none", "near", "due", "over"],
)
def test_the_alarm_follows_the_marks(
    make_stage: MakeStage, found: FilingStatus, tone: str, said: str
) -> None:
    filing = StillFiling()
    filing.found = found
    page = _open(make_stage, "auditor", filing).office.bridge(FilingPage)
    assert page.property("alarmTone") == tone and said in page.property("alarm")
    assert page.property("share") <= 1.0 and max(m["at"] for m in page.property("marks")) <= 1.0


def test_a_sign_is_looked_at_before_it_is_printed_and_refused_where_none_may_hang(
    make_stage: MakeStage,
) -> None:
    filing = StillFiling()
    stage = _open(make_stage, "manager", filing)
    page = stage.office.bridge(FilingPage)
    click(stage, "filingView_sign")
    assert page.property("drawn") is False
    click(stage, "filingPlace_DESK")
    answered(stage, settle)
    shown = item(stage, "signPicture").property("image")
    # A4, white paper, the jade band on top.
    assert shown.height() / shown.width() == pytest.approx(297 / 210, rel=0.01)
    assert shown.pixelColor(shown.width() // 2, 20).name() == "#0b6e5f"
    fill(stage, filingFolder="/media/usb")
    click(stage, "filingWrite")
    answered(stage, settle)
    assert filing.calls == ["sign DESK /media/usb"]
    click(stage, "filingPlace_BATH")
    answered(stage, settle)
    assert "SGN-01" in text(stage, "officeMessage") and page.property("drawn") is False
    # At a public place the question comes before any sign.
    click(stage, "filingPlace_LOBBY")
    answered(stage, settle)
    assert page.property("message") == "" and page.property("drawn") is False
    click(stage, "filingSecurity")
    answered(stage, settle)
    assert page.property("drawn") is True
    assert [one["key"] for one in page.property("places")][-len(FORBIDDEN) :] == [
        one.value for one in Place if one in FORBIDDEN
    ]


def test_an_auditor_reads_the_record_and_makes_no_sign(make_stage: MakeStage) -> None:
    filing = StillFiling()
    stage = _open(make_stage, "auditor", filing)
    page = stage.office.bridge(FilingPage)
    assert [one["key"] for one in page.property("views")] == ["count", "record"]
    click(stage, "filingView_record")
    answered(stage, settle)
    rows = page.property("rows")
    assert rows[0]["since"].startswith("2 · ") and rows[0]["what"] == "核对是不是本人"
    assert rows[0]["term"] == "24 小时" and rows[-1]["since"].startswith("1 · ")
    fill(stage, filingFolder="/media/usb")
    click(stage, "filingWrite")
    answered(stage, settle)
    assert filing.calls == ["record /media/usb"]


def test_the_papers_are_new_files_of_their_owner(tmp_path: Path) -> None:
    kit = StaffKit()
    kit.clock.moment = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
    source = NobodyKept(kit)
    source.filing = FilingCounter(lambda: 81_000, lambda: (), kit.ledger)
    source.processing.remember(processing_of(source.notices(), "PIA-7"))
    desk = OfficeFiling(
        Staffroom(kit.accounts, kit.requests, kit.gate), source, paper_pdf, _sign_pdf, kit.clock
    )
    officer = kit.sign_in(kit.hire(Role.PI_OFFICER))
    seen: list[tuple[int, int]] = []
    names = desk.pack(officer, tmp_path, progress=lambda *at: seen.append(at))
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]
    pack = json.loads((tmp_path / names[0]).read_bytes())
    assert (pack["stored_people"], pack["mark"]) == (81_000, 80_000)
    record = desk.export_record(officer, tmp_path, progress=lambda *_: None)
    said = json.loads((tmp_path / record[0]).read_bytes())
    assert said["versions"][0]["processing"]["assessment"] == "PIA-7"
    signs = desk.write_sign(officer, Place.DESK, False, tmp_path, progress=lambda *_: None)
    assert [name[-6:] for name in signs] == ["a4.pdf", "a3.pdf"]
    for name in (*names, *record, *signs):
        path = tmp_path / name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.suffix == ".json" or path.read_bytes().startswith(b"%PDF")
    # The same moment again would be the same names: nothing is ever overwritten.
    with pytest.raises(OfficeError, match=ErrorCode.PAPER_NOT_WRITTEN.value):
        desk.pack(officer, tmp_path, progress=lambda *_: None)
    assert len(list(tmp_path.iterdir())) == 8
    with pytest.raises(OfficeError, match=ErrorCode.PLACE_FORBIDDEN.value):
        desk.write_sign(officer, Place.BATH, True, tmp_path, progress=lambda *_: None)
    with pytest.raises(AccessError, match=ErrorCode.ACCESS_DENIED.value):
        desk.sign(kit.sign_in(kit.hire(Role.AUDITOR)), Place.DESK, False)


def _sign_pdf(sign: Sign, paper: str) -> bytes:
    sheet = import_module("ui.signage_sheet")
    drawn: bytes = sheet.sign_pdf(sign, sheet.SignPaper(paper))
    return drawn
