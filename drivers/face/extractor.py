"""Feature vectors: align a face by its five points, extract, bring to unit length."""

import cv2
import numpy as np

from drivers.face.models import LoadedModel
from station.booth.ports import BgrImage, DetectedFace, FeatureVector
from station.errors import ErrorCode, ModelError

ALIGNED_PX = 112


class FaceExtractor:
    """One extractor net (SFace, or an operator's own). Used by one thread at a time."""

    def __init__(self, model: LoadedModel) -> None:
        """Raises `ModelError(MODEL_DAMAGED)` where the engine refuses the file."""
        buffer = np.frombuffer(model.data, np.uint8)
        self._input = model.file.input
        self._own_net: cv2.dnn.Net | None = None
        try:
            self._recognizer = cv2.FaceRecognizerSF.create("onnx", buffer, np.empty(0, np.uint8))
            if not self._input.is_plain():
                self._own_net = cv2.dnn.readNetFromONNX(buffer)
        except cv2.error as error:
            raise ModelError(ErrorCode.MODEL_DAMAGED) from error

    def align(self, bgr: BgrImage, face: DetectedFace) -> BgrImage:
        """The face as 112x112 BGR, its five points brought to their standard places."""
        row = np.zeros((1, 15), np.float32)
        row[0, :4] = face.x, face.y, face.width, face.height
        row[0, 4:14] = face.points.reshape(-1)
        row[0, 14] = face.score
        return np.asarray(self._recognizer.alignCrop(bgr, row), np.uint8)

    def extract(self, bgr: BgrImage, face: DetectedFace) -> FeatureVector:
        """The unit-length feature vector of `face`; the aligned crop is wiped."""
        aligned = self.align(bgr, face)
        try:
            raw = self._forward(aligned)
        finally:
            aligned.fill(0)
        length = float(np.linalg.norm(raw))
        if not np.isfinite(length) or length == 0:
            # A net that gives no direction has been damaged or was given the wrong input.
            raise ModelError(ErrorCode.MODEL_DAMAGED)
        return raw / np.float32(length)

    def _forward(self, aligned: BgrImage) -> FeatureVector:
        if self._own_net is None:
            raw = self._recognizer.feature(aligned)
        else:
            spec = self._input
            size, mean = (ALIGNED_PX, ALIGNED_PX), (spec.mean, spec.mean, spec.mean)
            swap = spec.colour == "RGB"
            self._own_net.setInput(cv2.dnn.blobFromImage(aligned, spec.scale, size, mean, swap))
            raw = self._own_net.forward(spec.output) if spec.output else self._own_net.forward()
        return np.array(raw, np.float32).reshape(-1)
