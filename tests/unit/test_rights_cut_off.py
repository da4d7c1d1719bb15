"""What a kill in the middle of an erasure leaves of its ticket, and erasing the face alone."""

import json

import pytest
from stores_kit import document

from consent.kinds import Kind
from station.access import Act
from station.errors import ErrorCode, OfficeError, StorageError
from station.subject_records import Portion
from station.tickets import Step, TicketKind, TicketState
from storage.recovery import settle_open_intents
from storage.registry import IDENTITY
from tests.unit.rights_house import NUMBER, House, refused


class Killed(BaseException):
    """The process ended here."""


@pytest.fixture
def house(tmp_path):
    made = House(tmp_path)
    yield made
    made.desk.stores.close()


def killed_after_the_rows(house, monkeypatch, kind=TicketKind.DELETE):
    """An erasure whose process ends once everything is gone, before the ticket is closed."""
    house.adult()
    filed = house.open(kind, wish="我叫某某，全部删掉")
    keep = house.tickets.step

    def until_closed(permit, ticket, step, **more):
        if step is Step.CLOSED:
            raise Killed
        return keep(permit, ticket, step, **more)

    monkeypatch.setattr(house.tickets, "step", until_closed)
    erase = house.permit("boss", Act.ERASE, filed.ticket.id)
    with pytest.raises(Killed):
        house.rights.erase(erase, filed)
    monkeypatch.undo()
    still = house.tickets.get(filed.ticket.id).ticket
    assert (still.state, still.steps[-1].step) == (TicketState.OPEN, Step.ERASED)
    assert refused(OfficeError, house.finder.find, document(NUMBER)) is ErrorCode.NOTHING_KEPT
    return filed.ticket.id


@pytest.mark.parametrize("first_use", ["forget", "settle"])
def test_a_ticket_left_open_by_a_kill_after_the_erasure_ends_as_what_it_came_to(
    house, monkeypatch, first_use
):
    number = killed_after_the_rows(house, monkeypatch)
    assert getattr(house.rights, first_use)() == 1
    ticket = house.tickets.get(number).ticket
    assert ticket.state is TicketState.DONE
    assert [one.step for one in ticket.steps] == ["OPENED", "ERASED", "CLOSED"]
    # Nobody closed it: whoever erased stands at that step alone.
    assert [one.actor for one in ticket.steps] == ["op", "boss", ""]
    assert (ticket.subject, ticket.wish, ticket.salt) == ("", "", "")
    assert "某某" not in house.sheets()
    closed = [one for one in house.entries(Kind.TICKET) if one.payload["step"] == "CLOSED"]
    assert [(one.payload["state"], "actor" in one.payload) for one in closed] == [("DONE", False)]
    assert house.rights.forget() == house.rights.settle() == 0


def test_a_ticket_already_wiped_by_an_earlier_sweep_is_closed_too(house, monkeypatch):
    number = killed_after_the_rows(house, monkeypatch, TicketKind.WITHDRAW)
    filed = house.tickets.get(number)
    bare = {**json.loads(filed.sheet.body), "subject": "", "wish": "", "salt": ""}
    house.book.replace(filed.sheet, json.dumps(bare).encode())
    assert house.rights.settle() == 1
    assert house.tickets.get(number).ticket.state is TicketState.DONE


def test_settling_leaves_alone_whoever_is_still_here(house, monkeypatch):
    house.adult()
    begun = house.open(TicketKind.DELETE, wish="删掉")
    other = house.open(TicketKind.ACCESS, wish="看看")

    def cut(*_arguments, **_more):
        raise Killed

    monkeypatch.setattr(house.finder, "erase", cut)
    with pytest.raises(Killed):
        house.rights.erase(house.permit("boss", Act.ERASE, begun.ticket.id), begun)
    monkeypatch.undo()
    assert house.rights.settle() == house.rights.forget() == 0
    still = house.tickets.get(begun.ticket.id)
    assert (still.ticket.state, still.ticket.wish) == (TicketState.OPEN, "删掉")
    erase = house.permit("boss", Act.ERASE, begun.ticket.id)
    after, _ = house.rights.erase(erase, still)
    assert after.ticket.state is TicketState.DONE
    # What else they had asked for stays to be answered.
    assert house.tickets.get(other.ticket.id).ticket.state is TicketState.OPEN


def test_the_sweep_may_close_it_first(house, monkeypatch):
    house.adult()
    filed = house.open(TicketKind.DELETE)
    erase, real = house.permit("boss", Act.ERASE, filed.ticket.id), house.finder.erase

    def and_swept(*arguments, **more):
        done = real(*arguments, **more)
        assert house.rights.forget() == 1
        return done

    monkeypatch.setattr(house.finder, "erase", and_swept)
    after, receipt = house.rights.erase(erase, filed)
    assert after.ticket.state is TicketState.DONE
    assert [one.step for one in after.ticket.steps] == ["OPENED", "ERASED", "CLOSED"]
    assert json.loads(receipt)["receipt"]["remaining"] == 0


@pytest.mark.parametrize(
    ("portion", "step", "portraits"),
    [(Portion.TEMPLATE, "TEMPLATE_ERASED", 2), (Portion.FACE, "FACE_ERASED", 0)],
)
def test_the_faces_part_goes_alone_and_the_ticket_stays_to_be_answered(
    house, portion, step, portraits
):
    house.desk.enrol(NUMBER, portraits=2)
    filed = house.open(TicketKind.WITHDRAW)
    erase = house.permit("boss", Act.ERASE, filed.ticket.id)
    after, receipt = house.rights.erase(erase, filed, portion)
    said = json.loads(receipt)["receipt"]
    assert said["remaining"] == 0
    found = house.finder.find(document(NUMBER))
    assert (found.template, found.portraits, found.name) == (False, portraits, "住***")
    assert (after.ticket.state, after.ticket.steps[-1].step) == (TicketState.OPEN, step)
    assert not after.ticket.erasing and house.rights.settle() == 0
    if portion is Portion.FACE:
        code = refused(OfficeError, house.rights.erase, erase, after, portion)
        assert code is ErrorCode.NOTHING_KEPT
        assert house.finder.face_count() == 0


def test_a_ticket_is_not_closed_before_the_last_row_is_gone(house, monkeypatch):
    house.adult()
    filed = house.open(TicketKind.DELETE, wish="删掉")
    rows = house.desk.stores.rows[IDENTITY]

    def full(*_):
        # Their key is gone by now, and what it opened still lies there.
        assert house.rights.settle() == house.rights.forget() == 0
        raise StorageError(ErrorCode.STORE_LOCKED)

    monkeypatch.setattr(rows, "delete", full)
    erase = house.permit("boss", Act.ERASE, filed.ticket.id)
    assert refused(StorageError, house.rights.erase, erase, filed) is ErrorCode.STORE_LOCKED
    assert house.rights.settle() == house.rights.forget() == 0
    still = house.tickets.get(filed.ticket.id).ticket
    assert (still.state, still.wish) == (TicketState.OPEN, "删掉")
    monkeypatch.undo()
    settle_open_intents(house.desk.stores, house.desk.ledger)
    assert house.rights.settle() == 1
    assert house.tickets.get(filed.ticket.id).ticket.state is TicketState.DONE
