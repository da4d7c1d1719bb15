"""`station retention`: what is kept until when, and erase now what has reached its term.

How the stores are opened can be replaced through `ctx.meta[OPEN_RETENTION]`.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import click

from station.access import Act
from station.cli.options import json_option
from station.cli.premises_office import premises_of
from station.cli.settled import settled_station
from station.cli.signing_in import signed_in
from station.cli.staff_call import StaffCall, staff_call
from station.model import Language
from station.office_terms import due_by_purpose
from station.retention import ERASED_WITHIN_S, Due, RetentionPolicy
from station.staffroom import Staffroom
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
    "resident": (
        "住户：登记后保存 {days} 天，最长 {maximum} 天；到期后 {sweep} 秒内删除",
        "Residents: kept {days} days from the registration, never above {maximum} days; "
        "erased within {sweep} s of the end",
    ),
    "purpose_visitor": ("访客信息", "Visitors"),
    "purpose_resident": ("住户信息", "Residents"),
    "purpose_template": ("人脸特征", "Face templates"),
    "purpose_portrait": ("人脸图像", "Face images"),
    "due_day": ("  {day} 到期：{records} 条", "  ending on {day}: {records}"),
    "total": ("{purpose}：共 {records} 条", "{purpose}: {records} in all"),
    "none": ("没有保存任何个人信息", "Nothing personal is kept"),
    "due": ("  {hour} 起一小时内到期：{records} 条", "  ending in the hour from {hour}: {records}"),
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
    policy: Callable[[], RetentionPolicy]
    """What holds now; asked only where it is shown, so that a damaged profile stops no erasing."""
    staff: Staffroom
    """Who may come in: the commands sign in here (`signed_in`)."""


OpenRetention = Callable[[int | None], AbstractContextManager[RetentionDesk]]


@contextmanager
def open_retention(descriptor: int | None) -> Iterator[RetentionDesk]:
    """The production station's stores, with open intents settled. Raises the typed error."""
    with settled_station(descriptor) as desk:
        sweeper = Sweeper(desk.stores, desk.ledger, HighWaterClock(desk.stores.ledger))
        yield RetentionDesk(
            desk.stores, sweeper, lambda: premises_of(desk).readiness.terms.policy, desk.staff
        )


@click.group(invoke_without_command=True)
@click.pass_context
def retention(ctx: click.Context) -> None:
    """How long records are kept, and erasing now what has reached its term. Alone: `show`."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(show, as_json=False, lang=None, passphrase_fd=None)


@retention.command(epilog="Example: ./station.sh retention show --json")
@json_option
@staff_call
def show(call: StaffCall, *, as_json: bool) -> None:
    """The policy, and how many records of each purpose end when. Names nobody."""
    with _opened(call) as desk, signed_in(desk, call.staff, Act.POLICY_READ):
        due = due_by_purpose(desk.stores, datetime.now().astimezone())
        policy = desk.policy()
    if as_json:
        click.echo(json.dumps(_document(policy, due)))
        return
    language = call.language
    for line in _lines(policy, due, language):
        click.echo(line)


def _lines(
    policy: RetentionPolicy, due: dict[str, tuple[Due, ...]], language: Language
) -> Iterator[str]:
    hour, day = timedelta(hours=1), timedelta(days=1)
    kept = f"{policy.visitor / hour:g}"
    maximum = f"{policy.maximum / hour:g}"
    yield _say("policy", language, hours=kept, maximum=maximum, sweep=ERASED_WITHIN_S)
    kept, maximum = f"{policy.resident / day:g}", f"{policy.resident_maximum / day:g}"
    yield _say("resident", language, days=kept, maximum=maximum, sweep=ERASED_WITHIN_S)
    for purpose, found in due.items():
        if not found:
            continue
        name, records = _say(f"purpose_{purpose}", language), sum(one.records for one in found)
        yield _say("total", language, purpose=name, records=records)
        for one in found:
            local = one.hour.astimezone()
            if purpose == "visitor":
                shown = local.strftime("%Y-%m-%d %H:%M")
                yield _say("due", language, hour=shown, records=one.records)
            else:
                yield _say("due_day", language, day=one.hour.date(), records=one.records)
    if not any(due.values()):
        yield _say("none", language)


@retention.command(epilog="Example: ./station.sh retention run")
@json_option
@staff_call
def run(call: StaffCall, *, as_json: bool) -> None:
    """Erase now what has reached its term; a running kiosk does so three times a minute."""
    with _opened(call) as desk, signed_in(desk, call.staff, Act.ERASE_BATCH):
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
    language = call.language
    click.echo(_say("ran", language, expired=report.expired))
    if report.clock_set_back:
        click.echo(_say("clock", language), err=True)


def _document(policy: RetentionPolicy, due: dict[str, tuple[Due, ...]]) -> dict[str, object]:
    """`due` are the visitors by the hour; `by_day` what is kept of residents, by purpose."""
    return {
        "visitor_h": policy.visitor / timedelta(hours=1),
        "maximum_h": policy.maximum / timedelta(hours=1),
        "resident_days": policy.resident / timedelta(days=1),
        "resident_maximum_days": policy.resident_maximum / timedelta(days=1),
        "erased_within_s": ERASED_WITHIN_S,
        "due": [{"hour": one.hour.isoformat(), "records": one.records} for one in due["visitor"]],
        "by_day": {
            purpose: [{"day": one.hour.date().isoformat(), "records": one.records} for one in found]
            for purpose, found in due.items()
            if purpose != "visitor"
        },
    }


def _opened(call: StaffCall) -> AbstractContextManager[RetentionDesk]:
    opener = cast(OpenRetention, call.context.meta.get(OPEN_RETENTION, open_retention))
    return opener(call.descriptor)


def _say(key: str, language: Language, **figures: object) -> str:
    return _SAY[key][0 if language is Language.ZH_CN else 1].format(**figures)
