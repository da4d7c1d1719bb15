"""`station keys`: make the keys of a new station, change the passphrase."""

import click

from station.cli.language import chosen, lang_option
from station.cli.opening import asked, passphrase, passphrase_option, station_paths
from station.errors import ErrorCode, StorageError
from station.model import Language, Secret

_SHORTEST = 12
_SAY = {
    "new": (
        f"新口令（至少 {_SHORTEST} 个字符）",
        f"New passphrase (at least {_SHORTEST} characters)",
    ),
    "short": (
        f"口令太短，没有生效：至少要 {_SHORTEST} 个字符",
        f"The passphrase is too short and was not taken: at least {_SHORTEST} characters, please",
    ),
    "code": (
        "恢复码（只显示这一次，请两位负责人各抄一半并分开保管）：",
        "Recovery code (shown only now: two officers write down one half each):",
    ),
    "recovery": ("恢复码（两位负责人手中的两半合在一起）", "Recovery code (both halves together)"),
    "done": ("口令已更换", "The passphrase has been changed"),
}


@click.group()
def keys() -> None:
    """The station's keys."""


@keys.command(epilog="Example: ./station.sh keys create")
@lang_option
@passphrase_option
def create(lang: str | None, passphrase_fd: int | None) -> None:
    """Make the keys of a new station and show the recovery code once."""
    from station.build import create_keyring

    language = chosen(lang)
    paths, _ = station_paths()
    if paths.keyring.exists():
        raise click.ClickException("keys exist already / 密钥已存在")
    code = create_keyring(paths, new_passphrase(language, passphrase_fd))
    show_recovery_code(code, language)


@keys.command("change-passphrase", epilog="Example: ./station.sh keys change-passphrase")
@click.option("--with-recovery-code", is_flag=True, help="The passphrase is lost.")
@lang_option
def change_passphrase(with_recovery_code: bool, lang: str | None) -> None:
    """Wrap the root key under a new passphrase."""
    from storage.keys import KeyRing

    language = chosen(lang)
    paths, _ = station_paths()
    if not paths.keyring.exists():
        raise StorageError(ErrorCode.KEY_MISSING)
    if with_recovery_code:
        keyring = KeyRing.open_with_recovery(paths.keyring, asked(_say("recovery", language)))
    else:
        keyring = KeyRing.open(paths.keyring, passphrase(None))
    keyring.change_passphrase(new_passphrase(language, None))
    click.echo(_say("done", language), err=True)


def new_passphrase(language: Language, descriptor: int | None) -> Secret:
    """A new passphrase: from a descriptor, or asked for twice.

    Raises `click.UsageError` for a short one.
    """
    if descriptor is not None:
        secret = passphrase(descriptor)
    else:
        secret = asked(_say("new", language), twice=True)
    if len(secret.reveal().decode("utf-8", "replace")) < _SHORTEST:
        secret.wipe()
        raise click.UsageError(_say("short", language))
    return secret


def show_recovery_code(code: Secret, language: Language) -> None:
    """Print the recovery code on the terminal, once, and wipe it."""
    click.echo(_say("code", language), err=True)
    click.echo(code.reveal().decode(), err=True)
    code.wipe()


def _say(key: str, language: Language) -> str:
    return _SAY[key][0 if language is Language.ZH_CN else 1]
