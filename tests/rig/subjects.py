"""Whose faces the rig shows: real photographs where the evaluation data is, else made-up ones.

Real: LFW pictures below STATION_DATA (face.md C.8), the first frontal, uncovered ones in an order
drawn from the seed. Made up: the public-domain demo portrait with another face shape and skin per
subject; they are few in kind and stand for code paths, not for people.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.simulated.person_portrait import PortraitError, PortraitReader
from drivers.simulated.person_pose import nose_position
from station.booth.ports import BgrImage

ROOT = Path(__file__).parents[2]
FACES = Path(os.environ.get("STATION_DATA", ROOT.parent / "shared" / "data")) / "faces" / "lfw"
_FRONTAL = 0.05
_SIDE_PX = 512


@dataclass(frozen=True)
class SubjectPicture:
    """One subject: a short name, the portrait, its mesh (478, 3)."""

    name: str
    picture: BgrImage
    mesh: NDArray[np.float32]


def subjects(reader: PortraitReader, demo: BgrImage, count: int, seed: int) -> list[SubjectPicture]:
    """`count` subjects; the same seed gives the same ones."""
    found = _real(reader, seed) if FACES.is_dir() else _made_up(reader, demo, seed)
    return [subject for subject, _ in zip(found, range(count), strict=False)]


def are_real() -> bool:
    """Whether real photographs are used."""
    return FACES.is_dir()


def _real(reader: PortraitReader, seed: int) -> Iterator[SubjectPicture]:
    people = sorted(folder for folder in FACES.iterdir() if folder.is_dir())
    for number in np.random.default_rng(seed).permutation(len(people)):
        picture = people[number] / f"{people[number].name}_0001.jpg"
        try:
            portrait, mesh = reader.read(picture)
        except PortraitError:
            continue
        if abs(nose_position(mesh[:, :2])) < _FRONTAL:
            # A number, not a name: results are printed.
            yield SubjectPicture(f"P{number:04d}", portrait, mesh)


def _made_up(reader: PortraitReader, demo: BgrImage, seed: int) -> Iterator[SubjectPicture]:
    rng = np.random.default_rng(seed)
    for number in range(10_000):
        picture = _reshaped(demo, reader.mesh_with_depth(demo), rng)
        try:
            yield SubjectPicture(f"G{number:04d}", picture, reader.mesh_with_depth(picture))
        except PortraitError:
            continue


def _reshaped(demo: BgrImage, mesh: NDArray[np.float32], rng: np.random.Generator) -> BgrImage:
    """The demo face with other proportions and another skin."""
    ys, xs = np.mgrid[0:_SIDE_PX, 0:_SIDE_PX].astype(np.float32)
    shift_x, shift_y = np.zeros_like(xs), np.zeros_like(ys)
    width = float(np.hypot(*(mesh[454, :2] - mesh[234, :2])))
    for index in (1, 33, 263, 61, 291, 152, 234, 454, 10, 168, 13):
        x, y = mesh[index, :2]
        reach = np.exp(-((xs - x) ** 2 + (ys - y) ** 2) / (2 * (0.22 * width) ** 2))
        push = rng.normal(0.0, 0.045 * width, 2)
        shift_x += reach * push[0]
        shift_y += reach * push[1]
    moved = cv2.remap(demo, xs + shift_x, ys + shift_y, cv2.INTER_CUBIC, None, cv2.BORDER_REFLECT)
    tone = moved.astype(np.float32) * rng.uniform(0.75, 1.1, 3).astype(np.float32)
    return np.asarray(np.clip(tone, 0, 255), np.uint8)
