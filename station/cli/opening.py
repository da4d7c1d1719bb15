"""How a command gets at the station's keys and stores, and how a new station is set up."""

import importlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import click

from station.config import Config, load
from station.errors import ConfigError, ErrorCode, StorageError
from station.model import Language, Secret

if TYPE_CHECKING:
    from station.build import Station
    from station.cli.ledger_source import LedgerSource
    from station.paths import Paths
    from storage.keys import KeyRing
    from storage.stores import Stores

_CREDENTIAL = "station-passphrase"
_NO_TERMINAL = (
    "没有终端可以询问口令：请在终端里运行，或用 --passphrase-fd（命令有此选项时），"
    f"或由 systemd 提供凭据 {_CREDENTIAL} / no terminal to ask for the passphrase: "
    "run in one, use --passphrase-fd where the command has it, or let systemd provide the "
    f"credential {_CREDENTIAL}"
)

passphrase_option = click.option(
    "--passphrase-fd",
    type=click.IntRange(0),
    help="Read the passphrase from this file descriptor instead of asking.",
)


def passphrase(descriptor: int | None) -> Secret:
    """From the descriptor, else the service manager's credential, else asked for on the terminal.

    Never from an argument or an environment variable: both can be read by other processes.
    """
    from station.booth.sandbox import harden_desk
    from storage.passphrase import credential, read_passphrase

    # Every command that holds a secret passes here: no core file, no other program's reach.
    harden_desk()
    if descriptor is not None:
        return read_passphrase(descriptor)
    if os.environ.get("CREDENTIALS_DIRECTORY"):
        return read_passphrase(credential(_CREDENTIAL))
    return asked("口令 / Passphrase")


def unlocking(descriptor: int | None) -> Secret:
    """What opens the station for service: the security chip's secret where the keys are sealed to
    it and it gives it, else `passphrase`; a passphrase handed over by descriptor goes first.

    Commands over people's records ask for the passphrase all the same: the chip knows the machine,
    not the person in front of it.
    """
    found = None if descriptor is not None else _from_chip()
    return found or passphrase(descriptor)


def _from_chip() -> Secret | None:
    from station.booth.sandbox import harden_desk
    from station.cli.tpm_words import tpm_sentence
    from storage.keyring_file import read_keyring
    from storage.keys import KeyRing
    from storage.tpm import unseal
    from storage.tpm_tools import TpmError

    harden_desk()
    path = station_paths()[0].keyring
    slot = read_keyring(path).tpm
    if slot is None:
        return None
    try:
        secret = unseal(slot.sealed)
        KeyRing.open(path, secret)
        return secret
    except StorageError as error:
        reason = error.reason if isinstance(error, TpmError) else "failed"
        said = " / ".join(tpm_sentence(reason, language) for language in Language)
        click.echo(f"{ErrorCode.TPM_UNAVAILABLE.value}: {said}", err=True)
        return None


def asked(question: str, *, twice: bool = False) -> Secret:
    """A secret typed on the terminal. Raises `click.UsageError` where there is none."""
    from station.booth.sandbox import harden_desk

    harden_desk()
    if not os.isatty(0):
        raise click.UsageError(_NO_TERMINAL)
    typed: str = click.prompt(question, hide_input=True, confirmation_prompt=twice, err=True)
    return Secret(typed.encode("utf-8", "surrogateescape"))


def station_paths() -> tuple["Paths", Config]:
    """The production data folder and its configuration."""
    from station.paths import Paths, default_home

    paths = Paths(default_home() / "data")
    return paths, load(paths.config)


@contextmanager
def opened(secret: Secret | None = None) -> Iterator["Station"]:
    """The production station, open; closed again on leaving. Raises the typed error.

    The passphrase is asked for unless the caller has it already; it is wiped once it has served.
    """
    from storage.keys import KeyRing

    paths, config = station_paths()
    if config.site.profile != "production":
        raise ConfigError(ErrorCode.PROFILE_FORBIDS)
    if not paths.keyring.exists():
        raise StorageError(ErrorCode.KEY_MISSING)
    given = secret or passphrase(None)
    with ThreadPoolExecutor(1, thread_name_prefix="keys") as stretching:
        # Stretching the passphrase leaves the interpreter free for what is loaded meanwhile.
        keyring = stretching.submit(KeyRing.open, paths.keyring, given)
        try:
            build = importlib.import_module("station.build")
            station: Station = build.Station(config, paths, keyring.result(), None)
        finally:
            keyring.exception()
            given.wipe()
    try:
        yield station
    finally:
        station.close()


@contextmanager
def opened_stores(
    descriptor: int | None = None, *, locked: bool = False, keyring: "KeyRing | None" = None
) -> Iterator[tuple["Stores", "KeyRing"]]:
    """Only the stores and keys, nothing settled yet. Raises the typed error beside a kiosk.

    `locked`: the caller holds the data folder's `InstanceLock` already. `keyring`: opened already,
    so that no passphrase is asked for.
    """
    from station.instance_lock import InstanceLock
    from storage.folder_swap import settle_restore
    from storage.keys import KeyRing
    from storage.stores import open_stores

    paths, _ = station_paths()
    if not paths.keyring.exists():
        raise StorageError(ErrorCode.KEY_MISSING)
    if keyring is None:
        keyring = KeyRing.open(paths.keyring, passphrase(descriptor))
    # Not while a restore is under way: what it has built would be taken for left over.
    with nullcontext() if locked else InstanceLock(paths.home):
        settle_restore(paths.home)
    stores = open_stores(paths.stores, keyring)
    try:
        yield stores, keyring
    finally:
        stores.close()


@contextmanager
def open_ledger(descriptor: int | None = None) -> Iterator["LedgerSource"]:
    """The ledger's rows and the public key of its tree heads; the kiosk may be running."""
    from consent.signing import HeadSigner
    from station.cli.ledger_source import LedgerSource
    from storage.keys import KeyRing
    from storage.stores import open_ledger_rows

    paths, _ = station_paths()
    if not paths.keyring.exists():
        raise StorageError(ErrorCode.KEY_MISSING)
    keyring = KeyRing.open(paths.keyring, passphrase(descriptor))
    signer = HeadSigner.from_private(keyring.ledger_signing_key().reveal())
    rows = open_ledger_rows(paths.stores, keyring)
    try:
        yield LedgerSource(rows, signer.public_key)
    finally:
        rows.database.close()
