"""`station backup`: make, verify and restore backups sealed to the two officers."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from consent.canonical import Json
from consent.ledger import acting
from station.access import Act
from station.cli.language import chosen, lang_option
from station.cli.officers import asked_secret
from station.cli.opening import passphrase, passphrase_option, station_paths
from station.cli.options import json_option
from station.cli.progress import progress_bar
from station.cli.restorer import restorer
from station.cli.signing_in import (
    StaffLogin,
    desk_or_kiosk,
    request_option,
    signed_in,
    staff_options,
    station_runs,
    why_option,
)
from station.errors import ErrorCode, StorageError
from station.model import Language, Secret

if TYPE_CHECKING:
    from consent.ledger import Ledger
    from consent.ledger_port import LedgerStore
    from consent.signing import HeadSigner
    from station.build import Paths
    from storage.backup import BackupReport
    from storage.keys import KeyRing
    from storage.officers import OfficersFile
    from storage.restore import RestoreReport, Site

_SAY = {
    "no officers": (
        "还没有恢复密钥，无法备份。请两位负责人先运行：./station.sh keys officers --to 文件",
        "There is no recovery key to seal a backup to. The two officers first run: "
        "./station.sh keys officers --to FILE",
    ),
    "made": (
        "已备份 {stores} 到 {file}（{mib:.1f} MiB）{until}",
        "Backed up {stores} to {file} ({mib:.1f} MiB){until}",
    ),
    "until": ("，可用至 {expires}，过期后无法恢复", ", usable until {expires}, refused after that"),
    "whole": (
        "备份完整，是本机做的（{created}）",
        "The backup is whole and this station's own ({created})",
    ),
    "opened": (
        "备份完整，全部文件已核对：{stores}（{created}）",
        "The backup is whole, every file verified: {stores} ({created})",
    ),
    "sure": (
        "将用 {created} 的备份替换本机的全部数据（之后的登记会丢失，之后的删除仍然有效）。继续吗？",
        "This replaces all stores of this station by the backup of {created} (what was enrolled "
        "since is lost; what was erased since stays erased). Go on?",
    ),
    "restored": (
        "已恢复到 {created}。现有：{rows}。未恢复：{removed}",
        "Restored as of {created}. Kept: {rows}. Not brought back: {removed}",
    ),
    "keys": (
        "注意：本机的密钥库已丢失，用了备份里的",
        "Note: the station's key store was lost; the backup's was taken",
    ),
    "ledger": (
        "注意：本机的台账已丢失，用了备份里的；备份之后的删除无从得知",
        "Note: the station's ledger was lost; the backup's was taken. What was erased after the "
        "backup is not known",
    ),
    "revocations": (
        "注意：作废清单已丢失，没有可信的人脸特征，住户需要重新登记",
        "Note: the revocation list was lost; no template could be believed, residents enrol anew",
    ),
    "tpm": (
        "注意：安全芯片的启动计数与恢复的数据不符。要让信息亭再次不用口令打开，请运行："
        "./station.sh keys tpm seal",
        "Note: this machine's security chip has not counted with what was restored. For the kiosk "
        "to open without a passphrase again, run: ./station.sh keys tpm seal",
    ),
}

file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


def officers_option(required: bool) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The offline file of the officers' private key."""
    return click.option(
        "--officers",
        "officers_file",
        required=required,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="The officers' private key file; both codes are asked for.",
    )


@click.group()
def backup() -> None:
    """Backups of this station, sealed to the two officers."""


@backup.command(epilog="Example: ./station.sh backup create --to /media/stick/station.backup")
@click.option("--to", "target", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--with-keys", is_flag=True, help="Also the keys; usable for a short time only.")
@json_option
@lang_option
@staff_options
@passphrase_option
def create(
    *,
    target: Path,
    with_keys: bool,
    as_json: bool,
    lang: str | None,
    staff: StaffLogin,
    passphrase_fd: int | None,
) -> None:
    """Back up every store; without --with-keys all but the keys, so that erasures stay erasures."""
    from storage.backup_request import ask_running_station

    language = chosen(lang)
    paths, _ = station_paths()
    try:
        if station_runs():
            # Only the running station may write the ledger: it makes the backup itself.
            proof = staff.sealed_proof()
            with progress_bar() as progress:
                report = ask_running_station(
                    paths.home, target, with_keys=with_keys, staff=proof, progress=progress
                )
        else:
            report = _made_here(paths, target, with_keys, staff, passphrase_fd)
    except StorageError as error:
        if error.code is ErrorCode.KEY_MISSING and paths.keyring.exists():
            raise click.ClickException(_say("no officers", language)) from error
        raise
    if as_json:
        document = {
            "stores": list(report.stores),
            "bytes": report.bytes,
            "digest": report.digest,
            "expires": report.expires or None,
        }
        click.echo(json.dumps(document))
        return
    until = _say("until", language, expires=report.expires) if report.expires else ""
    click.echo(
        _say(
            "made",
            language,
            stores=", ".join(report.stores),
            file=target,
            mib=report.bytes / 2**20,
            until=until,
        )
    )


@backup.command(
    epilog="Example: ./station.sh backup verify station.backup --officers officers.json"
)
@file_argument
@officers_option(required=False)
@json_option
@lang_option
@staff_options
@passphrase_option
def verify(
    *,
    file: Path,
    officers_file: Path | None,
    as_json: bool,
    lang: str | None,
    staff: StaffLogin,
    passphrase_fd: int | None,
) -> None:
    """Check signature and digest; with --officers also open it and verify every file inside.

    With --officers both officers type their codes, and nobody signs in: it may be another machine.
    """
    from storage.backup_file import check_backup
    from storage.restore import verify_backup

    language = chosen(lang)
    if officers_file is None:
        station_key = _station_key(staff, passphrase_fd)
        with progress_bar() as progress:
            header, names = check_backup(file, station_key, progress), None
    else:
        officers, secret = _opened_officers(officers_file, language)
        secret.wipe()
        with progress_bar() as progress:
            header, manifest = verify_backup(file, officers, datetime.now(UTC), progress)
        names = [part.name for part in manifest.parts]
    if as_json:
        document = {
            "created": header.created,
            "expires": header.expires or None,
            "with_keys": header.with_keys,
            "files": names,
        }
        click.echo(json.dumps(document))
        return
    stores = ", ".join(names or ())
    key = "whole" if names is None else "opened"
    click.echo(_say(key, language, created=header.created, stores=stores))


@backup.command(epilog="Example: ./station.sh backup restore station.backup --officers FILE")
@file_argument
@officers_option(required=True)
@click.option("--yes", is_flag=True, help="Do not ask before replacing.")
@why_option
@request_option
@json_option
@lang_option
@staff_options
def restore(
    *,
    file: Path,
    officers_file: Path,
    yes: bool,
    reason: str,
    request_id: str,
    as_json: bool,
    lang: str | None,
    staff: StaffLogin,
) -> None:
    """Verify everything, then replace the stores. Both officers are asked for their codes.

    Without --request this only asks for the second person; a station that does not open any more
    is restored by the officers' codes alone.
    """
    from storage.restore import restore_backup, verify_backup

    language = chosen(lang)
    paths, _ = station_paths()
    officers, secret = _opened_officers(officers_file, language)
    had_keyring = paths.keyring.exists()
    with progress_bar() as progress:
        header, _ = verify_backup(file, officers, datetime.now(UTC), progress)
    site = _site(paths, secret)
    about: dict[str, Json] = {"restore": header.created, "with_keys": header.with_keys}
    try:
        actor = restorer(
            lambda: site.open_keyring(_present(paths.keyring)),
            *(staff, about, request_id, language),
            reason=reason,
        )
        if actor is None:
            return
        if not yes:
            click.confirm(_say("sure", language, created=header.created), abort=True, err=True)
        with progress_bar() as progress, acting(actor):
            report = restore_backup(file, officers, site, progress)
    finally:
        secret.wipe()
        officers.private_key.wipe()
    # The chip counts starts with the ledger, and seals for one keyring on one machine.
    unsealed = _has_tpm_slot(paths) and (report.ledger_from_backup or not had_keyring)
    _tell(report, unsealed, language, as_json)


def _tell(report: "RestoreReport", unsealed: bool, language: Language, as_json: bool) -> None:
    for key, happened in (
        ("keys", report.keys_from_backup),
        ("ledger", report.ledger_from_backup),
        ("revocations", report.revocations_lost),
        ("tpm", unsealed),
    ):
        if happened:
            click.echo(_say(key, language), err=True)
    if as_json:
        document = {
            "created": report.created,
            "rows": report.rows,
            "removed": report.removed,
            "keys_from_backup": report.keys_from_backup,
            "ledger_from_backup": report.ledger_from_backup,
            "revocations_lost": report.revocations_lost,
            "tpm_seal_needed": unsealed,
        }
        click.echo(json.dumps(document))
        return
    figures = [
        ", ".join(f"{name} {count}" for name, count in counts.items())
        for counts in (report.rows, report.removed)
    ]
    click.echo(
        _say("restored", language, created=report.created, rows=figures[0], removed=figures[1])
    )


def _has_tpm_slot(paths: "Paths") -> bool:
    from storage.keyring_file import read_keyring

    return read_keyring(paths.keyring).tpm is not None


def _made_here(
    paths: "Paths", target: Path, with_keys: bool, staff: StaffLogin, descriptor: int | None
) -> "BackupReport":
    from station.cli.premises_office import premises_of
    from station.cli.settled import settled_station
    from station.requests import digest_of
    from storage.backup_request import backup_document, backups_of

    about = digest_of(backup_document(target, with_keys))
    with (
        settled_station(descriptor) as desk,
        signed_in(desk, staff, Act.BACKUP, about=about) as permit,
        progress_bar() as progress,
    ):
        make = backups_of(
            desk.stores,
            desk.ledger,
            desk.signer,
            officers=paths.officers,
            keyring=paths.keyring,
            term=lambda: premises_of(desk).readiness.terms.policy.shortest,
        )
        return make(target, with_keys, permit, progress)


def _station_key(staff: StaffLogin, descriptor: int | None) -> bytes:
    from consent.signing import HeadSigner
    from storage.keys import KeyRing

    with desk_or_kiosk(descriptor) as desk, signed_in(desk, staff, Act.BACKUP):
        if desk is not None:
            return desk.signer.public_key
        keyring = KeyRing.open(station_paths()[0].keyring, passphrase(descriptor))
        return HeadSigner.from_private(keyring.ledger_signing_key().reveal()).public_key


def _present(keyring: Path) -> Path:
    if not keyring.exists():
        raise StorageError(ErrorCode.KEY_MISSING)
    return keyring


def _opened_officers(path: Path, language: Language) -> tuple["OfficersFile", Secret]:
    from storage.officers import open_officers_file, read_offline

    content = read_offline(path)
    secret = asked_secret(language)
    return open_officers_file(content, secret), secret


def _site(paths: "Paths", secret: Secret) -> "Site":
    from consent.ledger import Ledger
    from storage.restore import Site

    _, config = station_paths()

    def make_ledger(store: "LedgerStore", signer: "HeadSigner") -> "Ledger":
        demo = config.site.profile == "demo"
        return Ledger(store, signer, config.site.station_id, lambda: datetime.now(UTC), demo=demo)

    def open_keyring(path: Path) -> "KeyRing":
        from storage.keys import KeyRing

        try:
            return KeyRing.open_with_recovery(path, secret)
        except StorageError as error:
            # The officers have new codes since this backup was made: the passphrase opens it.
            if error.code is not ErrorCode.KEY_WRONG:
                raise
        return KeyRing.open(path, passphrase(None))

    return Site(
        home=paths.home,
        keyring=paths.keyring,
        revocations=paths.revocations,
        open_keyring=open_keyring,
        make_ledger=make_ledger,
        now=lambda: datetime.now(UTC),
        floor_bytes=config.policy.min_free_mb << 20,
    )


def _say(key: str, language: Language, **figures: object) -> str:
    return _SAY[key][0 if language is Language.ZH_CN else 1].format(**figures)
