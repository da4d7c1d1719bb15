"""How a running station is asked for something: sealed files in a folder of its own, and answers.

Only the running station may write the ledger, so whatever writes to it is done there: a backup, an
exchange of keys, letting a member of staff act. An order is sealed to a key that the station drew
when it started and holds in memory alone; the answer, to one drawn for it. What lies on the disk
shows nothing, a password in it included, and opens nothing after the station has ended.

Whoever can write into the station's private folder can ask. Who they are, an order proves by the
factors it carries.
"""

import json
import secrets
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from consent.signing import HeadSigner
from station.errors import AccessError, ErrorCode, StationError, StorageError
from station.gate import Permit
from station.private_file import replace_file
from storage.hybrid import open_with, seal_to
from storage.sealing import KEY_BYTES, place, seal, unseal

FOLDER = "desk"
"""Below the station's folder: its public key, and one file per order and per answer."""
_KEY = "station.key"
_AAD = b"station desk order v1"
_LARGEST_BYTES = 16 * 1024
_MOST_WAITING = 16
_LOOK_EVERY_S = 0.5
_TELL_EVERY_S = 0.5
# Longer than that without a sign of life: whoever asked is told that nobody answers. A station on
# a slow disk tells how far it is.
_LONGEST_SILENCE_S = 600.0
Progress = Callable[[int, int], None]
"""Told (done, all of it); what it raises breaks off."""


class StaffProof(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Who asks, and both factors. Only ever inside a sealed order."""

    user: str
    password: str
    code: str
    key: bool = False
    """A security key is asked for by the station, in place of a code."""

    def __repr__(self) -> str:
        return "StaffProof(…)"


class _Order(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    order: str
    body: dict[str, object]
    answer_key: str
    staff: StaffProof | None = None

    def __repr__(self) -> str:
        return f"_Order({self.order})"


Handler = Callable[[Mapping[str, object], StaffProof | None, Progress], Mapping[str, object]]
"""Carries out one kind of order, on a thread of the desk: (body, who asks, progress) → report as
plain values. Raises `StationError`; whatever else it raises is answered as STORE_LOCKED."""
PermittedHandler = Callable[[Mapping[str, object], Permit, Progress], Mapping[str, object]]
"""One that takes a permit in place of who asks (`station.desk_permits.permitted`)."""


@dataclass(frozen=True, slots=True)
class _Taken:
    nonce: str
    order: _Order

    def place(self) -> bytes:
        return place("desk-answer", self.nonce, 1)


class DeskRequests:
    """Answers orders; those of one kind one after the other, other kinds beside them."""

    def __init__(self, home: Path, handlers: Mapping[str, Handler]) -> None:
        """Also drops what was asked of a station that ended before it could answer."""
        self._folder = home / FOLDER
        self._handlers = {name: (handler, threading.Lock()) for name, handler in handlers.items()}
        self._stopping = threading.Event()
        self._under_way: list[threading.Thread] = []
        pair = HeadSigner.generate()
        self._key = pair.export_private()
        self._clear()
        replace_file(self._folder / _KEY, pair.public_key)
        self._thread = threading.Thread(target=self._run, name="desk-requests", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Break off what is under way and end; before the stores are closed."""
        self._stopping.set()
        self._thread.join()
        for thread in self._under_way:
            thread.join()
        self._key.wipe()
        with suppress(OSError):
            (self._folder / _KEY).unlink()

    def _clear(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        for path in self._folder.iterdir():
            path.unlink(missing_ok=True)

    def _run(self) -> None:
        while not self._stopping.wait(_LOOK_EVERY_S):
            self._under_way = [thread for thread in self._under_way if thread.is_alive()]
            for path in sorted(self._folder.glob("*.order")):
                if len(self._under_way) >= _MOST_WAITING:
                    # Left where they are until one of those under way has ended.
                    break
                taken = self._take(path)
                if taken is None:
                    continue
                thread = threading.Thread(target=self._answer, args=(taken,), daemon=True)
                thread.start()
                self._under_way.append(thread)

    def _take(self, path: Path) -> _Taken | None:
        """An order, taken away so that it is answered once; None when it is none of ours."""
        data = _read(path)
        with suppress(OSError):
            path.unlink(missing_ok=True)
        try:
            order = msgspec.json.decode(open_with(self._key, data, _AAD), type=_Order)
            key = bytes.fromhex(order.answer_key)
        except (StationError, ValueError):
            return None
        return _Taken(path.stem, order) if len(key) == KEY_BYTES else None

    def _answer(self, taken: _Taken) -> None:
        told_at = 0.0

        def told(done: int, total: int) -> None:
            nonlocal told_at
            if self._stopping.is_set():
                raise StorageError(ErrorCode.STORE_LOCKED)
            if time.monotonic() - told_at >= _TELL_EVERY_S:
                told_at = time.monotonic()
                self._tell(taken, {"done": done, "total": total})

        try:
            answer: dict[str, object] = {"report": self._carried_out(taken.order, told)}
        except StationError as error:
            answer = {"code": error.code.value}
        except Exception as bug:
            # Top of a thread: the next order must find the station at work. The type names nobody.
            sys.stderr.write(f"an order ended by {type(bug).__name__}\n")
            answer = {"code": ErrorCode.STORE_LOCKED.value}
        self._tell(taken, answer)

    def _carried_out(self, order: _Order, told: Progress) -> Mapping[str, object]:
        if order.order not in self._handlers:
            raise StorageError(ErrorCode.STORE_LOCKED)
        handler, one_at_a_time = self._handlers[order.order]
        with one_at_a_time:
            if self._stopping.is_set():
                raise StorageError(ErrorCode.STORE_LOCKED)
            return handler(order.body, order.staff, told)

    def _tell(self, taken: _Taken, answer: Mapping[str, object]) -> None:
        key = bytes.fromhex(taken.order.answer_key)
        sealed = seal(key, json.dumps(answer).encode(), taken.place())
        try:
            replace_file(self._folder / f"{taken.nonce}.answer", sealed)
        except OSError:
            # On a full disk whoever waits gives up by itself; the ledger has what was done.
            return


def ask_station(
    home: Path,
    order: str,
    body: Mapping[str, object],
    *,
    staff: StaffProof | None = None,
    progress: Progress = lambda _done, _total: None,
) -> Mapping[str, object]:
    """Have the station that runs in `home` carry out an order; blocks until it has.

    Raises `AccessError` or `StorageError` with the station's own code, `(STORE_LOCKED)` when it
    does not answer; `AccessError(TEXT_UNUSABLE)` for an order it would not read to its end.
    """
    folder, nonce, key = home / FOLDER, secrets.token_hex(16), secrets.token_bytes(KEY_BYTES)
    plain = msgspec.json.encode(_Order(order, dict(body), key.hex(), staff))
    public = _read(folder / _KEY)
    if not public:
        raise StorageError(ErrorCode.STORE_LOCKED)
    sealed = seal_to(public, plain, _AAD)
    if len(sealed) > _LARGEST_BYTES:
        raise AccessError(ErrorCode.TEXT_UNUSABLE)
    try:
        replace_file(folder / f"{nonce}.order", sealed)
    except OSError as error:
        raise StorageError(ErrorCode.DISK_FULL) from error
    try:
        return _awaited(folder / f"{nonce}.answer", key, place("desk-answer", nonce, 1), progress)
    finally:
        for end in ("order", "answer"):
            with suppress(OSError):
                (folder / f"{nonce}.{end}").unlink(missing_ok=True)


def _awaited(path: Path, key: bytes, where: bytes, progress: Progress) -> Mapping[str, object]:
    deadline = time.monotonic() + _LONGEST_SILENCE_S
    said = b""
    while time.monotonic() < deadline:
        data = _read(path)
        if data and data != said:
            said, deadline = data, time.monotonic() + _LONGEST_SILENCE_S
            answer = json.loads(unseal(key, data, where))
            if "report" in answer:
                report: Mapping[str, object] = answer["report"]
                return report
            if "code" in answer:
                raise _error(str(answer["code"]))
            progress(int(answer["done"]), int(answer["total"]))
        time.sleep(_LOOK_EVERY_S / 4)
    raise StorageError(ErrorCode.STORE_LOCKED)


def _error(code: str) -> StationError:
    try:
        found = ErrorCode(code)
    except ValueError:
        return StorageError(ErrorCode.STORE_LOCKED)
    return AccessError(found) if code.startswith("ACC-") else StorageError(found)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(_LARGEST_BYTES + 1)
    except OSError:
        return b""
    return data if len(data) <= _LARGEST_BYTES else b""
