"""`station rights`: what people ask about their own data, from the ticket to the answer.

A document number and what is corrected are typed, never arguments: other processes could read them.
Nothing here shows a template, a portrait or a score.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click
import msgspec

from resources.rights_texts import words
from station.access import Act
from station.cli.claims import claim_options, needed
from station.cli.options import json_option
from station.cli.rights_office import RightsOffice, typed, with_office, write_paper
from station.cli.written import write_new
from station.model import IDENTITY_FIELDS, Language
from station.tickets import Filed, Ticket, TicketKind

if TYPE_CHECKING:
    from station.gate import Permit
    from station.subject_records import Subject, SubjectFile

_ticket_argument = click.argument("ticket")
_request_option = click.option(
    "--request",
    "request_id",
    default="",
    help="For a minor: the request the manager agreed to (rights ask-minor).",
)
_path = click.Path(dir_okay=False, path_type=Path)


@click.group()
def rights() -> None:
    """What people ask about their own data: tickets, copies, corrections, erasure."""


@rights.command("look-up", epilog="Example: ./station.sh rights look-up --document")
@claim_options
@json_option
@with_office
def look_up(office: RightsOffice, *, number: str | None, document: bool, as_json: bool) -> None:
    """Whom a document leads to, masked: residents, and visitors of the last hours."""
    claim = needed(number, document, office.language)
    found = office.room.rights.look_up(office.permit(Act.VIEW_MASKED), claim)
    click.echo(json.dumps(asdict(found)) if as_json else _subject_line(office, found))


@rights.command("open", epilog="Example: ./station.sh rights open --kind COPY --document")
@click.option("--kind", required=True, type=click.Choice([kind.value for kind in TicketKind]))
@claim_options
@click.option("--wish", help="What they ask for, in their words; asked for when left out.")
@json_option
@with_office
def open_(
    office: RightsOffice,
    *,
    kind: str,
    number: str | None,
    document: bool,
    wish: str | None,
    as_json: bool,
) -> None:
    """Take in a request of somebody whose document was seen; the deadline runs from now."""
    from station.masked import masked

    claim = needed(number, document, office.language)
    said = typed(words("desk", "wish", office.language), wish)
    permit = office.permit(Act.TICKET_OPEN)
    covered = masked(claim.value, 1, 2)
    filed = office.room.rights.open(permit, TicketKind(kind), claim, masked=covered, wish=said)
    _show(office, filed.ticket, as_json)
    if not filed.ticket.subject:
        office.say("desk", "nothing")


@rights.command("list", epilog="Example: ./station.sh rights list --due 3")
@click.option("--due", type=click.IntRange(0, 366), help="Open ones with at most so many days.")
@click.option("--overdue", is_flag=True, help="Only those whose deadline has passed.")
@json_option
@with_office
def list_(office: RightsOffice, *, due: int | None, overdue: bool, as_json: bool) -> None:
    """Tickets, the nearest deadline first."""
    office.room.rights.forget()
    now = datetime.now(UTC)
    found = [one.ticket for one in office.room.tickets.all(office.permit(Act.TICKET_READ))]
    if overdue:
        found = [one for one in found if one.overdue(now)]
    if due is not None:
        found = [one for one in found if one.state == "OPEN" and one.days_left(now) <= due]
    if as_json:
        click.echo(json.dumps([_document(one) for one in found], ensure_ascii=False))
        return
    for one in found:
        click.echo(ticket_line(one, office.language, now))


@rights.command(epilog="Example: ./station.sh rights show 3f0c9a12be44 --reason 'asked in person'")
@_ticket_argument
@click.option("--reason", default="", help="Why; the ledger keeps it.")
@_request_option
@json_option
@with_office
def show(office: RightsOffice, *, ticket: str, reason: str, request_id: str, as_json: bool) -> None:
    """Everything kept of the person of a ticket, in clear, for access."""
    filed, kept = _opened(office, ticket, reason, request_id, copied=False)
    from station.incident_notice import paper_text
    from station.subject_copy import copy_json, copy_paper

    frame = office.room.copy_frame(resident=kept.subject.resident)
    if as_json:
        click.echo(copy_json(kept, filed.ticket, frame).decode())
    else:
        click.echo(paper_text(copy_paper(kept, filed.ticket, frame, office.language)))


@rights.command(
    epilog="Example: ./station.sh rights copy 3f0c9a12be44 --json-file c.json --pdf c.pdf"
)
@_ticket_argument
@click.option("--json-file", type=_path, help="New file, for another handler to read.")
@click.option("--pdf", type=_path, help="New file, for the person to read.")
@click.option("--reason", default="", help="Why; the ledger keeps it.")
@_request_option
@with_office
def copy(
    office: RightsOffice,
    *,
    ticket: str,
    json_file: Path | None,
    pdf: Path | None,
    reason: str,
    request_id: str,
) -> None:
    """Write the person's own copy to new files that only you can read, to be handed over."""
    from station.subject_copy import copy_json, copy_paper

    if json_file is None and pdf is None:
        raise click.UsageError(words("desk", "which_file", office.language))
    filed, kept = _opened(office, ticket, reason, request_id, copied=True)
    frame = office.room.copy_frame(resident=kept.subject.resident)
    if json_file is not None:
        write_new(json_file, copy_json(kept, filed.ticket, frame))
    if pdf is not None:
        write_paper(pdf, copy_paper(kept, filed.ticket, frame, office.language))
    office.say("desk", "handed")


@rights.command(epilog="Example: ./station.sh rights correct 3f0c9a12be44 --field name")
@_ticket_argument
@click.option(
    "--field",
    "fields",
    multiple=True,
    required=True,
    type=click.Choice(IDENTITY_FIELDS),
    help="Which field; its new content is asked for. Several times for several.",
)
@click.option("--reason", default="", help="Why; the ledger keeps it.")
@_request_option
@with_office
def correct(
    office: RightsOffice, *, ticket: str, fields: tuple[str, ...], reason: str, request_id: str
) -> None:
    """Correct or complete fields the notice lists; an empty answer takes a field away.

    A minor's date of birth needs the manager, as opening the record does.
    """
    filed = office.room.tickets.get(ticket)
    permit = office.permit(Act.TICKET_DECIDE, about=filed.ticket.id)
    changes = {name: typed(words("field", name, office.language), None).strip() for name in fields}
    office.room.rights.check(changes)
    minor = _agreed(office, filed, request_id)
    office.room.rights.correct(permit, filed, changes, minor)
    office.say("desk", "corrected")


@rights.command(epilog="Example: ./station.sh rights erase 3f0c9a12be44 --receipt erased.json")
@_ticket_argument
@click.option("--template-only", is_flag=True, help="Only the face template; the rest stays.")
@click.option("--face-only", is_flag=True, help="Face template and portraits; the fields stay.")
@click.option("--receipt", type=_path, help="Write the signed deletion receipt to this new file.")
@click.option("--yes", is_flag=True, help="Do not ask again.")
@with_office
def erase(
    office: RightsOffice,
    *,
    ticket: str,
    template_only: bool,
    face_only: bool,
    receipt: Path | None,
    yes: bool,
) -> None:
    """Erase at once, by deletion or withdrawal as the ticket says; nothing brings it back."""
    from station.subject_records import Portion

    if template_only and face_only:
        raise click.UsageError(words("desk", "which_portion", office.language))
    portion = Portion.TEMPLATE if template_only else Portion.EVERYTHING
    portion = Portion.FACE if face_only else portion
    filed = office.room.tickets.get(ticket)
    permit = office.permit(Act.ERASE, about=filed.ticket.id)
    found = office.room.rights.subject(office.permit(Act.TICKET_READ), filed)
    click.echo(_subject_line(office, found), err=True)
    if not yes:
        click.confirm(words("desk", "sure", office.language), abort=True, err=True)
    _, proof = office.room.rights.erase(permit, filed, portion)
    if receipt is not None:
        write_new(receipt, proof)
    office.say("desk", "erased")


@rights.command(epilog="Example: ./station.sh rights restrict 3f0c9a12be44")
@_ticket_argument
@click.option("--lift", is_flag=True, help="Use the records again.")
@with_office
def restrict(office: RightsOffice, *, ticket: str, lift: bool) -> None:
    """Keep the records and compare nobody with them, or lift that."""
    filed = office.room.tickets.get(ticket)
    permit = office.permit(Act.RESTRICT, about=filed.ticket.id)
    office.room.rights.restrict(permit, filed, restricted=not lift)
    office.say("desk", "lifted" if lift else "restricted")


@rights.command(epilog="Example: ./station.sh rights explain 3f0c9a12be44 --pdf explained.pdf")
@_ticket_argument
@click.option("--pdf", type=_path, help="Write it to this new file instead.")
@with_office
def explain(office: RightsOffice, *, ticket: str, pdf: Path | None) -> None:
    """How the station decides: checks, threshold, and that staff can decide instead."""
    from station.explanation import explanation
    from station.incident_notice import paper_text

    filed = office.room.tickets.get(ticket)
    permit = office.permit(Act.TICKET_READ, about=filed.ticket.id)
    paper = explanation(office.room.decides(), office.language)
    if pdf is None:
        click.echo(paper_text(paper))
    else:
        write_paper(pdf, paper)
    office.room.rights.explained(permit, filed)


@rights.command(epilog="Example: ./station.sh rights refuse 3f0c9a12be44")
@_ticket_argument
@click.option("--why", help="The reason the person gets in writing; asked for when left out.")
@json_option
@with_office
def refuse(office: RightsOffice, *, ticket: str, why: str | None, as_json: bool) -> None:
    """Refuse, with a written reason (PIPL 50)."""
    _decided(office, ticket, "why", why, as_json, office.room.tickets.refuse)


@rights.command(epilog="Example: ./station.sh rights close 3f0c9a12be44 --answer 'handed over'")
@_ticket_argument
@click.option("--answer", help="How it ended; asked for when left out.")
@json_option
@with_office
def close(office: RightsOffice, *, ticket: str, answer: str | None, as_json: bool) -> None:
    """Close a ticket whose wish is met."""
    _decided(office, ticket, "answer", answer, as_json, office.room.rights.close)


@rights.command(epilog="Example: ./station.sh rights extend 3f0c9a12be44 --days 30")
@_ticket_argument
@click.option("--days", type=click.IntRange(1, 366), required=True, help="From the first day.")
@click.option("--why", help="The reason; asked for when left out.")
@json_option
@with_office
def extend(office: RightsOffice, *, ticket: str, days: int, why: str | None, as_json: bool) -> None:
    """Put the deadline off, to thirty days from the first at most."""

    def put_off(permit: "Permit", filed: Filed, text: str) -> Filed:
        return office.room.tickets.extend(permit, filed, days, text)

    _decided(office, ticket, "why", why, as_json, put_off)


@rights.command("ask-minor", epilog="Example: ./station.sh rights ask-minor 3f0c9a12be44")
@_ticket_argument
@click.option("--reason", help="Why it has to be opened; asked for when left out.")
@with_office
def ask_minor(office: RightsOffice, *, ticket: str, reason: str | None) -> None:
    """Ask the manager before a minor's record is opened (users agree, then --request)."""
    from station.rights_desk import minor_request

    why = typed(words("desk", "why", office.language), reason)
    filed = office.room.tickets.get(ticket)
    click.echo(office.ask(Act.MINOR_READ, minor_request(filed.ticket), why))


@rights.command(epilog="Example: ./station.sh rights minors 2026 --json")
@click.argument("year", type=click.IntRange(2000, 9999))
@json_option
@with_office
def minors(office: RightsOffice, *, year: int, as_json: bool) -> None:
    """A year's acts on minors' records, for the yearly compliance audit (X-7)."""
    from station.rights_desk import minors_report

    report = minors_report(office.permit(Act.TICKET_READ), office.entries(), year)
    if as_json:
        click.echo(json.dumps(asdict(report)))
        return
    click.echo(words("desk", "minors", office.language, **asdict(report)))


def ticket_line(ticket: Ticket, language: Language, now: datetime) -> str:
    """One ticket as a line on the office's screen."""
    state = words("ticket_state", ticket.state, language)
    if ticket.overdue(now):
        state = words("desk", "overdue", language)
    return words(
        "desk",
        "ticket",
        language,
        id=ticket.id,
        kind=words("ticket_kind", ticket.kind, language),
        masked=ticket.masked or "–",
        state=state,
        deadline=local_day(ticket.deadline),
        minor=words("desk", "minor", language) if ticket.minor else "",
    )


def _opened(
    office: RightsOffice, ticket: str, reason: str, request_id: str, *, copied: bool
) -> "tuple[Filed, SubjectFile]":
    """The person's records, by the permits a ticket needs."""
    filed = office.room.tickets.get(ticket)
    why = reason or words("ticket_kind", filed.ticket.kind, office.language)
    permit = office.permit(Act.VIEW_FULL, about=filed.ticket.id, reason=why)
    minor = _agreed(office, filed, request_id)
    return office.room.rights.file(permit, filed, minor, copied=copied)


def _agreed(office: RightsOffice, filed: Filed, request_id: str) -> "Permit | None":
    """The permit for a minor's record that the manager agreed to; None where none is named."""
    from station.requests import digest_of
    from station.rights_desk import minor_request

    if not request_id:
        return None
    about = digest_of(minor_request(filed.ticket))
    return office.permit(Act.MINOR_READ, about=about, request_id=request_id)


def _decided(
    office: RightsOffice,
    ticket: str,
    question: str,
    given: str | None,
    as_json: bool,
    decide: "Callable[[Permit, Filed, str], Filed]",
) -> None:
    said = typed(words("desk", question, office.language), given)
    filed = office.room.tickets.get(ticket)
    permit = office.permit(Act.TICKET_DECIDE, about=filed.ticket.id)
    _show(office, decide(permit, filed, said).ticket, as_json)


def _show(office: RightsOffice, ticket: Ticket, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(_document(ticket), ensure_ascii=False))
    else:
        click.echo(ticket_line(ticket, office.language, datetime.now(UTC)))


def _document(ticket: Ticket) -> dict[str, object]:
    document = cast("dict[str, object]", msgspec.to_builtins(ticket))
    del document["salt"]
    return document


def local_day(moment: str) -> str:
    """The day of an ISO 8601 time where this machine stands."""
    return datetime.fromisoformat(moment).astimezone().date().isoformat()


def _subject_line(office: RightsOffice, found: "Subject") -> str:
    marks = [key for key in ("minor", "template", "restricted") if getattr(found, key)]
    return words(
        "desk",
        "subject",
        office.language,
        name=found.name,
        document=found.document_number,
        kind=words("desk", "resident" if found.resident else "visitor", office.language),
        until=local_day(found.expires_at),
        marks="".join(words("desk", key, office.language) for key in marks),
    )
