"""What the rights desk does for people: corrections, erasures, holds, explanations."""

import json

import pytest
from stores_kit import document

from consent.kinds import Kind
from station.access import Act
from station.errors import AccessError, ErrorCode, OfficeError, StorageError
from station.explanation import Decides, explanation
from station.incident_notice import paper_text
from station.model import IdentityRecord, Language
from station.requests import digest_of
from station.rights_desk import minor_request
from station.subject_records import Portion
from station.tickets import Step, TicketKind, TicketState
from tests.unit.rights_house import ADULT, NUMBER, House, refused


@pytest.fixture
def house(tmp_path):
    made = House(tmp_path)
    yield made
    made.desk.stores.close()


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
    code = refused(OfficeError, house.rights.erase, erase, filed, Portion.TEMPLATE)
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
