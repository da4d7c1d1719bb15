"""`station devices`: which cameras are there, and registering the one this station uses."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from consent.canonical import Json
from consent.kinds import Kind
from drivers.camera.devices import CameraDevice, choose_device, list_cameras
from station.access import Act
from station.booth.pad_gates import DEFAULT_GATES
from station.cli.language import chosen, lang_option
from station.cli.opening import passphrase_option, station_paths
from station.cli.options import json_option
from station.cli.signing_in import StaffLogin, signed_in, staff_options
from station.config import CameraConfig, Config
from station.errors import CardError, ErrorCode, StationError
from station.instance_lock import InstanceLock
from station.model import Language
from station.office_devices import (
    CAMERA,
    READER,
    Seen,
    change_entry,
    printable,
    with_device,
    without_device,
    written_keys,
)
from station.private_file import replace_file
from station.site_config import changed

if TYPE_CHECKING:
    from drivers.pad.exposure_response import ExposureResponse

Record = Callable[[dict[str, Json]], None]
"""Writes one DEVICE_CHANGED entry for whoever signed in."""
_SAY = {
    "no_reader": ("没有找到读卡器，请检查连接线。", "No card reader was found; check its cable."),
    "about_reader": (
        "将登记读卡器 {name}（{identity}，USB 口 {bus_path}）；原来的不再打开。",
        "About to register the reader {name} ({identity}, USB port {bus_path}); the one before is "
        "not opened any more.",
    ),
    "about_withdraw": (
        "将撤销登记：在重新登记之前，不再打开任何一个。",
        "About to withdraw the registration: none is opened until one is registered again.",
    ),
    "written": ("已写入 {path}。", "Written to {path}."),
    "none": ("没有找到摄像头，请检查连接线。", "No camera was found; check its cable."),
    "REFUSED": ("不能用：软件摄像头", "refused: a software camera"),
    "REGISTERED": ("已登记", "registered"),
    "USABLE": ("可用，未登记", "usable, not registered"),
    "USED": ("使用中", "in use"),
    "UNUSED": ("不使用", "not used"),
    "OTHER": ("不能用：不是登记的那一个", "refused: not the registered one"),
    "how": (
        "登记摄像头：./station.sh devices camera --pin",
        "To register a camera: ./station.sh devices camera --pin",
    ),
    "which": (
        "有几个可用的摄像头，请用 --node 说明是哪一个：{nodes}",
        "There are several usable cameras; name one with --node: {nodes}",
    ),
    "about": (
        "将登记 {name}（{identity}，USB 口 {bus_path}）。会打开摄像头约 10 秒，量它对曝光的反应；"
        "不显示也不保存画面。请让画面静止，不要有人走动，光线不变。",
        "About to register {name} ({identity}, USB port {bus_path}). The camera opens for about 10 "
        "seconds to measure how it answers to exposure; no picture is shown or kept. Keep the "
        "scene still: nobody moving, the light unchanged.",
    ),
    "sure": ("继续？", "Go on?"),
    "left": ("没有改动，一切照旧。", "Nothing has changed."),
    "measuring": ("测量曝光反应", "Measuring"),
    "unsteady": (
        "五次测量相差太大，没有登记。请让画面和光线保持不变，再试一次。",
        "The five measurements differ too much; not registered. Keep scene and light as they are, "
        "and try again.",
    ),
    "deaf": (
        "摄像头说能改曝光，画面却几乎没有变暗，没有登记：这可能不是它自己的画面，"
        "也可能是场景太暗或过亮。",
        "The camera says it changes its exposure, but its picture hardly darkens; not registered. "
        "These may not be its own pictures, or the scene is too dark or too bright.",
    ),
    "uncontrolled": (
        "这个摄像头不能改曝光：登记了身份，但无法用曝光来核验它的画面。",
        "This camera has no control of its exposure: its identity is registered, but its pictures "
        "cannot be checked by exposure.",
    ),
    "done": (
        "已登记，写入 {path}。曝光反应 {response:.2f}。",
        "Registered in {path}. Answer to exposure: {response:.2f}.",
    ),
    "unrecorded": (
        "本站还没有密钥，这次登记没有写入台账。",
        "This station has no keys yet, so this is not in the ledger.",
    ),
}


@click.group()
def devices() -> None:
    """The devices this station may use."""


@devices.command(epilog="Example: ./station.sh devices camera --pin")
@click.option("--pin", is_flag=True, help="Register a camera; the kiosk must be stopped.")
@click.option("--withdraw", is_flag=True, help="Let no camera be opened; kiosk stopped.")
@click.option("--node", default="", help="Which camera, such as /dev/video0.")
@click.option("--yes", is_flag=True, help="Do not ask once more.")
@json_option
@lang_option
@staff_options
@passphrase_option
def camera(
    *,
    pin: bool,
    withdraw: bool,
    node: str,
    yes: bool,
    as_json: bool,
    lang: str | None,
    staff: StaffLogin,
    passphrase_fd: int | None,
) -> None:
    """List the cameras, or register the one this station uses."""
    language = chosen(lang)
    if withdraw:
        _withdraw(CAMERA, yes, language, staff, passphrase_fd)
    elif pin:
        _pin(node, yes, language, staff, passphrase_fd)
    _, config = station_paths()
    _show(list_cameras(), config.camera, language, as_json)


@devices.command(epilog="Example: ./station.sh devices reader --pin /dev/ttyUSB0")
@click.option("--pin", "name", default="", help="Register the reader of this name in the list.")
@click.option("--withdraw", is_flag=True, help="Let no reader be opened; kiosk stopped.")
@click.option("--yes", is_flag=True, help="Do not ask once more.")
@json_option
@lang_option
@staff_options
@passphrase_option
def reader(
    *,
    name: str,
    withdraw: bool,
    yes: bool,
    as_json: bool,
    lang: str | None,
    staff: StaffLogin,
    passphrase_fd: int | None,
) -> None:
    """List the card readers, or register the one this station uses."""
    language = chosen(lang)
    if withdraw:
        _withdraw(READER, yes, language, staff, passphrase_fd)
    elif name:
        _pin_reader(name, yes, language, staff, passphrase_fd)
    _show_readers(_readers(station_paths()[1]), language, as_json)


def _readers(config: Config) -> tuple[Seen, ...]:
    from station.devices_opening import seen_by

    return tuple(one for one in seen_by(config) if one.kind == READER)


def _show_readers(found: tuple[Seen, ...], language: Language, as_json: bool) -> None:
    rows = [
        {
            "kind": one.driver,
            "name": printable(one.where),
            "identity": one.identity,
            "bus_path": one.port,
            "used": one.used,
        }
        for one in found
    ]
    if as_json:
        click.echo(json.dumps({"readers": rows}, ensure_ascii=False))
        return
    for row in rows:
        standing = _say("USED" if row["used"] else "UNUSED", language)
        click.echo(f"{row['name']}  {row['identity'] or '-'}")
        click.echo(f"    {row['bus_path'] or '-'}  {row['kind']}  {standing}")
    if not rows:
        click.echo(_say("no_reader", language), err=True)


def _pin_reader(
    name: str, yes: bool, language: Language, staff: StaffLogin, passphrase_fd: int | None
) -> None:
    paths, config = station_paths()
    with InstanceLock(paths.home), _ledger(paths.keyring, staff, passphrase_fd) as record:
        wanted = next((one for one in _readers(config) if one.where == name), None)
        if wanted is None:
            raise CardError(ErrorCode.READER_NOT_FOUND)
        after = with_device(config, wanted)
        shown = {"name": printable(name), "identity": wanted.identity, "bus_path": wanted.port}
        click.echo(_say("about_reader", language, **shown), err=True)
        _confirm(yes, language)
        _write(record, READER, config, after, language)
    click.echo(_say("written", language, path=paths.config), err=True)


def _withdraw(
    kind: str, yes: bool, language: Language, staff: StaffLogin, passphrase_fd: int | None
) -> None:
    paths, config = station_paths()
    with InstanceLock(paths.home), _ledger(paths.keyring, staff, passphrase_fd) as record:
        after = without_device(config, kind)
        click.echo(_say("about_withdraw", language), err=True)
        _confirm(yes, language)
        _write(record, kind, config, after, language)
    click.echo(_say("written", language, path=paths.config), err=True)


def _confirm(yes: bool, language: Language) -> None:
    """Exits 1 without a yes."""
    if not yes and not click.confirm(_say("sure", language), err=True):
        click.echo(_say("left", language), err=True)
        sys.exit(1)


def _show(
    found: tuple[CameraDevice, ...], pinned: CameraConfig, language: Language, as_json: bool
) -> None:
    rows = [(one, _standing(found, one, pinned)) for one in found]
    if as_json:
        listed = [_as_json(one, standing) for one, standing in rows]
        click.echo(json.dumps({"cameras": listed}, ensure_ascii=False))
        return
    for one, standing in rows:
        click.echo(f"{one.node}  {printable(one.name)}  {one.identity or '-'}")
        click.echo(f"    {one.bus_path or '-'}  {one.driver or '-'}  {_say(standing, language)}")
    if not rows:
        click.echo(_say("none", language), err=True)
    elif not pinned.identity:
        click.echo(_say("how", language), err=True)


def _standing(found: tuple[CameraDevice, ...], one: CameraDevice, pinned: CameraConfig) -> str:
    if one.software:
        return "REFUSED"
    if not pinned.identity:
        return "USABLE"
    try:
        used = choose_device(found, pinned.device, pinned.identity, pinned.bus_path)
    except StationError:
        return "OTHER"
    return "REGISTERED" if used == one else "OTHER"


def _as_json(one: CameraDevice, standing: str) -> dict[str, str]:
    return {
        "node": str(one.node),
        "name": printable(one.name),
        "identity": one.identity,
        "bus_path": one.bus_path,
        "driver": one.driver,
        "standing": standing,
    }


def _pin(
    node: str, yes: bool, language: Language, staff: StaffLogin, passphrase_fd: int | None
) -> None:
    """Measure and register one camera; exits 1 where that was not possible or not wanted."""
    paths, config = station_paths()
    with InstanceLock(paths.home), _ledger(paths.keyring, staff, passphrase_fd) as record:
        wanted = _wanted(list_cameras(), node, language)
        click.echo(_say("about", language, **_as_json(wanted, "")), err=True)
        _confirm(yes, language)
        response = _measure(wanted, language)
        if (fault := _fault(response)) is not None:
            click.echo(_say(fault, language), err=True)
            sys.exit(1)
        if not response.answers:
            click.echo(_say("uncontrolled", language), err=True)
        kept = round(response.median, 3)
        pinned = msgspec.structs.replace(
            config.camera,
            identity=wanted.identity,
            bus_path=wanted.bus_path,
            exposure_response=kept,
        )
        after = msgspec.structs.replace(config, camera=pinned)
        _write(record, CAMERA, config, after, language)
    click.echo(_say("done", language, path=paths.config, response=kept), err=True)


def _write(
    record: "Record | None", kind: str, before: Config, after: Config, language: Language
) -> None:
    """The entry first, then the file: a change without one must not be possible."""
    file = station_paths()[0].config
    # Nothing is said of a change the file cannot take.
    text = changed(file, kind, written_keys(kind, after))
    if record is None:
        click.echo(_say("unrecorded", language), err=True)
    else:
        record(change_entry(kind, before, after))
    replace_file(file, text)


def _wanted(found: tuple[CameraDevice, ...], node: str, language: Language) -> CameraDevice:
    """The camera to register. Raises `CameraError`, or `click.UsageError` where it is not clear."""
    usable = [one for one in found if not one.software]
    if not node and len(usable) > 1:
        nodes = ", ".join(str(one.node) for one in usable)
        raise click.UsageError(_say("which", language, nodes=nodes))
    return choose_device(found, node, "")


def _measure(wanted: CameraDevice, language: Language) -> "ExposureResponse":
    from drivers.camera.uvc import UvcCamera
    from drivers.pad.exposure_response import REPEATS, measure_response

    opened = UvcCamera(str(wanted.node), wanted.identity, wanted.bus_path)
    label = _say("measuring", language)
    try:
        with click.progressbar(length=REPEATS, label=label, file=sys.stderr) as bar:
            opened.open()
            return measure_response(opened, DEFAULT_GATES, lambda _: bar.update(1))
    finally:
        opened.close()


def _fault(response: "ExposureResponse") -> str | None:
    """Why the answers cannot be kept, or None; a camera without the control may be registered."""
    if not response.answers:
        return None
    if not response.is_plain(DEFAULT_GATES):
        return "deaf"
    return None if response.is_steady(DEFAULT_GATES) else "unsteady"


@contextmanager
def _ledger(
    keyring: Path, staff: StaffLogin, passphrase_fd: int | None
) -> Iterator["Record | None"]:
    """What writes DEVICE_CHANGED for whoever signs in, or None before the station has keys."""
    from station.cli.settled import settled_station

    if not keyring.exists():
        yield None
        return
    with (
        settled_station(passphrase_fd, locked=True) as desk,
        signed_in(desk, staff, Act.DEVICE_ALLOW),
    ):

        def record(entry: dict[str, Json]) -> None:
            desk.ledger.record(Kind.DEVICE_CHANGED, entry)

        yield record


def _say(key: str, language: Language, **values: object) -> str:
    return _SAY[key][0 if language is Language.ZH_CN else 1].format(**values)
