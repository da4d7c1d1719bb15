"""The figures of the charts are the figures of the ledger, day by day."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.entry import Entry
from consent.kinds import Kind, Phase
from consent.ledger_port import StoredEntry
from station.errors import LedgerError, StationBug
from station.ledger_counts import count_days
from station.model import Outcome

_START = datetime(2026, 3, 1, tzinfo=UTC)
_LAST = date(2026, 3, 28)
_KINDS = (
    Kind.VISIT_OUTCOME,
    Kind.CONSENT_REFUSED,
    Kind.PAD_REJECT,
    Kind.SIGN_IN_REFUSED,
    Kind.ACCESS_REFUSED,
    Kind.PURGE,
)
_MOMENTS = st.tuples(
    st.integers(0, 40 * 24 * 60), st.sampled_from(_KINDS), st.sampled_from(Outcome)
)


def _stored(seq: int, moment: datetime, kind: Kind, outcome: str = "") -> StoredEntry:
    time = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    payload = {"outcome": outcome} if kind is Kind.VISIT_OUTCOME else {"code": "ACC-01"}
    entry = Entry(seq, time, "", Phase.SINGLE, kind, payload, bytes(32), demo=seq % 2 == 0)
    return StoredEntry(seq, entry.to_bytes())


@settings(max_examples=60, deadline=None)
@given(st.lists(_MOMENTS, max_size=60), st.integers(1, 28), st.sampled_from([0, 8, -5]))
def test_every_day_is_counted_as_a_plain_count_does(
    drawn: list[tuple[int, Kind, Outcome]], days: int, hours: int
) -> None:
    zone = timezone(timedelta(hours=hours))
    moments = [(_START + timedelta(minutes=at), kind, how) for at, kind, how in sorted(drawn)]
    ledger = [_stored(seq, *moment) for seq, moment in enumerate(moments)]
    found = count_days(reversed(ledger), _LAST, days, zone)
    first = _LAST - timedelta(days=days - 1)
    local = [(moment.astimezone(zone).date(), kind, how) for moment, kind, how in moments]
    within = [one for one in local if first <= one[0] <= _LAST]
    plain = Counter((day, kind) for day, kind, _ in within)
    assert found.days == tuple(first + timedelta(days=at) for at in range(days))
    for at, day in enumerate(found.days):
        assert found.visits[at] == plain[day, Kind.VISIT_OUTCOME]
        assert found.declined[at] == plain[day, Kind.CONSENT_REFUSED]
        assert found.attacks[at] == plain[day, Kind.PAD_REJECT]
        denied = plain[day, Kind.SIGN_IN_REFUSED] + plain[day, Kind.ACCESS_REFUSED]
        assert found.denied[at] == denied
    ways = Counter(how for _, kind, how in within if kind is Kind.VISIT_OUTCOME)
    assert found.outcomes == {outcome.value: ways[outcome] for outcome in Outcome}
    assert sum(found.visits) == sum(found.outcomes.values())
    weeks = found.by_week()
    whole = len(found.days) // 7 * 7
    assert sum(weeks.visits) == sum(found.visits[len(found.days) - whole :])
    assert len(weeks.days) == len(weeks.attacks) == whole // 7


def test_nothing_older_than_the_span_is_read() -> None:
    newest = _stored(1, _START + timedelta(days=27), Kind.PAD_REJECT)
    older = _stored(0, _START, Kind.PAD_REJECT)

    def rows() -> object:
        yield newest
        yield older
        raise AssertionError("read on")

    assert count_days(rows(), _LAST, 7, UTC).attacks[-1] == 1  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"kind":"PURGE","op":"","time":"2026-03-28T09:00:00.000Z","x":1}',
        b'{"kind":"PURGE","op":"","time":"2026-99-28T09:00:00.000Z"}',
        b'{"kind":"PAD_REJECT","op":"","time":"2026-03-28T09:00:00.000Z"}',
        b'{"op":"","time":"2026-03-28T09:00:00.000Z"}',
    ],
)
def test_an_entry_out_of_form_is_not_counted_over(body: bytes) -> None:
    with pytest.raises(LedgerError):
        count_days([StoredEntry(0, body)], _LAST, 7, UTC)


@pytest.mark.parametrize("days", [0, -1, 401])
def test_a_span_without_sense_is_refused(days: int) -> None:
    with pytest.raises(StationBug):
        count_days([], _LAST, days, UTC)
