"""`station keys rotate`: record key and file keys exchanged, also while the kiosk serves."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from station.access import Act
from station.cli.language import chosen, lang_option
from station.cli.opening import passphrase_option, station_paths
from station.cli.options import json_option
from station.cli.signing_in import (
    StaffLogin,
    ask_second,
    desk_or_kiosk,
    request_option,
    signed_in,
    staff_options,
)
from station.errors import ErrorCode, StorageError
from station.model import Language

if TYPE_CHECKING:
    from station.cli.settled import SettledStation
    from storage.rotation import RotationProgress
    from storage.rotation_request import RotationOrder, RotationReport

_STORES = ("identity", "keys", "ledger", "template", "portrait", "office")
_SAY = {
    "what": (
        "请说明更换哪些密钥：--all，--store 名称，--records",
        "say which keys to exchange: --all, --store NAME, --records",
    ),
    "done": (
        "已换新：{stores} 的文件密钥；{rewrapped} 个人员与同意记录的密钥已重新包裹。"
        "请重新做一份备份：之前带密钥的备份不再适用",
        "Exchanged: file keys of {stores}; {rewrapped} keys of persons and consents wrapped anew. "
        "Make a new backup: earlier ones with keys do not fit any more",
    ),
    "none": ("（无）", "(none)"),
}


@click.command(epilog="Example: ./station.sh keys rotate --all --lang en")
@click.option("--store", "stores", multiple=True, type=click.Choice(_STORES), help="One file.")
@click.option("--all", "everything", is_flag=True, help="Every file, and the record key.")
@click.option("--records", is_flag=True, help="The key that wraps everybody's keys.")
@request_option
@json_option
@lang_option
@staff_options
@passphrase_option
def rotate(
    *,
    stores: tuple[str, ...],
    everything: bool,
    records: bool,
    request_id: str,
    as_json: bool,
    lang: str | None,
    staff: StaffLogin,
    passphrase_fd: int | None,
) -> None:
    """Exchange keys: without --request asks for it, with an agreed one does it.

    A running kiosk does it itself and goes on serving; broken off, it is finished at the next
    start.
    """
    from storage.rotation_request import RotationOrder, rotation_document

    language = chosen(lang)
    if not (stores or everything or records):
        raise click.UsageError(_say("what", language))
    paths, _ = station_paths()
    if not paths.keyring.exists():
        raise StorageError(ErrorCode.KEY_MISSING)
    order = RotationOrder(records or everything, _STORES if everything else stores)
    with desk_or_kiosk(passphrase_fd) as desk:
        if not request_id:
            document = rotation_document(order)
            ask_second(desk, staff, Act.KEY_ROTATE, document, language=language)
            return
        report = _carried_out(desk, order, staff, request_id)
    if as_json:
        click.echo(json.dumps(asdict(report)))
    named = ", ".join(report.rekeyed) or _say("none", language)
    click.echo(_say("done", language, stores=named, rewrapped=report.rewrapped), err=True)


def _carried_out(
    desk: "SettledStation | None", order: "RotationOrder", staff: StaffLogin, request_id: str
) -> "RotationReport":
    from station.requests import digest_of
    from storage.rotation_request import ask_running_station, rotation_document, run_rotation

    if desk is None:
        # The process that has the stores open does it: nobody has to stop serving.
        home, proof = station_paths()[0].home, staff.sealed_proof()
        with _bar() as progress:
            return ask_running_station(home, order, progress, staff=proof, request_id=request_id)
    about = digest_of(rotation_document(order))
    with (
        signed_in(desk, staff, Act.KEY_ROTATE, about=about, request_id=request_id) as permit,
        _bar() as progress,
    ):
        return run_rotation(desk.stores, desk.ledger, permit, order, progress)


@contextmanager
def _bar() -> "Iterator[RotationProgress]":
    with click.progressbar(length=1, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:

        def told(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield told


def _say(key: str, language: Language, **figures: object) -> str:
    return _SAY[key][0 if language is Language.ZH_CN else 1].format(**figures)
