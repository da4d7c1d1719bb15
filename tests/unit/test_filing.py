"""The filing counter and its pack, and the record of processing."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from stores_kit import Desk, document

from consent.kinds import Kind
from consent.notice_source import read_notice
from resources.rights_texts import rights_table
from station.access import Act
from station.config import ROOT
from station.errors import AccessError, StationBug, StorageError
from station.filing import MARKS, FilingCounter, working_days_after
from station.filing_pack import FilingFacts, pack_json, pack_paper
from station.incident_notice import paper_text
from station.model import Language
from station.office_book import Shelf
from station.processing_record import ProcessingBook, processing_of
from storage.resident_register import Withdrawal
from storage.subject_finder import SubjectFinder
from tests.ledger_fakes import FakeClock, new_ledger
from tests.office_fakes import MemoryBook
from tests.unit.rights_kit import TurnedClock, fake_office

NOTICES = ROOT / "resources" / "notices"
SITE = NOTICES / "demo_site.toml"
BOTH = tuple(read_notice(NOTICES, name, SITE) for name in ("visitor", "resident"))


class Counted:
    """A counter over a number that a test sets, with a ledger it may be built anew on."""

    def __init__(self) -> None:
        self.people = 0
        self.clock = FakeClock(timedelta(hours=1))
        self.ledger, self.store, self.signer, _ = new_ledger(clock=self.clock)

    def counter(self) -> FilingCounter:
        return FilingCounter(lambda: self.people, self.store.entries, self.ledger)

    def marks(self) -> list[int]:
        rows = (json.loads(row.body) for row in self.store.rows)
        return [row["payload"]["mark"] for row in rows if row["kind"] == Kind.FILING]


def test_each_mark_is_recorded_once_and_the_clock_runs_from_the_last():
    counted = Counted()
    counter = counted.counter()
    for people, marks in (
        (0, []),
        (79_999, []),
        (80_000, [80_000]),
        (80_001, [80_000]),
        (94_999, [80_000]),
        (79_000, [80_000]),
        (80_500, [80_000]),
        (100_000, list(MARKS)),
        (120_000, list(MARKS)),
        (5, list(MARKS)),
    ):
        counted.people = people
        status = counter.check()
        assert counted.marks() == marks
        assert (status.count, status.mark) == (people, max(marks, default=0))
        assert bool(status.due) is (MARKS[-1] in marks)
    # The number fell, the duty that arose did not; and a new start knows it all.
    again = counted.counter().check()
    assert (again.mark, again.due) == (100_000, status.due)
    assert counted.marks() == list(MARKS)
    reached = datetime.fromisoformat(again.reached_at).astimezone().date()
    assert date.fromisoformat(again.due) == working_days_after(reached, 30)
    assert again.days_left(date.fromisoformat(again.due)) == 0


def test_thirty_days_from_monday_to_friday():
    monday = date(2026, 3, 2)
    assert working_days_after(monday, 5) == date(2026, 3, 9)
    assert working_days_after(date(2026, 3, 7), 1) == date(2026, 3, 9)
    assert working_days_after(monday, 30) == monday + timedelta(weeks=6)


def test_only_who_may_reads_it():
    office, counted = fake_office(), Counted()
    for user in ("op", "sec", "sys"):
        with pytest.raises(AccessError):
            office.permit(user, Act.FILING_READ)
    assert counted.counter().read(office.permit("aud", Act.FILING_READ)).count == 0
    with pytest.raises(StationBug):
        counted.counter().read(office.permit("pio", Act.INCIDENT_READ))


def test_people_are_counted_once_and_visitors_not_at_all(tmp_path):
    desk = Desk(tmp_path)
    finder = SubjectFinder(desk.stores, desk.ledger, desk.clock, desk.register)
    desk.keep()
    assert finder.face_count() == 0
    desk.enrol("E1", portraits=2)
    desk.enrol("E2")
    assert finder.face_count() == 2
    desk.register.withdraw(document("E1"), Withdrawal.TEMPLATE)
    assert finder.face_count() == 2
    desk.register.withdraw(document("E1"), Withdrawal.PORTRAITS)
    assert finder.face_count() == 1
    desk.stores.close()


def facts(**more):
    made = datetime(2026, 3, 2, tzinfo=UTC)
    return FilingFacts(
        **{"station": "s-1", "notices": BOTH, "pia": "PIA-7", "made_at": made, **more}
    )


@pytest.mark.parametrize("language", list(Language))
def test_the_pack_has_all_five_groups(language):
    counted = Counted()
    counted.people = 100_000
    status = counted.counter().check()
    said = paper_text(pack_paper(status, facts(), language))
    text = BOTH[0].text(language)
    for wanted in (
        text.handler_name,
        text.handler_address,
        text.handler_contact,
        "100000",
        status.due,
        "PIA-7",
        *(notice.digest for notice in BOTH),
        *(line[language.value] for line in rights_table()["security"].values()),
        *(body for _, body in text.sections),
    ):
        assert wanted in said
    without = paper_text(pack_paper(status, facts(pia="", demo=True), language))
    assert "PIA-7" not in without
    assert "DEMO" in without or "演示" in without


def test_the_pack_as_json_is_for_programs():
    counted = Counted()
    pack = json.loads(pack_json(counted.counter().check(), facts()))
    assert (pack["stored_people"], pack["due"], pack["impact_assessment"]) == (0, "", "PIA-7")
    for language in ("zh_CN", "en"):
        rules = pack["languages"][language]["rules"]
        assert [rule["digest"] for rule in rules] == [notice.digest for notice in BOTH]
        assert len(pack["languages"][language]["security"]) >= 5


def test_a_version_of_the_processing_record_per_change():
    office, book, clock = fake_office(), MemoryBook(), TurnedClock()
    record = ProcessingBook(book, office.ledger, clock)
    assert (record.newest(), record.since()) == (None, "")
    first = record.remember(processing_of(BOTH, "PIA-7"))
    assert [one.purpose for one in first.processing.purposes] == [
        "VERIFY",
        "VERIFY",
        "RETAIN_TEMPLATE",
    ]
    assert first.processing.purposes[0].retention == "PT24H"
    clock.ahead(days=400)
    assert record.remember(processing_of(BOTH, "PIA-7")) == first
    assert len(list(book.all(Shelf.PROCESSING))) == 1
    second = record.remember(processing_of(BOTH, "PIA-8", "digest"))
    assert (second.number, second.processing.assessment) == (2, "PIA-8")
    assert record.since() == first.since
    clock.ahead(days=4 * 365)
    found = record.read(office.permit("aud", Act.PROFILE_READ))
    assert [kept.version for kept in found] == [second, first]
    entries = [entry for entry in office.entries() if entry.kind is Kind.PROCESSING]
    assert [entry.payload["number"] for entry in entries] == [1, 2]


def test_the_ledger_comes_before_the_sheet_of_the_record():
    office, book = fake_office(), MemoryBook()
    record = ProcessingBook(book, office.ledger, TurnedClock())
    office.store.fail_append = True
    with pytest.raises(StorageError):
        record.remember(processing_of(BOTH, ""))
    assert list(book.all(Shelf.PROCESSING)) == []
