"""Terms: never above the maximum, never above the notice; and the command line."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from weakref import WeakKeyDictionary

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from stores_kit import Desk

from station.access import Role
from station.cli.retention import (
    OPEN_RETENTION,
    RetentionDesk,
    retention,
)
from station.errors import ConfigError, ErrorCode, StationBug
from station.retention import (
    LONGEST_VISITOR_TERM,
    Due,
    RetentionPolicy,
    expiry,
    schedule,
    schedule_by_day,
)
from tests.duty import Duty

HOUR = timedelta(hours=1)
DUTIES = WeakKeyDictionary()
POLICY = RetentionPolicy(12 * HOUR)
moments = st.datetimes(
    datetime(2026, 1, 1),  # noqa: DTZ001
    datetime(2040, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
spans = st.timedeltas(timedelta(hours=-1), timedelta(hours=30))


@given(moments, spans, spans)
def test_a_term_is_within_every_bound_or_refused(ended_at, term, noticed):
    allowed = timedelta(0) <= term <= min(noticed, POLICY.maximum)
    if not allowed:
        with pytest.raises(ConfigError) as raised:
            expiry(ended_at, POLICY, term=term, noticed=noticed)
        assert raised.value.code is ErrorCode.CONFIG_INVALID
        return
    end = expiry(ended_at, POLICY, term=term, noticed=noticed)
    assert ended_at + term - timedelta(seconds=1) < end <= ended_at + term
    assert end.microsecond == 0


def test_the_default_is_the_visitor_term():
    ended_at = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
    assert expiry(ended_at, POLICY) == ended_at + 12 * HOUR
    with pytest.raises(ConfigError):
        expiry(ended_at, POLICY, noticed=HOUR)
    with pytest.raises(StationBug):
        expiry(datetime(2026, 5, 1), POLICY)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("visitor", "maximum"),
    [(-HOUR, HOUR), (2 * HOUR, HOUR), (HOUR, LONGEST_VISITOR_TERM + HOUR)],
)
def test_a_policy_above_the_maximum_is_refused(visitor, maximum):
    with pytest.raises(ConfigError):
        RetentionPolicy(visitor, maximum)


@given(st.lists(moments, max_size=40), moments)
def test_the_schedule_counts_every_record_once_and_nothing_in_the_past(terms, now):
    due = schedule(terms, now)
    assert sum(one.records for one in due) == len(terms)
    hours = [one.hour for one in due]
    assert hours == sorted(set(hours))
    assert all(hour > now - HOUR for hour in hours)


def test_overdue_records_stand_first():
    now = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
    terms = [now - 40 * HOUR, now, now + HOUR]
    nine = now.replace(minute=0)
    assert schedule(terms, now) == (Due(nine, 2), Due(nine + HOUR, 1))


@pytest.fixture
def desk(tmp_path):
    opened = Desk(tmp_path)
    yield opened
    opened.stores.close()


def call(desk, *arguments):
    duty = DUTIES.setdefault(desk, Duty())

    @contextmanager
    def opener(_descriptor):
        yield RetentionDesk(desk.stores, desk.sweeper, lambda: POLICY, duty.room)

    @click.group()
    @click.pass_context
    def root(context):
        context.meta[OPEN_RETENTION] = opener

    root.add_command(retention)
    arguments = arguments or ("show",)
    staff = duty.signs_in(Role.MANAGER)
    result = CliRunner().invoke(root, ["retention", *arguments, *staff], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_show_counts_and_names_nobody(desk):
    assert "Nothing personal" in call(desk, "show", "--lang", "en")
    desk.keep(1)
    desk.keep(5)
    document = json.loads(call(desk, "show", "--json"))
    assert document["visitor_h"] == 12.0
    assert document["maximum_h"] == 24.0
    assert sum(one["records"] for one in document["due"]) == 2
    text = call(desk, "show", "--lang", "zh_CN")
    assert "12 小时" in text
    assert "测试者" not in text + json.dumps(document)


def test_residents_are_shown_by_purpose_and_day_and_nobody_is_named(desk):
    desk.keep(1)
    desk.enrol("E1", portraits=2, days=30)
    desk.enrol("E2", days=30)
    document = json.loads(call(desk, "show", "--json"))
    assert sum(one["records"] for one in document["due"]) == 1
    by_day = {p: sum(one["records"] for one in d) for p, d in document["by_day"].items()}
    assert by_day == {"resident": 2, "template": 2, "portrait": 2}
    assert (document["resident_days"], document["resident_maximum_days"]) == (365.0, 1098.0)
    ends = (datetime.now().astimezone() + timedelta(days=30)).date().isoformat()
    assert {one["day"] for found in document["by_day"].values() for one in found} == {ends}
    text = call(desk)
    assert ends in text
    assert not any(word in text for word in ("住户一号", "测试者", "E1", "X0000"))


def test_what_ends_on_a_day_is_counted_once_and_overdue_to_today():
    now = datetime(2026, 5, 1, 9, 30, tzinfo=timezone(8 * HOUR))
    midnight = now.replace(hour=0, minute=0)
    terms = [now - 40 * HOUR, now, now + 14 * HOUR, now + 15 * HOUR]
    assert schedule_by_day(terms, now) == (Due(midnight, 3), Due(midnight + 24 * HOUR, 1))


def test_run_erases_what_has_ended(desk):
    desk.keep(1)
    desk.keep(5)
    desk.clock.observe(datetime.now(UTC) + 2 * HOUR)
    document = json.loads(call(desk, "run", "--json"))
    assert (document["expired"], document["left"]) == (1, 1)
    assert document["clock_set_back"] is True
    assert "set back" not in call(desk, "run", "--lang", "en")


def test_commands_show_an_example():
    for name in ("show", "run"):
        result = CliRunner().invoke(retention, [name, "--help"])
        assert "Example: ./station.sh retention" in result.output
