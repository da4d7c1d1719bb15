"""`./station.sh doctor`: one line per check, exit 1 on a fault."""

import json
import tomllib
from functools import cache
from pathlib import Path

import click

from resources import __path__ as resource_folders
from resources.texts import text
from station import checks
from station.build import Paths, default_home
from station.checks import Check, Verdict
from station.cli.language import chosen, lang_option
from station.cli.opening import passphrase_option
from station.cli.options import json_option
from station.config import load
from station.errors import StationError

_COLOURS = {Verdict.OK: "green", Verdict.NOTE: "yellow", Verdict.FAULT: "red"}
_NAME_WIDTH = 14
_VERDICT_WIDTH = 7


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
    """Check devices, fonts, models, keys, clock, disk and hardening."""
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
    if as_json:
        listed = [_as_json(check, language) for check in found]
        click.echo(json.dumps({"fit": fit, "checks": listed}, ensure_ascii=False))
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
