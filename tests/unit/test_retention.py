"""Terms: never above the maximum, never above the notice; and the command line."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from stores_kit import Desk

from station.build import NOTICES
from station.cli.retention import OPEN_RETENTION, RetentionDesk, retention, visitor_policy
from station.errors import ConfigError, ErrorCode, StationBug
from station.retention import LONGEST_VISITOR_TERM, Due, RetentionPolicy, expiry, schedule

HOUR = timedelta(hours=1)
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
    @contextmanager
    def opener(_descriptor):
        yield RetentionDesk(desk.stores, desk.sweeper, POLICY)

    @click.group()
    @click.pass_context
    def root(context):
        context.meta[OPEN_RETENTION] = opener

    root.add_command(retention)
    result = CliRunner().invoke(root, ["retention", *arguments], catch_exceptions=False)
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


@pytest.mark.parametrize(("hours", "noticed", "shown"), [(24.0, 2, 2), (2.0, 24, 2), (24.0, 0, 24)])
def test_what_is_shown_for_visitors_is_what_holds(
    hours: float, noticed: int, shown: int, tmp_path: Path
) -> None:
    """A notice that cannot be read (here: no hours at all) stops no erasing."""
    site = (NOTICES / "demo_site.toml").read_text("utf-8")
    own = tmp_path / "site.toml"
    own.write_text(site.replace("retention_hours = 24", f"retention_hours = {noticed}"), "utf-8")
    assert visitor_policy(hours, own).visitor == shown * HOUR
    assert visitor_policy(hours, tmp_path / "absent.toml").visitor == hours * HOUR
