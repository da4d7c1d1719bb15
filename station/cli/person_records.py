"""The records' side of `station person`: list, show, leave, restrict, receipt.

Nothing here sees a face or a document: staff has seen to who it is. Everything is masked unless a
reason is given, which the ledger keeps.
"""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from resources.texts import text
from station.access import Act
from station.cli.claims import claim_options, needed, read_list
from station.cli.options import json_option
from station.cli.person_office import ResidentOffice, masked_line, residents_for, say
from station.cli.staff_call import StaffCall, staff_call
from station.cli.written import write_new
from station.errors import ErrorCode, OfficeError
from station.model import Claim, Language

if TYPE_CHECKING:
    from consent.canonical import Json
    from storage.resident_register import MaskedResident, MoveOutReport

_STEP = 256
"""Residents erased between two movements of the progress bar."""
_REASON = r"[A-Za-z0-9._/-]{1,32}"


@click.command("list", epilog="Example: ./station.sh person list --json")
@json_option
@staff_call
def list_(call: StaffCall, *, as_json: bool) -> None:
    """Every resident, masked, in no order that means anything."""
    with residents_for(call, Act.VIEW_MASKED) as office:
        found = tuple(_with_bar(office.register.list_masked(), office.register.count()))
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False))
        return
    for one in found:
        click.echo(masked_line(one, call.language))
    click.echo(say("count" if found else "none", call.language, count=len(found)), err=True)


@click.command(epilog="Example: ./station.sh person show --number 1234567890")
@claim_options
@click.option("--full", is_flag=True, help="In clear; needs --reason, and the ledger keeps it.")
@click.option("--reason", help="Ticket number, letters and digits only.")
@json_option
@staff_call
def show(
    call: StaffCall,
    *,
    number: str | None,
    document: bool,
    full: bool,
    reason: str | None,
    as_json: bool,
) -> None:
    """One resident: what is kept and until when; never a face or a template."""
    language = call.language
    claim = needed(number, document, language)
    if full and not _is_reason(reason):
        raise click.UsageError(say("reason", language))
    act, why = (Act.VIEW_FULL, str(reason)) if full else (Act.VIEW_MASKED, "")
    with residents_for(call, act, reason=why) as office:
        one = office.register.resident_of(claim)
        fields = _in_clear(office, claim, str(reason)) if full else {}
    if as_json:
        click.echo(json.dumps(asdict(one) | ({"fields": fields} if full else {})))
        return
    click.echo(masked_line(one, language))
    for name, value in fields.items():
        click.echo(f"  {name}: {value}")


@click.command(epilog="Example: ./station.sh person leave --csv moved-out.csv --preview")
@claim_options
@click.option("--csv", "csv_file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--preview", is_flag=True, help="Say what would happen; erase nothing.")
@click.option("--yes", is_flag=True, help="Do not ask again.")
@click.option(
    "--receipts",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the signed deletion receipts to this new file, one JSON per line.",
)
@json_option
@staff_call
def leave(
    call: StaffCall,
    *,
    number: str | None,
    document: bool,
    csv_file: Path | None,
    preview: bool,
    yes: bool,
    receipts: Path | None,
    as_json: bool,
) -> None:
    """Erase whoever moved out or left: one, or a list with a preview and a result per line."""
    language = call.language
    if csv_file is not None and (number is not None or document):
        raise click.UsageError("--csv / --number / --document")
    listed = csv_file is not None
    claims = read_list(csv_file, language) if csv_file else (needed(number, document, language),)
    act = Act.ERASE_BATCH if listed else Act.ERASE
    with residents_for(call, act) as office:
        report = office.register.move_out(claims, preview=True)
        found = sum(line.code is None for line in report.lines)
        _tell(report, language, "found")
        if found and not preview:
            missing = len(report.lines) - found
            key = "ask_many" if listed else "ask_one"
            click.echo(say(key, language, found=found, missing=missing), err=True)
            if not yes:
                click.confirm(say("sure", language), abort=True, err=True)
            report, proofs = _erase(office, claims)
            _tell(report, language, "gone")
            if receipts is not None:
                write_new(receipts, b"\n".join(proofs) + b"\n")
    if as_json:
        click.echo(json.dumps(_as_document(report, preview=preview or not found)))
    call.context.exit(0 if all(line.code is None for line in report.lines) else 1)


@click.command(epilog="Example: ./station.sh person restrict --number 1234567890")
@claim_options
@click.option("--lift", is_flag=True, help="Use the records again; ends a lock-out too.")
@json_option
@staff_call
def restrict(
    call: StaffCall,
    *,
    number: str | None,
    document: bool,
    lift: bool,
    as_json: bool,
) -> None:
    """Put a resident on hold: the records stay and are not compared."""
    language = call.language
    claim = needed(number, document, language)
    with residents_for(call, Act.RESTRICT) as office:
        office.register.restrict(claim, restricted=not lift)
    click.echo(say("lifted" if lift else "on_hold", language), err=True)
    if as_json:
        click.echo(json.dumps({"restricted": not lift}))


@click.command(epilog="Example: ./station.sh person receipt --op 5f0c…91ae --output erased.json")
@click.option("--op", required=True, help="Number of the erasure, as the screen showed it.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path))
@staff_call
def receipt(call: StaffCall, *, op: str, output: Path | None) -> None:
    """Issue the signed deletion receipt of a former erasure again, from the ledger."""
    if not re.fullmatch(r"[0-9a-f]{32}", op):
        raise click.UsageError("--op")
    with residents_for(call, Act.TICKET_READ) as office:
        proof = office.receipt(office.erasure(op))
    if output is not None:
        write_new(output, proof)
    else:
        click.echo(proof)


def _erase(
    office: ResidentOffice, claims: tuple[Claim, ...]
) -> "tuple[MoveOutReport, list[bytes]]":
    """Erase in steps, so that the bar moves and a visit need not wait for all of them."""
    from station.resident_desk import erased_of
    from storage.resident_register import MoveOutReport

    lines, proofs = [], []
    erased: dict[str, int] = {}
    shown = len(claims) > _STEP and sys.stderr.isatty()
    with click.progressbar(length=len(claims), file=sys.stderr, hidden=not shown) as bar:
        for start in range(0, len(claims), _STEP):
            step = office.register.move_out(claims[start : start + _STEP])
            lines += [type(one)(start + one.line, one.code, one.resident) for one in step.lines]
            proofs += [office.receipt(erased_of(one)) for one in step.erasures]
            for store, rows in step.erased.items():
                erased[store] = erased.get(store, 0) + rows
            bar.update(len(step.lines))
    return MoveOutReport(tuple(lines), erased), proofs


def _tell(report: "MoveOutReport", language: Language, done: str) -> None:
    for line in report.lines:
        if line.code is not None:
            result = f"{text('error', line.code, language)} ({line.code})"
        else:
            result = say(done, language, name=line.resident.name if line.resident else "*")
        click.echo(say("line", language, line=line.line, result=result), err=True)


def _as_document(report: "MoveOutReport", *, preview: bool) -> dict[str, object]:
    return {
        "preview": preview,
        "lines": [
            {
                "line": line.line,
                "code": None if line.code is None else line.code.value,
                "resident": None if line.resident is None else asdict(line.resident),
            }
            for line in report.lines
        ],
        "erased": report.erased,
    }


def _in_clear(office: ResidentOffice, claim: Claim, reason: str) -> dict[str, str]:
    """The fields, once the ledger knows that somebody looked at them and why.

    Raises `OfficeError(MINOR_NEEDS_APPROVAL)`: a minor's go through `rights show` alone (X-7).
    """
    from consent.kinds import Kind
    from station.decision import is_under_age
    from station.subject_records import ADULT_YEARS

    fields = dict(office.register.identity_of(claim).fields)
    born = fields.get("birth_date")
    if born and is_under_age(born, datetime.now(UTC).astimezone().date(), ADULT_YEARS):
        raise OfficeError(ErrorCode.MINOR_NEEDS_APPROVAL)
    payload: dict[str, Json] = {
        "reason": reason,
        "fields": sorted(fields),
        "commitment": office.register.reference_of(claim),
    }
    office.ledger.record(Kind.RECORD_READ, payload)
    return fields


def _is_reason(reason: str | None) -> bool:
    return reason is not None and re.fullmatch(_REASON, reason) is not None


def _with_bar(found: "Iterator[MaskedResident]", count: int) -> "Iterator[MaskedResident]":
    shown = count > _STEP and sys.stderr.isatty()
    with click.progressbar(found, length=count, file=sys.stderr, hidden=not shown) as bar:
        yield from bar
