"""Which language a command speaks: `--lang`, else the locale's."""

import os

import click

from station.model import Language

_CHOSEN = "station.cli.language"


def locale_language() -> str:
    """The language of the locale, as the set-up script decides it."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    wanted = next((os.environ[name] for name in names if os.environ.get(name)), "")
    return Language.ZH_CN.value if wanted.startswith("zh") else Language.EN.value


def chosen(option: str | None) -> Language:
    """The `--lang` option if given, else the locale's language."""
    return Language(option or locale_language())


def _remember(context: click.Context, _: click.Parameter, value: str | None) -> str | None:
    if value is not None:
        context.meta[_CHOSEN] = value
    return value


def spoken(context: click.Context) -> Language:
    """The language of this call, known in every context of it once `--lang` has been read."""
    return chosen(context.meta.get(_CHOSEN))


lang_option = click.option(
    "--lang",
    callback=_remember,
    type=click.Choice([language.value for language in Language]),
    help="Language; default: the locale's.",
)
