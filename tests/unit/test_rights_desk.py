"""The rights desk over real stores: who may what, deadlines, copies, and what a ticket keeps."""

import json
import time
from datetime import datetime, timedelta

import pytest
from stores_kit import document

from consent.digest import to_text
from consent.entry import Entry, parse_entry
from consent.kinds import Kind, Phase
from station.access import Act
from station.errors import AccessError, ErrorCode, OfficeError, StationBug
from station.incident_notice import paper_text
from station.model import Language
from station.requests import digest_of
from station.rights_desk import minor_request, minors_report
from station.subject_copy import CopyFrame, copy_json, copy_paper
from station.tickets import MOST_DAYS, TicketKind, TicketState
from tests.unit.rights_house import NOTICE, NUMBER, House, refused


@pytest.fixture
def house(tmp_path):
    made = House(tmp_path)
    yield made
    made.desk.stores.close()


def test_a_ticket_has_its_deadline_and_names_nobody(house):
    house.adult()
    filed = house.open(TicketKind.ACCESS, wish="想看看存了什么")
    ticket = filed.ticket
    assert datetime.fromisoformat(ticket.deadline) - house.clock() == timedelta(days=15)
    assert ticket.masked == "3***************34"
    for secret in (NUMBER, "住户一号", "1980-02-03"):
        assert secret not in house.sheets()
        assert secret not in house.ledger_text()
    assert "想看看" not in house.ledger_text()
    entry = house.entries(Kind.TICKET)[-1]
    assert (entry.payload["actor"], entry.payload["step"]) == ("op", "OPENED")
    assert entry.payload["deadline"] == ticket.deadline
    # The operator takes it in and decides nothing.
    for act in (Act.TICKET_READ, Act.TICKET_DECIDE, Act.VIEW_FULL, Act.ERASE, Act.MINOR_READ):
        code = refused(AccessError, house.permit, "op", act, reason="x")
        assert code is ErrorCode.ACCESS_DENIED


def test_due_overdue_and_at_most_thirty_days(house):
    house.adult()
    filed = house.open(TicketKind.COPY)
    house.clock.ahead(days=14)
    assert (house.tickets.counts(), filed.ticket.days_left(house.clock())) == ((1, 0), 1)
    decide = house.permit("pio", Act.TICKET_DECIDE, filed.ticket.id)
    for days, why, code in (
        (31, "多查一些", ErrorCode.DEADLINE_TOO_LATE),
        (10**9, "多查一些", ErrorCode.DEADLINE_TOO_LATE),
        (15, "多查一些", ErrorCode.DEADLINE_TOO_LATE),
        (30, "  ", ErrorCode.REASON_NEEDED),
        (30, "x" * 501, ErrorCode.TEXT_UNUSABLE),
    ):
        kind = OfficeError if code is ErrorCode.DEADLINE_TOO_LATE else AccessError
        assert refused(kind, house.tickets.extend, decide, filed, days, why) is code
    later = house.tickets.extend(decide, filed, MOST_DAYS, "备份里也要查")
    house.clock.ahead(days=16)
    assert later.ticket.overdue(house.clock())
    assert house.tickets.counts() == (1, 1)
    assert refused(OfficeError, house.tickets.extend, decide, later, 45, "再等") is (
        ErrorCode.DEADLINE_TOO_LATE
    )
    listed = house.tickets.all(house.permit("boss", Act.TICKET_READ))
    assert [one.ticket for one in listed] == [later.ticket]


def test_the_sites_own_deadline_is_never_above_thirty(tmp_path):
    made = House(tmp_path, days=90)
    made.adult()
    ticket = made.open(TicketKind.ACCESS).ticket
    assert datetime.fromisoformat(ticket.deadline) - made.clock() == timedelta(days=30)
    made.desk.stores.close()


def test_a_refusal_needs_a_written_reason_and_ends_it(house):
    house.adult()
    filed = house.open(TicketKind.DELETE)
    decide = house.permit("pio", Act.TICKET_DECIDE, filed.ticket.id)
    assert refused(AccessError, house.tickets.refuse, decide, filed, " \n") is (
        ErrorCode.REASON_NEEDED
    )
    after = house.tickets.refuse(decide, filed, "依法须保存")
    assert (after.ticket.state, after.ticket.answer) == (TicketState.REFUSED, "依法须保存")
    erase = house.permit("pio", Act.ERASE, filed.ticket.id)
    assert refused(OfficeError, house.rights.erase, erase, after) is ErrorCode.TICKET_CLOSED
    assert refused(AccessError, house.tickets.refuse, decide, filed, "再来") is (
        ErrorCode.CHANGED_MEANWHILE
    )
    house.finder.find(document(NUMBER))


def test_a_copy_has_everything_and_never_a_template(house):
    house.adult()
    pid = house.desk.residents.reference(document(NUMBER)).template
    filed = house.open(TicketKind.COPY)
    permit = house.full(filed)
    after, kept = house.rights.file(permit, filed, copied=True)
    assert [step.step for step in after.ticket.steps] == ["OPENED", "COPIED"]
    frame = CopyFrame(
        "station-1", dict.fromkeys(Language, ("物业", "内线")), NOTICE, house.clock(), demo=True
    )
    written = json.loads(copy_json(kept, after.ticket, frame))
    assert written["fields"] == {
        "name": "住户一号",
        "document_number": NUMBER,
        "birth_date": "1980-02-03",
    }
    assert written["typed_by_staff"] == ["birth_date"]
    assert written["template"] == {"kept": True, "version": 1}
    assert written["notice"]["digest"] == NOTICE.digest
    kinds = [use["kind"] for use in written["uses"]]
    assert kinds == ["ENROL", "CORRECT", "TICKET", "TICKET", "RECORD_READ"]
    text = json.dumps(written)
    for secret in (pid.pid.hex(), to_text(pid.sealed), to_text(pid.pid), "score"):
        assert secret not in text
    for language in Language:
        said = paper_text(copy_paper(kept, after.ticket, frame, language))
        for wanted in (NUMBER, "住户一号", after.ticket.id, kept.resident_number):
            assert wanted in said
    read = house.entries(Kind.RECORD_READ)[-1].payload
    assert (read["actor"], read["minor"], read["ticket"]) == ("pio", False, filed.ticket.id)
    assert NUMBER not in house.ledger_text()


def test_checks_and_searches_that_are_linked_to_a_person_are_in_their_copy(house):
    reference = house.adult()
    house.desk.ledger.record(
        Kind.VISIT_OUTCOME, {"visit": "ab" * 16, "outcome": "MATCH", "resident": reference}
    )
    house.desk.ledger.record(Kind.VISIT_OUTCOME, {"visit": "cd" * 16, "outcome": "NO_MATCH"})
    for kind in (Kind.AUDIT_READ, Kind.AUDIT_EXPORT):
        house.desk.ledger.record(kind, {"actor": "aud", "selection": {"person": [reference]}})
    filed = house.open(TicketKind.COPY)
    _, kept = house.rights.file(house.full(filed), filed, copied=True)
    linked = [(use.kind, use.result) for use in kept.uses][2:5]
    assert linked == [("VISIT_OUTCOME", "MATCH"), ("AUDIT_READ", ""), ("AUDIT_EXPORT", "")]
    frame = CopyFrame("s", dict.fromkeys(Language, ("物业", "内线")), NOTICE, house.clock())
    for language in Language:
        said = paper_text(copy_paper(kept, filed.ticket, frame, language))
        assert not [kind for kind in Kind if kind.value in said], "words, no codes"
        assert "not linked to your record" not in said and "不和您的记录相连" not in said


def test_a_permit_for_one_ticket_serves_no_other(house):
    house.adult()
    first, second = house.open(TicketKind.COPY), house.open(TicketKind.COPY)
    with pytest.raises(StationBug):
        house.rights.file(house.full(first), second)
    with pytest.raises(StationBug):
        house.rights.erase(house.permit("pio", Act.ERASE), second)
    with pytest.raises(StationBug):
        house.rights.erase(house.permit("pio", Act.RESTRICT, second.ticket.id), second)


def test_a_minors_record_is_opened_only_after_the_manager_agreed(house):
    for number, born in ((NUMBER, "2015-03-03"), ("E2", "")):
        house.desk.enrol(number)
        reference = house.finder.find(document(number)).reference
        if born:
            house.finder.correct(reference, {"birth_date": born})
        filed = house.open(TicketKind.ACCESS, number)
        assert filed.ticket.minor
        permit = house.full(filed)
        size = house.desk.ledger.size
        code = refused(OfficeError, house.rights.file, permit, filed)
        assert code is ErrorCode.MINOR_NEEDS_APPROVAL
        assert house.desk.ledger.size == size
        about = digest_of(minor_request(filed.ticket))
        code = refused(AccessError, house.permit, "pio", Act.MINOR_READ, about, reason="工单")
        assert code is ErrorCode.SECOND_PERSON_NEEDED
        minor = house.office.minor("pio", about)
        after, kept = house.rights.file(permit, filed, minor)
        assert kept.fields["name"] == "住户一号"
        assert after.ticket.steps[-1].second == "boss"
        other = house.open(TicketKind.ACCESS, number)
        with pytest.raises(StationBug):
            house.rights.file(house.full(other), other, minor)
    entries = [parse_entry(one.body) for one in house.desk.stores.ledger.entries()]
    year = int(entries[0].time[:4])
    read = house.permit("pio", Act.TICKET_READ)
    report = minors_report(read, entries, year)
    assert (report.opened, report.refused, report.tickets) == (2, 2, 4)
    assert minors_report(read, entries, year - 1).opened == 0


def test_the_year_of_the_report_is_the_one_of_the_place(house, monkeypatch):
    read = house.permit("pio", Act.TICKET_READ)
    said = {"minor": True, "ticket": "1" * 12}
    midnight = "2026-12-31T16:00:00.000Z"
    entry = Entry(0, midnight, "", Phase.SINGLE, Kind.RECORD_READ, said, bytes(32))
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        found = [minors_report(read, [entry], year).opened for year in (2026, 2027)]
    finally:
        monkeypatch.undo()
        time.tzset()
    assert found == [0, 1]
