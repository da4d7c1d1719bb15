"""Incidents at the office: the page alone, and a leak from the first sheet to the notices."""

import stat
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from consent.entry import parse_entry
from consent.kinds import Kind
from station.access import Role
from station.errors import AccessError, ErrorCode, OfficeError
from station.gate import Session
from station.incident_clock import Duty, clocks
from station.incident_notice import Handler
from station.incidents import Addressee, Incident, IncidentBook, Narrative
from station.office_incidents import OfficeIncidents
from station.staffroom import Staffroom
from tests.office_kit import office_of
from tests.staff_kit import StaffKit
from tests.ui.conftest import MakeStage
from tests.ui.office_fakes import CODE, PASSWORD, StaffedFake
from tests.ui.office_steps import RealOffice, come_in, fill, text
from tests.ui.touch import click
from ui.incidents_stills import StillIncidents
from ui.office.incident_form import IncidentDraft
from ui.office.incidents import IncidentsPage
from ui.office_pictures import answered
from ui.report_pdf import paper_pdf
from ui.screenshots import settle
from ui.stage import Stage

TOLD = {
    "what": "备份盘丢失",
    "cause": "搬运时遗失",
    "harm": "号码可能被冒用",
    "containment": "停用旧钥匙",
    "measures": "换发密钥",
    "advice": "留意陌生来电",
}


def _open(make_stage: MakeStage, user: str, incidents: StillIncidents) -> Stage:
    service = StaffedFake()
    service.office.incidents = incidents
    stage = make_stage(service)
    stage.office.show_sign_in()
    stage.office.sign_in(user, PASSWORD, CODE)
    answered(stage, settle)
    stage.office.go("Incidents")
    answered(stage, settle)
    return stage


def test_a_leak_is_recorded_contained_told_and_closed(
    make_stage: MakeStage, tmp_path: Path
) -> None:
    kit = StaffKit()
    kit.clock.moment = datetime.now(UTC)
    officer = kit.hire(Role.PI_OFFICER)
    service = RealOffice()
    service.office = office_of(kit)
    book = IncidentBook(kit.book, kit.ledger, kit.clock)
    staff = Staffroom(kit.accounts, kit.requests, kit.gate)
    handler = Handler("演示物业", "内线 0001", demo=True)
    service.office.incidents = OfficeIncidents(staff, book, lambda _: handler, paper_pdf, kit.clock)
    stage = make_stage(service)
    come_in(stage, kit, officer, "Incidents")
    page = stage.office.bridge(IncidentsPage)
    click(stage, "openIncident")
    # Without a class of data there is nothing to record, and the core says what is missing.
    click(stage, "incidentSubmit")
    answered(stage, settle)
    assert "INC-02" in text(stage, "officeMessage") and book.count() == 0
    fill(stage, incident_people="12")
    page.set_value("data.FACE_TEMPLATE", "on")
    page.set_value("minors", "on")
    page.set_value("leak", "on")
    click(stage, "incidentSubmit")
    answered(stage, settle)
    (row,) = page.property("rows")
    assert (row["what"], row["state"]) == ("人脸特征", "处置中") and row["next"].startswith(
        "控制住"
    )
    assert "keys renew-templates" in text(stage, "incidentAdvice")
    assert [one["label"] for one in page.property("clocks")] == [
        "控制住", "报告主管部门", "通知受影响的人", "通知监护人",
    ]  # fmt: skip
    # The hour to contain it in runs from when it was found, as typed to the minute.
    assert text(stage, "clockLeft0").startswith("还有 5")

    # Nothing is written about what is not whole; the page says what is missing, and where.
    click(stage, "choice_notices")
    assert "发生了什么、原因" in text(stage, "incidentEffect")
    click(stage, "incidentBack")
    click(stage, "choice_change")
    click(stage, "incidentPart_zh")
    fill(stage, **{f"incident_zh.{name}": said for name, said in TOLD.items()})
    click(stage, "incidentSubmit")
    answered(stage, settle)
    click(stage, "choice_note")
    fill(stage, incidentNote="警方已受理")
    click(stage, "incidentSubmit")
    answered(stage, settle)
    click(stage, "choice_contained")
    click(stage, "incidentSubmit")
    answered(stage, settle)
    assert page.property("clocks")[-1]["text"] == "已办"

    out = tmp_path / "out"
    out.mkdir()
    click(stage, "choice_notices")
    fill(stage, incidentFolder=str(out))
    click(stage, "incidentSubmit")
    answered(stage, settle)
    names = sorted(one.name.split("-")[2] for one in out.iterdir())
    assert names == ["authority", "guardians", "persons"]
    for one in out.iterdir():
        assert one.read_bytes().startswith(b"%PDF") and stat.S_IMODE(one.stat().st_mode) == 0o600
        assert one.name in text(stage, "incidentWritten")
    for whom in ("AUTHORITY", "PERSONS", "GUARDIANS"):
        click(stage, "choice_told")
        click(stage, f"incidentWhom_{whom}")
        click(stage, "incidentSubmit")
        answered(stage, settle)
    assert "told" not in page.property("choices")
    click(stage, "choice_close")
    click(stage, "incidentSubmit")
    answered(stage, settle)
    (row,) = page.property("rows")
    assert (row["state"], row["next"]) == ("已结束", "无") and page.property("clocks") == []
    assert page.property("choices") == ["notices"]

    entries = [parse_entry(one.body) for one in kit.store.rows]
    steps = [one.payload["step"] for one in entries if one.kind is Kind.INCIDENT]
    assert steps == [
        "OPENED", "CHANGED", "NOTED", "CONTAINED",
        "TOLD_AUTHORITY", "TOLD_PERSONS", "TOLD_GUARDIANS", "CLOSED",
    ]  # fmt: skip
    assert {one.payload["actor"] for one in entries if one.kind is Kind.INCIDENT} == {officer.user}
    assert "警方" not in b"".join(one.body for one in kit.store.rows).decode()


def test_whoever_only_reads_the_book_may_write_the_notices_and_nothing_else(
    make_stage: MakeStage,
) -> None:
    incidents = StillIncidents()
    stage = _open(make_stage, "auditor", incidents)
    page = stage.office.bridge(IncidentsPage)
    assert page.property("mayWrite") is False and len(page.property("rows")) == 3
    click(stage, "incidentsRow1")
    assert page.property("choices") == ["notices"]
    click(stage, "choice_notices")
    click(stage, "incidentSubmit")
    assert "RGT-06" in text(stage, "officeMessage")
    fill(stage, incidentFolder="/media/usb")
    click(stage, "incidentSubmit")
    answered(stage, settle)
    assert incidents.calls == ["notices /media/usb"]
    assert "自行送达" in text(stage, "incidentWritten")
    facts = {one["label"]: one["value"] for one in page.property("facts")}
    assert facts["涉及人数"] == "~ 412" and "警方已受理" in facts["进展"]


def test_what_is_no_number_or_time_is_not_handed_in(make_stage: MakeStage) -> None:
    incidents = StillIncidents()
    stage = _open(make_stage, "pi_officer", incidents)
    page = stage.office.bridge(IncidentsPage)
    click(stage, "openIncident")
    page.set_value("data.AUDIT", "on")
    for key, wrong, right in (
        ("people", "twelve", "3"),
        ("people", "-1", "3"),
        ("people", "三", "3"),
        ("found_at", "gestern", "2026-03-09 08:00"),
        ("happened_at", "2026-02-30 08:00", "2026-03-08 23:59"),
    ):
        page.set_value(key, wrong)
        page.submit()
        assert page.property("code") == "INC-02" and incidents.calls == [], wrong
        page.set_value(key, right)
    page.submit()
    answered(stage, settle)
    assert len(incidents.calls) == 1 and incidents.calls[0].startswith("open AUDIT 3 2026-03-0")


def test_a_change_hands_in_only_what_differs() -> None:
    sheet = Incident(
        data=("AUDIT",), people=3, found_at="2026-03-09T07:10:42+00:00", zh=Narrative(**TOLD)
    )
    draft = IncidentDraft(sheet, datetime.now(UTC))
    assert draft.changes() == {}
    draft.values["data.CONSENT"] = "on"
    draft.values["zh.cause"] = "  锁坏了 "
    changes = draft.changes()
    assert set(changes) == {"data", "zh"} and set(changes["data"]) == {"AUDIT", "CONSENT"}  # type: ignore[call-overload]
    assert changes["zh"] == Narrative(**{**TOLD, "cause": "锁坏了"})


def test_the_clocks_run_from_when_it_was_found_and_stop_when_it_is_done() -> None:
    found = datetime(2026, 3, 9, 7, 0, tzinfo=UTC)
    sheet = Incident(data=("AUDIT",), people=2, found_at=found.isoformat(), minors=True)
    now = found + timedelta(hours=5)
    left = {one.duty: (one.left_s, one.done) for one in clocks(sheet, now)}
    assert left == {
        Duty.CONTAINED: (-4 * 3600, False),
        Duty.AUTHORITY: (-3600, False),
        Duty.PERSONS: (67 * 3600, False),
        Duty.GUARDIANS: (67 * 3600, False),
    }
    assert [one.duty for one in clocks(sheet, now)][:2] == [Duty.CONTAINED, Duty.AUTHORITY]
    nobody = Incident(data=("AUDIT",), people=0, found_at=found.isoformat(), told=("AUTHORITY",))
    assert [(one.duty, one.done) for one in clocks(nobody, now)] == [
        (Duty.CONTAINED, False),
        (Duty.AUTHORITY, True),
    ]


def test_notices_are_all_written_or_none(tmp_path: Path) -> None:
    kit = StaffKit()
    who = kit.sign_in(kit.hire(Role.SECURITY_ADMIN))
    book = IncidentBook(kit.book, kit.ledger, kit.clock)
    staff = Staffroom(kit.accounts, kit.requests, kit.gate)
    drawn: list[str] = []

    def draw(paper: object) -> bytes:
        drawn.append(str(paper))
        if len(drawn) > 3:
            raise OSError("the medium was pulled out")
        return b"%PDF"

    desk = OfficeIncidents(staff, book, lambda _: Handler("x", "y"), draw, kit.clock)
    both = Narrative(**TOLD)
    number = desk.open(
        who, Incident(data=("AUDIT",), people=1, found_at=kit.clock().isoformat(), zh=both, en=both)
    )
    seen: list[tuple[int, int]] = []
    with pytest.raises(OfficeError, match=ErrorCode.PAPER_NOT_WRITTEN.value):
        desk.notices(who, number, tmp_path, progress=lambda *at: seen.append(at))
    assert seen == [(0, 4), (1, 4), (2, 4), (3, 4)] and list(tmp_path.iterdir()) == []
    drawn.clear()
    with pytest.raises(OfficeError, match=ErrorCode.PAPER_NOT_WRITTEN.value):
        desk.notices(who, number, tmp_path / "none", progress=lambda *_: None)
    with pytest.raises(AccessError, match=ErrorCode.REASON_NEEDED.value):
        desk.note(who, number, " ")
    desk.told(who, number, Addressee.AUTHORITY)
    with pytest.raises(OfficeError, match=ErrorCode.INCIDENT_INCOMPLETE.value):
        desk.close(who, number, "")


def test_a_form_that_a_colleague_overtook_begins_anew_from_theirs(make_stage: MakeStage) -> None:
    class Overtaken(StillIncidents):
        def change(
            self,
            session: Session,
            number: str,
            changes: Mapping[str, object],
            begun_from: Incident,
        ) -> None:
            if begun_from.people != 77:
                super().change(session, number, {"people": 77}, begun_from)
                raise AccessError(ErrorCode.CHANGED_MEANWHILE)
            super().change(session, number, changes, begun_from)

    incidents = Overtaken()
    stage = _open(make_stage, "pi_officer", incidents)
    page = stage.office.bridge(IncidentsPage)
    number = incidents.sheets[0].id
    for typed in ("20", "21"):
        page.choose(number)
        page.begin("change")
        page.set_value("people", typed)
        page.submit()
        answered(stage, settle)
    assert [one.people for one in incidents.sheets if one.id == number] == [21]
