"""`station keys rotate`: record key and file keys exchanged, also while the kiosk serves."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.cli.language import chosen, lang_option
from station.cli.opening import passphrase_option, station_paths
from station.cli.options import json_option
from station.errors import ErrorCode, StationError, StorageError
from station.model import Language

if TYPE_CHECKING:
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
@json_option
@lang_option
@passphrase_option
def rotate(
    *,
    stores: tuple[str, ...],
    everything: bool,
    records: bool,
    as_json: bool,
    lang: str | None,
    passphrase_fd: int | None,
) -> None:
    """Exchange keys. A running kiosk does it itself and goes on serving; broken off, it is
    finished at the next start."""
    from storage.rotation_request import RotationOrder

    language = chosen(lang)
    if not (stores or everything or records):
        raise click.UsageError(_say("what", language))
    paths, _ = station_paths()
    if not paths.keyring.exists():
        raise StorageError(ErrorCode.KEY_MISSING)
    order = RotationOrder(records or everything, _STORES if everything else stores)
    with _bar() as progress:
        report = _carried_out(paths.home, order, progress, passphrase_fd)
    if as_json:
        click.echo(json.dumps(asdict(report)))
    named = ", ".join(report.rekeyed) or _say("none", language)
    click.echo(_say("done", language, stores=named, rewrapped=report.rewrapped), err=True)


def _carried_out(
    home: Path, order: "RotationOrder", progress: "RotationProgress", descriptor: int | None
) -> "RotationReport":
    from station.cli.settled import settled_station
    from storage.rotation import KeyRotation
    from storage.rotation_request import ask_running_station, run_rotation

    if _station_runs(home):
        # The process that has the stores open does it: nobody has to stop serving.
        return ask_running_station(home, order, progress)
    with settled_station(descriptor) as desk:
        return run_rotation(KeyRotation(desk.stores, desk.ledger), order, progress)


def _station_runs(home: Path) -> bool:
    from station.instance_lock import InstanceLock

    try:
        InstanceLock(home).release()
    except StationError as error:
        if error.code is not ErrorCode.ALREADY_RUNNING:
            raise
        return True
    return False


@contextmanager
def _bar() -> "Iterator[RotationProgress]":
    with click.progressbar(length=1, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:

        def told(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield told


def _say(key: str, language: Language, **figures: object) -> str:
    return _SAY[key][0 if language is Language.ZH_CN else 1].format(**figures)
