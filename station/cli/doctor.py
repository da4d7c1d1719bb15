"""`./station.sh doctor`: one line per check, exit 1 on a fault."""

import json
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

from resources import __path__ as resource_folders
from resources.deployment_texts import text as lack
from resources.texts import text
from station import checks
from station.build import Paths, default_home
from station.checks import Check, Verdict
from station.cli.language import chosen, lang_option
from station.cli.opening import passphrase, passphrase_option
from station.cli.options import json_option
from station.cli.requirement_facts import gather
from station.cli.requirement_lines import Line, Status, Values, requirement_lines
from station.config import load
from station.errors import StationError
from station.model import Language

if TYPE_CHECKING:
    from storage.keys import KeyRing

_COLOURS = {Verdict.OK: "green", Verdict.NOTE: "yellow", Verdict.FAULT: "red"}
_STATUS_COLOURS = {
    Status.MET: "green",
    Status.NOT_MET: "red",
    Status.NOT_APPLICABLE: "blue",
    Status.UNKNOWN: "yellow",
}
_NAME_WIDTH = 14
_VERDICT_WIDTH = 7
_STATUS_WIDTH = 16
_ID_WIDTH = 6


@click.command(epilog="Example: ./station.sh doctor --inventory --json")
@json_option
@lang_option
@click.option(
    "--profile", type=click.Choice(["production", "demo"]), help="Check for this profile."
)
@click.option(
    "--inventory",
    "everything",
    is_flag=True,
    help="Instead: every store, table, column and file with its class of data.",
)
@passphrase_option
@click.pass_context
def doctor(
    context: click.Context,
    *,
    as_json: bool,
    lang: str | None,
    profile: str | None,
    everything: bool,
    passphrase_fd: int | None,
) -> None:
    """Check devices, fonts, models, keys, clock, disk and hardening; then each requirement.

    What lies in sealed stores is told only with --passphrase-fd; the station may be running.
    """
    if everything:
        from station.cli.inventory import show_inventory

        show_inventory(context, passphrase_fd, chosen(lang), as_json=as_json)
    language = chosen(lang).value
    paths = Paths(default_home() / ("demo" if profile == "demo" else "data"))
    try:
        config = load(paths.config, {"site": {"profile": profile}} if profile else None)
    except StationError as error:
        if as_json:
            click.echo(json.dumps({"fit": False, "code": error.code.value, "checks": []}))
        click.echo(f"{text('error', error.code, language)} ({error.code.value})", err=True)
        context.exit(1)
    found = checks.timed(
        checks.run_checks(config, paths.home, paths.models),
        lambda check, _: None if as_json else click.echo(_line(check, language)),
    )
    fit = all(check.verdict is not Verdict.FAULT for check in found)
    lines = requirement_lines(gather(config, paths, _keyring(paths, passphrase_fd)))
    if as_json:
        listed = [_as_json(check, language) for check in found]
        asked = [_requirement_as_json(line, language) for line in lines]
        document = {"fit": fit, "checks": listed, "requirements": asked}
        click.echo(json.dumps(document, ensure_ascii=False))
    else:
        click.echo(f"\n{_words()['requirement']['heading'][language]}")
        for line in lines:
            click.echo(_requirement_line(line, language))
    context.exit(0 if fit else 1)


@cache
def _words() -> dict[str, dict[str, dict[str, str]]]:
    loaded: dict[str, dict[str, dict[str, str]]] = tomllib.loads(
        (Path(next(iter(resource_folders))) / "i18n" / "doctor.toml").read_text("utf-8")
    )
    return loaded


def sentence(check: Check, language: str) -> str:
    """What the check found, in words."""
    return _words()["reason"][check.reason][language].format(**check.values)


def _line(check: Check, language: str) -> str:
    words = _words()
    verdict = _padded(words["verdict"][check.verdict][language], _VERDICT_WIDTH)
    name = _padded(words["name"][check.name][language], _NAME_WIDTH)
    code = f" ({check.code.value})" if check.code else ""
    return (
        f"{click.style(verdict, fg=_COLOURS[check.verdict])}{name}{sentence(check, language)}{code}"
    )


def _keyring(paths: Paths, descriptor: int | None) -> "KeyRing | None":
    """The keys, where a passphrase was handed over; it is never asked for here."""
    if descriptor is None or not paths.keyring.exists():
        return None
    from storage.keys import KeyRing

    secret = passphrase(descriptor)
    try:
        return KeyRing.open(paths.keyring, secret)
    finally:
        secret.wipe()


def requirement_text(line: Line, language: str) -> str:
    """How a requirement is met, or what lacks, in words."""
    table = _words()["requirement"]
    key = line.case if line.case in table else f"{line.id}.{line.case}"
    return table[key][language].format(**_spoken(line.values, language))


def _spoken(values: Values, language: str) -> dict[str, object]:
    """The figures, those in several languages in the one that is spoken."""
    spoken: dict[str, object] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            spoken[name] = value[Language(language)]
        elif isinstance(value, tuple):
            separator = "、" if language == Language.ZH_CN else ", "
            spoken[name] = separator.join(lack("missing", one, language) for one in value)
        else:
            spoken[name] = value
    return spoken


def _requirement_line(line: Line, language: str) -> str:
    status = _padded(_words()["status"][line.status][language], _STATUS_WIDTH)
    coloured = click.style(status, fg=_STATUS_COLOURS[line.status])
    return f"{_padded(line.id, _ID_WIDTH)}{coloured}{requirement_text(line, language)}"


def _requirement_as_json(line: Line, language: str) -> dict[str, object]:
    return {
        "id": line.id,
        "status": line.status.value,
        "case": line.case,
        "values": _spoken(line.values, language),
        "text": requirement_text(line, language),
    }


def _padded(text: str, columns: int) -> str:
    """`text` filled up with blanks; a Chinese character is two columns wide."""
    width = sum(2 if ord(character) > 0x2E80 else 1 for character in text)
    return text + " " * (columns - width)


def _as_json(check: Check, language: str) -> dict[str, object]:
    return {
        "name": check.name,
        "verdict": check.verdict.value,
        "reason": check.reason,
        "values": check.values,
        "code": check.code.value if check.code else None,
        "text": sentence(check, language),
    }
