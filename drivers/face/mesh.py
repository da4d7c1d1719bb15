"""The 478-point face mesh with irises, in pixels of the full frame."""

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.face.models import LoadedModel
from station.booth.ports import BgrImage, DetectedFace, Landmarks
from station.errors import ErrorCode, ModelError

INPUT_PX = 256
POINT_COUNT = 478
CROP_TO_BOX = 1.5
"""Side of the square crop over the longer side of the face box (face.md A.4)."""
# By name: the order of the net's unconnected outputs is not the model's (face.md C.7).
_OUTPUTS = ["Identity", "Identity_1"]


class FaceMesh:
    """One landmark net. Used by one thread at a time: the net keeps its last input."""

    def __init__(self, model: LoadedModel) -> None:
        """Raises `ModelError(MODEL_DAMAGED)` where the engine refuses the file."""
        try:
            with _named_in_memory(model.data) as path:
                # OpenCV 5's new engine returns only one output of a TFLite file.
                self._net = cv2.dnn.readNetFromTFLite(path, engine=cv2.dnn.ENGINE_CLASSIC)
        except cv2.error as error:
            raise ModelError(ErrorCode.MODEL_DAMAGED) from error

    def locate(self, bgr: BgrImage, face: DetectedFace) -> Landmarks:
        """Return the 478 points of `face` (x, y in pixels of `bgr`) and the presence logit.

        Points outside the picture are possible where the face is cut by its edge.
        """
        to_crop = crop_transform(face)
        crop = cv2.warpAffine(
            bgr,
            to_crop,
            (INPUT_PX, INPUT_PX),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        blob = cv2.dnn.blobFromImage(crop, 1 / 255, (INPUT_PX, INPUT_PX), (0, 0, 0), True)
        self._net.setInput(blob)
        raw, presence = self._net.forward(_OUTPUTS)
        in_crop = np.asarray(raw, np.float64).reshape(POINT_COUNT, 3)[:, :2]
        back = cv2.invertAffineTransform(to_crop)
        points = in_crop @ back[:, :2].T + back[:, 2]
        return Landmarks(
            points=points.astype(np.float32), presence=float(np.asarray(presence).ravel()[0])
        )


@contextmanager
def _named_in_memory(data: bytes) -> Iterator[str]:
    """A path that holds exactly `data` and no name on disk.

    OpenCV 5.0 ignores the wanted engine when it reads a TFLite net from a buffer, and a path into
    the data folder could be changed after its digest was checked.
    """
    descriptor = os.memfd_create("mesh", os.MFD_CLOEXEC)
    try:
        with os.fdopen(os.dup(descriptor), "wb") as memory:
            memory.write(data)
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def crop_transform(face: DetectedFace) -> NDArray[np.float64]:
    """The 2x3 affine from the frame to the mesh's input: square, centred, eyes level."""
    right_eye, left_eye = face.points[0], face.points[1]
    roll = math.atan2(float(left_eye[1] - right_eye[1]), float(left_eye[0] - right_eye[0]))
    side = CROP_TO_BOX * max(face.width, face.height, 1.0)
    scale = INPUT_PX / side
    cosine, sine = scale * math.cos(roll), scale * math.sin(roll)
    centre_x, centre_y = face.x + face.width / 2, face.y + face.height / 2
    half = INPUT_PX / 2
    return np.array(
        [
            [cosine, sine, half - cosine * centre_x - sine * centre_y],
            [-sine, cosine, half + sine * centre_x - cosine * centre_y],
        ]
    )
