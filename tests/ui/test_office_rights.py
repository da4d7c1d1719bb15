"""The rights desk at the office: the page alone, and a request through the real core and stores."""

import json
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from consent.entry import parse_entry
from consent.kinds import Kind
from consent.notice_source import read_notice
from consent.signing import HeadSigner
from resources.office_texts import office_table
from station.access import Role
from station.config import ROOT, load
from station.office_rights import OfficeRights
from station.rights_room import RightsRoom, Standing
from station.staffroom import Staffroom
from station.tickets import TicketKind
from tests.office_kit import SITE, office_of
from tests.staff_kit import StaffKit
from tests.ui.conftest import MakeStage
from tests.ui.office_fakes import CODE, PASSWORD, StaffedFake
from tests.ui.office_steps import RealOffice, come_in, fill, text
from tests.ui.touch import click
from tests.unit.stores_kit import Desk, document
from ui import layout
from ui.office.rights import RightsPage
from ui.office.rights_forms import FORMS, PLAIN, PORTIONS
from ui.office_pictures import answered
from ui.report_pdf import paper_pdf
from ui.rights_stills import StillRights
from ui.screenshots import settle
from ui.stage import Stage

NUMBER = "310101199001011234"
_NOTICES = ROOT / "resources" / "notices"


def _open(make_stage: MakeStage, user: str, rights: StillRights) -> Stage:
    service = StaffedFake()
    service.office.rights = rights
    stage = make_stage(service)
    stage.office.show_sign_in()
    stage.office.sign_in(user, PASSWORD, CODE)
    answered(stage, settle)
    stage.office.go("Rights")
    answered(stage, settle)
    return stage


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Desk]:
    """Stores with one adult resident."""
    desk = Desk(tmp_path / "station")
    desk.enrol(NUMBER)
    yield desk
    desk.stores.close()


def test_a_request_is_taken_in_answered_and_ends_in_an_erasure(
    make_stage: MakeStage, town: Desk, tmp_path: Path
) -> None:
    kit = StaffKit(ledger=town.ledger)
    kit.clock.moment = datetime.now(UTC)
    both = tuple(read_notice(_NOTICES, name, SITE) for name in ("visitor", "resident"))
    signer = HeadSigner.from_private(town.keyring.ledger_signing_key().reveal())
    room = RightsRoom(
        town.stores,
        town.ledger,
        signer,
        load(None, {"site": {"profile": "demo"}}),
        standing=lambda: Standing(both, "PIA-7"),
        now=kit.clock,
    )
    finder = room.rights._records
    finder.correct(finder.find(document(NUMBER)).reference, {"birth_date": "1980-02-03"})
    officer = kit.hire(Role.PI_OFFICER)
    service = RealOffice()
    service.office = office_of(kit)
    staff = Staffroom(kit.accounts, kit.requests, kit.gate)
    service.office.rights = OfficeRights(staff, room, paper_pdf, kit.clock)
    stage = make_stage(service)
    come_in(stage, kit, officer, "Rights")
    click(stage, "openTicket")
    fill(stage, rightsNumber=NUMBER)
    click(stage, "lookUp")
    answered(stage, settle)
    texts = " ".join(layout.shown_texts(stage.window))
    assert "住*** · 住户" in texts and NUMBER not in texts and "住户一号" not in texts
    click(stage, "kind_DELETE")
    click(stage, "rightsSubmit")
    answered(stage, settle)
    assert "已受理" in text(stage, "officeMessage")
    page = stage.office.bridge(RightsPage)
    (row,) = page.property("rows")
    assert (row["kind"], row["document"]) == ("删除", "3***************34")
    assert row["id"] == page.property("chosen")

    out = tmp_path / "out"
    out.mkdir()
    click(stage, "choice_copy")
    fill(stage, rightsTyped="本人当面申请", rightsFolder=str(out))
    click(stage, "rightsSubmit")
    answered(stage, settle)
    copies = sorted(out.iterdir())
    assert [one.suffix for one in copies] == [".json", ".pdf"]
    assert json.loads(copies[0].read_bytes())["fields"]["document_number"] == NUMBER
    assert copies[1].read_bytes().startswith(b"%PDF")
    assert all(stat.S_IMODE(one.stat().st_mode) == 0o600 for one in copies)

    click(stage, "choice_erase")
    assert "登记 1 份，人脸特征 1 份" in text(stage, "rightsEffect")
    fill(stage, rightsFolder=str(out / "none"))
    click(stage, "rightsSubmit")
    answered(stage, settle)
    assert "RGT-06" in text(stage, "officeMessage")
    assert town.stores.identity.residents_count() == 1
    fill(stage, rightsFolder=str(out))
    click(stage, "rightsSubmit")
    answered(stage, settle)
    assert "已删除" in text(stage, "officeMessage")
    assert town.stores.identity.residents_count() == 0
    (there,) = out.glob(f"erased-*-{row['id']}.json")
    assert json.loads(there.read_bytes()) and stat.S_IMODE(there.stat().st_mode) == 0o600
    assert "没有保存此人" in text(stage, "personGone")
    assert "办了：交付副本 · 删除" in text(stage, "rightsOutcome")
    # What was handed over once can be made again from the ledger.
    click(stage, "choice_receipt")
    fill(stage, rightsFolder=str(out))
    click(stage, "rightsSubmit")
    answered(stage, settle)
    (again,) = out.glob("erased-*.jsonl")
    assert json.loads(again.read_bytes())["receipt"] and again.name in text(stage, "rightsWritten")
    entries = [parse_entry(one.body) for one in town.stores.ledger.entries()]
    read = next(one for one in entries if one.kind is Kind.RECORD_READ)
    assert read.payload["actor"] == officer.user and read.payload["reason"] == "本人当面申请"
    whole = b"".join(one.body for one in town.stores.ledger.entries())
    assert NUMBER.encode() not in whole


def test_deadlines_are_told_and_a_refusal_needs_its_reason(make_stage: MakeStage) -> None:
    rights = StillRights()
    stage = _open(make_stage, "he.min", rights)
    states = [row["state"] for row in stage.office.bridge(RightsPage).property("rows")]
    assert states == ["已超期 3 天", "还有 2 天", "还有 11 天", "已办结"]
    click(stage, "ticketsRow0")
    answered(stage, settle)
    click(stage, "choice_restrict")
    assert rights.calls == []
    click(stage, "rightsSubmit")
    answered(stage, settle)
    assert rights.calls == ["restrict True"]
    choices = stage.office.bridge(RightsPage).property("choices")
    assert "lift" in choices and "restrict" not in choices
    click(stage, "choice_refuse")
    fill(stage, rightsTyped="不是本人")
    click(stage, "rightsSubmit")
    answered(stage, settle)
    assert rights.calls[-1] == "refuse 不是本人"
    assert stage.office.bridge(RightsPage).property("choices") == []


def test_a_deadline_is_put_off_a_field_corrected_and_the_face_alone_erased(
    make_stage: MakeStage,
) -> None:
    rights = StillRights()
    stage = _open(make_stage, "pi_officer", rights)
    page = stage.office.bridge(RightsPage)
    click(stage, "ticketsRow1")
    answered(stage, settle)
    assert set(page.property("choices")) == {*FORMS} - {"minor", "lift", "withdraw", "receipt"}
    click(stage, "choice_extend")
    # The deadline is the sixteenth day: no day at or before it is offered.
    assert [one["key"] for one in page.property("extensions")] == ["20", "25", "30"]
    click(stage, "rightsSubmit")
    assert rights.calls == []
    click(stage, "rightsDays_30")
    fill(stage, rightsTyped="材料要向派出所核实")
    click(stage, "rightsSubmit")
    answered(stage, settle)
    assert rights.calls == ["extend 30 材料要向派出所核实"]
    assert "期限已延长" in text(stage, "officeMessage")
    click(stage, "choice_correct")
    assert [one["label"] for one in page.property("fields")][:2] == ["姓名", "出生日期"]
    click(stage, "rightsField_birth_date")
    fill(stage, rightsTyped="1990-01-02")
    assert text(stage, "rightsSubmit") == "更正"
    click(stage, "rightsSubmit")
    answered(stage, settle)
    assert rights.calls[-1] == "correct birth_date=1990-01-02"
    click(stage, "choice_correct")
    click(stage, "rightsField_address")
    # Nothing typed is no way to take a field away: that is ticked, and the button says so.
    click(stage, "rightsSubmit")
    assert len(rights.calls) == 2
    click(stage, "rightsAway")
    assert text(stage, "rightsSubmit") == "去掉这一项"
    click(stage, "rightsSubmit")
    answered(stage, settle)
    assert rights.calls.pop() == "correct address="
    click(stage, "choice_face")
    assert "人脸特征 1 份，锁存图像 2 张" in text(stage, "rightsEffect")
    click(stage, "rightsSubmit")
    assert "RGT-06" in text(stage, "officeMessage") and len(rights.calls) == 2
    fill(stage, rightsFolder="/media/usb")
    click(stage, "rightsSubmit")
    answered(stage, settle)
    assert rights.calls[-1] == "erase FACE" and "face" not in page.property("choices")
    assert "登记保留" in text(stage, "officeMessage")


def test_who_takes_back_consent_is_offered_that_and_a_finished_ticket_says_what_it_came_to(
    make_stage: MakeStage,
) -> None:
    rights = StillRights()
    first = rights.lines[0]
    asked = msgspec.structs.replace(first.ticket, kind=TicketKind.WITHDRAW)
    rights.lines[0] = replace(first, ticket=asked)
    stage = _open(make_stage, "pi_officer", rights)
    page = stage.office.bridge(RightsPage)
    click(stage, "ticketsRow0")
    answered(stage, settle)
    assert {"withdraw", "erase"} & set(page.property("choices")) == {"withdraw"}
    click(stage, "choice_withdraw")
    assert "同意到此为止" in text(stage, "rightsEffect")
    fill(stage, rightsFolder="/media/usb")
    click(stage, "rightsSubmit")
    answered(stage, settle)
    assert rights.calls == ["erase EVERYTHING"]
    assert page.property("choices") == [] and "没有保存此人" in text(stage, "personGone")
    click(stage, "ticketsRow3")
    answered(stage, settle)
    outcome = text(stage, "rightsOutcome")
    assert "办结（he.min）" in outcome and "办了：已说明" in outcome
    assert "书面答复：当面说明，本人没有异议" in outcome


def test_every_form_says_what_was_done() -> None:
    told = office_table()["told"]
    assert {*PLAIN.values(), *(said for _, said in PORTIONS.values())} <= set(told)
    assert {*PLAIN, *PORTIONS, "copy", "receipt", "explain"} == set(FORMS)


def test_a_minor_s_copy_waits_for_the_manager(make_stage: MakeStage) -> None:
    rights = StillRights()
    assert rights.found is not None
    rights.found = replace(rights.found, minor=True)
    stage = _open(make_stage, "pi_officer", rights)
    click(stage, "ticketsRow1")
    answered(stage, settle)
    page = stage.office.bridge(RightsPage)
    assert "copy" not in page.property("choices") and "minor" in page.property("choices")
    rights.found = replace(rights.found, approval="AGREED")
    page.choose(page.property("chosen"))
    answered(stage, settle)
    assert "copy" in page.property("choices") and "minor" not in page.property("choices")


def test_whoever_only_takes_requests_in_sees_no_tickets(make_stage: MakeStage) -> None:
    rights = StillRights()
    stage = _open(make_stage, "operator", rights)
    page = stage.office.bridge(RightsPage)
    assert page.property("rows") == [] and page.property("mayRead") is False
    click(stage, "openTicket")
    fill(stage, rightsNumber=NUMBER)
    click(stage, "lookUp")
    answered(stage, settle)
    click(stage, "rightsSubmit")
    answered(stage, settle)
    assert rights.calls == ["open ACCESS "]
    assert "已受理" in text(stage, "officeMessage")
    assert page._number == ""
