"""The demo on the real screens: a pilot presses the buttons the simulated person would press."""

import queue
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from station.model import Answer, Language, Outcome
from station.ports import Dialogue, Publish
from station.visit import VisitReport
from ui.app import run_kiosk
from ui.qt_dialogue import QtDialogue
from ui.screenshots import write_pages

if TYPE_CHECKING:
    from station.cli.demo import DemoWorld

_READING_S = 4.0
_TYPING_S = 1.5
"""Pauses that let someone watching see each page."""
_VISIT_LIMIT_S = 300.0


class _Watched:
    """The demo station as the kiosk's service, keeping every report."""

    def __init__(self, world: "DemoWorld") -> None:
        station = world.station
        self.place_name = station.place_name
        self.demo = station.demo
        self.notice = station.notice
        self.needs_access_key = station.needs_access_key
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


def in_window(world: "DemoWorld", language: Language) -> list[VisitReport]:
    """Play the demo in a window; returns the two reports when the window has closed."""
    service = _Watched(world)

    def pilot(dialogue: QtDialogue) -> None:
        for scene in ("person", "photo"):
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
    """One PNG per page and size, the preview showing the simulated person."""
    return write_pages(folder, language, sizes, None)
