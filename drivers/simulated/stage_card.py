"""The simulated card slot: one chip at a time on an inherited socket (SIM)."""

import contextlib
import os
import socket
import threading
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np

from drivers.simulated.chip import ChipQuirks, SimulatedChip
from drivers.simulated.chip_files import Holder, ImageType
from drivers.simulated.chip_issuer import Personalisation, personalise
from drivers.simulated.chip_link import serve_vpcd
from drivers.simulated.person_portrait import PortraitError

_SIZES = ((480, 90), (480, 75), (400, 75), (320, 75), (240, 75))
"""Longer side in px and JPEG quality, tried in this order until the picture fits."""
_MAX_CHIP_PICTURE_BYTES = 20_000
"""As real documents; READ BINARY with a short offset ends at 32 KiB."""
_MAX_FILE_BYTES = 16 << 20
_MAGIC = {
    b"\xff\xd8\xff": ImageType.JPEG,
    b"\x00\x00\x00\x0cjP  ": ImageType.JPEG2000,
}
_VALID_DAYS = 5 * 365


class CardKind(StrEnum):
    """What is wrong or special about the document that is presented."""

    GOOD = "good"
    EXPIRED = "expired"
    TAMPERED = "tampered"
    UNKNOWN_ISSUER = "unknown_issuer"
    WRONG_KIND = "wrong_kind"
    UNREADABLE = "unreadable"
    MINOR = "minor"
    PULLED = "pulled"
    """Lifted in the middle of the reading; the slot is then used up, as by `remove`."""


_OPTIONS = {
    CardKind.TAMPERED: Personalisation(tampered_data_group=1),
    CardKind.UNKNOWN_ISSUER: Personalisation(unknown_issuer=True),
    CardKind.WRONG_KIND: Personalisation(quirks=ChipQuirks(without_application=True)),
    CardKind.UNREADABLE: Personalisation(quirks=ChipQuirks(reads_give_nothing=True)),
    CardKind.PULLED: Personalisation(quirks=ChipQuirks(removed_after=25)),
}


class CardSlot:
    """Owns the slot's socket and the thread that answers on it."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def present(self, portrait: Path, kind: CardKind = CardKind.GOOD) -> dict[str, str]:
        """Put in a fresh document with `portrait` on it; any earlier one is replaced.

        Gives what opens it and the certificate of its throw-away issuer as hex. Raises
        `PortraitError` for an unusable picture and `OSError` after `remove`.
        """
        self._end()
        holder = _holder(kind, datetime.now(UTC).date())
        chip, csca = personalise(holder, *_chip_portrait(portrait), _OPTIONS.get(kind))
        link = socket.socket(fileno=os.dup(self._socket.fileno()))
        # The chip closes its own end when it stops; the slot keeps the connection.
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._serve, args=(chip, link, self._stop), name="chip", daemon=False
        )
        self._thread.start()
        number, born, expires = holder.access_items()
        return {
            "document_number": number,
            "birth_date": born,
            "expiry_date": expires,
            "csca": csca.hex(),
        }

    def remove(self) -> None:
        """Pull the card: the reader sees the connection end. The slot is then used up."""
        # Where the reader's end is already gone, the card is already removed.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._end()

    def close(self) -> None:
        """Stop answering and close the slot."""
        self._end()
        self._socket.close()

    def _serve(self, chip: SimulatedChip, link: socket.socket, stop: threading.Event) -> None:
        serve_vpcd(chip, link, stop)
        if not stop.is_set():
            # The chip left by itself: the reader's end must see that it is gone.
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _end(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(5)
            self._thread = None


def _holder(kind: CardKind, today: date) -> Holder:
    birth = date(today.year - 10, 1, 1) if kind is CardKind.MINOR else date(1990, 1, 1)
    days = -30 if kind is CardKind.EXPIRED else _VALID_DAYS
    expiry = today + timedelta(days=days)
    return Holder("SIMULATED", "PERSON", "SIM000001", "UTO", "UTO", birth, expiry)


def _chip_portrait(path: Path) -> tuple[bytes, ImageType]:
    """The picture as a chip carries it; a JPEG or JPEG 2000 small enough is used as it is.

    Raises `PortraitError`.
    """
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise PortraitError("too large")
        data = path.read_bytes()
    except OSError as error:
        raise PortraitError("unreadable") from error
    for magic, image_type in _MAGIC.items():
        if data.startswith(magic) and len(data) <= _MAX_CHIP_PICTURE_BYTES:
            return data, image_type
    return _small_jpeg(data), ImageType.JPEG


def _small_jpeg(data: bytes) -> bytes:
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        # An empty file, for one, is no picture but a failed assertion.
        raise PortraitError("unreadable") from error
    if picture is None:
        raise PortraitError("unreadable")
    for side, quality in _SIZES:
        shrink = min(1.0, side / max(picture.shape[:2]))
        small = cv2.resize(picture, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        settings = [cv2.IMWRITE_JPEG_QUALITY, quality]
        done, encoded = cv2.imencode(".jpg", small, settings)  # noqa: TID251 - a chip holds a JPEG
        if done and encoded.size <= _MAX_CHIP_PICTURE_BYTES:
            return encoded.tobytes()
    raise PortraitError("too large")
