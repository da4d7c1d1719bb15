"""L6, pixel side: weak cues of a screen in one frame (face.md A.3 L6).

Nothing here refuses anybody alone (`drivers.pad.cue_tally`). Starts of the scales were read off the
evaluation clips, where compression has taken most of any moire away: they are start values. A
print's lifted black was tried and left out: on those clips live faces show more of it than photos.
"""

import cv2
import numpy as np

from drivers.pad.observation import ScreenCues
from station.booth.ports import BgrImage, DetectedFace

_PATCH_PX = 128
_LEAST_PATCH_PX = 48
_BAND = (0.12, 0.5)
"""Cycles per pixel in which a display's grid beats with the sensor's."""
_PEAKS = 8
_MOIRE_SCALE = (2.0, 3.2)
"""Natural log of a peak over its ring's median: faces 1.3 to 1.7, worst phone photo 1.9."""
_SMALL_WIDTH = 320
_EDGE_SIDES = (1, 3)
_UPRIGHT_DEG = 15.0


def measure_cues(bgr: BgrImage, face: DetectedFace) -> ScreenCues:
    """Cues of the largest face in `bgr`; about 2 ms."""
    return ScreenCues(
        moire=_scaled(_grid_peaks(bgr, face), *_MOIRE_SCALE),
        bezel=_scaled(_straight_sides(bgr, face), *_EDGE_SIDES),
    )


def _grid_peaks(bgr: BgrImage, face: DetectedFace) -> float:
    """How far the strongest frequencies of the native pixels stand above their own ring."""
    side = min(_PATCH_PX, int(face.width), int(face.height), *bgr.shape[:2]) // 2 * 2
    if side < _LEAST_PATCH_PX:
        return 0.0
    left = int(np.clip(face.x + face.width / 2 - side / 2, 0, bgr.shape[1] - side))
    top = int(np.clip(face.y + face.height / 2 - side / 2, 0, bgr.shape[0] - side))
    patch = cv2.cvtColor(bgr[top : top + side, left : left + side], cv2.COLOR_BGR2GRAY)
    fine = patch.astype(np.float32)
    fine -= cv2.GaussianBlur(fine, (0, 0), 4)
    window = np.hanning(side).astype(np.float32)
    spectrum = np.log(np.abs(np.fft.rfft2(fine * window[:, None] * window)) + 1e-3)
    across, down = np.fft.rfftfreq(side), np.fft.fftfreq(side)
    radius = np.hypot(down[:, None], across)
    ring = np.where((radius >= _BAND[0]) & (radius < _BAND[1]), (radius * side).astype(int), -1)
    above = [spectrum[ring == n] - np.median(spectrum[ring == n]) for n in np.unique(ring) if n > 0]
    return float(np.sort(np.concatenate(above))[-_PEAKS:].mean())


def _straight_sides(bgr: BgrImage, face: DetectedFace) -> float:
    """On how many sides of the face a long straight edge runs, 0..4."""
    scale = _SMALL_WIDTH / bgr.shape[1]
    small = cv2.resize(bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    edges = cv2.Canny(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), 40, 120)
    least = max(20, int(0.8 * face.height * scale))
    found = cv2.HoughLinesP(edges, 1, np.pi / 180, 40, minLineLength=least, maxLineGap=6)
    if found is None:
        return 0.0
    lines = found.reshape(-1, 4).astype(np.float64)
    middle_x, middle_y = lines[:, ::2].mean(axis=1) / scale, lines[:, 1::2].mean(axis=1) / scale
    run, rise = np.abs(lines[:, 2] - lines[:, 0]), np.abs(lines[:, 3] - lines[:, 1])
    slant = np.degrees(np.arctan2(rise, run))
    upright, level = slant > 90 - _UPRIGHT_DEG, slant < _UPRIGHT_DEG
    sides = (
        upright & (middle_x < face.x),
        upright & (middle_x > face.x + face.width),
        level & (middle_y < face.y),
        level & (middle_y > face.y + face.height),
    )
    return float(sum(bool(side.any()) for side in sides))


def _scaled(value: float, low: float, high: float) -> float:
    return float(np.clip((value - low) / (high - low), 0.0, 1.0))
