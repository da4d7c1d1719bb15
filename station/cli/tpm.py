"""`station keys tpm`: let this machine's security chip open the kiosk without a passphrase."""

from typing import TYPE_CHECKING

import click

from consent.canonical import Json
from station.access import Act
from station.cli.language import chosen, lang_option
from station.cli.opening import passphrase_option, station_paths
from station.cli.signing_in import StaffLogin, agreed, request_option, staff_options
from station.cli.tpm_words import tpm_sentence
from station.errors import ErrorCode, StorageError
from station.model import Language

if TYPE_CHECKING:
    from storage.tpm import SealedSecret

_SAY = {
    "sealed": (
        "已封存：本机在当前启动状态（PCR {pcrs}）下，信息亭不用口令就能打开。它防的是硬盘被偷，"
        "不防整机被偷；口令和恢复码照旧有效。{counter}",
        "Sealed: on this machine in its present state (PCR {pcrs}) the kiosk opens without a "
        "passphrase. This protects a stolen disk, not a stolen machine; passphrase and recovery "
        "codes open as before. {counter}",
    ),
    "counter": ("启动次数由芯片计数。", "The chip counts the starts."),
    "no_counter": (
        "芯片没有提供启动计数，整个文件夹被换回旧版本时芯片不会发现。",
        "The chip gave no start counter: it will not notice an old copy of the whole folder.",
    ),
    "opens": (
        "密钥封存在本机安全芯片（PCR {pcrs}），刚才试过，可以打开。{counter}",
        "The keys are sealed to this machine's chip (PCR {pcrs}); tried just now: it opens. "
        "{counter}",
    ),
    "removed": (
        "已移除：打开信息亭又需要口令了。",
        "Removed: the kiosk asks for the passphrase again.",
    ),
}


@click.group()
def tpm() -> None:
    """The machine's security chip (TPM 2.0) as a way to the keys."""


@tpm.command("seal", epilog="Example: ./station.sh keys tpm seal")
@click.option(
    "--pcr",
    "pcrs",
    type=click.IntRange(0, 23),
    multiple=True,
    default=(7,),
    show_default=True,
    help="Register whose value must be as now; may be given several times.",
)
@request_option
@lang_option
@staff_options
@passphrase_option
def seal_keys(
    *,
    pcrs: tuple[int, ...],
    request_id: str,
    lang: str | None,
    staff: StaffLogin,
    passphrase_fd: int | None,
) -> None:
    """Let the chip open the kiosk in the machine's present state; asks for the passphrase once.

    Also accepts the present count of starts, after an alarm that the data was put back.
    """
    from consent.kinds import Kind
    from station.cli.settled import settled_station
    from storage.tpm import read_counter, seal
    from storage.tpm_starts import COUNT
    from storage.tpm_tools import TpmError

    language = chosen(lang)
    wanted = sorted(set(pcrs))
    document: dict[str, Json] = {"what": "tpm seal", "pcrs": list(wanted)}
    with (
        settled_station(passphrase_fd) as desk,
        agreed(desk, staff, Act.KEY_ROTATE, document, request_id, language) as permit,
    ):
        if permit is None:
            return
        former = desk.keyring.tpm
        payload: dict[str, int | str] = {}
        try:
            sealed, secret = seal(tuple(wanted), _usable_counter(former))
            if sealed.counter:
                payload[COUNT] = read_counter(sealed)
        except TpmError as error:
            raise click.ClickException(tpm_sentence(error.reason, language)) from error
        chosen_pcrs = ",".join(str(pcr) for pcr in sealed.pcrs)
        # Said first: the ledger may know of a slot that is not there, never the other way round.
        desk.ledger.record(Kind.TPM_SEALED, {"pcrs": chosen_pcrs, **payload})
        desk.keyring.keep_tpm(sealed, secret)
        secret.wipe()
    counter = _say("counter" if sealed.counter else "no_counter", language)
    click.echo(_say("sealed", language, pcrs=chosen_pcrs, counter=counter), err=True)


@tpm.command(epilog="Example: ./station.sh keys tpm status")
@lang_option
def status(lang: str | None) -> None:
    """Try whether the chip would open the keys now; needs no passphrase, opens no store."""
    from storage.keyring_file import read_keyring
    from storage.keys import KeyRing
    from storage.tpm import unseal
    from storage.tpm_tools import TpmError, connected

    language = chosen(lang)
    paths, _ = station_paths()
    slot = read_keyring(paths.keyring).tpm
    try:
        if slot is None:
            with connected():
                raise TpmError("no_slot")
        secret = unseal(slot.sealed)
        KeyRing.open(paths.keyring, secret)
        secret.wipe()
    except StorageError as error:
        reason = error.reason if isinstance(error, TpmError) else "failed"
        raise click.ClickException(tpm_sentence(reason, language)) from error
    counter = _say("counter" if slot.sealed.counter else "no_counter", language)
    pcrs = ",".join(str(pcr) for pcr in slot.sealed.pcrs)
    click.echo(_say("opens", language, pcrs=pcrs, counter=counter))


@tpm.command(epilog="Example: ./station.sh keys tpm remove")
@request_option
@lang_option
@staff_options
@passphrase_option
def remove(
    *, request_id: str, lang: str | None, staff: StaffLogin, passphrase_fd: int | None
) -> None:
    """Take the chip's way to the keys away; also where the chip is gone."""
    from consent.kinds import Kind
    from station.cli.settled import settled_station
    from storage.tpm import forget
    from storage.tpm_tools import TpmError

    language = chosen(lang)
    document: dict[str, Json] = {"what": "tpm remove"}
    with (
        settled_station(passphrase_fd) as desk,
        agreed(desk, staff, Act.KEY_ROTATE, document, request_id, language) as permit,
    ):
        if permit is None:
            return
        sealed = desk.keyring.tpm
        if sealed is None:
            raise StorageError(ErrorCode.KEY_MISSING)
        desk.keyring.drop_tpm()
        desk.ledger.record(Kind.TPM_REMOVED, {})
    click.echo(_say("removed", language), err=True)
    try:
        forget(sealed)
    except TpmError as error:
        # What is left in the chip is a bare number.
        click.echo(tpm_sentence(error.reason, language), err=True)


def _usable_counter(former: "SealedSecret | None") -> int:
    """The counter made before, as long as this chip has it."""
    from storage.tpm import read_counter
    from storage.tpm_tools import TpmError

    if former is None or not former.counter:
        return 0
    try:
        read_counter(former)
    except TpmError as error:
        if error.reason != "no_counter":
            raise
        return 0
    return former.counter


def _say(key: str, language: Language, **figures: object) -> str:
    return _SAY[key][0 if language is Language.ZH_CN else 1].format(**figures)
