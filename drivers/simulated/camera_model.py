"""A webcam's imperfections: blur, exposure, noise and frame jitter, all seeded (SIM)."""

import cv2
import numpy as np

from station.booth.ports import BgrImage

_MARGIN = 64


class CameraModel:
    """Turns an ideal picture into a camera frame; one instance per simulated camera."""

    def __init__(
        self,
        seed: int,
        width: int = 1280,
        height: int = 720,
        noise_sigma: float = 2.2,
        gain: float = 1.0,
    ) -> None:
        self._rng = np.random.default_rng(seed)
        shape = (height + _MARGIN, width + _MARGIN, 3)
        noise = self._rng.normal(128.0, noise_sigma, shape)
        self._noise = np.clip(np.round(noise), 0, 255).astype(np.uint8)
        self._gain = gain

    def expose(self, picture: BgrImage) -> BgrImage:
        """One camera frame of `picture` (same size, at most that given at construction)."""
        height, width = picture.shape[:2]
        # A random window of one noise field: never the same twice in a row, and cheap.
        top, left = self._rng.integers(0, _MARGIN, 2)
        noise = self._noise[top : top + height, left : left + width]
        flicker = self._gain * (1.0 + self._rng.normal(0.0, 0.003))
        return np.asarray(cv2.addWeighted(picture, flicker, noise, 1.0, -128.0), np.uint8)

    def jitter_s(self) -> float:
        """Deviation of one frame's time from the 30 per second beat."""
        return float(np.clip(self._rng.normal(0.0, 0.0012), -0.004, 0.004))
