"""Reads a portrait for the simulated person: its picture and its mesh with depth (SIM)."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.face.detector import FaceDetector
from drivers.face.mesh import INPUT_PX, POINT_COUNT, FaceMesh, crop_transform
from drivers.face.models import load_model_by_role
from station.booth.ports import BgrImage, DetectedFace

_MAX_FILE_BYTES = 16 << 20
_LEAST_PRESENCE = 2.0
"""Real heads stay above 8 in every pose of a turn (measured); a stretched texture may not."""
_MIN_SIDE_PX, _MAX_SIDE_PX = 200, 4096


class PortraitError(Exception):
    """The picture cannot be used: unreadable, of a wrong size, or without one clear face."""


class PortraitReader:
    """Owns a detector and a landmark net of the simulation's own process."""

    def __init__(self, models_folder: Path) -> None:
        """Raises `ModelError` where a model is missing or damaged."""
        cv2.setNumThreads(1)
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
        self._detector = FaceDetector(load_model_by_role("detector", models_folder))
        mesh_model = load_model_by_role("mesh", models_folder)
        self._mesh = FaceMesh(mesh_model)
        # By path: from a buffer OpenCV 5.0 ignores the engine, and only the classic one can do it.
        path = str(mesh_model.file.path(models_folder))
        self._net = cv2.dnn.readNetFromTFLite(path, engine=cv2.dnn.ENGINE_CLASSIC)

    def read(self, path: Path) -> tuple[BgrImage, NDArray[np.float32]]:
        """The picture and its mesh (478, 3): x, y in pixels, z in the same scale.

        Raises `PortraitError`.
        """
        try:
            if path.stat().st_size > _MAX_FILE_BYTES:
                raise PortraitError("too large")
            picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
        except (OSError, cv2.error) as error:
            raise PortraitError("unreadable") from error
        if picture is None or not all(
            _MIN_SIDE_PX <= side <= _MAX_SIDE_PX for side in picture.shape[:2]
        ):
            raise PortraitError("wrong size")
        portrait = np.asarray(picture, np.uint8)
        return portrait, self.mesh_with_depth(portrait)

    def mesh_with_depth(self, portrait: BgrImage) -> NDArray[np.float32]:
        """Mesh (478, 3) of the most central face. Raises `PortraitError` where there is none."""
        face = self._central_face(portrait)
        if face is None:
            raise PortraitError("no face")
        to_crop = crop_transform(face)
        crop = cv2.warpAffine(
            portrait, to_crop, (INPUT_PX, INPUT_PX), borderMode=cv2.BORDER_REPLICATE
        )
        blob = cv2.dnn.blobFromImage(crop, 1 / 255, (INPUT_PX, INPUT_PX), (0, 0, 0), True)
        self._net.setInput(blob)
        raw = np.asarray(self._net.forward(["Identity"])[0], np.float64).reshape(POINT_COUNT, 3)
        back = cv2.invertAffineTransform(to_crop)
        # The live port drops z because it is a prior; for a made-up relief a prior is just right.
        depth = raw[:, 2:] * float(np.hypot(back[0, 0], back[1, 0]))
        points = raw[:, :2] @ back[:, :2].T + back[:, 2]
        return np.hstack((points, depth)).astype(np.float32)

    def landmarks_of(self, frame: BgrImage) -> NDArray[np.float32] | None:
        """The 478 points of a rendered frame, by the same net the booth uses.

        None where no face is found, or hardly one: a person shows that much no more.
        """
        faces = self._detector.detect(frame)
        if not faces:
            return None
        landmarks = self._mesh.locate(frame, faces[0])
        return landmarks.points if landmarks.presence > _LEAST_PRESENCE else None

    def _central_face(self, portrait: BgrImage) -> DetectedFace | None:
        faces = self._detector.detect(portrait, enlarge=True, score_threshold=0.5)
        height, width = portrait.shape[:2]

        def off_centre(face: DetectedFace) -> float:
            across = abs(face.x + face.width / 2 - width / 2)
            return float(across + abs(face.y + face.height / 2 - height / 2) - face.width)

        return min(faces, key=off_centre, default=None)
