"""A site's own passive network in slot L7: loaded by digest, tried at start, then one weak cue.

Whatever the network's own sign, its score leaves here as 0 (bona fide) .. 1 (attack). A network
that cannot tell its own two examples apart keeps the booth from starting: a converted model can
run without an error and call everybody live (face.md C.7).
"""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.pad.measures import detector_yaw
from drivers.pad.observation import PassiveScore
from drivers.pad.passive_spec import PassiveSpec, read_passive
from station.booth.pad_gates import PadGates
from station.booth.ports import BgrImage, DetectedFace
from station.errors import ErrorCode, ModelError

Detect = Callable[[BgrImage], list[DetectedFace]]
Decode = Callable[[bytes], BgrImage | None]
_EVERY = 5
"""Frontal frames per score: a network of this kind takes 20 to 115 ms (face.md A.3)."""
_ROUNDING = 1e-3
_MOST_RAW = 1e6
"""OpenCV's convolutions turn NaN and infinity into the largest float (measured, 5.0)."""


class PassiveNet:
    """One loaded network. Used by one thread at a time."""

    def __init__(self, spec: PassiveSpec, data: bytes) -> None:
        """Raises `ModelError(MODEL_DAMAGED)` where the engine refuses the file."""
        self.spec = spec
        try:
            self._net = cv2.dnn.readNetFromONNX(np.frombuffer(data, np.uint8))
        except cv2.error as error:
            raise ModelError(ErrorCode.MODEL_DAMAGED) from error

    @property
    def gate(self) -> float:
        """The score from which it counts."""
        return self.spec.threshold.attack_score

    def identity(self) -> str:
        """One line for records and `doctor`."""
        model, threshold = self.spec.model, self.spec.threshold
        return f"passive: {model.title}, SHA-256 {model.sha256[:16]}, from {threshold.date}"

    def attack_score(self, bgr: BgrImage, face: DetectedFace) -> float:
        """0 (bona fide) .. 1 (attack). Raises `ModelError(MODEL_DAMAGED)` for any other figure."""
        crop = self._crop(bgr, face)
        try:
            raw = self._forward(crop)
        finally:
            crop.fill(0)
        model = self.spec.model
        if model.output_index >= raw.size or not (np.abs(raw) <= _MOST_RAW).all():
            raise ModelError(ErrorCode.MODEL_DAMAGED)
        value = float(_activated(raw, model.activation)[model.output_index])
        if not -_ROUNDING <= value <= 1 + _ROUNDING:
            raise ModelError(ErrorCode.MODEL_DAMAGED)
        value = min(max(value, 0.0), 1.0)
        return value if model.attack_is == "high" else 1.0 - value

    def _crop(self, bgr: BgrImage, face: DetectedFace) -> BgrImage:
        """The square around the face as its input; beyond the frame its edge goes on."""
        size = self.spec.model.input_px
        scale = size / (self.spec.model.crop_scale * max(face.width, face.height, 1.0))
        centre = (face.x + face.width / 2, face.y + face.height / 2)
        # The first term maps pixel areas, not pixel middles, onto each other.
        shift = [0.5 * scale - 0.5 + size / 2 - scale * middle for middle in centre]
        matrix = np.array([[scale, 0.0, shift[0]], [0.0, scale, shift[1]]])
        crop = cv2.warpAffine(bgr, matrix, (size, size), borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(crop, np.uint8)

    def _forward(self, crop: BgrImage) -> NDArray[np.float64]:
        model = self.spec.model
        means, size = (model.value_mean,) * 3, (model.input_px, model.input_px)
        swap = model.colour == "RGB"
        try:
            self._net.setInput(cv2.dnn.blobFromImage(crop, model.value_scale, size, means, swap))
            raw = self._net.forward(model.output) if model.output else self._net.forward()
        except cv2.error as error:
            raise ModelError(ErrorCode.MODEL_DAMAGED) from error
        return np.asarray(raw, np.float64).reshape(-1)


class PassiveSlot:
    """Asks the network now and then during one attempt; an empty slot never answers."""

    def __init__(self, net: PassiveNet | None, gates: PadGates) -> None:
        self._net = net
        self._frontal_yaw5 = gates.frontal_yaw5
        self._frontal_frames = 0

    def score(self, bgr: BgrImage, face: DetectedFace) -> PassiveScore | None:
        """The score of every fifth frontal frame. Raises `ModelError`."""
        if self._net is None or abs(detector_yaw(face)) >= self._frontal_yaw5:
            return None
        self._frontal_frames += 1
        if self._frontal_frames % _EVERY:
            return None
        return PassiveScore(self._net.attack_score(bgr, face), self._net.gate)


def open_passive(path: Path, detect: Detect, decode: Decode) -> PassiveNet:
    """Load the network and let it judge its own two examples.

    Raises `ModelError` MODEL_MISSING or MODEL_DAMAGED, and MODEL_SELF_TEST where it accepts the
    attack, refuses the live person, or either picture shows no face.
    """
    files = read_passive(path)
    net = PassiveNet(files.spec, files.model)
    live, attack = (_of_picture(net, data, detect, decode) for data in (files.live, files.attack))
    if not live < net.gate <= attack:
        raise ModelError(
            ErrorCode.MODEL_SELF_TEST,
            live_permille=round(1000 * live),
            attack_permille=round(1000 * attack),
        )
    return net


def _of_picture(net: PassiveNet, data: bytes, detect: Detect, decode: Decode) -> float:
    picture = decode(data)
    if picture is None:
        raise ModelError(ErrorCode.MODEL_SELF_TEST)
    try:
        faces = detect(picture)
        if not faces:
            raise ModelError(ErrorCode.MODEL_SELF_TEST)
        return net.attack_score(picture, max(faces, key=lambda face: face.width * face.height))
    finally:
        picture.fill(0)


def _activated(raw: NDArray[np.float64], activation: str) -> NDArray[np.float64]:
    if activation == "softmax":
        powers = np.exp(raw - raw.max())
        return np.asarray(powers / powers.sum(), np.float64)
    if activation == "sigmoid":
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(raw, -60, 60))), np.float64)
    return raw
