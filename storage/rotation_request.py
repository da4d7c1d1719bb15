"""How a running station is asked to exchange its keys: a small file in its folder, and an answer.

Only the process that has the stores open can do it, and a visit that is under way goes on. The
request names what to exchange and nothing else; no key leaves the station. The answer tells how far
it is, so that whoever asked can show it.
"""

import json
import secrets
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from station.errors import ErrorCode, StationError, StorageError
from station.private_file import replace_file
from storage.registry import STORE_NAMES
from storage.rotation import KeyRotation, RotationProgress

_REQUEST, _ANSWER = "rotation.request", "rotation.answer"
_LARGEST_BYTES = 8 * 1024
_LOOK_EVERY_S = 1.0
_TELL_EVERY_S = 0.5
# Longer than that without a sign of life: whoever asked is told that nobody answers.
_LONGEST_SILENCE_S = 600.0


@dataclass(frozen=True, slots=True)
class RotationOrder:
    """What to exchange: the record key of keys.db, and the keys of these stores' files."""

    records: bool
    stores: tuple[str, ...] = ()


@dataclass
class RotationReport:
    """What was exchanged."""

    rewrapped: int = 0
    """Persons' and consents' keys wrapped anew."""
    rekeyed: list[str] = field(default_factory=list)
    """Stores whose file is under another key."""


RunRotation = Callable[[RotationOrder, RotationProgress], RotationReport]
"""Carries an order out; raises `StationError`. What was done by then is good."""


def run_rotation(
    rotation: KeyRotation, order: RotationOrder, progress: RotationProgress
) -> RotationReport:
    """Carry out one order: files first, so that the new wrappings lie under the new file key."""
    report = RotationReport()
    for store in order.stores:
        rotation.rekey(store)
        report.rekeyed.append(store)
        progress(len(report.rekeyed), len(order.stores))
    if order.records:
        report.rewrapped = rotation.rewrap(progress)
    return report


class RotationService:
    """Answers requests one after the other, on a thread of the desk."""

    def __init__(self, home: Path, rotation: KeyRotation) -> None:
        """Also drops what was asked of a station that ended before it could answer."""
        self._home = home
        self._rotation = rotation
        self._stopping = threading.Event()
        (home / _REQUEST).unlink(missing_ok=True)
        self._thread = threading.Thread(target=self._run, name="rotation", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Break off what is under way between two batches; before the stores are closed."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(_LOOK_EVERY_S):
            found = _read(self._home / _REQUEST)
            (self._home / _REQUEST).unlink(missing_ok=True)
            asked = _order(found)
            if asked is not None:
                self._answer(*asked)

    def _answer(self, nonce: str, order: RotationOrder) -> None:
        told_at = 0.0

        def told(done: int, total: int) -> None:
            nonlocal told_at
            if self._stopping.is_set():
                raise StorageError(ErrorCode.STORE_LOCKED)
            if time.monotonic() - told_at >= _TELL_EVERY_S:
                told_at = time.monotonic()
                self._tell({"nonce": nonce, "done": done, "total": total})

        answer: dict[str, object] = {"nonce": nonce}
        try:
            answer["report"] = asdict(run_rotation(self._rotation, order, told))
        except StationError as error:
            answer["code"] = error.code.value
        except Exception as bug:
            # Top of a thread: the next request must find it alive. The type names nobody.
            sys.stderr.write(f"rotation ended by {type(bug).__name__}\n")
            answer["code"] = ErrorCode.STORE_LOCKED.value
        self._tell(answer)

    def _tell(self, answer: dict[str, object]) -> None:
        try:
            replace_file(self._home / _ANSWER, json.dumps(answer).encode())
        except OSError:
            # On a full disk whoever waits gives up by itself; the ledger has what was done.
            return


def ask_running_station(
    home: Path, order: RotationOrder, progress: RotationProgress
) -> RotationReport:
    """Have the station that runs in `home` carry out an order; blocks until it has.

    Raises `StorageError` with the station's own code, `(STORE_LOCKED)` when it does not answer.
    """
    nonce = secrets.token_hex(16)
    request = {"nonce": nonce, "records": order.records, "stores": list(order.stores)}
    try:
        (home / _ANSWER).unlink(missing_ok=True)
        replace_file(home / _REQUEST, json.dumps(request).encode())
    except OSError as error:
        raise StorageError(ErrorCode.DISK_FULL) from error
    deadline = time.monotonic() + _LONGEST_SILENCE_S
    said: dict[str, object] = {}
    while time.monotonic() < deadline:
        answer = _read(home / _ANSWER)
        if answer.get("nonce") == nonce and answer != said:
            said, deadline = answer, time.monotonic() + _LONGEST_SILENCE_S
            done, total = answer.get("done"), answer.get("total")
            if not (isinstance(done, int) and isinstance(total, int)):
                (home / _ANSWER).unlink(missing_ok=True)
                return _report(answer)
            progress(done, total)
        time.sleep(_TELL_EVERY_S / 2)
    raise StorageError(ErrorCode.STORE_LOCKED)


def _report(answer: dict[str, object]) -> RotationReport:
    found = answer.get("report")
    if not isinstance(found, dict):
        try:
            raise StorageError(ErrorCode(str(answer.get("code"))))
        except ValueError as error:
            raise StorageError(ErrorCode.STORE_LOCKED) from error
    return RotationReport(int(found["rewrapped"]), [str(store) for store in found["rekeyed"]])


def _order(found: dict[str, object]) -> tuple[str, RotationOrder] | None:
    """None for anything that is not of our form."""
    nonce, records, stores = (found.get(name) for name in ("nonce", "records", "stores"))
    if not (isinstance(nonce, str) and isinstance(records, bool) and _are_stores(stores)):
        return None
    if len(nonce) != 32 or not isinstance(stores, list):
        return None
    return nonce, RotationOrder(records, tuple(dict.fromkeys(stores)))


def _are_stores(named: object) -> bool:
    if not isinstance(named, Sequence) or isinstance(named, str) or len(named) > len(STORE_NAMES):
        return False
    return all(isinstance(name, str) and name in STORE_NAMES for name in named)


def _read(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as stream:
            found = json.loads(stream.read(_LARGEST_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
