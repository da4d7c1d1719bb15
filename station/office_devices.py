"""Devices at the office: what is plugged in, and which camera and which reader may be used (U-6).

One camera and one reader are registered, by what they are and where; another in its place is never
opened, and after a withdrawal none is. The page and `./station.sh devices` write the same keys of
the same file, whole or not at all; what the page writes holds from the next visit on.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from consent.canonical import Json
from consent.digest import sm3
from consent.kinds import Kind
from consent.ledger import Ledger
from station.access import Act
from station.booth.messages import NONE_ALLOWED
from station.config import CameraConfig, Config, Reader
from station.errors import AccessError, CameraError, CardError, ErrorCode, StationError
from station.gate import Permit, Session
from station.office_view import DeviceLine
from station.private_file import replace_file
from station.site_config import changed
from station.staffroom import Staffroom

CAMERA, READER = "camera", "reader"
_ID_CHARACTERS = 32
_SIMULATED = "feed"


@dataclass(frozen=True, slots=True)
class Seen:
    """One device that is plugged in. Every text comes from the device and may hold anything."""

    kind: str
    """`CAMERA` or `READER`."""
    driver: str
    """What the configuration calls its kind: "uvc", "pcsc" or "sam"."""
    name: str
    where: str
    """Node, PC/SC name or path of the serial line."""
    identity: str
    """"VID:PID:serial", or "" where it cannot be told."""
    port: str
    software: bool
    used: bool = False
    """Whether a visit would open it by the configuration in force."""

    @property
    def id(self) -> str:
        """Names it to `allow`: the same device at the same place has the same one."""
        told = "\n".join((self.kind, self.driver, self.where, self.identity, self.port))
        return sm3(told.encode()).hex()[:_ID_CHARACTERS]


@dataclass(frozen=True, slots=True)
class DevicesSource:
    """What the page stands on."""

    ledger: Ledger
    file: Path
    """The site's configuration, which need not exist."""
    config: Callable[[], Config]
    """In force now."""
    seen: Callable[[Config], tuple[Seen, ...]]
    """Listed anew each time, nothing opened; with what a visit would use by this configuration."""
    use: Callable[[Config], None]
    """Let the devices of another configuration be used from the next visit on."""


class OfficeDevices:
    """The list of devices of an open station. Safe from any thread."""

    def __init__(self, room: Staffroom, source: DevicesSource) -> None:
        self._room = room
        self._source = source
        self._guard = threading.Lock()

    def lines(self, session: Session) -> tuple[DeviceLine, ...]:
        """What is plugged in and what is registered. Raises `AccessError`."""
        self._room.gate.permit(session, Act.DEVICE_READ).for_act(Act.DEVICE_READ)
        config = self._source.config()
        seen = self._source.seen(config)
        return tuple(_lines(config, seen))

    def allow(self, session: Session, device: str) -> None:
        """Register one that is plugged in; it takes the place of the one before.

        Raises `AccessError`; `CameraError`: CAMERA_NOT_FOUND (it is gone), CAMERA_NOT_ALLOWED
        (software); `CardError`: READER_NOT_FOUND, READER_NOT_ALLOWED; `ConfigError`.
        """
        permit = self._permit(session, device)
        with self._guard:
            config = self._source.config()
            found = self._find(config, device)
            self._put(permit, config, found.kind, with_device(config, found))

    def withdraw(self, session: Session, kind: str) -> None:
        """Let no camera, or no reader, be used until one is allowed again.

        Raises `AccessError`, `ConfigError`; `DeviceError` for the demo's.
        """
        permit = self._permit(session, kind)
        with self._guard:
            config = self._source.config()
            if kind not in (CAMERA, READER):
                raise AccessError(ErrorCode.TEXT_UNUSABLE)
            self._put(permit, config, kind, without_device(config, kind))

    def _put(self, permit: Permit, before: Config, kind: str, after: Config) -> None:
        file = self._source.file
        # Nothing is said of a change the file cannot take, as with a name no file can hold.
        text = changed(file, kind, written_keys(kind, after))
        # First the entry: a change without one must not be possible.
        entry = {**change_entry(kind, before, after), **permit.actor()}
        self._source.ledger.record(Kind.DEVICE_CHANGED, entry)
        replace_file(file, text)
        self._source.use(after)

    def _permit(self, session: Session, about: str) -> Permit:
        return self._room.gate.permit(session, Act.DEVICE_ALLOW, about=about)

    def _find(self, config: Config, device: str) -> Seen:
        for one in self._source.seen(config):
            if one.id == device:
                return one
        # Which of the two it was is not known any more: it is gone.
        raise CameraError(ErrorCode.CAMERA_NOT_FOUND)


def with_device(config: Config, found: Seen) -> Config:
    """`config` with this device registered in the place of the one before.

    Raises `CameraError(CAMERA_NOT_ALLOWED)`, `CardError(READER_NOT_ALLOWED)` for software, and
    where the demo's devices are in use.
    """
    _require_real(config, found.kind)
    if found.software:
        raise _not_allowed(found.kind)
    if found.kind == CAMERA:
        return msgspec.structs.replace(config, camera=_camera(config.camera, found))
    return msgspec.structs.replace(config, reader=_reader(config.reader, found))


def without_device(config: Config, kind: str) -> Config:
    """`config` with no camera, or no reader, that may be used. Raises as `with_device`."""
    _require_real(config, kind)
    if kind == CAMERA:
        none = msgspec.structs.replace(
            config.camera, identity=NONE_ALLOWED, bus_path="", exposure_response=0.0
        )
        return msgspec.structs.replace(config, camera=none)
    none_allowed = msgspec.structs.replace(config.reader, identity=NONE_ALLOWED)
    return msgspec.structs.replace(config, reader=none_allowed)


def written_keys(kind: str, config: Config) -> dict[str, str | float]:
    """What is written of a registration, by the page and by `./station.sh devices`."""
    if kind == CAMERA:
        camera = config.camera
        return {
            "identity": camera.identity,
            "bus_path": camera.bus_path,
            "exposure_response": camera.exposure_response,
        }
    reader = config.reader
    return {"kind": reader.kind, "name": reader.name, "identity": reader.identity}


def change_entry(kind: str, before: Config, after: Config) -> dict[str, Json]:
    """What the ledger is told; serial numbers may look like anything, even a person's number."""
    if kind == CAMERA:
        chosen = after.camera.identity
        entry: dict[str, Json] = {
            "what": "camera_pinned",
            "identity_sm3": _digest(chosen),
            "before_sm3": _digest(before.camera.identity),
            "bus_path": after.camera.bus_path,
            "exposure_response_permille": round(1000 * after.camera.exposure_response),
        }
    else:
        chosen, was = after.reader.identity, before.reader
        entry = {
            "what": "reader_pinned",
            "identity_sm3": _digest(f"{after.reader.name}\n{chosen}"),
            "before_sm3": _digest(f"{was.name}\n{was.identity}"),
        }
    withdrawn = chosen == NONE_ALLOWED
    change = "WITHDRAWN" if withdrawn else "ALLOWED"
    return {**entry, "model": chosen.rpartition(":")[0], "change": change}


def _digest(told: str) -> str:
    return sm3(told.encode()).hex() if told.strip() else ""


def _camera(before: CameraConfig, found: Seen) -> CameraConfig:
    same = (before.identity, before.bus_path) == (found.identity, found.port)
    return msgspec.structs.replace(
        before,
        kind=found.driver,
        identity=found.identity,
        bus_path=found.port,
        # Measured with this camera, or not at all: another one answers otherwise.
        exposure_response=before.exposure_response if same else 0.0,
    )


def _reader(before: Reader, found: Seen) -> Reader:
    return msgspec.structs.replace(
        before, kind=found.driver, name=found.where, identity=found.identity
    )


def _require_real(config: Config, kind: str) -> None:
    """The demo's devices are programs, and stay what they are."""
    if (config.camera.kind if kind == CAMERA else config.reader.kind) == _SIMULATED:
        raise _not_allowed(kind)


def _not_allowed(kind: str) -> StationError:
    if kind == CAMERA:
        return CameraError(ErrorCode.CAMERA_NOT_ALLOWED)
    return CardError(ErrorCode.READER_NOT_ALLOWED)


def _lines(config: Config, seen: tuple[Seen, ...]) -> Iterator[DeviceLine]:
    for kind, chosen in ((CAMERA, config.camera), (READER, config.reader)):
        if chosen.kind == _SIMULATED:
            yield DeviceLine(
                kind, "DEMO", chosen.kind, allowed=True, present=True, state="SIMULATED"
            )
            continue
        here = [one for one in seen if one.kind == kind]
        yield from (_line(config, one) for one in here)
        if not any(one.used for one in here):
            yield _missing(kind, chosen)
    sensor = config.sensor
    if sensor.kind:
        yield DeviceLine(
            "sensor", sensor.device, sensor.kind, allowed=True, present=True, state="SIMULATED"
        )


def _line(config: Config, one: Seen) -> DeviceLine:
    registered = one.used and _is_registered(config, one.kind)
    state = "SOFTWARE" if one.software else "ALLOWED" if registered else "UNKNOWN"
    measured = one.kind != CAMERA or config.camera.exposure_response > 0
    return DeviceLine(
        one.kind,
        printable(one.name),
        one.identity or printable(one.where),
        allowed=registered,
        present=True,
        id=one.id,
        port=one.port,
        state=state,
        measured=measured or not registered,
    )


def _missing(kind: str, chosen: CameraConfig | Reader) -> DeviceLine:
    withdrawn = chosen.identity == NONE_ALLOWED
    name = chosen.name if isinstance(chosen, Reader) and not withdrawn else ""
    identity = "" if withdrawn else chosen.identity
    state = "WITHDRAWN" if withdrawn else "ABSENT"
    return DeviceLine(kind, name, identity, allowed=False, present=False, state=state)


def _is_registered(config: Config, kind: str) -> bool:
    """Whether this device alone may be used; without a registration, any may that is real."""
    if kind == CAMERA:
        return bool(config.camera.identity)
    return bool(config.reader.identity or config.reader.name)


def printable(name: str) -> str:
    """A device's own name, shortened; it may hold anything, and some of it is obeyed."""
    return "".join(one if one.isprintable() else "?" for one in name)[:100]
