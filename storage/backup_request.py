"""How a backup is asked for while the station runs: a small file in its own folder, and an answer.

Only the running station may write the ledger, so it makes the backup itself. Whoever can write into
its private folder can ask; what comes out opens for the officers alone. The request names a file
and whether the keys go in, nothing else.
"""

import json
import secrets
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from consent.ledger import Ledger
from consent.signing import HeadSigner
from station.errors import ErrorCode, StationError, StorageError
from station.private_file import replace_file
from storage.backup import BackupReport, ShortLived, create_backup
from storage.backup_file import Progress
from storage.officers import officers_public_key
from storage.stores import Stores

MakeBackup = Callable[[Path, bool, Progress], BackupReport]
"""(file, with keys, progress) → report; raises `StationError`."""
_REQUEST, _ANSWER = "backup.request", "backup.answer"
_LARGEST_BYTES = 8 * 1024
_LOOK_EVERY_S = 1.0
# A station on a slow disk copies 10 MiB/s: what is longer than this is no answer any more.
_LONGEST_WAIT_S = 3600.0


@dataclass(frozen=True, slots=True)
class _Request:
    nonce: str
    target: Path
    with_keys: bool


def backups_of(
    stores: Stores,
    ledger: Ledger,
    signer: HeadSigner,
    *,
    officers: Path,
    keyring: Path,
    term: timedelta,
) -> MakeBackup:
    """How this station makes a backup; `term` is how long one with keys may be used."""

    def make(target: Path, with_keys: bool, progress: Progress) -> BackupReport:
        return create_backup(
            stores,
            ledger,
            signer,
            officers_key=officers_public_key(officers, signer.public_key),
            target=target,
            progress=progress,
            with_keys=ShortLived(keyring, term) if with_keys else None,
        )

    return make


class BackupService:
    """Answers requests one after the other, on a thread of the desk."""

    def __init__(self, home: Path, make: MakeBackup) -> None:
        """Also drops what was asked of a station that ended before it could answer."""
        self._home = home
        self._make = make
        self._stopping = threading.Event()
        (home / _REQUEST).unlink(missing_ok=True)
        self._thread = threading.Thread(target=self._run, name="backups", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Break off what is under way and end; before the stores are closed."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(_LOOK_EVERY_S):
            request = _take(self._home / _REQUEST)
            if request is not None:
                self._answer(request)

    def _answer(self, request: _Request) -> None:
        answer: dict[str, object] = {"nonce": request.nonce}
        try:
            report = self._make(request.target, request.with_keys, self._told)
            answer["report"] = asdict(report)
        except StationError as error:
            answer["code"] = error.code.value
        except Exception as bug:
            # Top of a thread: the next request must find it alive. The type names nobody.
            sys.stderr.write(f"backup ended by {type(bug).__name__}\n")
            answer["code"] = ErrorCode.STORE_LOCKED.value
        try:
            replace_file(self._home / _ANSWER, json.dumps(answer).encode())
        except OSError:
            # On a full disk whoever waits gives up by itself; the ledger has the backup.
            return

    def _told(self, _done: int, _total: int) -> None:
        if self._stopping.is_set():
            raise StorageError(ErrorCode.STORE_LOCKED)


def ask_running_station(home: Path, target: Path, *, with_keys: bool) -> BackupReport:
    """Have the station that runs in `home` make a backup; blocks until it answers.

    Raises `StorageError` with the station's own code, `(STORE_LOCKED)` when it does not answer.
    """
    nonce = secrets.token_hex(16)
    request = {"nonce": nonce, "to": str(target.absolute()), "with_keys": with_keys}
    try:
        (home / _ANSWER).unlink(missing_ok=True)
        replace_file(home / _REQUEST, json.dumps(request).encode())
    except OSError as error:
        raise StorageError(ErrorCode.DISK_FULL) from error
    deadline = time.monotonic() + _LONGEST_WAIT_S
    while time.monotonic() < deadline:
        answer = _read(home / _ANSWER)
        if answer.get("nonce") == nonce:
            (home / _ANSWER).unlink(missing_ok=True)
            return _report(answer)
        time.sleep(_LOOK_EVERY_S / 4)
    raise StorageError(ErrorCode.STORE_LOCKED)


def _report(answer: dict[str, object]) -> BackupReport:
    found = answer.get("report")
    if not isinstance(found, dict):
        try:
            raise StorageError(ErrorCode(str(answer.get("code"))))
        except ValueError as error:
            raise StorageError(ErrorCode.BACKUP_INVALID) from error
    return BackupReport(
        tuple(found["stores"]), int(found["bytes"]), str(found["digest"]), str(found["expires"])
    )


def _take(path: Path) -> _Request | None:
    """The request, taken away so that it is answered once; None when there is none of our form."""
    found = _read(path)
    path.unlink(missing_ok=True)
    nonce, target, with_keys = (found.get(name) for name in ("nonce", "to", "with_keys"))
    if not (isinstance(nonce, str) and isinstance(target, str) and isinstance(with_keys, bool)):
        return None
    whole = Path(target)
    if len(nonce) != 32 or "\x00" in target or not whole.is_absolute():
        return None
    return _Request(nonce, whole, with_keys)


def _read(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as stream:
            found = json.loads(stream.read(_LARGEST_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
