"""`station person renew` and `person recalls`: one template exchanged, and who has none left."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from station.access import Act
from station.cli.ceremony import asked_key, ceremony_options, held
from station.cli.claims import claim_options, needed
from station.cli.language import chosen, lang_option
from station.cli.opening import opened, passphrase, passphrase_option
from station.cli.options import json_option
from station.cli.person_office import masked_line, residents_office, say
from station.cli.signing_in import StaffLogin, signed_in, staff_options


@click.command(epilog="Example: ./station.sh person renew --number 1234567890")
@claim_options
@ceremony_options
@json_option
@lang_option
@staff_options
@passphrase_option
def renew(
    *,
    number: str | None,
    document: bool,
    from_portraits: bool,
    officer_key: Path | None,
    as_json: bool,
    lang: str | None,
    staff: StaffLogin,
    passphrase_fd: int | None,
) -> None:
    """Exchange one resident's template for a new one; the old one is void from then on.

    With --from-portraits it is made anew from the resident's sealed portraits, for a new model or
    for one who was recalled: both officers type their codes.
    """
    language = chosen(lang)
    claim = needed(number, document, language)
    secret = passphrase(passphrase_fd)
    key = asked_key(from_portraits, officer_key, language)
    with (
        opened(secret) as station,
        signed_in(station, staff, Act.RENEW_ONE),
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
@lang_option
@staff_options
@passphrase_option
@click.pass_context
def recalls(
    ctx: click.Context,
    *,
    as_json: bool,
    lang: str | None,
    staff: StaffLogin,
    passphrase_fd: int | None,
) -> None:
    """Residents without a template, masked: never compared, to be registered anew."""
    with (
        residents_office(ctx, passphrase_fd) as office,
        signed_in(office, staff, Act.RECALLS_READ),
    ):
        found = tuple(office.register.recalled())
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False))
        return
    language = chosen(lang)
    for one in found:
        click.echo(masked_line(one, language))
    click.echo(say("count", language, count=len(found)), err=True)
