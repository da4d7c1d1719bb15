"""The three face models of a booth, loaded once."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import cv2
import numpy as np

from drivers.face.detector import SEARCH_WIDTH_PX, FaceDetector
from drivers.face.extractor import FaceExtractor
from drivers.face.mesh import FaceMesh
from drivers.face.models import (
    ROLES,
    SHIPPED_MANIFEST,
    LoadedModel,
    load_model_by_role,
    read_manifest,
)
from station.booth.ports import BgrImage, DetectedFace, FeatureVector, Landmarks

FRAME_SIDE_LIMIT_PX = 8192


@dataclass(frozen=True, slots=True)
class FaceEngine:
    """Detector, mesh and extractor of one booth; used by one thread at a time."""

    detector: FaceDetector
    mesh: FaceMesh
    extractor: FaceExtractor
    models: tuple[LoadedModel, ...]
    load_ms: float

    @classmethod
    def load(
        cls,
        models_folder: Path,
        manifest: Path = SHIPPED_MANIFEST,
        override: Path | None = None,
    ) -> Self:
        """Load and verify the three models and run each once, so that no visit pays for it.

        Raises `ModelError` MODEL_MISSING or MODEL_DAMAGED.
        """
        started = time.perf_counter()
        # More threads were slower on a loaded two-core machine (face.md C.7).
        cv2.setNumThreads(1)
        # OpenCV 5 warns once per net that it runs on the CPU, which is what is wanted.
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
        listed = read_manifest(manifest, override)
        detector, mesh, extractor = (
            load_model_by_role(role, models_folder, listed) for role in ROLES
        )
        nets = FaceDetector(detector), FaceMesh(mesh), FaceExtractor(extractor)
        _run_once(*nets)
        models = tuple(LoadedModel(m.file, b"", m.sm3) for m in (detector, mesh, extractor))
        return cls(*nets, models, (time.perf_counter() - started) * 1000)

    @property
    def matcher_id(self) -> str:
        """SM3 of the extractor's file; stands in the record of every score."""
        return self.models[ROLES.index("extractor")].sm3

    @property
    def runtime(self) -> str:
        """Engine and version a threshold belongs to."""
        return runtime_name()

    def identity(self) -> tuple[str, ...]:
        """One line per model for records and `doctor`: role, title, SM3, engine, runtime."""
        return tuple(
            f"{model.file.role}: {model.file.title}, SM3 {model.sm3}, {self.runtime}"
            for model in self.models
        )

    def detect(self, bgr: BgrImage) -> list[DetectedFace]:
        """Every face of the frame, highest score first, in pixels of the full frame."""
        check_frame(bgr)
        return self.detector.detect(bgr)

    def locate(self, bgr: BgrImage, face: DetectedFace) -> Landmarks:
        """The 478 landmarks of one detected face."""
        check_frame(bgr)
        return self.mesh.locate(bgr, face)

    def extract(self, bgr: BgrImage, face: DetectedFace) -> FeatureVector:
        """The unit-length feature vector of one detected face."""
        check_frame(bgr)
        if bgr.shape[1] > SEARCH_WIDTH_PX:
            # The frame was scaled down when it was searched: the points are coarse.
            face = self.detector.refine(bgr, face)
        return self.extractor.extract(bgr, face)


def runtime_name() -> str:
    """Name and version of the inference runtime."""
    return f"opencv {cv2.__version__}"


def check_frame(bgr: BgrImage) -> None:
    """Refuse what is no BGR picture of a sane size, before any native code sees it."""
    shape_ok = bgr.ndim == 3 and bgr.shape[2] == 3 and bgr.dtype == np.uint8
    if not shape_ok or not all(1 <= side <= FRAME_SIDE_LIMIT_PX for side in bgr.shape[:2]):
        raise ValueError("not a BGR picture of 1..8192 px a side")


def _run_once(detector: FaceDetector, mesh: FaceMesh, extractor: FaceExtractor) -> None:
    """The first call of a net plans its memory; do that while the booth is being warmed."""
    blank = np.zeros((720, 1280, 3), np.uint8)
    detector.detect(blank)
    points = np.array([[600, 300], [680, 300], [640, 350], [610, 400], [670, 400]], np.float32)
    face = DetectedFace(540.0, 240.0, 200.0, 240.0, points, 0.0)
    mesh.locate(blank, face)
    extractor.extract(blank, face)
