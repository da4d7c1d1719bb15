"""The summary: every bar and every number of it is the count of entries, in both languages."""

import re
import unicodedata
from collections import Counter
from datetime import UTC, date, timedelta
from itertools import pairwise
from pathlib import Path

import pypdfium2
import pytest

from consent.bundle import BundleOrder, Summary
from consent.entry import parse_head, time_of
from consent.figures import MOST_BARS, Figures
from consent.kinds import CompletionResult, Kind
from consent.ledger_port import StoredEntry
from consent.search import Row, Selection, row_of
from consent.signing import key_id
from resources.office_texts import office_word
from station.ledger_counts import count_days
from tests.ledger_fakes import FakeClock, new_ledger
from tests.unit.audit_kit import Town, town
from ui.audit_summary import charts_of, write_summary


def figures_of(rows: list[Row]) -> Figures:
    found = Figures(UTC)
    for row in rows:
        found.take(row)
    return found


def summary_of(made: Town, wanted: Selection | None = None) -> Summary:
    head = made.store.newest_head()
    assert head is not None
    order = BundleOrder(wanted or Selection(), "2026-04-01T00:00:00.000Z", zone=UTC)
    key = key_id(made.signer.public_key)
    return Summary(figures_of(made.rows), parse_head(head.body), order, key, True)


def pages(path: Path) -> list[str]:
    document = pypdfium2.PdfDocument(str(path))
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def test_charts_hold_exactly_what_the_entries_say() -> None:
    made = town()
    charts = charts_of(figures_of(made.rows))
    by_day = Counter(time_of(row.time).date() for row in made.rows if row.kind == "VISIT_OUTCOME")
    assert {bar.first: bar.count for bar in charts.visits if bar.count} == dict(by_day)
    attacks = sum(row.kind == "PAD_REJECT" for row in made.rows)
    assert sum(bar.count for bar in charts.attacks) == attacks == 3
    outcomes = Counter(row.said("outcome") for row in made.rows if row.kind == "VISIT_OUTCOME")
    assert dict(charts.outcomes) == dict(outcomes)
    assert charts.outcomes[0][1] == max(outcomes.values())


def test_they_agree_with_the_charts_on_the_screens() -> None:
    made = town()
    charts = charts_of(figures_of(made.rows))
    last = charts.visits[-1].last
    screen = count_days(made.store.newest_first(), last, len(charts.visits), UTC)
    assert screen.visits == tuple(bar.count for bar in charts.visits)
    assert screen.attacks == tuple(bar.count for bar in charts.attacks)
    assert {code: n for code, n in screen.outcomes.items() if n} == dict(charts.outcomes)


def test_the_numbers_on_paper_are_those_of_the_charts(tmp_path: Path) -> None:
    made = town()
    path = tmp_path / "summary.pdf"
    write_summary(path, summary_of(made))
    charts = charts_of(figures_of(made.rows))
    found = pages(path)
    turn = next(at for at, text in enumerate(found) if "Summary of the ledger" in text)
    for part, language in ((found[:turn], "zh_CN"), (found[turn:], "en")):
        # Extraction gives some characters as the radicals that look the same.
        text = unicodedata.normalize("NFKC", " ".join("\n".join(part).split()))
        for bar, attack in zip(charts.visits, charts.attacks, strict=True):
            assert re.search(rf"{bar.first} {bar.count} {attack.count}\b", text), text
        for code, count in charts.outcomes:
            word = office_word("outcome", code, language)
            assert re.search(rf"{re.escape(word)} {count}\b", text), text
        assert "station-demo-0001" in text
        assert "DEMO" in text
        assert f"{len(made.rows)}" in text
    assert list(tmp_path.iterdir()) == [path]


def test_a_tampered_or_empty_stretch_says_so(tmp_path: Path) -> None:
    made = town()
    whole = summary_of(made)
    broken = Summary(Figures(UTC), whole.head, whole.order, whole.key_id, root_stands=False)
    write_summary(tmp_path / "s.pdf", broken)
    text = "\n".join(pages(tmp_path / "s.pdf"))
    assert "No entry matches" in text
    assert "tampered" in text


def test_who_read_what_and_what_was_refused_is_counted() -> None:
    made = town()
    made.ledger.record(Kind.RECORD_READ, {"actor": "wang.wei", "reason": "T-1"})
    made.ledger.record(Kind.AUDIT_READ, {"actor": "li.na", "selection": {"all": True}})
    made.ledger.record(Kind.CLOCK_SET_BACK, {"behind_s": 9})
    op = made.ledger.intent(Kind.ENROL, {"commitment": "x"})
    made.ledger.complete(op, CompletionResult.UNDONE, {})
    found = figures_of(made.rows)
    assert found.readers == {"wang.wei": {"RECORD_READ": 1}, "li.na": {"AUDIT_READ": 1}}
    assert found.grants == {"li.na": {"AUDIT_READ": 3}}
    assert found.refusals == {"ACCESS_REFUSED": 3}
    assert found.changes == {"ENROL": 2, "WITHDRAW": 1}
    assert (found.erased_rows, found.undone, found.alarms) == (2, 1, {"CLOCK_SET_BACK": 1})
    assert (found.entries, found.unreadable) == (len(made.rows), 0)


@pytest.mark.parametrize("days", [1, 2, MOST_BARS, MOST_BARS + 1, 200, 434, 435, 3000])
def test_bars_cover_every_day_once_and_add_up(days: int) -> None:
    begin = date(2026, 3, 1)
    found = Figures(UTC)
    found.begin = f"{begin}T09:00:00.000Z"
    found.end = f"{begin + timedelta(days=days - 1)}T09:00:00.000Z"
    by_day = {begin + timedelta(days=at): at % 7 for at in range(days)}
    bars = found.bars(by_day)
    assert len(bars) <= MOST_BARS
    assert sum(bar.count for bar in bars) == sum(by_day.values())
    assert (bars[0].first, bars[-1].last) == (begin, begin + timedelta(days=days - 1))
    for before, after in pairwise(bars):
        assert after.first == before.last + timedelta(days=1)


def test_hostile_entries_are_counted_and_bounded() -> None:
    ledger, store, _, _ = new_ledger(clock=FakeClock(timedelta(seconds=1)))
    ledger.record(Kind.STATION_START, {})
    found = Figures(UTC)
    found.take(row_of(store.rows[0]))
    for body in (b"", b"[]", b'{"time":"9999-99-99"}', b'{"time":7,"kind":{}}'):
        found.take(row_of(StoredEntry(1, body)))
    early = store.rows[0].body.replace(b"STATION_START", b"VISIT_OUTCOME")
    found.take(row_of(StoredEntry(2, early.replace(b"2026-03-01", b"0001-01-02"))))
    for at in range(1100):
        body = early.replace(b'"payload":{}', f'"payload":{{"outcome":"X{at}"}}'.encode())
        found.take(row_of(StoredEntry(3, body)))
    assert found.unreadable == 4
    assert len(found.outcomes) <= 1001
    assert found.outcomes.total() == found.visits == 1101
    charts = charts_of(found)
    assert sum(bar.count for bar in charts.visits) == 1101
