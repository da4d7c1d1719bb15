"""Cuts a portrait out of its background once, at start (SIM)."""

import cv2
import numpy as np
from numpy.typing import NDArray

from station.booth.ports import BgrImage

_WORK_WIDTH = 200
_ROUNDS = 3
_FOREHEAD, _CHIN, _CHEEK_RIGHT, _CHEEK_LEFT, _NOSE_TIP = 10, 152, 234, 454, 1


def cut_out(portrait: BgrImage, points: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Matte 0..255 of head and shoulders, same height and width as `portrait`."""
    height, width = portrait.shape[:2]
    scale = _WORK_WIDTH / width
    small = cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    p = points[:, :2] * scale
    marks = _marks(small.shape[0], small.shape[1], p)
    cv2.setRNGSeed(1)
    cv2.grabCut(
        small,
        marks,
        (0, 0, 1, 1),
        np.zeros((1, 65), np.float64),
        np.zeros((1, 65), np.float64),
        _ROUNDS,
        cv2.GC_INIT_WITH_MASK,
    )
    sure = np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8) * 255
    closed = cv2.morphologyEx(sure, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    # Only what hangs together with the face; islands are background that looks like clothes.
    _, labels = cv2.connectedComponents(closed)
    nose_x, nose_y = np.clip(p[_NOSE_TIP].astype(int), 0, (small.shape[1] - 1, small.shape[0] - 1))
    closed = np.where(labels == labels[nose_y, nose_x], closed, 0).astype(np.uint8)
    soft = cv2.GaussianBlur(closed, (0, 0), 1.2)
    return np.asarray(cv2.resize(soft, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def _marks(height: int, width: int, p: NDArray[np.float32]) -> NDArray[np.uint8]:
    """What is surely head, probably head or shoulders, and surely neither."""
    face_height = float(p[_CHIN, 1] - p[_FOREHEAD, 1])
    face_width = float(p[_CHEEK_LEFT, 0] - p[_CHEEK_RIGHT, 0])
    x = float(p[_CHEEK_LEFT, 0] + p[_CHEEK_RIGHT, 0]) / 2
    chin = float(p[_CHIN, 1])
    marks = np.full((height, width), cv2.GC_BGD, np.uint8)
    head = (round(x), round(chin - 0.62 * face_height))
    outer = (round(0.95 * face_width), round(1.05 * face_height))
    cv2.ellipse(marks, head, outer, 0, 0, 360, cv2.GC_PR_BGD, -1)
    likely = (round(0.62 * face_width), round(0.78 * face_height))
    cv2.ellipse(marks, head, likely, 0, 0, 360, cv2.GC_PR_FGD, -1)
    shoulders = round(chin + 0.15 * face_height)
    marks[shoulders:] = cv2.GC_PR_BGD
    cv2.ellipse(
        marks,
        (round(x), round(chin + 1.25 * face_height)),
        (round(1.6 * face_width), round(0.95 * face_height)),
        0,
        0,
        360,
        cv2.GC_PR_FGD,
        -1,
    )
    neck = (
        slice(round(chin - 0.1 * face_height), height),
        slice(max(0, round(x - 0.25 * face_width)), max(1, round(x + 0.25 * face_width))),
    )
    marks[neck] = cv2.GC_FGD
    hull = cv2.convexHull(p.astype(np.float32)).astype(np.int32)
    cv2.fillConvexPoly(marks, hull, cv2.GC_FGD)
    return marks
