"""Says whether a camera's stream is alive: not lost, not black, not frozen.

Pure logic on pictures and times; the same for every kind of camera.
"""

import numpy as np

from station.booth.ports import BgrImage
from station.errors import CameraError, ErrorCode

BLACK_MEAN = 18.0
"""0..255. Limited-range video shows a closed shutter as 16, so 0 would miss it."""
BLACK_SPREAD = 4.0
"""Standard deviation, 0..255. A dark room still has edges and sensor noise above it."""
BLACK_FRAMES = 15
"""Half a second at 30 frames/s: longer than any flicker, shorter than a person's patience."""
FROZEN_S = 1.0
"""A sensor's noise changes every picture; pictures equal bit for bit for so long are no camera."""
MAX_SIDE_PX = 4096

_SAMPLE_STEP = 8


class StreamHealth:
    """Watches one stream from its opening; `check` raises by name when it is not usable."""

    def __init__(self) -> None:
        self._black_run = 0
        self._last: BgrImage | None = None
        self._same_since_ns = 0

    def check(self, bgr: BgrImage, captured_at_ns: int) -> None:
        """Take the next picture in. Raises `CameraError` CAMERA_BLACK or CAMERA_FROZEN.

        Keeps a reference to the picture until the next one: it must not be written to.
        """
        black = is_black(bgr)
        self._black_run = self._black_run + 1 if black else 0
        if self._black_run >= BLACK_FRAMES:
            raise CameraError(ErrorCode.CAMERA_BLACK, frames=self._black_run)
        same = self._last is not None and is_same(self._last, bgr)
        self._last = bgr
        # A black picture has no noise either; black is the better name for it.
        if not same or black:
            self._same_since_ns = captured_at_ns
        elif captured_at_ns - self._same_since_ns > FROZEN_S * 1e9:
            frozen_ms = (captured_at_ns - self._same_since_ns) // 1_000_000
            raise CameraError(ErrorCode.CAMERA_FROZEN, frozen_ms=frozen_ms)

    def reset(self) -> None:
        """Forget the stream and its last picture (the camera was closed)."""
        self._black_run = 0
        self._last = None


def is_black(bgr: BgrImage) -> bool:
    """Whether brightness and spread of a picture are both below the stated figures."""
    sample = bgr[::_SAMPLE_STEP, ::_SAMPLE_STEP]
    return float(sample.mean()) < BLACK_MEAN and float(sample.std()) < BLACK_SPREAD


def is_same(earlier: BgrImage, later: BgrImage) -> bool:
    """Whether two pictures are equal bit for bit."""
    if earlier.shape != later.shape:
        return False
    # A coarse sample already differs on any live sensor and spares the full comparison.
    sample = np.s_[::_SAMPLE_STEP, ::_SAMPLE_STEP]
    return bool(np.array_equal(earlier[sample], later[sample])) and bool(
        np.array_equal(earlier, later)
    )


def is_picture(image: object) -> bool:
    """Whether something a device delivered is a colour picture of a sane size."""
    return (
        isinstance(image, np.ndarray)
        and image.dtype == np.uint8
        and image.ndim == 3
        and image.shape[2] == 3
        and 0 < image.shape[0] <= MAX_SIDE_PX
        and 0 < image.shape[1] <= MAX_SIDE_PX
    )
