"""`station filing`: how many faces are stored, the pack for the authority, what is processed."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from resources.rights_texts import words
from station.access import Act
from station.cli.options import json_option
from station.cli.rights_office import RightsOffice, with_office, write_paper
from station.cli.written import write_new
from station.model import Language


@click.group()
def filing() -> None:
    """The filing duty from 100,000 people on, and the record of processing."""


@filing.command(epilog="Example: ./station.sh filing status --json")
@json_option
@with_office
def status(office: RightsOffice, *, as_json: bool) -> None:
    """How many people's faces are stored, and whether that must be filed."""
    found = office.room.filing.read(office.permit(Act.FILING_READ))
    left = found.days_left(datetime.now(UTC).astimezone().date())
    if as_json:
        click.echo(json.dumps(asdict(found) | {"days_left": left}))
        return

    def say(key: str, **figures: object) -> None:
        click.echo(words("desk", key, office.language, **figures))

    say("filing", count=found.count, mark=found.mark)
    if left is None:
        say("filing_none")
    else:
        say("filing_due", due=found.due, days=left)


@filing.command(epilog="Example: ./station.sh filing export --out filing-2026")
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="A new folder for filing.json and a PDF in each language.",
)
@with_office
def export(office: RightsOffice, *, out: Path) -> None:
    """The pack: basic facts, purposes and methods, count and security, rules, assessment."""
    from station.filing_pack import pack_json, pack_paper

    found = office.room.filing.read(office.permit(Act.FILING_READ))
    facts = office.room.filing_facts()
    try:
        out.mkdir(mode=0o700)
    except OSError as error:
        raise click.ClickException(f"cannot make {out}: {error.strerror}") from error
    write_new(out / "filing.json", pack_json(found, facts))
    for language in Language:
        write_paper(out / f"filing-{language.value}.pdf", pack_paper(found, facts, language))
    office.say("desk", "written", file=out)


@filing.command(epilog="Example: ./station.sh filing record --json")
@json_option
@with_office
def record(office: RightsOffice, *, as_json: bool) -> None:
    """What is processed, why, how long and for whom: every version (PIPL 55, 56)."""
    permit = office.permit(Act.PROFILE_READ)
    office.room.look_after()
    found = office.room.processing.read(permit)
    if as_json:
        listed = [msgspec.to_builtins(kept.version) for kept in found]
        click.echo(json.dumps(listed, ensure_ascii=False))
        return
    for kept in found:
        version = kept.version
        purposes = (
            f"{one.notice_id} {one.notice_version} "
            f"{words('purpose', one.purpose, office.language)} {one.retention}"
            for one in version.processing.purposes
        )
        said = words(
            "desk",
            "record",
            office.language,
            number=version.number,
            since=version.since[:10],
            purposes=" · ".join(purposes),
            assessment=version.processing.assessment or "–",
        )
        click.echo(said)
