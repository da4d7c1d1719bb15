"""What `doctor` prints: is this machine fit to serve a visitor?

A check gives a stable reason and harmless figures; the words are in `resources/i18n/doctor.toml`.
Nothing here opens a camera or a card.
"""

import hashlib
import json
import os
import platform
import shutil
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from station.booth.messages import NONE_ALLOWED
from station.config import ROOT, Config
from station.errors import ErrorCode, StationError
from station.fonts import WANTED_FAMILY, chinese_families
from station.instance_lock import LOCK_FILE, InstanceLock
from station.network_check import network_code

_PCSCD_SOCKET = "/run/pcscd/pcscd.comm"
_PROBE_TIMEOUT_S = 20.0
_SOCKET_TIMEOUT_S = 2.0
_RELEASED = datetime(2026, 1, 1, tzinfo=UTC)


class Verdict(StrEnum):
    """How a check ended. A NOTE should be known; a FAULT keeps visitors waiting."""

    OK = "OK"
    NOTE = "NOTE"
    FAULT = "FAULT"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor: `reason` is the key of its text, `values` fill the blanks."""

    name: str
    verdict: Verdict
    reason: str
    values: dict[str, str | int] = field(default_factory=dict)
    code: ErrorCode | None = None


def run_checks(config: Config, data: Path, models: Path) -> Iterator[Check]:
    """All checks, in the order they are printed, each as soon as it is known.

    `data` is the profile's own folder (keyring, stores, lock), `models` the shared one.
    """
    real = config.site.profile == "production"
    yield _system()
    yield _python()
    yield _packages()
    yield check_fonts()
    yield _display()
    yield from check_models(models, config.models.own_manifest)
    yield from check_passive(config.models.passive)
    yield _camera(config, real)
    yield _reader(config, real)
    yield _data_folder(data)
    yield _keys(data)
    yield check_tpm(data)
    yield check_clock(_last_written(data))
    yield check_disk(data, config.policy.min_free_mb)
    yield _swap(real)
    yield check_network()
    yield _instance(data)
    yield from check_confinement(data)


def _system() -> Check:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        release = {"ID": platform.system()}
    name = release.get("PRETTY_NAME", release["ID"])
    known = release["ID"] == "debian" and release.get("VERSION_ID") in ("12", "13")
    verdict = Verdict.OK if known else Verdict.NOTE
    values: dict[str, str | int] = {"name": name, "kernel": platform.release()}
    return Check("system", verdict, "system" if known else "system_untried", values)


def _python() -> Check:
    fits = (3, 11) <= sys.version_info[:2] <= (3, 13)
    verdict = Verdict.OK if fits else Verdict.FAULT
    return Check("python", verdict, "python", {"version": platform.python_version()})


def _packages() -> Check:
    """The set-up stamp says which lock is installed; any other way of installing has none."""
    stamp = Path(sys.prefix) / ".stamp-requirements"
    wanted = hashlib.sha256((ROOT / "requirements.lock").read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text("ascii").strip() == wanted:
        return Check("packages", Verdict.OK, "packages")
    return Check("packages", Verdict.NOTE, "packages_unknown")


def check_fonts() -> Check:
    """A zh-CN font is there, best the family the screens name (ui.md: fail loudly without)."""
    try:
        families = chinese_families()
    except StationError:
        families = frozenset()
    if not families:
        return Check("font", Verdict.FAULT, "font_missing", code=ErrorCode.FONT_MISSING)
    if WANTED_FAMILY in families:
        return Check("font", Verdict.OK, "font", {"family": WANTED_FAMILY})
    return Check("font", Verdict.NOTE, "font_other", {"family": min(families)})


def _display() -> Check:
    for variable in ("WAYLAND_DISPLAY", "DISPLAY"):
        if os.environ.get(variable):
            return Check("display", Verdict.OK, "display", {"name": os.environ[variable]})
    return Check("display", Verdict.NOTE, "display_none")


def check_models(folder: Path, own_manifest: str = "") -> Iterator[Check]:
    """Every model file the booth will load against the digest its manifest names."""
    from drivers.face import models

    own = Path(own_manifest) if own_manifest else None
    try:
        found = models.check_models(folder, models.read_manifest(override=own))
    except StationError as error:
        yield Check("models", Verdict.FAULT, "models_manifest", code=error.code)
        return
    bad = {role: code for role, code in found.items() if code is not None}
    for role, code in bad.items():
        yield Check("models", Verdict.FAULT, "models_bad", {"role": role}, code)
    if not bad:
        yield Check("models", Verdict.OK, "models", {"count": len(found)})


def check_passive(path: str) -> Iterator[Check]:
    """A site's own passive network: its description and digests; the booth itself tries it."""
    from drivers.pad.passive_spec import read_passive

    if not path:
        return
    try:
        spec = read_passive(Path(path)).spec
    except StationError as error:
        yield Check("models", Verdict.FAULT, "passive_bad", code=error.code)
        return
    yield Check("models", Verdict.OK, "passive", {"title": spec.model.title})


def _camera(config: Config, real: bool) -> Check:
    """The camera the booth would choose, and whether its node may be opened; none is opened."""
    from drivers.camera.devices import choose_device, list_cameras

    missing = Verdict.FAULT if real else Verdict.NOTE
    pin = config.camera
    try:
        camera = choose_device(list_cameras(), pin.device, pin.identity, pin.bus_path)
    except StationError as error:
        absent = error.code is ErrorCode.CAMERA_NOT_FOUND
        reason = "camera_none" if absent else "camera_not_allowed"
        return Check("camera", missing, reason, code=error.code)
    if not os.access(camera.node, os.R_OK | os.W_OK):
        return Check("camera", missing, "camera_refused", {"node": str(camera.node)})
    values: dict[str, str | int] = {"name": camera.name, "identity": camera.identity}
    pinned = bool(config.camera.identity)
    verdict = Verdict.OK if pinned else Verdict.NOTE
    return Check("camera", verdict, "camera" if pinned else "camera_unpinned", values)


def _reader(config: Config, real: bool) -> Check:
    from drivers.card.attached import list_readers, require_registered

    missing = Verdict.FAULT if real else Verdict.NOTE
    pin = config.reader
    try:
        require_registered(pin.kind, pin.name, pin.identity, list_readers)
    except StationError as error:
        withdrawn = pin.identity == NONE_ALLOWED
        reason = "reader_withdrawn" if withdrawn else "reader_not_allowed"
        return Check("reader", missing, reason, code=error.code)
    if config.reader.kind == "sam":
        line = config.reader.name
        if line and os.access(line, os.R_OK | os.W_OK):
            return Check("reader", Verdict.OK, "reader_serial", {"name": line})
        return Check("reader", missing, "reader_no_serial", code=ErrorCode.READER_NOT_FOUND)
    path = os.environ.get("PCSCLITE_CSOCK_NAME", _PCSCD_SOCKET)
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(_SOCKET_TIMEOUT_S)
            probe.connect(path)
    except OSError:
        return Check("reader", missing, "reader_no_service", code=ErrorCode.READER_NOT_FOUND)
    return _pcsc_reader(config, missing)


def _pcsc_reader(config: Config, missing: Verdict) -> Check:
    from drivers.card.pcsc import reader_names

    names = reader_names()
    wanted = config.reader.name
    found = [name for name in names if not wanted or name == wanted]
    if not found:
        return Check("reader", missing, "reader_none", code=ErrorCode.READER_NOT_FOUND)
    return Check("reader", Verdict.OK, "reader", {"name": found[0], "count": len(names)})


def _data_folder(data: Path) -> Check:
    """The folder and the one around it (set-up makes that one) are this user's alone."""
    present = [folder for folder in (data.parent, data) if folder.exists()]
    if not present:
        return Check("data_folder", Verdict.NOTE, "data_new")
    for found in (folder.stat() for folder in present):
        if found.st_uid != os.geteuid():
            return Check("data_folder", Verdict.FAULT, "data_owner")
        mode = stat.S_IMODE(found.st_mode)
        if mode & 0o077:
            return Check("data_folder", Verdict.FAULT, "data_open", {"mode": f"{mode:04o}"})
    return Check("data_folder", Verdict.OK, "data_private")


def _keys(data: Path) -> Check:
    """Whether a keyring is there and private; its passphrase is asked only at the start."""
    files = sorted(data.glob("keyring*"))
    if not files:
        return Check("keys", Verdict.NOTE, "keys_none")
    if any(stat.S_IMODE(file.stat().st_mode) & 0o077 for file in files):
        return Check("keys", Verdict.FAULT, "keys_open")
    return Check("keys", Verdict.OK, "keys")


_NO_TPM = {
    "absent": "tpm_absent",
    "not_allowed": "tpm_not_allowed",
    "no_tools": "tpm_no_tools",
}


def check_tpm(data: Path) -> Check:
    """Whether a security chip can be used, and whether the keys are sealed to it; tries neither."""
    from storage.keyring_file import read_keyring
    from storage.tpm_tools import TpmError, connected

    try:
        slot = read_keyring(data / "keyring.json").tpm
    except StationError:
        slot = None
    try:
        with connected():
            reason = "tpm_free" if slot is None else "tpm_sealed"
    except TpmError as error:
        if slot is None:
            return Check("tpm", Verdict.OK, _NO_TPM[error.reason])
        return Check("tpm", Verdict.NOTE, "tpm_lost", code=error.code)
    return Check("tpm", Verdict.OK, reason)


def _last_written(data: Path) -> datetime | None:
    """When the stores were last written to; the time inside them can be read only with the keys."""
    times: list[float] = []
    for file in (data / "stores").glob("*/*"):
        # A running station may just be removing one.
        with suppress(FileNotFoundError):
            times.append(file.stat().st_mtime)
    return datetime.fromtimestamp(max(times), UTC) if times else None


def check_clock(last_written: datetime | None, now: datetime | None = None) -> Check:
    """The clock may not be earlier than the last write to the stores, nor than this release."""
    now = now or datetime.now(UTC)
    if now < max(last_written or _RELEASED, _RELEASED):
        return Check("clock", Verdict.FAULT, "clock_back", code=ErrorCode.CLOCK_SET_BACK)
    shown: dict[str, str | int] = {"now": now.isoformat(timespec="seconds")}
    return Check("clock", Verdict.OK, "clock" if last_written else "clock_release_only", shown)


def check_disk(data: Path, needed_mb: int) -> Check:
    """Free space where the stores lie, against the policy."""
    folder = next(place for place in (data, *data.parents) if place.exists())
    free_mb = shutil.disk_usage(folder).free >> 20
    values: dict[str, str | int] = {"free_mb": free_mb, "needed_mb": needed_mb}
    if free_mb < needed_mb:
        return Check("disk", Verdict.FAULT, "disk_full", values, ErrorCode.DISK_FULL)
    return Check("disk", Verdict.OK, "disk", values)


def check_network(root: Path = ROOT) -> Check:
    """Networking is off: there is no code for it in this installation."""
    files, found = network_code(root)
    if found:
        return Check("network", Verdict.FAULT, "network_code", {"file": found[0]})
    return Check("network", Verdict.OK, "network_off", {"files": files})


def _swap(real: bool) -> Check:
    lines = Path("/proc/swaps").read_text("utf-8", "replace").splitlines()[1:]
    plain = [line.split()[0] for line in lines if not swap_is_safe(line.split()[0])]
    if plain:
        verdict = Verdict.FAULT if real else Verdict.NOTE
        return Check("swap", verdict, "swap_plain", {"device": plain[0]})
    return Check("swap", Verdict.OK, "swap_safe" if lines else "swap_off")


def swap_is_safe(device: str, blocks: Path = Path("/sys/class/block")) -> bool:
    """Whether a swap device keeps pages in memory (zram) or encrypts them (dm-crypt)."""
    name = Path(device).resolve().name
    if name.startswith("zram"):
        # A zram device may be told to write idle pages to a disk.
        backing = blocks / name / "backing_dev"
        return not backing.is_file() or backing.read_text("ascii").strip() == "none"
    uuid = blocks / name / "dm" / "uuid"
    return uuid.is_file() and uuid.read_text("ascii").startswith("CRYPT-")


def _instance(data: Path) -> Check:
    if not (data / LOCK_FILE).exists():
        return Check("instance", Verdict.OK, "instance_free")
    try:
        InstanceLock(data).release()
    except StationError as error:
        return Check("instance", Verdict.NOTE, "instance_running", code=error.code)
    return Check("instance", Verdict.OK, "instance_free")


# Always there on Linux; without one of them the booth is not the wall it is meant to be.
_REQUIRED = frozenset({"core_dumps", "dumpable", "parent_death", "no_new_privs", "network"})


def check_confinement(data: Path) -> Iterator[Check]:
    """Confine a throw-away process as a booth is, let it try, and report line by line."""
    result = _probe(data)
    if result is None:
        yield Check("booth", Verdict.FAULT, "booth_probe_failed")
        return
    lines, stopped = result
    for name, active, detail in lines:
        truly = active and stopped.get(name, True)
        bad = Verdict.FAULT if name in _REQUIRED or active else Verdict.NOTE
        reason = f"booth_{name}" if truly else f"booth_no_{name}"
        yield Check("booth", Verdict.OK if truly else bad, reason, {"detail": detail})


_Lines = list[tuple[str, bool, str]]


def _probe(data: Path) -> tuple[_Lines, dict[str, bool]] | None:
    command = [sys.executable, "-B", "-m", "station.booth.sandbox_probe"]
    folder = next(place for place in (data, data.parent, ROOT) if place.is_dir())
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            [*command, str(folder), str(os.getpid())],
            cwd=ROOT,
            capture_output=True,
            timeout=_PROBE_TIMEOUT_S,
            check=True,
        )
        result = json.loads(done.stdout)
        lines = [(str(name), bool(active), str(detail)) for name, active, detail in result["lines"]]
        stopped = {
            "network": bool(result["network_stopped"]),
            "file_writes": bool(result["file_stopped"]),
        }
    except (OSError, subprocess.SubprocessError, ValueError, KeyError):
        return None
    return lines, stopped


def timed(checks: Iterator[Check], on_check: Callable[[Check, float], None]) -> list[Check]:
    """Run the checks, hand each over with the seconds it took, and return them all."""
    done, begin = [], time.monotonic()
    for check in checks:
        on_check(check, time.monotonic() - begin)
        done.append(check)
        begin = time.monotonic()
    return done
