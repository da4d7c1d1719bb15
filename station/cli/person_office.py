"""The office behind `station person`: residents' records opened without devices, and their words.

How the stores are opened can be replaced through `ctx.meta[OPEN_RESIDENTS]`.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from consent.entry import parse_entry
from station.access import Act
from station.cli.signing_in import signed_in
from station.cli.staff_call import StaffCall
from station.cli.written import write_new
from station.deletion_receipt import erased_in
from station.errors import ErrorCode, LedgerError
from station.model import Claim, Language

if TYPE_CHECKING:
    from consent.ledger import Ledger
    from consent.ledger_port import StoredEntry
    from station.ports import Erased
    from station.staffroom import Staffroom
    from storage.resident_register import MaskedResident, ResidentRegister

OPEN_RESIDENTS = "station.cli.person_office.open"
"""Key in `ctx.meta` of an `OpenResidents`."""

_SAY = {
    "none": ("还没有登记住户", "No residents are registered"),
    "count": ("共 {count} 位住户", "{count} residents"),
    "who": (
        "{name}  证件 {document}  住户号 {number}  保存到 {until}  特征第 {version} 版{marks}",
        "{name}  document {document}  number {number}  until {until}  template v{version}{marks}",
    ),
    "locked": ("  （暂停：多次没对上）", "  (paused: too many did not match)"),
    "restricted": ("  （按要求暂停使用）", "  (on hold, as asked for)"),
    "recalled": ("  （需重新登记）", "  (to be registered anew)"),
    "ask_one": ("将删除此人的全部记录，不能恢复", "Everything kept of this person will be erased"),
    "ask_many": (
        "将删除 {found} 位住户的全部记录，不能恢复；{missing} 行没有找到",
        "{found} residents will be erased for good; {missing} lines name nobody",
    ),
    "sure": ("确定吗", "Are you sure"),
    "erased": (
        "已删除，各处均已无记录：{rows}",
        "Erased, nothing remains anywhere: {rows}",
    ),
    "line": ("第 {line} 行：{result}", "line {line}: {result}"),
    "found": ("已找到 {name}", "found {name}"),
    "gone": ("已删除", "erased"),
    "on_hold": ("已暂停使用：记录保留，不再比对", "On hold: kept, and not compared"),
    "lifted": ("已恢复使用", "In use again"),
    "renewed": ("已换成新的特征，旧的作废", "A new template is in place; the old one is void"),
    "reason": (
        "--full 需要 --reason（工单号，字母数字）",
        "--full needs --reason (a ticket: letters and digits)",
    ),
}


@dataclass(frozen=True, slots=True)
class ResidentOffice:
    """What the commands need of an open station."""

    register: "ResidentRegister"
    ledger: "Ledger"
    receipt: "Callable[[Erased], bytes]"
    """The signed deletion receipt of an erasure."""
    newest_first: "Callable[[], Iterator[StoredEntry]]"
    """The ledger's entries, from the newest."""
    staff: "Staffroom"
    """Who may come in: the commands sign in here (`signed_in`)."""

    def erasure(self, op_id: str) -> "Erased":
        """A former erasure, from the ledger. Raises `LedgerError(RECEIPT_INVALID)`."""
        marker = f'"op":"{op_id}"'.encode()
        for stored in self.newest_first():
            if marker in stored.body:
                # The newest entry of an operation is its COMPLETION, if it has one.
                return erased_in(parse_entry(stored.body))
        raise LedgerError(ErrorCode.RECEIPT_INVALID)


OpenResidents = Callable[[int | None], AbstractContextManager[ResidentOffice]]


@contextmanager
def open_residents(descriptor: int | None) -> Iterator[ResidentOffice]:
    """The production station's stores, settled. Raises the typed error, also beside a kiosk."""
    from station.cli.opening import station_paths
    from station.cli.settled import settled_station
    from station.resident_desk import deletion_receipt
    from storage.clock import HighWaterClock
    from storage.resident_register import ResidentRegister

    _, config = station_paths()
    demo = config.site.profile == "demo"
    with settled_station(descriptor) as settled:
        ledger, signer = settled.ledger, settled.signer

        receipt = partial(deletion_receipt, ledger=ledger, signer=signer, demo=demo)
        rows = settled.stores.ledger
        register = ResidentRegister(settled.stores, ledger, HighWaterClock(rows))
        yield ResidentOffice(register, ledger, receipt, rows.newest_first, settled.staff)


def withdraw_at_desk(
    office: ResidentOffice, claim: Claim, language: Language, *, receipt: Path | None, yes: bool
) -> dict[str, object]:
    """Erase because consent was taken back at the staffed desk; returns the signed receipt."""
    from station.resident_desk import erased_of
    from storage.resident_register import Withdrawal

    click.echo(masked_line(office.register.resident_of(claim), language), err=True)
    click.echo(say("ask_one", language), err=True)
    if not yes:
        click.confirm(say("sure", language), abort=True, err=True)
    report = office.register.withdraw(claim, Withdrawal.EVERYTHING)
    proof = office.receipt(erased_of(report))
    rows = " · ".join(f"{store} {count}" for store, count in report.rows.items())
    click.echo(say("erased", language, rows=rows), err=True)
    if receipt is not None:
        write_new(receipt, proof)
    return cast(dict[str, object], json.loads(proof))


def masked_line(one: "MaskedResident", language: Language) -> str:
    """One resident as a line on the office's screen."""
    marks = [
        mark
        for mark, on in (
            ("locked", one.locked),
            ("restricted", one.restricted),
            ("recalled", not one.template_version),
        )
        if on
    ]
    return say(
        "who",
        language,
        name=one.name,
        document=one.document_number,
        number=one.resident_number,
        until=one.expires_at[:10],
        version=one.template_version,
        marks="".join(say(mark, language) for mark in marks),
    )


def residents_office(
    ctx: click.Context, descriptor: int | None
) -> AbstractContextManager[ResidentOffice]:
    """The office this command line was built with, or the production station's."""
    return cast(OpenResidents, ctx.meta.get(OPEN_RESIDENTS, open_residents))(descriptor)


@contextmanager
def residents_for(call: StaffCall, act: Act, *, reason: str = "") -> Iterator[ResidentOffice]:
    """The office, with whoever calls signed in for `act`. Raises the typed error."""
    with (
        residents_office(call.context, call.descriptor) as office,
        signed_in(office, call.staff, act, reason=reason),
    ):
        yield office


def say(key: str, language: Language, **figures: object) -> str:
    """One of this family's sentences."""
    return _SAY[key][0 if language is Language.ZH_CN else 1].format(**figures)
