"""Turns a reader choice into a document reader; the one place that knows all kinds.

Each kind is imported when chosen: every one loads a native library that a kiosk with another
reader need not have.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from drivers.card.attached import list_readers, require_registered
from station.booth.messages import ReaderChoice
from station.booth.ports import AccessKey, CardReader, CardReading
from station.errors import CardError, ConfigError, ErrorCode

_NO_TRUST_FOLDER = Path(os.devnull)
"""Not a folder, hence no anchors; an empty path would mean the working folder."""
_PSEUDO_TERMINALS = Path("/dev/pts")


def open_reader(
    choice: ReaderChoice, fields: tuple[str, ...], timeout_s: float, demo: bool
) -> CardReader:
    """The chosen reader; its device is opened by `read` only.

    `timeout_s` is the longest wait for a document. Raises `ConfigError` PROFILE_FORBIDS for a
    software reader outside the demo profile, CONFIG_INVALID for an impossible choice;
    `CardError(READER_NOT_ALLOWED)` where it is not the registered one.
    """
    require_registered(choice.kind, choice.name, choice.identity, list_readers)
    match choice.kind:
        case "pcsc":
            return _pcsc_reader(choice, fields, timeout_s)
        case "sam":
            return _sam_reader(choice, fields, timeout_s, demo)
        case "feed":
            if not demo:
                raise ConfigError(ErrorCode.PROFILE_FORBIDS)
            return FeedReader(choice, fields, timeout_s)
        case _:
            raise ConfigError(ErrorCode.CONFIG_INVALID)


class FeedReader:
    """An eMRTD reader over a duplicate of the inherited socket, which it closes after each read."""

    def __init__(self, choice: ReaderChoice, fields: tuple[str, ...], timeout_s: float) -> None:
        self._choice = choice
        self._fields = fields
        self._timeout_s = timeout_s

    @contextmanager
    def read(
        self, access: AccessKey | None, cancel: Event, progress: Callable[[float], None]
    ) -> Iterator[CardReading]:
        """As the port says; READER_NOT_FOUND when the descriptor is no socket."""
        from drivers.card.emrtd import EmrtdReader
        from drivers.card.feed import FeedConnector

        try:
            connector = FeedConnector(_duplicate_socket(self._choice.descriptor), self._timeout_s)
        except OSError as error:
            raise CardError(ErrorCode.READER_NOT_FOUND) from error
        try:
            reader = EmrtdReader(connector, _trust_folder(self._choice), self._fields)
            with reader.read(access, cancel, progress) as reading:
                yield reading
        finally:
            connector.close()


def _duplicate_socket(descriptor: int) -> int:
    """A duplicate that the connector may own. Raises `OSError` for anything but a socket."""
    if descriptor < 0 or not Path(f"/proc/self/fd/{descriptor}").is_socket():
        raise OSError("not an inherited socket")
    return os.dup(descriptor)


def _pcsc_reader(choice: ReaderChoice, fields: tuple[str, ...], timeout_s: float) -> CardReader:
    try:
        from drivers.card.pcsc import connector
    except ImportError as error:
        # pyscard is there, but the PC/SC client library of the system is not.
        raise CardError(ErrorCode.READER_NOT_FOUND) from error
    from drivers.card.emrtd import EmrtdReader

    return EmrtdReader(connector(choice.name or None, timeout_s), _trust_folder(choice), fields)


def _sam_reader(
    choice: ReaderChoice, fields: tuple[str, ...], timeout_s: float, demo: bool
) -> CardReader:
    from drivers.card.photo_plugin import PhotoDecoder, PhotoPlugin
    from drivers.card.sam import SamLine, SamReader

    device = Path(choice.name)
    if not device.is_absolute():
        raise ConfigError(ErrorCode.CONFIG_INVALID)
    if not demo and _PSEUDO_TERMINALS in device.resolve().parents:
        # Only a program can sit behind a pseudo-terminal.
        raise ConfigError(ErrorCode.PROFILE_FORBIDS)
    plugin = PhotoPlugin.parse(choice.photo_plugin) if choice.photo_plugin else None
    return SamReader(
        lambda: SamLine(str(device)),
        fields,
        timeout_s,
        decode_photo=None if plugin is None else PhotoDecoder(plugin),
    )


def _trust_folder(choice: ReaderChoice) -> Path:
    return Path(choice.trust_folder) if choice.trust_folder else _NO_TRUST_FOLDER
