"""The demo on the real screens: a pilot presses the buttons the simulated person would press."""

import os
import queue
import threading
import time
from pathlib import Path

import numpy as np

from station.build import default_home
from station.cli.demo import SCENES, DemoWorld
from station.model import Answer, Language, Outcome
from station.ports import Dialogue, Publish
from station.simulation import Stage
from station.visit import VisitReport
from ui.app import run_kiosk
from ui.qt_dialogue import QtDialogue
from ui.screenshots import write_pages
from ui.service import PreviewFrame

_READING_S = 4.0
_TYPING_S = 1.5
"""Pauses that let someone watching see each page."""
_VISIT_LIMIT_S = 300.0


class _Watched:
    """The demo station as the kiosk's service, keeping every report."""

    def __init__(self, world: DemoWorld) -> None:
        station = world.station
        self.place_name = station.place_name
        self.demo = station.demo
        self.notice = station.notice
        self.needs_access_key = station.needs_access_key
        self.staffed = None
        self.newest_preview = station.newest_preview
        self.health = station.health
        self.reports: list[VisitReport] = []
        self.finished: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._station = station

    def run_visit(self, dialogue: Dialogue, publish: Publish, cancel: threading.Event) -> Outcome:
        """One visit; its report is kept for the closing words."""
        report = self._station.visit(dialogue, publish, cancel)
        self.reports.append(report)
        self.finished.put(report.outcome)
        return report.outcome


def in_window(world: DemoWorld, language: Language) -> list[VisitReport]:
    """Play the demo in a window; returns the two reports when the window has closed."""
    service = _Watched(world)

    def pilot(dialogue: QtDialogue) -> None:
        for scene in SCENES:
            world.stage.tell(scene=scene)
            dialogue.begin_visit()
            time.sleep(_READING_S)
            dialogue.answer_consent(Answer.GIVEN)
            time.sleep(_TYPING_S)
            dialogue.answer_access_key(world.key)
            service.finished.get(timeout=_VISIT_LIMIT_S)

    run_kiosk(service, language, fullscreen=False, pilot=pilot)
    return service.reports


def write_screenshots(
    folder: Path, language: Language, sizes: tuple[tuple[int, int], ...]
) -> list[Path]:
    """One PNG per page and size, the preview showing the simulated person.

    Always drawn off the screen: a window larger than the display would be cut.
    """
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    models = default_home() / "models"
    stage = Stage(models)
    try:
        stage.tell(scene="person", portrait_path=str(models / "demo_portrait.png"))
        return write_pages(folder, language, sizes, lambda after: _preview(stage, after))
    finally:
        stage.close()


def _preview(stage: Stage, after: int) -> PreviewFrame | None:
    """The stage's newest camera frame as the booth would reduce it."""
    frame = stage.newest_frame(after)
    if frame is None:
        return None
    half = frame.image[::2, ::2]
    opaque = np.full((*half.shape[:2], 1), 255, np.uint8)
    return PreviewFrame(frame.sequence, np.concatenate((half, opaque), axis=2))
