"""`station keys`: make the keys of a new station, change or recover the passphrase, officers.

Renewing all templates is beside it, in `station.cli.renew_templates`.
"""

import click

from consent.canonical import Json
from station.access import Act
from station.cli.language import chosen, lang_option
from station.cli.officers import asked_secret, officers, show_codes
from station.cli.opening import asked, passphrase, passphrase_option, station_paths
from station.cli.renew_templates import renew_templates
from station.cli.rotate import rotate
from station.cli.signing_in import (
    StaffLogin,
    agreed,
    desk_or_kiosk,
    request_option,
    staff_options,
)
from station.cli.tpm import tpm
from station.errors import ErrorCode, StorageError
from station.model import Language, Secret

PASSPHRASE: dict[str, Json] = {"what": "passphrase"}
"""What a request to change it is about."""
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
    "checked": (
        "两份恢复码都对，没有改动任何内容",
        "Both recovery codes are right; nothing was changed",
    ),
    "done": ("口令已更换", "The passphrase has been changed"),
}


@click.group()
def keys() -> None:
    """The station's keys."""


keys.add_command(officers)
keys.add_command(tpm)
keys.add_command(renew_templates)
keys.add_command(rotate)


@keys.command(epilog="Example: ./station.sh keys create")
@lang_option
@passphrase_option
def create(lang: str | None, passphrase_fd: int | None) -> None:
    """Make the keys of a new station and show two officers their recovery codes once."""
    from station.build import create_keyring

    language = chosen(lang)
    paths, _ = station_paths()
    if paths.keyring.exists():
        raise click.ClickException("keys exist already / 密钥已存在")
    codes = create_keyring(paths, new_passphrase(language, passphrase_fd))
    codes.secret.wipe()
    show_codes(codes, language)


@keys.command("change-passphrase", epilog="Example: ./station.sh keys change-passphrase")
@request_option
@lang_option
@staff_options
def change_passphrase(*, request_id: str, lang: str | None, staff: StaffLogin) -> None:
    """Wrap the root key under a new passphrase. If it is lost: ./station.sh keys recover."""
    from storage.keys import KeyRing

    language = chosen(lang)
    paths, _ = station_paths()
    if not paths.keyring.exists():
        raise StorageError(ErrorCode.KEY_MISSING)
    with (
        desk_or_kiosk(None) as desk,
        agreed(desk, staff, Act.KEY_ROTATE, PASSPHRASE, request_id, language) as permit,
    ):
        if permit is None:
            return
        # Beside a kiosk only the file is written, which it has read long ago.
        keyring = desk.keyring if desk else KeyRing.open(paths.keyring, passphrase(None))
        keyring.change_passphrase(new_passphrase(language, None))
    click.echo(_say("done", language), err=True)


@keys.command(epilog="Example: ./station.sh keys recover")
@click.option("--check", is_flag=True, help="Only try both codes; change nothing.")
@lang_option
def recover(check: bool, lang: str | None) -> None:
    """Open the keys with both officers' codes and choose a new passphrase."""
    from storage.keys import KeyRing

    language = chosen(lang)
    paths, _ = station_paths()
    if not paths.keyring.exists():
        raise StorageError(ErrorCode.KEY_MISSING)
    secret = asked_secret(language)
    try:
        keyring = KeyRing.open_with_recovery(paths.keyring, secret)
    except StorageError as error:
        if error.code is ErrorCode.KEY_WRONG:
            raise StorageError(ErrorCode.OFFICER_KEY_WRONG) from error
        raise
    finally:
        secret.wipe()
    if not check:
        keyring.change_passphrase(new_passphrase(language, None))
    click.echo(_say("checked" if check else "done", language), err=True)


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


def _say(key: str, language: Language) -> str:
    return _SAY[key][0 if language is Language.ZH_CN else 1]
