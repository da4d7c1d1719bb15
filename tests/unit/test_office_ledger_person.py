"""One resident in the office's ledger: by a number that turns into a reference and is kept nowhere.

Over real stores: search, live view, and an export that a second person agrees to.
"""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from consent.kinds import Kind
from station.access import Act, Role
from station.errors import ErrorCode, StationError
from station.gate import Session
from station.office_book import Shelf
from station.office_desk import StationOffice
from station.office_view import ExportTerms, LedgerQuery
from storage.audit_source import AuditSource
from tests.office_kit import office_of
from tests.residents_kit import Town
from tests.unit.audit_kit import verified

NUMBER, OTHER, STRANGER = "310101199001011234", "310101199001012345", "310101199001019999"

PAGE = 10


class Place:
    """A station with two residents, its office, and an auditor at it."""

    def __init__(self, folder: Path) -> None:
        self.town = Town(folder)
        self.resident_number = self.town.desk.enrol(NUMBER)
        self.town.desk.enrol(OTHER)
        kit = self.kit = self.town.kit
        kit.store = self.town.desk.stores.ledger  # type: ignore[assignment]
        people = AuditSource(self.town.desk.stores)
        self.office: StationOffice = office_of(
            kit, reference_of=lambda claim: people.reference_of(claim, datetime.now(UTC))
        )
        self.auditor: Session = kit.signed_in(Role.AUDITOR)

    def refused(self, call: object, *values: object) -> ErrorCode:
        with pytest.raises(StationError) as raised:
            call(*values)  # type: ignore[operator]
        shown = f"{raised.value!r} {raised.value} {raised.value.__cause__!r}"
        assert not any(number in shown for number in (NUMBER, OTHER, STRANGER))
        return raised.value.code

    def kinds(self) -> list[Kind]:
        return [entry.kind for entry in self.town.entries()]

    def everything(self) -> bytes:
        """The ledger, every sheet of the office's book, and every file of the station."""
        bodies = [one.body for one in self.town.desk.stores.ledger.entries()]
        sheets = [sheet.body for shelf in Shelf for sheet in self.kit.book.all(shelf)]
        return b"\n".join((*bodies, *sheets, self.town.desk.all_bytes()))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    opened = Place(tmp_path_factory.mktemp("ledger"))
    yield opened
    opened.town.close()


def test_either_number_leads_to_the_reference_and_a_stranger_s_to_nobody(place: Place) -> None:
    office, auditor = place.office, place.auditor
    reference = office.ledger_person(auditor, NUMBER)
    assert len(reference) == 43 and reference != office.ledger_person(auditor, OTHER)
    number = place.resident_number
    for typed in (number, f" {number[:5]} {number[5:]} ", f"RN1:{number}", f" {NUMBER.lower()} "):
        assert office.ledger_person(auditor, typed) == reference
    size = len(place.town.entries())
    for typed in (STRANGER, "", "   ", "x" * 65, "1234567890", "\x00"):
        assert place.refused(office.ledger_person, auditor, typed) is ErrorCode.RESIDENT_UNKNOWN
    # That somebody tried is in the ledger each time; whom they tried is not.
    tried = place.town.entries()[size:]
    assert [one.kind for one in tried] == [Kind.ACCESS_GRANTED] * 6
    assert {one.payload["about"] for one in tried} == {"lookup"}
    manager = place.kit.signed_in(Role.MANAGER)
    for typed in (NUMBER, STRANGER):
        assert place.refused(office.ledger_person, manager, typed) is ErrorCode.ACCESS_DENIED
    assert STRANGER.encode() not in place.everything()


def test_search_pages_and_live_view_are_about_one_resident_and_one_entry(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("station.office_audit.MOST_LINES", PAGE)
    office, auditor, ledger = place.office, place.auditor, place.town.desk.ledger
    mine, other = (office.ledger_person(auditor, number) for number in (NUMBER, OTHER))
    for at in range(PAGE + 5):
        for reference in (mine, other):
            ledger.record(
                Kind.RECORD_READ, {"actor": "he.min", "reason": str(at), "commitment": reference}
            )
    query = LedgerQuery(kinds=frozenset({Kind.RECORD_READ}), actor="he.min", person=mine)
    size = len(place.town.entries())
    found = office.ledger(auditor, query)
    older = office.ledger(
        auditor,
        LedgerQuery("", "", query.kinds, query.actor, query.person, found.lines[-1].seq),
    )
    lines = (*found.lines, *older.lines)
    assert found.more and not older.more and len(lines) == PAGE + 5
    assert {row.said("commitment") for row in lines} == {mine}
    after = found.lines[0].seq
    assert office.newer(auditor, after, query).lines == ()
    for reference in (other, mine):
        ledger.record(Kind.RECORD_READ, {"actor": "he.min", "commitment": reference})
    (new,) = office.newer(auditor, after, query).lines
    assert new.said("commitment") == mine
    (read,) = [one for one in place.town.entries()[size:] if one.kind is Kind.AUDIT_READ]
    selection = read.payload["selection"]
    assert selection == {"actors": ["he.min"], "kinds": ["RECORD_READ"], "person": [mine]}
    # All that leads to them, not what says the reference alone: as on the command line.
    whole = office.ledger(auditor, LedgerQuery(person=mine))
    assert Kind.AUDIT_READ in {row.kind for row in whole.lines}
    assert NUMBER.encode() not in place.everything()


def test_a_search_that_is_refused_ends_nothing_that_is_followed(place: Place) -> None:
    office, auditor = place.office, place.auditor
    query = LedgerQuery()
    after = office.ledger(auditor, query).lines[0].seq
    for refused, code in (
        (LedgerQuery(person="no reference"), ErrorCode.FILTER_UNUSABLE),
        (LedgerQuery(person=NUMBER), ErrorCode.TEXT_UNUSABLE),
        (LedgerQuery(actor=NUMBER), ErrorCode.TEXT_UNUSABLE),
        (LedgerQuery(first="2026-03-02", last="2026-03-01"), ErrorCode.TEXT_UNUSABLE),
        (LedgerQuery(last="9999-12-31"), ErrorCode.TEXT_UNUSABLE),
    ):
        reads = place.kinds().count(Kind.AUDIT_READ)
        assert place.refused(office.ledger, auditor, refused) is code
        assert place.kinds().count(Kind.AUDIT_READ) == reads
        office.newer(auditor, after, query)
    assert NUMBER.encode() not in place.everything()


def test_an_export_of_one_resident_says_so_and_says_no_number(place: Place, tmp_path: Path) -> None:
    office, auditor, kit = place.office, place.auditor, place.kit
    security = kit.sign_in(kit.security)
    kinds = frozenset({Kind.RECORD_READ, Kind.ENROL})
    for bad, code in (
        (ExportTerms(actor="张三"), ErrorCode.FILTER_UNUSABLE),
        (ExportTerms(person=NUMBER), ErrorCode.TEXT_UNUSABLE),
        (ExportTerms("2026-03-02", "2026-03-01"), ErrorCode.TEXT_UNUSABLE),
    ):
        assert place.refused(office.ask_export, auditor, bad, "季度审计") is code
    assert office.requests(auditor) == ()
    reference = office.ledger_person(auditor, NUMBER)
    place.town.desk.ledger.record(Kind.RECORD_READ, {"actor": "he.min", "commitment": reference})
    terms = ExportTerms("2026-01-01", kinds=kinds, person=reference)
    office.ask_export(auditor, terms, "住户申请查阅")
    (asked,) = [one for one in office.requests(security) if one.decides]
    told = {change.field: change.after for change in asked.changes}
    assert told["selection.kinds"] == "ENROL,RECORD_READ" and told["masked"] == "yes"
    assert told["selection.person"] == reference and set(told) == {
        "selection.from",
        "selection.kinds",
        "selection.person",
        "masked",
    }
    office.agree(security, asked.id)
    done = office.export(auditor, asked.id, tmp_path, lambda *_: None, threading.Event())
    folder = Path(done.folder)
    manifest = json.loads((folder / "bundle.json").read_bytes())
    wanted = manifest["selection"]
    assert wanted["person"][0] == reference and len(wanted["person"]) > 1
    assert wanted["kinds"] == ["ENROL", "RECORD_READ"] and manifest["masked"] is True
    shown = [json.loads(line)["body"] for line in _lines(folder / "entries.jsonl")]
    about = [one for one in shown if reference in one]
    enrolled = [one for one in about if json.loads(one)["kind"] == "ENROL"]
    assert enrolled and done.entries == len(shown) >= len(about) > len(enrolled)
    code, report = verified(folder)
    assert code == 0 and report["ok"] is True
    (exported,) = [one for one in place.town.entries() if one.kind is Kind.AUDIT_EXPORT]
    assert exported.payload["selection"]["person"] == [reference]  # type: ignore[index,call-overload]
    written = b"".join(file.read_bytes() for file in folder.iterdir())
    for number in (NUMBER, place.resident_number):
        assert number.encode() not in place.everything() + written


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_who_may_export_and_read_is_as_before(place: Place) -> None:
    matrix = place.kit.gate.matrix
    assert matrix.rules[Act.AUDIT_EXPORT].roles <= matrix.rules[Act.AUDIT_READ].roles
