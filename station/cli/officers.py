"""The two officers on the command line: each sees and types a code that the other does not.

A code is never an argument; it is asked for on the terminal, unseen, row by row.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.access import Act
from station.cli.language import chosen, lang_option
from station.cli.opening import asked, passphrase_option, station_paths
from station.cli.signing_in import StaffLogin, agreed, request_option, staff_options
from station.errors import ErrorCode, StorageError
from station.model import Language, Secret

if TYPE_CHECKING:
    from consent.canonical import Json
    from storage.officer_codes import OfficerCodes

OFFICERS: "dict[str, Json]" = {"what": "officers"}
"""What a request for it is about."""
_TRIES = 5
"""Slips in one row before the command gives up."""
_SAY = {
    "alone": (
        "第 {officer} 位负责人：下面是您的恢复码，只显示这一次。请另一位回避，抄好后按任意键。",
        "Officer {officer}: this is your recovery code, shown only now. The other officer looks "
        "away. Write it down, then press any key.",
    ),
    "paper": (
        "第 {officer} 位负责人的恢复码（只显示这一次，分开保管）：",
        "Recovery code of officer {officer} (shown only now; keep the two apart):",
    ),
    "row": ("第 {officer} 位负责人，恢复码第 {row} 行", "Officer {officer}, code row {row}"),
    "slip": (
        "第 {row} 行抄错或输错了，请再输一次",
        "Row {row} has a slip; please type it again",
    ),
    "made": (
        "恢复码和恢复密钥已更换。私钥文件：{file}（请两位负责人离线保管，不要放回本机）",
        "The recovery codes and the recovery key are new. Private key file: {file} (the officers "
        "keep it offline, never on this machine)",
    ),
}


@click.command(epilog="Example: ./station.sh keys officers --to /media/stick/officers.json")
@click.option(
    "--to",
    "target",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="New file for the private key, outside the station.",
)
@request_option
@lang_option
@staff_options
@passphrase_option
def officers(
    *,
    target: Path,
    request_id: str,
    lang: str | None,
    staff: StaffLogin,
    passphrase_fd: int | None,
) -> None:
    """Give two officers new codes, and a new key to which portraits and backups are sealed."""
    from consent.digest import sm3, to_text
    from consent.kinds import Kind
    from station.cli.settled import settled_station
    from storage.officer_codes import new_codes
    from storage.officers import make_officers_key, publish, write_offline

    language = chosen(lang)
    paths, _ = station_paths()
    with (
        settled_station(passphrase_fd) as desk,
        agreed(desk, staff, Act.KEY_ROTATE, OFFICERS, request_id, language) as permit,
    ):
        if permit is None:
            return
        codes = new_codes()
        try:
            public, content = make_officers_key(codes.secret, desk.signer.public_key)
            # The officers hold file and codes before anything is sealed to them.
            write_offline(target, content, paths.home)
            show_codes(codes, language)
            desk.keyring.change_recovery(codes.secret)
            publish(paths.officers, public, desk.signer)
        finally:
            codes.wipe()
        desk.ledger.record(Kind.OFFICERS_CHANGED, {"key": to_text(sm3(public))})
    click.echo(_say("made", language, file=target), err=True)


def show_codes(codes: "OfficerCodes", language: Language) -> None:
    """Show each officer one code, once, and wipe both; the secret is the caller's to wipe."""
    from storage.officer_codes import rows_to_show

    on_screen = sys.stdin.isatty() and sys.stdout.isatty()
    try:
        for officer, code in ((1, codes.first), (2, codes.second)):
            click.echo(_say("alone" if on_screen else "paper", language, officer=officer), err=True)
            for row in rows_to_show(code):
                click.echo(f"    {row}", err=True)
            if on_screen:
                click.pause(info="", err=True)
                # Scrolling back must not show the other officer's code.
                click.echo("\033[2J\033[3J\033[H", err=True, nl=False)
    finally:
        codes.first.wipe()
        codes.second.wipe()


def asked_secret(language: Language) -> Secret:
    """Ask both officers in turn; returns the secret their codes hide.

    Raises `StorageError(OFFICER_CODE_MISTYPED)` after too many slips, `(OFFICER_KEY_WRONG)` when
    the codes do not belong together.
    """
    from storage.officer_codes import join, read_code

    first = read_code(_asked_code(1, language))
    second = read_code(_asked_code(2, language))
    secret = join(first, second)
    first.share.wipe()
    second.share.wipe()
    return secret


def _asked_code(officer: int, language: Language) -> Secret:
    from storage.officer_codes import ROWS

    rows = [_asked_row(officer, row, language) for row in range(ROWS)]
    return Secret("".join(rows).encode("ascii"))


def _asked_row(officer: int, row: int, language: Language) -> str:
    from storage.officer_codes import check_row

    for _ in range(_TRIES):
        typed = asked(_say("row", language, officer=officer, row=row + 1))
        try:
            return check_row(row, typed.reveal().decode("utf-8", "replace"))
        except StorageError as error:
            if error.code is not ErrorCode.OFFICER_CODE_MISTYPED:
                raise
            click.echo(_say("slip", language, row=row + 1), err=True)
        finally:
            typed.wipe()
    raise StorageError(ErrorCode.OFFICER_CODE_MISTYPED, row=row + 1)


def _say(key: str, language: Language, **figures: object) -> str:
    return _SAY[key][0 if language is Language.ZH_CN else 1].format(**figures)
