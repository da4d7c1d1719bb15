"""`station sign`: the sign beside the machine as a PDF; asks where it will be put."""

from pathlib import Path

import click

from resources.rights_texts import words
from station.access import Act
from station.cli.rights_office import RightsOffice, with_office
from station.signage import FORBIDDEN, PUBLIC, Place


@click.command(epilog="Example: ./station.sh sign --place DESK --paper a4 --out sign.pdf")
@click.option("--place", type=click.Choice([place.value for place in Place]), help="Else asked.")
@click.option("--paper", type=click.Choice(["a4", "a3"]), default="a4", show_default=True)
@click.option(
    "--public-security/--no-public-security",
    default=None,
    help="In a public place: whether public security needs it. Else asked.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="A new file.",
)
@with_office
def sign(
    office: RightsOffice,
    *,
    place: str | None,
    paper: str,
    public_security: bool | None,
    out: Path,
) -> None:
    """Who uses face recognition here, what for, and the rules in a code to scan."""
    from station.signage import make_sign
    from ui.signage_sheet import SignPaper, write_sign

    if out.exists():
        raise click.UsageError(f"{out}: exists")
    where = Place(place) if place is not None else _asked_place(office)
    needed = bool(public_security)
    if public_security is None and where in PUBLIC:
        question = words("sign", "question_security", office.language)
        needed = click.confirm(question, default=False, err=True)
    permit = office.permit(Act.SIGNAGE, about=where.value)
    made = make_sign(
        permit, where, office.room.notices(), for_security=needed, demo=office.room.demo
    )
    write_sign(out, made, SignPaper(paper))
    office.say("desk", "written", file=out)


def _asked_place(office: RightsOffice) -> Place:
    """The question where the sign will be; private places are offered too, and then refused."""
    click.echo(words("sign", "question", office.language), err=True)
    places = sorted(Place, key=lambda one: one in FORBIDDEN)
    for number, one in enumerate(places, 1):
        click.echo(f"  {number}  {words('place', one, office.language)}", err=True)
    chosen = click.prompt("", type=click.IntRange(1, len(places)), prompt_suffix="> ", err=True)
    return places[int(chosen) - 1]
