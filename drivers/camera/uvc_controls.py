"""Exposure and white balance of a UVC camera, and back to automatic whatever happens.

V4L2 spells automatic exposure 3 and manual 1 (V4L2_EXPOSURE_APERTURE_PRIORITY, _MANUAL), and
exposure in units of 100 microseconds. A camera keeps its controls after it is closed, so they are
put back before.
"""

from typing import Protocol

import cv2

_AUTOMATIC, _MANUAL = 3.0, 1.0


class Controls(Protocol):
    """What is used of `cv2.VideoCapture` for controls."""

    def set(self, property_id: int, value: float) -> bool:
        """Ask for a value; False where the device has no such control."""
        ...

    def get(self, property_id: int) -> float:
        """The present value, or 0 or -1 where there is none."""
        ...


class UvcControls:
    """Controls of one opened capture; called on the thread that reads it."""

    def __init__(self, capture: Controls) -> None:
        self._capture = capture
        self._resting: float | None = None
        """Exposure at the moment the automatics were locked."""

    def hold(self, on: bool) -> bool:
        """Lock or release automatic exposure and white balance; whether exposure obeyed."""
        if not on:
            return self.release()
        if self._resting is not None:
            return True
        present = self._capture.get(cv2.CAP_PROP_EXPOSURE)
        if not present > 0 or not self._capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, _MANUAL):
            return False
        # Some drivers answer with an old value in automatic mode and take it up as soon as it is
        # manual: asking for what was read keeps the picture as it is on all others.
        self._capture.set(cv2.CAP_PROP_EXPOSURE, present)
        self._capture.set(cv2.CAP_PROP_AUTO_WB, 0.0)
        self._resting = present
        return True

    def set_exposure(self, factor: float) -> bool:
        """`factor` times the exposure at rest, which is locked first; whether the device obeyed."""
        if not self.hold(True) or self._resting is None:
            return False
        wanted = max(1.0, round(self._resting * factor))
        if not self._capture.set(cv2.CAP_PROP_EXPOSURE, wanted):
            return False
        # A device that rounds a short exposure to what it has cannot be challenged by it.
        return abs(self._capture.get(cv2.CAP_PROP_EXPOSURE) - wanted) <= 0.1 * wanted

    def release(self) -> bool:
        """Back to the automatics; whether there was anything to release."""
        if self._resting is None:
            return False
        self._capture.set(cv2.CAP_PROP_EXPOSURE, self._resting)
        self._capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, _AUTOMATIC)
        self._capture.set(cv2.CAP_PROP_AUTO_WB, 1.0)
        self._resting = None
        return True
