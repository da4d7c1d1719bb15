"""Search and live view: what is found, in which order, how little is read, and the note of it."""

import json
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.bundle_text import entry_line, printable
from consent.kinds import Kind
from consent.ledger_port import StoredEntry
from consent.search import (
    Row,
    Selection,
    follow,
    position_at,
    references_of,
    row_of,
    search,
)
from station.access import Act
from station.audit_desk import AuditDesk, ExportOrder
from station.errors import AccessError, ErrorCode, StationBug
from station.model import Language
from tests.unit.audit_kit import ANNA, BORIS, Town, no_summary, permit, town

TIMES = [row.time for row in town().rows]


@pytest.fixture(scope="module")
def ours() -> Town:
    return town()


def desk(made: Town) -> AuditDesk:
    return AuditDesk(made.ledger, made.source, no_summary, made.clock)


def test_everything_is_found_newest_first(ours: Town) -> None:
    found = [row.seq for row in search(ours.store, Selection())]
    assert found == list(range(len(ours.store.rows)))[::-1]


@pytest.mark.parametrize(
    "wanted",
    [
        Selection(kinds=(Kind.PAD_REJECT, Kind.PURGE)),
        Selection(actors=("li.na",)),
        Selection(person=(ANNA,)),
        Selection(text="HYPERLINK"),
        Selection(text="关机"),
        Selection(start=TIMES[20], end=TIMES[34]),
        Selection(start=TIMES[20], end=TIMES[34], kinds=(Kind.VISIT_OUTCOME,), text="match"),
    ],
)
def test_a_search_finds_what_matches_and_nothing_else(ours: Town, wanted: Selection) -> None:
    expected = [row.seq for row in ours.rows if wanted.matches(row)][::-1]
    assert expected, "a case that finds nothing shows nothing"
    assert len(expected) < len(ours.rows)
    assert [row.seq for row in search(ours.store, wanted)] == expected


def test_pages_join_without_gap_or_repetition(ours: Town) -> None:
    wanted, below, found = Selection(kinds=(Kind.VISIT_OUTCOME,)), None, []
    while page := list(islice(search(ours.store, wanted, below), 2)):
        found += [row.seq for row in page]
        below = page[-1].seq
    assert found == [row.seq for row in search(ours.store, wanted)]
    assert len(found) == 9


def test_a_span_of_time_reads_no_further_back_than_it_must(ours: Town) -> None:
    class Counting:
        read = 0

        def entries(self, start: int = 0) -> "map[StoredEntry]":
            return map(self._count, ours.store.entries(start))

        def newest_first(self, below: int | None = None) -> "map[StoredEntry]":
            return map(self._count, ours.store.newest_first(below))

        def size(self) -> int:
            return ours.store.size()

        def _count(self, stored: StoredEntry) -> StoredEntry:
            self.read += 1
            return stored

    rows = Counting()
    list(search(rows, Selection(start=TIMES[-3])))
    assert rows.read < 15


@given(st.integers(0, len(TIMES)))
def test_the_position_of_a_time_is_that_of_the_first_entry_not_before_it(at: int) -> None:
    wanted = TIMES[at] if at < len(TIMES) else "2027-01-01T00:00:00.000Z"
    first = next((seq for seq, time in enumerate(TIMES) if time >= wanted), len(TIMES))
    assert position_at(_STORE, wanted) == first


_STORE = town().store


def test_a_person_leads_to_visits_consents_and_completions_and_to_nobody_else(
    ours: Town,
) -> None:
    wanted = Selection(person=references_of(ours.store, ANNA))
    found = list(search(ours.store, wanted))
    assert wanted.person[0] == ANNA
    assert not any("boris" in row.body.decode() or BORIS in row.body.decode() for row in found)
    kinds = [(row.kind, row.phase) for row in found]
    assert kinds.count(("CONSENT_GIVEN", "SINGLE")) == 3
    assert kinds.count(("VISIT_OUTCOME", "SINGLE")) == 3
    assert kinds.count(("PURGE", "SINGLE")) == 3
    for kind in ("ENROL", "WITHDRAW"):
        assert (kind, "INTENT") in kinds
        assert (kind, "COMPLETION") in kinds


def test_who_is_erased_in_a_batch_is_not_joined_to_the_others_of_it() -> None:
    made = town()
    made.ledger.intent(Kind.ERASE, {"commitments": [ANNA, BORIS], "visit": "batch"})
    assert "batch" not in references_of(made.store, ANNA)


def test_following_gives_what_is_written_from_then_on() -> None:
    made = town()
    start, turns = made.store.size(), iter([1, 2, 3])

    def wait() -> bool:
        turn = next(turns)
        if turn < 3:
            made.ledger.record(Kind.SIGN_IN, {"actor": "li.na"})
            made.ledger.record(Kind.SWEEP, {"expired": turn})
        return turn < 3

    found = list(follow(made.store, Selection(kinds=(Kind.SWEEP,)), start, wait))
    assert [row.payload["expired"] for row in found] == [1, 2]


@given(st.binary(max_size=200))
def test_what_is_out_of_form_is_read_as_empty_and_never_raises(body: bytes) -> None:
    row = row_of(StoredEntry(3, body))
    assert isinstance(row.payload, dict)
    entry_line(row, Language.EN)
    for wanted in (Selection(), Selection(kinds=(Kind.ERASE,)), Selection(person=("x",))):
        wanted.matches(row)
        wanted.sieve()(body)


@given(st.text(max_size=500))
def test_a_line_never_steers_the_terminal(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert len(shown) <= 400


def test_lines_say_what_happened_in_both_languages(ours: Town) -> None:
    row = next(row for row in ours.rows if row.kind == "ACCESS_REFUSED")
    english, chinese = (entry_line(row, language) for language in (Language.EN, Language.ZH_CN))
    assert "wang.wei" in english
    assert "Not allowed" in english
    assert "不准许" in chinese


def test_reading_needs_the_permit_and_is_in_the_ledger_once_per_search() -> None:
    made = town()
    granted = permit(made.ledger, Act.AUDIT_READ)
    before = made.store.size()
    looking = desk(made)
    assert not looking.search(granted, Selection(text="Zhang San"), limit=3)
    assert not looking.search(granted, Selection(text="Zhang San"), below=30)
    page = looking.search(granted, Selection(), below=30, limit=3)
    assert [row.seq for row in page] == [29, 28, 27]
    # A further page is no new search; what begins further down with other words is one.
    noted, also = made.rows[before:]
    assert (noted.kind, noted.said("actor")) == ("AUDIT_READ", "li.na")
    # Somebody may look for a name: the ledger keeps how long the text was.
    assert noted.payload["selection"] == {"text": 9}
    assert also.payload["selection"] == {"all": True}
    other = permit(made.ledger, Act.AUDIT_SUMMARY)
    with pytest.raises(StationBug):
        desk(made).search(other, Selection())


def test_the_live_view_is_noted_too() -> None:
    made = town()
    granted = permit(made.ledger, Act.AUDIT_READ)
    assert [row.kind for row in desk(made).watch(granted, Selection(), lambda: False)] == []
    assert made.rows[-1].payload["live"] is True


@pytest.mark.parametrize(
    "wanted",
    [
        Selection(text="x" * 201),
        Selection(text="a\nb"),
        Selection(text="\u202egnol"),
        Selection(text="31010119900101123X"),
        Selection(actors=("x" * 65,)),
        Selection(actors=("a",) * 65),
        Selection(person=("x" * 100,)),
    ],
)
def test_what_nobody_should_look_for_is_refused_and_nothing_is_read(wanted: Selection) -> None:
    made = town()
    granted = permit(made.ledger, Act.AUDIT_READ)
    before = made.store.size()
    with pytest.raises(AccessError) as refused:
        desk(made).search(granted, wanted)
    assert refused.value.code is ErrorCode.TEXT_UNUSABLE
    assert made.store.size() == before


def test_no_export_is_by_words_which_request_and_manifest_would_keep() -> None:
    with pytest.raises(AccessError) as refused:
        ExportOrder(Selection(text="张小明"))
    assert refused.value.code is ErrorCode.FILTER_UNUSABLE


@pytest.mark.parametrize(
    "wanted",
    [
        Selection(actors=("张小明",)),
        Selection(actors=("Zhang San",)),
        Selection(actors=("li.na", "13800000000")),
        Selection(person=("E12345678",)),
    ],
    ids=range(4),
)
def test_a_name_or_number_where_a_user_or_a_reference_belongs_is_not_noted(
    wanted: Selection,
) -> None:
    made = town()
    before = made.store.size()
    with pytest.raises(AccessError) as refused:
        desk(made).search(permit(made.ledger, Act.AUDIT_READ), wanted)
    assert refused.value.code is ErrorCode.FILTER_UNUSABLE
    assert made.store.size() == before + 1, "the grant alone"


def test_the_second_person_agrees_to_one_selection_and_masking_only() -> None:
    orders = [
        ExportOrder(Selection()),
        ExportOrder(Selection(), masked=False),
        ExportOrder(Selection(kinds=(Kind.ERASE,))),
        ExportOrder(Selection(actors=("li.na",))),
    ]
    assert len({order.about() for order in orders}) == len(orders)
    json.dumps([order.about() for order in orders])
    assert isinstance(Row(0, b"", {}).time, str)
