"""Correcting identity fields: found, kept, undone and finished as every change of the stores."""

import pytest
from stores_kit import Desk, document, resident

import storage.correction
from consent.entry import parse_entry
from consent.kinds import Kind, Phase
from consent.verify import verify_rows
from station.errors import ErrorCode, OfficeError, StationError, StorageError
from station.model import IdentityRecord
from station.subject_records import Portion
from storage.identity_store import unseal_identity
from storage.recovery import start_up
from storage.registry import IDENTITY
from storage.subject_finder import SubjectFinder

BORN = "1990-05-05"


def finder(desk: Desk) -> SubjectFinder:
    return SubjectFinder(desk.stores, desk.ledger, desk.clock, desk.register)


@pytest.fixture
def desk(tmp_path):
    opened = Desk(tmp_path)
    yield opened
    opened.stores.close()


def test_a_corrected_field_is_kept_and_loses_the_chips_word(desk):
    number = desk.enrol("E12345678", portraits=1)
    found = finder(desk).find(document("E12345678"))
    assert (found.minor, found.resident, found.template, found.portraits) == (True, True, True, 1)
    finder(desk).correct(found.reference, {"name": "住户一号改", "birth_date": BORN})
    kept = finder(desk).file(found.reference)
    assert kept.fields["name"] == "住户一号改"
    assert kept.typed == ("birth_date", "name")
    assert kept.subject.minor is False
    finder(desk).correct(found.reference, {"address": "某路一号"})
    assert finder(desk).file(found.reference).typed == ("address", "birth_date", "name")
    finder(desk).correct(found.reference, {"address": ""})
    assert "address" not in finder(desk).file(found.reference).fields
    # Everything else of the person goes on: the number, the template, the consent.
    assert desk.register.identity_of(resident(number)).get("consent_records") == "AAAA-BBBB-CCCC"
    desk.residents.reference(document("E12345678"))
    assert len(desk.register.portraits_of(resident(number))) == 1
    assert start_up(desk.stores, desk.ledger).undone == 0


def test_an_old_row_put_back_opens_no_more(desk):
    desk.enrol("E1")
    row = desk.stores.identity.find(document("E1"))
    before = desk.stores.identity.read(row)
    person = desk.stores.keys.person_of(IDENTITY, row)
    finder(desk).correct(finder(desk).find(document("E1")).reference, {"name": "新"})
    with desk.stores.identity.database.transaction() as change:
        change.write("UPDATE identity SET sealed = ? WHERE row = ?", (before.sealed, row))
    with pytest.raises(StorageError) as raised:
        desk.register.identity_of(document("E1"))
    assert raised.value.code is ErrorCode.STORE_CORRUPT
    assert unseal_identity(before, 1, person.key).get("name") == "住户一号"


def test_a_new_document_number_is_found_and_the_old_one_is_nobodys(desk):
    number = desk.enrol("E1")
    desk.enrol("E2")
    who = finder(desk).find(resident(number)).reference
    finder(desk).correct(who, {"document_number": "E-9"})
    assert finder(desk).find(document("e9")).reference == who
    with pytest.raises(OfficeError) as raised:
        finder(desk).find(document("E1"))
    assert raised.value.code is ErrorCode.NOTHING_KEPT
    size = desk.ledger.size
    with pytest.raises(StorageError) as taken:
        finder(desk).correct(who, {"document_number": "E2", "name": "别人"})
    assert taken.value.code is ErrorCode.ALREADY_ENROLLED
    kept = finder(desk).file(who)
    assert (kept.fields["document_number"], kept.fields["name"]) == ("E-9", "住户一号")
    ended = [parse_entry(one.body) for one in desk.stores.ledger.entries(size)]
    assert [(one.kind, one.phase) for one in ended] == [
        (Kind.CORRECT, Phase.INTENT),
        (Kind.CORRECT, Phase.COMPLETION),
    ]
    assert ended[1].payload["result"] == "UNDONE"
    with pytest.raises(OfficeError) as nobody:
        finder(desk).correct(who, {"document_number": ""})
    assert nobody.value.code is ErrorCode.FIELD_NOT_LISTED


class Crash(Exception):
    """The power went."""


@pytest.mark.parametrize("effects", [0, 1, 2])
def test_a_crash_leaves_the_old_fields_or_the_new_ones(tmp_path, monkeypatch, effects):
    desk = Desk(tmp_path)
    desk.enrol("E1")
    who = finder(desk).find(document("E1")).reference

    def interrupted(stores, op_id, found, fresh, moved):
        names = storage.correction.references(stores, op_id)
        if effects > 0:
            stores.keys.turn(names["keys"], found.person, IDENTITY, fresh.row)
        if effects > 1:
            stores.identity.rewrite(names["identity"], fresh, moved)
        raise Crash

    monkeypatch.setattr(storage.correction, "_exchange", interrupted)
    with pytest.raises(Crash):
        finder(desk).correct(who, {"name": "新", "document_number": "E7"})
    desk = desk.again()
    assert desk.started.finished + desk.started.undone == 1
    found = finder(desk).file(who)
    whole = effects == 2
    assert found.fields["name"] == ("新" if whole else "住户一号")
    assert finder(desk).find(document("E7" if whole else "E1")).reference == who
    monkeypatch.undo()
    finder(desk).correct(who, {"name": "再次"})
    assert finder(desk).file(who).fields["name"] == "再次"
    desk.residents.reference(document("E7" if whole else "E1"))
    rows = desk.stores.ledger
    report = verify_rows(
        list(rows.entries()), list(rows.heads()), desk.ledger.public_key, second_opinions=1
    )
    assert (report.findings, report.open_intents) == ((), ())
    desk.stores.close()


def test_a_fault_while_running_is_settled_at_once(desk, monkeypatch):
    desk.enrol("E1")
    who = finder(desk).find(document("E1")).reference

    def full(*_arguments):
        raise StorageError(ErrorCode.DISK_FULL)

    monkeypatch.setattr(desk.stores.identity, "rewrite", full)
    with pytest.raises(StationError):
        finder(desk).correct(who, {"name": "新"})
    assert desk.ledger.open_intents() == ()
    assert finder(desk).file(who).fields["name"] == "住户一号"


def test_a_visitor_is_found_by_the_document_and_erased(desk):
    born = ("birth_date", BORN)
    desk.keep(1, IdentityRecord((("name", "访客"), ("document_number", "V 77"), born)))
    desk.enrol("E1")
    found = finder(desk).find(document("v77"))
    assert (found.resident, found.template, found.minor) == (False, False, False)
    kept = finder(desk).file(found.reference)
    assert kept.fields["name"] == "访客"
    assert [use.kind for use in kept.uses] == ["KEEP_IDENTITY"]
    assert finder(desk).face_count() == 1
    with pytest.raises(OfficeError):
        finder(desk).restrict(found.reference, restricted=True)
    erased = finder(desk).erase(found.reference, withdrawn=False, portion=Portion.EVERYTHING)
    assert (erased.remaining, dict(erased.rows)["identity"]) == (0, 1)
    with pytest.raises(OfficeError):
        finder(desk).again(found.reference)
    finder(desk).find(document("E1"))


def test_the_file_names_uses_and_consents_and_no_template(desk):
    desk.enrol("E1", portraits=2)
    who = finder(desk).find(document("E1")).reference
    finder(desk).restrict(who, restricted=True)
    finder(desk).correct(who, {"name": "新"})
    kept = finder(desk).file(who)
    found = [(use.kind, use.result) for use in kept.uses]
    assert found == [("ENROL", "DONE"), ("RESTRICT", ""), ("CORRECT", "DONE")]
    assert (kept.template_version, kept.subject.restricted) == (1, True)
    finder(desk).erase(who, withdrawn=True, portion=Portion.TEMPLATE)
    assert finder(desk).file(who).template_version == 0
    assert finder(desk).face_count() == 1
    finder(desk).erase(who, withdrawn=True, portion=Portion.EVERYTHING)
    assert finder(desk).face_count() == 0
