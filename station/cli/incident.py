"""`station incident`: the book of incidents, from the first sheet to the notices (X-16).

What is told is written into a form (TOML), in Chinese and English; the sheet keeps every change.
"""

import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click
import msgspec

from resources.rights_texts import rights_table, words
from station.access import Act
from station.cli.options import json_option
from station.cli.rights_office import RightsOffice, typed, with_office, write_paper
from station.cli.written import write_new
from station.incidents import Addressee, Incident, Narrative
from station.paper import shown_time

if TYPE_CHECKING:
    from station.incidents import Reported

_MOST_BYTES = 64 << 10
_FACTS = ("data", "people", "about", "minors", "leak", "found_at", "happened_at")
_number_argument = click.argument("number")
_path = click.Path(dir_okay=False, path_type=Path)
_form_argument = click.argument(
    "form", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)


@click.group()
def incident() -> None:
    """Incidents with people's data: sheets, notices, and what follows from a leak."""


@incident.command(epilog="Example: ./station.sh incident form incident.toml --leak")
@click.argument("form", type=_path)
@click.option("--leak", is_flag=True, help="Templates may have got out.")
def form(*, form: Path, leak: bool) -> None:
    """Write an empty form to fill in: facts, and what is told in both languages."""
    write_new(form, empty_form(leak=leak).encode())


@incident.command("open", epilog="Example: ./station.sh incident open incident.toml")
@_form_argument
@json_option
@with_office
def open_(office: RightsOffice, *, form: Path, as_json: bool) -> None:
    """Start a sheet from a filled-in form; blanks may be filled in later."""
    facts = read_form(form, office)
    sheet = msgspec.convert(msgspec.to_builtins(facts), Incident)
    reported = office.room.incidents.open(office.permit(Act.INCIDENT_WRITE), sheet)
    _show(office, reported, as_json)


@incident.command(epilog="Example: ./station.sh incident change 3f0c9a12be44 incident.toml")
@_number_argument
@_form_argument
@json_option
@with_office
def change(office: RightsOffice, *, number: str, form: Path, as_json: bool) -> None:
    """Hand in the form anew; the sheet's history says what became different."""
    facts = read_form(form, office)
    found = office.room.incidents.get(number)
    permit = office.permit(Act.INCIDENT_WRITE, about=found.incident.id)
    _show(office, office.room.incidents.change(permit, found, facts), as_json)


@incident.command(epilog="Example: ./station.sh incident note 3f0c9a12be44")
@_number_argument
@click.option("--text", help="What was found out or done; asked for when left out.")
@json_option
@with_office
def note(office: RightsOffice, *, number: str, text: str | None, as_json: bool) -> None:
    """Add what was found out or done; nothing takes it away again."""
    said = typed(words("desk", "note", office.language), text)
    found = office.room.incidents.get(number)
    permit = office.permit(Act.INCIDENT_WRITE, about=found.incident.id)
    _show(office, office.room.incidents.note(permit, found, said), as_json)


@incident.command("list", epilog="Example: ./station.sh incident list --json")
@json_option
@with_office
def list_(office: RightsOffice, *, as_json: bool) -> None:
    """Every incident, the newest first."""
    found = office.room.incidents.all(office.permit(Act.INCIDENT_READ))
    if as_json:
        listed = [_document(one.incident) for one in found]
        click.echo(json.dumps(listed, ensure_ascii=False))
        return
    for one in found:
        click.echo(_line(office, one.incident))


@incident.command(epilog="Example: ./station.sh incident show 3f0c9a12be44")
@_number_argument
@with_office
def show(office: RightsOffice, *, number: str) -> None:
    """One sheet with its whole history."""
    found = {one.incident.id: one for one in _all(office)}
    if number not in found:
        office.room.incidents.get(number)
    click.echo(json.dumps(_document(found[number].incident), ensure_ascii=False, indent=2))


@incident.command(
    epilog="Example: ./station.sh incident notice 3f0c9a12be44 --to PERSONS --out n.pdf"
)
@_number_argument
@click.option("--to", required=True, type=click.Choice([whom.value for whom in Addressee]))
@click.option("--out", type=_path, required=True, help="New file: .pdf, or .txt for text.")
@with_office
def notice(office: RightsOffice, *, number: str, to: str, out: Path) -> None:
    """The notice with the contents PIPL 57 asks for, in the language of --lang."""
    from station.incident_notice import incident_notice

    office.permit(Act.INCIDENT_READ)
    found = office.room.incidents.get(number)
    handler = office.room.handler(office.language)
    paper = incident_notice(found.incident, Addressee(to), handler, office.language)
    write_paper(out, paper)
    office.say("desk", "written", file=out)


@incident.command(epilog="Example: ./station.sh incident told 3f0c9a12be44 --to AUTHORITY")
@_number_argument
@click.option("--to", required=True, type=click.Choice([whom.value for whom in Addressee]))
@with_office
def told(office: RightsOffice, *, number: str, to: str) -> None:
    """Note that a notice went out."""
    found = office.room.incidents.get(number)
    permit = office.permit(Act.INCIDENT_WRITE, about=found.incident.id)
    office.room.incidents.told(permit, found, Addressee(to))
    office.say("desk", "told")


@incident.command(epilog="Example: ./station.sh incident contained 3f0c9a12be44")
@_number_argument
@json_option
@with_office
def contained(office: RightsOffice, *, number: str, as_json: bool) -> None:
    """Note that it cannot spread any more."""
    found = office.room.incidents.get(number)
    permit = office.permit(Act.INCIDENT_WRITE, about=found.incident.id)
    _show(office, office.room.incidents.contained(permit, found), as_json)


@incident.command(epilog="Example: ./station.sh incident close 3f0c9a12be44")
@_number_argument
@click.option("--not-told-why", default="", help="Why no harm can come to people, if not told.")
@json_option
@with_office
def close(office: RightsOffice, *, number: str, not_told_why: str, as_json: bool) -> None:
    """Close a sheet once everybody was told who must be."""
    found = office.room.incidents.get(number)
    permit = office.permit(Act.INCIDENT_WRITE, about=found.incident.id)
    _show(office, office.room.incidents.close(permit, found, not_told_why), as_json)


def empty_form(*, leak: bool) -> str:
    """The form with every item, and what may stand in it."""
    kinds = " ".join(rights_table()["data"])
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    data = '["FACE_TEMPLATE"]' if leak else "[]"
    lines = [
        f"data = {data}  # 涉及的信息 / data concerned: {kinds}",
        "people = 0  # 涉及人数 / people concerned",
        "about = true  # 人数是估计的 / the number is an estimate",
        "minors = false  # 有未成年人 / minors among them",
        f"leak = {str(leak).lower()}  # 特征或密钥可能外泄 / templates or keys may have got out",
        f'found_at = "{now}"  # 发现时间 / when it was found',
        'happened_at = ""  # 发生时间，不清楚就留空 / when it happened, empty if not known',
    ]
    items = {
        "what": "发生了什么 / what happened",
        "cause": "原因 / cause",
        "harm": "可能造成的危害 / harm it may do",
        "containment": "立即采取的措施 / what was done at once",
        "measures": "补救措施 / remedies",
        "advice": "个人可以采取的措施 / what people can do",
    }
    for section in ("zh", "en"):
        lines += ["", f"[{section}]"]
        lines += [f'{name} = ""  # {what}' for name, what in items.items()]
    return "\n".join(lines) + "\n"


def read_form(path: Path, office: RightsOffice) -> dict[str, object]:
    """The form's facts, strictly. Raises `click.UsageError` for anything else."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise ValueError("too long")
        document = tomllib.loads(data.decode("utf-8"))
        told = {name: msgspec.convert(document.pop(name, {}), Narrative) for name in ("zh", "en")}
        if not document.keys() <= set(_FACTS) or not {"data", "people", "found_at"} <= set(
            document
        ):
            raise ValueError("not the form")
        # Types are looked at as a sheet's are, before anything is asked of the book.
        msgspec.convert({**document, **msgspec.to_builtins(told)}, Incident)
    except (OSError, ValueError, TypeError, RecursionError, msgspec.MsgspecError) as error:
        raise click.UsageError(words("desk", "form_bad", office.language)) from error
    return {**document, **told}


def _all(office: RightsOffice) -> "tuple[Reported, ...]":
    return office.room.incidents.all(office.permit(Act.INCIDENT_READ))


def _show(office: RightsOffice, reported: "Reported", as_json: bool) -> None:
    from station.incident_notice import renewal_advice

    found = reported.incident
    if as_json:
        click.echo(json.dumps(_document(found), ensure_ascii=False))
    else:
        click.echo(_line(office, found))
    advice = renewal_advice(found, office.language)
    if advice:
        click.echo(advice, err=True)


def _document(found: Incident) -> dict[str, object]:
    document = cast("dict[str, object]", msgspec.to_builtins(found))
    del document["salt"]
    return document


def _line(office: RightsOffice, found: Incident) -> str:
    language = office.language
    return words(
        "desk",
        "incident",
        language,
        id=found.id,
        state=words("incident_state", found.state, language),
        found=shown_time(found.found_at),
        kinds="、".join(words("data", name, language) for name in found.data),
        people=f"~{found.people}" if found.about else found.people,
    )
