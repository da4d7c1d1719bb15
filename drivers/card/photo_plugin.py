"""Optional vendor decoder for the 1024-byte WLT photo of resident cards, kept in a child process.

No open decoder exists and none is shipped; without a configured one the photo is not supported.
"""

import os
import select
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl

from drivers.card import photo_plugin_child as child
from station.booth.portrait import CardPortrait
from station.errors import CardError, ConfigError, ErrorCode

TIMEOUT_S = 5.0

_KINDS = ("raw", "bmp")
_ROWS = ("bottom_up", "top_down")
_CHANNELS = ("bgr", "rgb")
_SYMBOL_LIMIT = 64


@dataclass(frozen=True, slots=True)
class PhotoPlugin:
    """How to call one vendor library: `int symbol(wlt, target, arg)`, 1 means decoded.

    `kind` says what it writes: "raw" pixels or a "bmp" file image in memory. `rows` and `channels`
    describe raw pixels; a BMP says it itself.
    """

    path: Path
    symbol: str = "unpack"
    kind: Literal["raw", "bmp"] = "raw"
    arg: int = 0
    rows: Literal["bottom_up", "top_down"] = "bottom_up"
    channels: Literal["bgr", "rgb"] = "bgr"

    def __post_init__(self) -> None:
        well_formed = (
            self.path.is_absolute()
            and self.symbol.isascii()
            and self.symbol.isidentifier()
            and len(self.symbol) <= _SYMBOL_LIMIT
            and self.kind in _KINDS
            and self.rows in _ROWS
            and self.channels in _CHANNELS
            and 0 <= self.arg < 1 << 31
        )
        # Odd arguments make known libraries write the portrait to a BMP file (602/603, 158/159).
        if not well_formed or self.arg % 2:
            raise ConfigError(ErrorCode.CONFIG_INVALID)

    @classmethod
    def parse(cls, text: str) -> "PhotoPlugin":
        """From configuration: `/path/lib.so` or `/path/lib.so#symbol=unpack&kind=raw&arg=602`.

        Raises `ConfigError(CONFIG_INVALID)`.
        """
        path, _, options = text.partition("#")
        try:
            pairs = parse_qsl(options, strict_parsing=True, max_num_fields=5) if options else []
            values: dict[str, str] = dict(pairs)
            number = int(values.pop("arg", "0"))
            if len(values) + ("arg=" in options) != len(pairs):
                raise ValueError("an option is given twice")
            return cls(Path(path), arg=number, **values)  # type: ignore[arg-type]
        except (ValueError, TypeError) as error:
            raise ConfigError(ErrorCode.CONFIG_INVALID) from error


class PhotoDecoder:
    """Decodes one photo per child process. Booth only.

    `work_folder` is a private folder in memory where the library may write; without one the child
    makes a tmpfs only it can see, and where the kernel forbids that, it can write no file at all.
    """

    def __init__(
        self, plugin: PhotoPlugin, timeout_s: float = TIMEOUT_S, work_folder: Path | None = None
    ) -> None:
        self._plugin = plugin
        self._timeout_s = timeout_s
        self._work_folder = work_folder

    def __call__(self, wlt: bytearray) -> CardPortrait:
        """The portrait as 38 556 bytes of top-down BGR, 102 x 126.

        Raises `CardError` CARD_PHOTO_NOT_SUPPORTED when the library cannot be loaded or started,
        CARD_PHOTO_UNUSABLE when it refuses, crashes, hangs or gives no picture.
        """
        if len(wlt) != child.WLT_BYTES:
            raise CardError(ErrorCode.CARD_PHOTO_UNUSABLE)
        process = self._start()
        picture = bytearray(child.RAW_BYTES)
        try:
            result = self._converse(process, wlt, picture)
            if result == child.NOT_LOADABLE:
                raise CardError(ErrorCode.CARD_PHOTO_NOT_SUPPORTED)
            if result != child.OK:
                raise CardError(ErrorCode.CARD_PHOTO_UNUSABLE)
        except BaseException:
            picture[:] = bytes(len(picture))
            raise
        finally:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()
        return CardPortrait(picture)

    def _start(self) -> subprocess.Popen[bytes]:
        plugin = self._plugin
        command = [
            *(sys.executable, "-I", "-S", "-B", str(Path(child.__file__))),
            *(str(plugin.path), plugin.symbol, plugin.kind, str(plugin.arg)),
            *(plugin.rows, plugin.channels, str(self._work_folder or ""), str(os.getpid())),
        ]
        try:
            return subprocess.Popen(  # noqa: S603 - the path is the administrator's setting
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env={},
                close_fds=True,
            )
        except OSError as error:
            raise CardError(ErrorCode.CARD_PHOTO_NOT_SUPPORTED) from error

    def _converse(
        self, process: subprocess.Popen[bytes], wlt: bytearray, picture: bytearray
    ) -> bytes:
        """Send the photo, receive the result byte and the pixels straight into `picture`."""
        assert process.stdin is not None  # noqa: S101 - both are pipes
        assert process.stdout is not None  # noqa: S101
        deadline_s = time.monotonic() + self._timeout_s
        try:
            # Smaller than a pipe's buffer, so a child that never reads cannot block us here.
            process.stdin.write(wlt)
        except BrokenPipeError as error:
            raise CardError(ErrorCode.CARD_PHOTO_UNUSABLE) from error
        result = bytearray(1)
        _receive(process.stdout.fileno(), memoryview(result), deadline_s)
        if result == child.OK:
            _receive(process.stdout.fileno(), memoryview(picture), deadline_s)
        return bytes(result)


def _receive(descriptor: int, target: memoryview, deadline_s: float) -> None:
    """Fill `target`. Raises `CardError(CARD_PHOTO_UNUSABLE)` at the deadline or end of file."""
    while target:
        wait_s = max(0.0, deadline_s - time.monotonic())
        ready, _, _ = select.select([descriptor], [], [], wait_s)
        count = os.readv(descriptor, [target]) if ready else 0
        if count == 0:
            raise CardError(ErrorCode.CARD_PHOTO_UNUSABLE)
        target = target[count:]
