"""A webcam's imperfections: noise, exposure with its lag, slow automatics, jitter; seeded (SIM).

Exposure works on linear light, so on the gamma-encoded picture as a power of it. Not modelled:
colour noise that grows with gain, lens blur, and light that comes back after it was clipped:
a picture is clipped to 8 bits before the camera sees it.
"""

from collections import deque

import cv2
import numpy as np
from numpy.typing import NDArray

from station.booth.ports import BgrImage

FOCAL_PX = 733.0
"""A wide webcam (82 degrees across 1280 px): outer eye corners 132 px apart at half a metre."""
READOUT_S = 0.018
"""Time from the first to the last row of one frame."""
_GAMMA = 2.2
_MARGIN = 64
_METER_STEP = 16
_EXPOSURE_PULL = 0.06
"""Share of the error corrected per frame: half a second at 30 frames per second."""
_BALANCE_PULL = 0.03
_BALANCE_RANGE = 0.15
_EXPOSURE_RANGE = (0.25, 4.0)
_BLOCK = 8
_QUANT_DC, _QUANT_STEP = 6.0, 2.6
"""A middling JPEG: the first coefficient's step, and what each higher one adds to it."""


class CameraModel:
    """Turns an ideal picture into a camera frame; one instance per simulated camera.

    `automatic` adds slow auto-exposure and white balance, which weigh the middle of the picture and
    count as settled on its first frame; `blocks` adds the block noise of MJPEG, in brightness only
    (about 9 ms a frame).

    Attributes:
        held: exposure and white balance stay as they are.
    """

    def __init__(
        self,
        seed: int,
        width: int = 1280,
        height: int = 720,
        noise_sigma: float = 2.2,
        gain: float = 1.0,
        *,
        automatic: bool = False,
        blocks: bool = False,
    ) -> None:
        self._rng = np.random.default_rng(seed)
        shape = (height + _MARGIN, width + _MARGIN, 3)
        noise = self._rng.normal(128.0, noise_sigma, shape)
        self._noise = np.clip(np.round(noise), 0, 255).astype(np.uint8)
        self._gain = gain
        self._automatic = automatic
        self._blocks = blocks
        self._settled: NDArray[np.float64] | None = None
        self._auto_exposure = 1.0
        self._balance = np.ones(3)
        # A driver's setting reaches the sensor one or two frames later.
        self._asked = deque([1.0] * int(self._rng.integers(1, 3)))
        self.held = False

    def expose(self, picture: BgrImage, exposure: float = 1.0) -> BgrImage:
        """One camera frame of `picture` (same size, at most that given at construction).

        `exposure` is the linear factor asked for now; it takes effect one or two frames later.
        """
        self._asked.append(exposure)
        taken = max(self._asked.popleft() * self._auto_exposure, 0.0) ** (1 / _GAMMA)
        height, width = picture.shape[:2]
        # A random window of one noise field: never the same twice in a row, and cheap.
        top, left = self._rng.integers(0, _MARGIN, 2)
        noise = self._noise[top : top + height, left : left + width]
        flicker = self._gain * taken * (1.0 + self._rng.normal(0.0, 0.003))
        if np.any(self._balance != 1.0):
            steps = np.arange(256)[:, None] * self._balance
            table = np.clip(np.round(steps), 0, 255).astype(np.uint8)[None]
            picture = np.asarray(cv2.LUT(picture, table), np.uint8)
        frame = np.asarray(cv2.addWeighted(picture, flicker, noise, 1.0, -128.0), np.uint8)
        if self._automatic:
            self._adapt(frame)
        return _blocky(frame) if self._blocks else frame

    def jitter_s(self) -> float:
        """Deviation of one frame's time from the 30 per second beat."""
        return float(np.clip(self._rng.normal(0.0, 0.0012), -0.004, 0.004))

    @staticmethod
    def row_delays_s(height: int) -> NDArray[np.float64]:
        """When each row is read after the first (rolling shutter), for what changes that fast."""
        return np.linspace(0.0, READOUT_S, height)

    def _adapt(self, frame: BgrImage) -> None:
        height, width = frame.shape[:2]
        middle = frame[height // 4 : 3 * height // 4, width // 3 : 2 * width // 3]
        means = middle[::_METER_STEP, ::_METER_STEP].reshape(-1, 3).mean(axis=0) + 1.0
        if self._settled is None:
            self._settled = means
        if self.held:
            return
        off = self._settled / means
        level = float(off.mean()) ** (_GAMMA * _EXPOSURE_PULL)
        self._auto_exposure = float(np.clip(self._auto_exposure * level, *_EXPOSURE_RANGE))
        balance = self._balance * (off / off[1]) ** _BALANCE_PULL
        self._balance = np.clip(balance, 1 - _BALANCE_RANGE, 1 + _BALANCE_RANGE)


def _blocky(frame: BgrImage) -> BgrImage:
    """`frame` with its brightness quantised in 8 x 8 blocks, as JPEG does."""
    height, width = frame.shape[0] // _BLOCK * _BLOCK, frame.shape[1] // _BLOCK * _BLOCK
    picture = cv2.cvtColor(frame, cv2.COLOR_BGR2YCrCb)
    k = np.arange(_BLOCK)
    basis = np.sqrt(2 / _BLOCK) * np.cos(np.outer(k, 2 * k + 1) * np.pi / (2 * _BLOCK))
    basis[0] /= np.sqrt(2)
    cosines = basis.astype(np.float32)
    coarse = (_QUANT_DC + _QUANT_STEP * np.add.outer(k, k)).astype(np.float32)[None, :, None, :]
    rows = picture[:height, :width, 0].astype(np.float32).reshape(-1, _BLOCK, width)
    blocks = np.matmul(cosines, rows).reshape(-1, _BLOCK) @ cosines.T
    parts = blocks.reshape(height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK)
    kept = np.rint(parts / coarse) * coarse
    columns = (kept.reshape(-1, _BLOCK) @ cosines).reshape(-1, _BLOCK, width)
    bright = np.matmul(cosines.T, columns).reshape(height, width)
    picture[:height, :width, 0] = np.clip(np.rint(bright), 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_YCrCb2BGR), np.uint8)
