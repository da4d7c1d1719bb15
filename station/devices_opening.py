"""Opens the page of devices over an open station. Part of the composition: it names drivers."""

from contextlib import suppress
from pathlib import Path
from typing import Protocol

from consent.ledger import Ledger
from drivers.camera.devices import choose_device, list_cameras
from drivers.card.attached import AttachedReader, list_readers, require_registered
from station.config import CameraConfig, Config, Reader
from station.errors import StationError
from station.office_devices import CAMERA, READER, DevicesSource, OfficeDevices, Seen
from station.staffroom import Staffroom


class ConfigFolder(Protocol):
    """Where the site's configuration lies."""

    @property
    def config(self) -> Path:
        """The file, which need not exist."""
        ...


class DevicesStation(Protocol):
    """What of an open station the page stands on (`station.build.Station`)."""

    config: Config
    ledger: Ledger
    staff: Staffroom

    @property
    def paths(self) -> ConfigFolder:
        """Its folders."""
        ...

    def use_devices(self, config: Config) -> None:
        """Let the devices of `config` be used from the next visit on."""
        ...


def open_devices(station: DevicesStation) -> OfficeDevices:
    """The devices of a station that is open."""
    source = DevicesSource(
        station.ledger, station.paths.config, lambda: station.config, seen_by, station.use_devices
    )
    return OfficeDevices(station.staff, source)


def seen_by(config: Config) -> tuple[Seen, ...]:
    """Cameras and readers plugged in now, with what a visit would use; opens none."""
    return (*_cameras(config.camera), *_readers(config.reader))


def _cameras(pinned: CameraConfig) -> tuple[Seen, ...]:
    found = list_cameras()
    used = None
    with suppress(StationError):
        used = choose_device(found, pinned.device, pinned.identity, pinned.bus_path)
    return tuple(
        Seen(
            CAMERA,
            "uvc",
            one.name,
            str(one.node),
            one.identity,
            one.bus_path,
            one.software,
            used=one == used,
        )
        for one in found
    )


def _readers(chosen: Reader) -> tuple[Seen, ...]:
    found = list_readers()
    return tuple(
        Seen(
            READER,
            one.kind,
            one.name,
            one.name,
            one.identity,
            one.bus_path,
            one.software,
            used=_is_used(one, chosen, found),
        )
        for one in found
    )


def _is_used(one: AttachedReader, chosen: Reader, found: tuple[AttachedReader, ...]) -> bool:
    same_line = one.kind == "sam" and Path(chosen.name).resolve() == Path(one.name).resolve()
    named = one.name == chosen.name or same_line
    first = not chosen.name and one == next((it for it in found if it.kind == "pcsc"), None)
    if one.kind != chosen.kind or not (named or first):
        return False
    try:
        require_registered(one.kind, one.name, chosen.identity, lambda: found)
    except StationError:
        return False
    return True
