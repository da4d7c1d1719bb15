"""The officers' ceremony on the command line: their key file, and both codes, typed unseen."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from station.cli.officers import asked_secret
from station.model import Language, Secret

if TYPE_CHECKING:
    from station.booth.portrait_talk import Ceremony
    from station.build import Station

F = TypeVar("F", bound=Callable[..., object])


def ceremony_options(command: F) -> F:
    """`--from-portraits` and `--officer-key`."""
    command = click.option(
        "--officer-key",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="The officers' private key file, from where they keep it.",
    )(command)
    return click.option(
        "--from-portraits",
        is_flag=True,
        help="Use sealed portraits; both officers type their codes.",
    )(command)


def asked_key(from_portraits: bool, file: Path | None, language: Language) -> Secret | None:
    """The officers' private key, opened with both codes; None where no ceremony is asked for.

    Raises `click.UsageError` for one option without the other, `StorageError(OFFICER_KEY_WRONG)`
    for codes that are not the file's.
    """
    from storage.officers import open_officers_file, read_offline

    if from_portraits != (file is not None):
        raise click.UsageError("--from-portraits --officer-key FILE")
    if file is None:
        return None
    content = read_offline(file)
    secret = asked_secret(language)
    try:
        return open_officers_file(content, secret).private_key
    finally:
        secret.wipe()


@contextmanager
def held(station: "Station", key: Secret | None) -> "Iterator[Ceremony | None]":
    """The ceremony at an open station, and the key wiped after it."""
    if key is None:
        yield None
        return
    try:
        yield station.residents.ceremony(key, station.config.policy.fmr)
    finally:
        key.wipe()
