"""`station retention`: what is kept until when, and erase now what has reached its term.

How the stores are opened can be replaced through `ctx.meta[OPEN_RETENTION]`.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import click

from consent.notice_source import read_notice
from station.cli.language import chosen, lang_option
from station.cli.opening import passphrase_option, station_paths
from station.cli.options import json_option
from station.cli.settled import settled_station
from station.errors import StationError
from station.model import Language
from station.retention import SWEEP_EVERY_S, Due, RetentionPolicy, schedule
from storage.clock import HighWaterClock
from storage.stores import Stores
from storage.sweeper import Sweeper

OPEN_RETENTION = "station.cli.retention.open"
"""Key in `ctx.meta` of an `OpenRetention`."""

_SAY = {
    "policy": (
        "访客信息：来访结束后保存 {hours} 小时，最长 {maximum} 小时；到期后 {sweep} 秒内删除",
        "Visitors: kept {hours} h after the visit, never above {maximum} h; "
        "erased within {sweep} s of the end",
    ),
    "none": ("没有保存任何个人信息", "Nothing personal is kept"),
    "due": ("{hour} 起一小时内到期：{records} 条", "ending in the hour from {hour}: {records}"),
    "ran": ("已删除 {expired} 条到期记录", "Erased {expired} records at the end of their term"),
    "clock": (
        "注意：本机时钟被调慢，到期仍按已知最晚时间执行",
        "Note: the clock was set back; terms still end by the latest time known",
    ),
}


@dataclass(frozen=True, slots=True)
class RetentionDesk:
    """What the commands need of an open station."""

    stores: Stores
    sweeper: Sweeper
    policy: RetentionPolicy


OpenRetention = Callable[[int | None], AbstractContextManager[RetentionDesk]]


@contextmanager
def open_retention(descriptor: int | None) -> Iterator[RetentionDesk]:
    """The production station's stores, with open intents settled. Raises the typed error."""
    paths, config = station_paths()
    with settled_station(descriptor) as desk:
        sweeper = Sweeper(desk.stores, desk.ledger, HighWaterClock(desk.stores.ledger))
        policy = visitor_policy(config.policy.visitor_retention_h, paths.site)
        yield RetentionDesk(desk.stores, sweeper, policy)


def visitor_policy(hours: float, site: Path) -> RetentionPolicy:
    """What holds for visitors: the shorter of the policy's `hours` and the notice's."""
    from station.build import NOTICES

    noticed = hours
    # Records must be erased on time also where the notice is being rewritten.
    with suppress(StationError):
        noticed = float(read_notice(NOTICES, "visitor", site).retention_hours)
    return RetentionPolicy(timedelta(hours=min(hours, noticed)))


@click.group()
def retention() -> None:
    """How long records are kept, and erasing now what has reached its term."""


@retention.command(epilog="Example: ./station.sh retention show --json")
@json_option
@lang_option
@passphrase_option
@click.pass_context
def show(ctx: click.Context, as_json: bool, lang: str | None, passphrase_fd: int | None) -> None:
    """The policy, and how many records end when. Names nobody."""
    with _opened(ctx, passphrase_fd) as desk:
        terms = (end for _, end in desk.stores.identity.terms())
        due = schedule(terms, datetime.now(UTC))
        policy = desk.policy
    if as_json:
        click.echo(json.dumps(_document(policy, due)))
        return
    language = chosen(lang)
    click.echo(
        _say(
            "policy",
            language,
            hours=f"{policy.visitor / timedelta(hours=1):g}",
            maximum=f"{policy.maximum / timedelta(hours=1):g}",
            sweep=SWEEP_EVERY_S,
        )
    )
    for one in due:
        hour = one.hour.astimezone().strftime("%Y-%m-%d %H:%M")
        click.echo(_say("due", language, hour=hour, records=one.records))
    if not due:
        click.echo(_say("none", language))


@retention.command(epilog="Example: ./station.sh retention run")
@json_option
@lang_option
@passphrase_option
@click.pass_context
def run(ctx: click.Context, as_json: bool, lang: str | None, passphrase_fd: int | None) -> None:
    """Erase now what has reached its term; a running kiosk does so every minute."""
    with _opened(ctx, passphrase_fd) as desk:
        report = desk.sweeper.sweep()
        left = desk.stores.identity.count()
    if as_json:
        click.echo(
            json.dumps(
                {
                    "expired": report.expired,
                    "left": left,
                    "settled": report.settled,
                    "effective_at": report.effective_at,
                    "clock_set_back": report.clock_set_back,
                }
            )
        )
        return
    language = chosen(lang)
    click.echo(_say("ran", language, expired=report.expired))
    if report.clock_set_back:
        click.echo(_say("clock", language), err=True)


def _document(policy: RetentionPolicy, due: tuple[Due, ...]) -> dict[str, object]:
    return {
        "visitor_h": policy.visitor / timedelta(hours=1),
        "maximum_h": policy.maximum / timedelta(hours=1),
        "erased_within_s": SWEEP_EVERY_S,
        "due": [{"hour": one.hour.isoformat(), "records": one.records} for one in due],
    }


def _opened(ctx: click.Context, descriptor: int | None) -> AbstractContextManager[RetentionDesk]:
    return cast(OpenRetention, ctx.meta.get(OPEN_RETENTION, open_retention))(descriptor)


def _say(key: str, language: Language, **figures: object) -> str:
    return _SAY[key][0 if language is Language.ZH_CN else 1].format(**figures)
