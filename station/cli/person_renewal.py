"""`station person renew` and `person recalls`: one template exchanged, and who has none left."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from station.access import Act
from station.cli.ceremony import asked_key, ceremony_options, held
from station.cli.claims import claim_options, needed
from station.cli.opening import opened, passphrase
from station.cli.options import json_option
from station.cli.person_office import masked_line, residents_for, say
from station.cli.signing_in import signed_in
from station.cli.staff_call import StaffCall, staff_call


@click.command(epilog="Example: ./station.sh person renew --number 1234567890")
@claim_options
@ceremony_options
@json_option
@staff_call
def renew(
    call: StaffCall,
    *,
    number: str | None,
    document: bool,
    from_portraits: bool,
    officer_key: Path | None,
    as_json: bool,
) -> None:
    """Exchange one resident's template for a new one; the old one is void from then on.

    With --from-portraits it is made anew from the resident's sealed portraits, for a new model or
    for one who was recalled: both officers type their codes.
    """
    language = call.language
    claim = needed(number, document, language)
    secret = passphrase(call.descriptor)
    key = asked_key(from_portraits, officer_key, language)
    with (
        opened(secret) as station,
        signed_in(station, call.staff, Act.RENEW_ONE),
        held(station, key) as ceremony,
    ):
        if ceremony is None:
            station.residents.renew(claim)
        else:
            station.residents.renew_from_portraits(claim, ceremony)
        version = station.residents.register.resident_of(claim).template_version
    click.echo(say("renewed", language), err=True)
    if as_json:
        click.echo(json.dumps({"template_version": version}))


@click.command(epilog="Example: ./station.sh person recalls --json")
@json_option
@staff_call
def recalls(call: StaffCall, *, as_json: bool) -> None:
    """Residents without a template, masked: never compared, to be registered anew."""
    with residents_for(call, Act.RECALLS_READ) as office:
        found = tuple(office.register.recalled())
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False))
        return
    for one in found:
        click.echo(masked_line(one, call.language))
    click.echo(say("count", call.language, count=len(found)), err=True)
