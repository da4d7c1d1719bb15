"""Blink and mouth opening as warps of the frontal texture (SIM).

All warps work per column: source row as a function of output row. They are cached per level, so a
frame costs two or three small copies.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from station.booth.ports import BgrImage

Grid = NDArray[np.float32]
LEVELS = 10
"""Steps between rest and full action."""

_RIGHT_UPPER = (33, 246, 161, 160, 159, 158, 157, 173, 133)
_RIGHT_LOWER = (33, 7, 163, 144, 145, 153, 154, 155, 133)
_RIGHT_BROW = (46, 53, 52, 65, 55)
_LEFT_UPPER = (362, 398, 384, 385, 386, 387, 388, 466, 263)
_LEFT_LOWER = (362, 382, 381, 380, 374, 373, 390, 249, 263)
_LEFT_BROW = (285, 295, 282, 283, 276)
_LIP_INNER_LOWER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
_MOUTH_RIGHT, _MOUTH_LEFT, _CHIN = 61, 291, 152
_CAVITY_BGR = (22.0, 16.0, 48.0)


@dataclass(frozen=True, slots=True)
class ExpressionStyle:
    """How this face closes its eyes and drops its jaw; faces differ, so it is calibrated."""

    lid_skin: float = 0.85
    """Share of skin from under the eye in the closed lid, 0..1; the rest is stretched lid."""
    lash: float = 0.6
    """Darkness of the lash line, 0..1."""
    overlap: float = 0.0
    """How far the closed rim passes the lower lid, over the eye's opening."""
    chin_share: float = 1.0
    """Chin drop over lip opening."""
    gape: float = 0.9
    """Lip opening over half the mouth width."""


LID_STYLES = tuple(
    ExpressionStyle(lid_skin=skin, lash=lash, overlap=overlap)
    for skin, lash, overlap in (
        (0.85, 0.6, 0.0),
        (0.0, 0.6, 0.0),
        (0.85, 0.8, 0.3),
        (0.85, 0.3, 0.3),
        (0.5, 0.7, 0.15),
        (0.0, 0.8, 0.3),
        (0.5, 0.9, -0.2),
        (0.85, 0.9, -0.2),
        (1.0, 0.9, 0.5),
    )
)
JAW_STYLES = ((0.9, 1.0), (0.75, 1.0), (0.82, 1.0), (1.1, 0.9), (0.9, 1.3), (0.7, 0.8), (1.3, 0.8))
"""Pairs of gape and chin share: the net follows a strongly stretched chin no better."""
_JAW_REACH = 3.2
"""Half width of the moving jaw over half the mouth width."""


class Expression:
    """Owns the rest texture (height, width, 4: premultiplied BGR and matte) and its variants."""

    def __init__(self, texture: BgrImage, points: Grid) -> None:
        self._rest = texture.copy()
        self._points = points.astype(np.float32)
        self._style = ExpressionStyle()
        self._eyes: dict[int, list[tuple[slice, slice, BgrImage]]] = {}
        self._mouths: dict[int, tuple[slice, slice, BgrImage]] = {}

    @property
    def style(self) -> ExpressionStyle:
        """The style in use."""
        return self._style

    @style.setter
    def style(self, style: ExpressionStyle) -> None:
        self._style = style
        self._eyes.clear()
        self._mouths.clear()

    def texture(self, closure: float, opening: float) -> BgrImage:
        """The texture with eyes closed by `closure` and mouth opened by `opening`, 0..1."""
        lid = round(min(1.0, max(0.0, closure)) * LEVELS)
        jaw = round(min(1.0, max(0.0, opening)) * LEVELS)
        if not lid and not jaw:
            return self._rest
        changed = self._rest.copy()
        if jaw:
            if jaw not in self._mouths:
                self._mouths[jaw] = self._open_mouth(jaw / LEVELS)
            rows, columns, patch = self._mouths[jaw]
            changed[rows, columns] = patch
        if lid:
            if lid not in self._eyes:
                self._eyes[lid] = [
                    self._close_eye(_RIGHT_UPPER, _RIGHT_LOWER, _RIGHT_BROW, lid / LEVELS),
                    self._close_eye(_LEFT_UPPER, _LEFT_LOWER, _LEFT_BROW, lid / LEVELS),
                ]
            for rows, columns, patch in self._eyes[lid]:
                changed[rows, columns] = patch
        return changed

    def open_eyes(self, gain: float) -> None:
        """Widen the resting eyes `gain` times, for portraits that squint; not to be undone."""
        self._rest = self._rest.copy()
        for upper, lower, brow in (
            (_RIGHT_UPPER, _RIGHT_LOWER, _RIGHT_BROW),
            (_LEFT_UPPER, _LEFT_LOWER, _LEFT_BROW),
        ):
            rows, columns, patch = self._widened(upper, lower, brow, gain)
            self._rest[rows, columns] = patch
            gaps = {i: self._gap_at(i, upper, lower) for i in (*upper[1:-1], *lower[1:-1])}
            for index, gap in gaps.items():
                outward = -1.0 if index in upper else 1.0
                self._points[index, 1] += outward * gap * (gain - 1) / 2
        self._eyes.clear()

    def _gap_at(self, index: int, upper: tuple[int, ...], lower: tuple[int, ...]) -> float:
        up, low = self._curve(upper), self._curve(lower)
        x = self._points[index, 0]
        return float(np.interp(x, low[:, 0], low[:, 1]) - np.interp(x, up[:, 0], up[:, 1]))

    def _widened(
        self, upper: tuple[int, ...], lower: tuple[int, ...], brow: tuple[int, ...], gain: float
    ) -> tuple[slice, slice, BgrImage]:
        up, low, brows = self._curve(upper), self._curve(lower), self._curve(brow)
        columns = slice(int(up[0, 0]), int(up[-1, 0]) + 1)
        x = np.arange(columns.start, columns.stop, dtype=np.float32)
        high, deep = (np.interp(x, c[:, 0], c[:, 1]) for c in (up, low))
        deep = np.maximum(deep, high)
        room = np.maximum(high - np.interp(x, brows[:, 0], brows[:, 1]), 6.0) * 0.9
        middle, half = (high + deep) / 2, np.minimum(gain * (deep - high) / 2, room * 0.9)
        rows = slice(int((middle - room).min()) - 1, int((middle + room).max()) + 2)
        y = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None]
        # Three straight pieces per column: brow to lid, the eye, lid to cheek.
        source = middle + (y - middle) * (deep - high) / np.maximum(2 * half, 1e-3)
        lid = high - (middle - half - y) * (room + high - middle) / np.maximum(room - half, 1e-3)
        bag = deep + (y - middle - half) * (room + middle - deep) / np.maximum(room - half, 1e-3)
        source = np.where(y < middle - half, lid, np.where(y > middle + half, bag, source))
        source = np.where(np.abs(y - middle) >= room, y, source).astype(np.float32)
        return rows, columns, self._sample(np.broadcast_to(x, source.shape), source)

    def _close_eye(
        self,
        upper: tuple[int, ...],
        lower: tuple[int, ...],
        brow: tuple[int, ...],
        closure: float,
    ) -> tuple[slice, slice, BgrImage]:
        lids_up, lids_low = self._curve(upper), self._curve(lower)
        left, right = int(lids_up[0, 0]) - 2, int(lids_up[-1, 0]) + 3
        x = np.arange(left, right, dtype=np.float32)
        high = np.interp(x, lids_up[:, 0], lids_up[:, 1]).astype(np.float32)
        low = np.interp(x, lids_low[:, 0], lids_low[:, 1]).astype(np.float32)
        low = np.maximum(low, high)
        brows = self._curve(brow)
        lid_height = 0.7 * np.maximum(high - np.interp(x, brows[:, 0], brows[:, 1]), 6.0)
        top = (high - lid_height).astype(np.float32)
        past = self._style.overlap * (low - high)
        rim = high + closure * (low + past + 1.0 - high)
        rows = slice(int(top.min()) - 1, int((low + past).max()) + 4)
        y = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None]
        # Lid skin is stretched from below the brow down to the moving rim; under the rim the eye
        # stays where it is and is covered.
        lid_skin = top + (y - top) * (high - 1.0 - top) / np.maximum(rim - top, 1.0)
        source = np.where((y > top) & (y <= rim), lid_skin, y).astype(np.float32)
        columns = slice(left, right)
        patch = self._sample(np.broadcast_to(x, source.shape), source).astype(np.float32)
        gap = np.maximum(low - high, 1.0)
        # Stretched lid skin is dark where the brow is near, so it is mixed with the skin that lies
        # under the eye; the lashes end up on the rim.
        below = self._sample(x[None], (low + 0.9 * gap + 3.0)[None]).astype(np.float32)
        reach = np.clip((y - top) / np.maximum(0.6 * lid_height, 1.0), 0.0, 1.0)
        reach = reach * np.clip(2.5 * (low - high) / max(float((low - high).max()), 1.0), 0.0, 1.0)
        skin = closure * self._style.lid_skin * reach * ((y <= rim) & (low - high > 1.0))
        patch += skin[..., None] * (cv2.GaussianBlur(below, (5, 1), 0) - patch)
        lash = np.exp(-(((y - rim) / (0.06 * gap + 0.9)) ** 2)) * (low - high > 1.5)
        patch[..., :3] *= 1.0 - closure * self._style.lash * lash[..., None]
        return rows, columns, patch.astype(np.uint8)

    def _open_mouth(self, opening: float) -> tuple[slice, slice, BgrImage]:
        p = self._points
        lip = self._curve(_LIP_INNER_LOWER)
        half_width = float(p[_MOUTH_LEFT, 0] - p[_MOUTH_RIGHT, 0]) / 2
        middle = float(p[_MOUTH_LEFT, 0] + p[_MOUTH_RIGHT, 0]) / 2
        chin = float(p[_CHIN, 1])
        drop = opening * self._style.gape * half_width
        height, width = self._rest.shape[:2]
        reach = _JAW_REACH * half_width
        left, right = max(0, int(middle - reach)), min(width, int(middle + reach))
        columns = slice(left, right)
        rows = slice(int(lip[:, 1].min()) - 4, min(height, int(chin + 5.0 * drop + 8)))
        x = np.arange(left, right, dtype=np.float32)
        seam = np.interp(x, lip[:, 0], lip[:, 1]).astype(np.float32)
        across = (x - middle) / half_width
        lips = drop * np.sqrt(np.clip(1.0 - across**2, 0.0, None))
        jaw = (
            drop * self._style.chin_share * np.cos(np.clip(across / _JAW_REACH, -1, 1) * np.pi / 2)
        )
        y = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None]
        source = np.broadcast_to(y, (y.shape[0], x.shape[0])).copy()
        for _ in range(12):
            share = np.clip((source - seam) / np.maximum(chin - seam, 1.0), 0.0, 1.0)
            neck = 1.0 - np.clip((source - chin) / max(2.6 * drop, 1.0), 0.0, 1.0)
            shift = np.where(source >= seam, (lips * (1.0 - share) + jaw * share) * neck, 0.0)
            source = 0.3 * source + 0.7 * (y - shift).astype(np.float32)
        inside = np.clip(np.minimum(y - seam, seam + lips - y) + 0.5, 0.0, 1.0)
        inside *= lips > 1.0
        patch = self._sample(np.broadcast_to(x, source.shape), source).astype(np.float32)
        # Below the seam the source is the shifted lower lip; what opens between is the cavity.
        patch[..., :3] += inside[..., None] * (np.array(_CAVITY_BGR, np.float32) - patch[..., :3])
        return rows, columns, patch.astype(np.uint8)

    def _sample(self, x: Grid, y: Grid) -> BgrImage:
        picture = cv2.remap(
            self._rest,
            np.ascontiguousarray(x, np.float32),
            np.ascontiguousarray(y, np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(picture, np.uint8)

    def _curve(self, indices: tuple[int, ...]) -> Grid:
        curve = self._points[list(indices)]
        return curve[np.argsort(curve[:, 0])]
