"""Which language a command speaks: `--lang`, else the locale's."""

import os

import click

from station.model import Language


def locale_language() -> str:
    """The language of the locale, as the set-up script decides it."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    wanted = next((os.environ[name] for name in names if os.environ.get(name)), "")
    return Language.ZH_CN.value if wanted.startswith("zh") else Language.EN.value


def chosen(option: str | None) -> Language:
    """The `--lang` option if given, else the locale's language."""
    return Language(option or locale_language())


lang_option = click.option(
    "--lang",
    type=click.Choice([language.value for language in Language]),
    help="Language; default: the locale's.",
)
