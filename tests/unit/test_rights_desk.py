"""The rights desk over real stores: who may what, deadlines, copies, and what a ticket keeps."""

import json
import time
from datetime import datetime, timedelta

import pytest
from stores_kit import Desk, document

from consent.digest import to_text
from consent.entry import Entry, parse_entry
from consent.kinds import Kind, Phase
from consent.notice_source import read_notice
from station.access import Act
from station.config import ROOT
from station.errors import AccessError, ErrorCode, OfficeError, StationBug, StorageError
from station.explanation import Decides, explanation
from station.incident_notice import paper_text
from station.model import IdentityRecord, Language
from station.office_book import Shelf
from station.requests import digest_of
from station.resident_desk import deletion_receipt
from station.rights_desk import RightsDesk, minor_request, minors_report
from station.subject_copy import CopyFrame, copy_json, copy_paper
from station.tickets import MOST_DAYS, Step, TicketBook, TicketKind, TicketState
from storage.subject_finder import SubjectFinder
from tests.office_fakes import MemoryBook
from tests.unit.rights_kit import Office, TurnedClock

NOTICES = ROOT / "resources" / "notices"
NOTICE = read_notice(NOTICES, "resident", NOTICES / "demo_site.toml")
ADULT = {"birth_date": "1980-02-03"}
NUMBER = "310101199001011234"


class House:
    """A desk with real stores, a gate, and an office book in memory."""

    def __init__(self, folder, days: int = 15) -> None:
        self.desk = Desk(folder)
        self.office = Office(self.desk.ledger)
        self.clock = TurnedClock()
        self.book = MemoryBook()
        self.finder = SubjectFinder(
            self.desk.stores, self.desk.ledger, self.desk.clock, self.desk.register
        )
        self.tickets = TicketBook(self.book, self.desk.ledger, self.clock, days)
        self.rights = RightsDesk(
            self.finder,
            self.tickets,
            self.desk.ledger,
            self._receipt,
            lambda: frozenset(NOTICE.fields),
        )

    def open(self, kind: TicketKind, number: str = NUMBER, **more):
        return self.rights.open(self.permit("op", Act.TICKET_OPEN), kind, document(number), **more)

    def adult(self, number: str = NUMBER) -> str:
        self.desk.enrol(number)
        reference = self.finder.find(document(number)).reference
        self.finder.correct(reference, ADULT)
        return reference

    def permit(self, user: str, act: Act, about: str = "", **more: str):
        return self.office.permit(user, act, about, **more)

    def full(self, filed, user: str = "pio"):
        return self.permit(user, Act.VIEW_FULL, filed.ticket.id, reason="工单")

    def entries(self, kind: Kind):
        found = [parse_entry(one.body) for one in self.desk.stores.ledger.entries()]
        return [one for one in found if one.kind is kind]

    def sheets(self) -> str:
        return "".join(one.body.decode() for one in self.book.all(Shelf.TICKET))

    def ledger_text(self) -> str:
        return "".join(one.body.decode() for one in self.desk.stores.ledger.entries())

    def _receipt(self, erased):
        return deletion_receipt(erased, ledger=self.desk.ledger, signer=self.desk.signer, demo=True)


@pytest.fixture
def house(tmp_path):
    made = House(tmp_path)
    from consent.signing import HeadSigner

    key = made.desk.keyring.ledger_signing_key()
    made.desk.signer = HeadSigner.from_private(key.reveal())
    yield made
    made.desk.stores.close()


def refused(kind, call, *arguments, **more):
    with pytest.raises(kind) as raised:
        call(*arguments, **more)
    return raised.value.code


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


def test_correcting_and_completing_fields_of_the_notice(house):
    house.adult()
    filed = house.open(TicketKind.CORRECT)
    decide = house.permit("pio", Act.TICKET_DECIDE, filed.ticket.id)
    for changes in (
        {},
        {"sex": "女"},
        {"resident_number": "1"},
        {"typed_fields": ""},
        {"birth_date": "3 March"},
        {"name": "新", "issuer": "x"},
    ):
        code = refused(OfficeError, house.rights.correct, decide, filed, changes)
        assert code is ErrorCode.FIELD_NOT_LISTED
    for bad in ("x" * 201, "a\u202eb", NUMBER, "=cmd\u0000"):
        code = refused(AccessError, house.rights.correct, decide, filed, {"name": bad})
        assert code is ErrorCode.TEXT_UNUSABLE
    after = house.rights.correct(decide, filed, {"name": "新名", "valid_until": "2030-01-01"})
    assert after.ticket.steps[-1].step == Step.CORRECTED
    _, kept = house.rights.file(house.full(after), after)
    assert (kept.fields["name"], kept.typed) == ("新名", ("birth_date", "name", "valid_until"))
    done = house.rights.close(decide, house.tickets.get(filed.ticket.id), "已更正")
    assert done.ticket.state is TicketState.DONE
    assert "新名" not in house.ledger_text()


@pytest.mark.parametrize(
    ("kind", "ledger_kind"), [(TicketKind.DELETE, Kind.ERASE), (TicketKind.WITHDRAW, Kind.WITHDRAW)]
)
def test_after_the_erasure_no_ticket_says_who_it_was(house, kind, ledger_kind):
    reference = house.adult()
    house.adult("E2")
    other = house.open(TicketKind.ACCESS, wish="邻居说起的那件事")
    stays = house.open(TicketKind.ACCESS, "E2", wish="别删我的")
    filed = house.open(kind, wish="全部删掉，我叫某某")
    erase = house.permit("boss", Act.ERASE, filed.ticket.id)
    after, receipt = house.rights.erase(erase, filed)
    assert json.loads(receipt)["receipt"]["remaining"] == 0
    assert house.entries(ledger_kind)[-1].payload["result"] == "DONE"
    for ticket in (after.ticket, house.tickets.get(other.ticket.id).ticket):
        assert (ticket.subject, ticket.wish, ticket.answer, ticket.salt) == ("", "", "", "")
        assert ticket.masked == "3***************34"
    assert (after.ticket.kind, after.ticket.state) == (kind, TicketState.DONE)
    kept = house.sheets()
    for secret in (reference, NUMBER, "某某", "邻居", "住户一号"):
        assert secret not in kept
    assert house.tickets.get(stays.ticket.id).ticket.wish == "别删我的"
    assert refused(OfficeError, house.finder.find, document(NUMBER)) is ErrorCode.NOTHING_KEPT
    # What is left of the person in the ledger leads to nobody: the salt went with the key.
    assert refused(OfficeError, house.finder.again, reference) is ErrorCode.NOTHING_KEPT


def test_an_erasure_that_failed_leaves_the_ticket_open(house, monkeypatch):
    house.adult()
    filed = house.open(TicketKind.DELETE, wish="删掉")

    def full(*_arguments, **_more):
        raise StorageError(ErrorCode.DISK_FULL)

    monkeypatch.setattr(house.finder, "erase", full)
    erase = house.permit("boss", Act.ERASE, filed.ticket.id)
    assert refused(StorageError, house.rights.erase, erase, filed) is ErrorCode.DISK_FULL
    monkeypatch.undo()
    still = house.tickets.get(filed.ticket.id)
    assert (still.ticket.state, still.ticket.wish) == (TicketState.OPEN, "删掉")
    after, _ = house.rights.erase(erase, still)
    assert [step.step for step in after.ticket.steps][1:] == ["ERASED", "ERASED", "CLOSED"]


def test_an_erasure_elsewhere_wipes_the_tickets_too(house):
    house.adult()
    house.open(TicketKind.EXPLAIN, wish="为什么没通过")
    house.desk.register.move_out([document(NUMBER)])
    assert house.rights.forget() == 1
    assert house.rights.forget() == 0
    assert "为什么" not in house.sheets()


def test_restriction_and_its_lifting(house):
    house.adult()
    filed = house.open(TicketKind.RESTRICT)
    permit = house.permit("boss", Act.RESTRICT, filed.ticket.id)
    after = house.rights.restrict(permit, filed)
    code = refused(StorageError, house.desk.residents.reference, document(NUMBER))
    assert code is ErrorCode.RESIDENT_RESTRICTED
    assert house.rights.subject(house.permit("boss", Act.TICKET_READ), after).restricted
    after = house.rights.restrict(permit, after, restricted=False)
    assert [step.step for step in after.ticket.steps][1:] == ["RESTRICTED", "LIFTED"]
    house.desk.residents.reference(document(NUMBER))


def test_who_has_nothing_here_gets_a_ticket_that_says_so(house):
    filed = house.open(TicketKind.ACCESS, "E404", masked="E**4")
    assert (filed.ticket.subject, filed.ticket.masked) == ("", "E**4")
    code = refused(OfficeError, house.rights.file, house.full(filed), filed)
    assert code is ErrorCode.NOTHING_KEPT
    decide = house.permit("pio", Act.TICKET_DECIDE, filed.ticket.id)
    done = house.rights.close(decide, filed, "没有保存任何记录")
    assert done.ticket.state is TicketState.DONE


def test_a_visitors_fields_are_shown_to_them(house):
    record = IdentityRecord((("name", "访客"), ("document_number", "V7"), *ADULT.items()))
    house.desk.keep(1, record)
    filed = house.open(TicketKind.ACCESS, "V7")
    _, kept = house.rights.file(house.full(filed), filed)
    assert (kept.fields["name"], kept.template_version, kept.resident_number) == ("访客", 0, "")
    assert (
        refused(
            OfficeError,
            house.rights.restrict,
            house.permit("boss", Act.RESTRICT, filed.ticket.id),
            house.tickets.get(filed.ticket.id),
        )
        is ErrorCode.NOTHING_KEPT
    )


@pytest.mark.parametrize("language", list(Language))
def test_the_explanation_says_checks_threshold_and_staff(language):
    said = paper_text(explanation(Decides(1e-4, 3, 2, 5, 30), language))
    assert "10 000" in said
    for wanted in ("工作人员", "真人") if language is Language.ZH_CN else ("staff", "living"):
        assert wanted in said
    assert "{" not in said


def test_of_a_visitor_nothing_more_is_erased_than_the_template_that_was_asked_for(house):
    record = IdentityRecord((("name", "访客"), ("document_number", "V7"), *ADULT.items()))
    house.desk.keep(1, record)
    filed = house.open(TicketKind.DELETE, "V7")
    erase = house.permit("boss", Act.ERASE, filed.ticket.id)
    code = refused(OfficeError, house.rights.erase, erase, filed, template_only=True)
    assert code is ErrorCode.NOTHING_KEPT
    restrict = house.permit("boss", Act.RESTRICT, filed.ticket.id)
    assert refused(OfficeError, house.rights.restrict, restrict, filed) is ErrorCode.NOTHING_KEPT
    assert house.finder.find(document("V7")).name == "访*"
    # What could not be done does not stand on the ticket as done.
    still = house.tickets.get(filed.ticket.id)
    assert [step.step for step in still.ticket.steps] == ["OPENED"]


def test_nobody_makes_a_minor_of_age_alone(house):
    house.desk.enrol(NUMBER)
    house.finder.correct(
        house.finder.find(document(NUMBER)).reference, {"birth_date": "2015-03-03"}
    )
    filed = house.open(TicketKind.CORRECT)
    decide = house.permit("pio", Act.TICKET_DECIDE, filed.ticket.id)
    filed = house.rights.correct(decide, filed, {"name": "小小"})
    for changes in ({"birth_date": "1980-02-03"}, {"name": "大", "birth_date": ""}):
        code = refused(OfficeError, house.rights.correct, decide, filed, changes)
        assert code is ErrorCode.MINOR_NEEDS_APPROVAL
    assert house.finder.find(document(NUMBER)).minor
    minor = house.office.minor("pio", digest_of(minor_request(filed.ticket)))
    after = house.rights.correct(decide, filed, {"birth_date": "1980-02-03"}, minor)
    assert after.ticket.steps[-1].second == "boss"
    assert not house.finder.find(document(NUMBER)).minor


def test_what_somebody_unknown_here_said_goes_once_the_ticket_has_ended(house):
    closed = house.open(TicketKind.ACCESS, "E404", masked="E**4", wish="我叫某某")
    still = house.open(TicketKind.ACCESS, "E405", masked="E**5", wish="还在等")
    decide = house.permit("pio", Act.TICKET_DECIDE, closed.ticket.id)
    house.rights.close(decide, closed, "没有某某的记录")
    # The answer can be asked about as long as one to a request may take.
    house.clock.ahead(days=14)
    assert house.rights.forget() == 0
    house.clock.ahead(days=2)
    assert house.rights.forget() == 1
    assert house.rights.forget() == 0
    assert "某某" not in house.sheets()
    kept = house.tickets.get(closed.ticket.id).ticket
    assert (kept.state, kept.masked, kept.salt) == (TicketState.DONE, "E**4", "")
    assert house.tickets.get(still.ticket.id).ticket.wish == "还在等"


def test_a_near_relative_is_served_under_a_ticket_of_its_own_kind(house):
    house.adult()
    filed = house.open(TicketKind.NEAR_RELATIVE, wish="父亲已去世，要求删除")
    erase = house.permit("pio", Act.ERASE, filed.ticket.id)
    after, _ = house.rights.erase(erase, filed)
    assert (after.ticket.kind, after.ticket.wish) == (TicketKind.NEAR_RELATIVE, "")
