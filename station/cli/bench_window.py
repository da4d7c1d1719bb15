"""Programs the desk's bench starts as children: the real kiosk, watched, and what runs beside it.

`python -m station.cli.bench_window kiosk FD | preview FD | visits N | publish FD | faces`. The
first three print one JSON document of raw figures; the last two run until they are ended.
"""

import importlib
import json
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from station.booth.frames import FrameRing
from station.events import (
    CaptureStarted,
    Event,
    GuidanceChanged,
    OutcomeReached,
    PromptChanged,
    Purged,
    State,
    StateChanged,
)
from station.model import Answer, Language, Outcome, VisitId

if TYPE_CHECKING:
    from station.cli.demo import DemoWorld
    from station.ports import Dialogue, Publish
    from ui.qt_dialogue import QtDialogue
    from ui.screenshots import StillService
    from ui.service import Take
    from ui.stage import Stage

PREVIEW_S = 8.0
_SETTLE_S = 2.0
_VISIT_LIMIT_S = 120.0
_FRAME_S = 1 / 30
_FRAMES_BEFORE_LAST = 2
"""The booth may still have judged the frame before the last two the preview showed."""


def memory_mb() -> dict[str, float]:
    """Resident and proportional set of this process in MB."""
    figures = {"Rss": 0.0, "Pss": 0.0}
    for line in Path("/proc/self/smaps_rollup").read_text("ascii").splitlines()[1:]:
        name, value = line.split(":")
        if name in figures:
            figures[name] = int(value.split()[0]) / 1024
    return {"rss_mb": figures["Rss"], "pss_mb": figures["Pss"]}


class PaintWatch:
    """Notes when each new preview picture was first painted. Lives on the Qt thread."""

    def __init__(self) -> None:
        self.painted_at_s: list[float] = []
        self._pulled = self._painted = 0

    def pulled(self, sequence: int) -> None:
        """The item has taken picture `sequence`; the next paint shows it."""
        self._pulled = sequence

    def on_painted(self) -> None:
        """A frame of the window is on the screen."""
        if self._pulled != self._painted:
            self._painted = self._pulled
            self.painted_at_s.append(time.monotonic())

    def gaps_ms(self, since_s: float = 0.0) -> list[float]:
        """Milliseconds between pictures painted after `since_s` (CLOCK_MONOTONIC)."""
        times = [moment for moment in self.painted_at_s if moment >= since_s]
        return [float(gap) for gap in np.diff(times) * 1000]


def kiosk(descriptor: int) -> dict[str, object]:
    """`station kiosk --windowed` until its first page is painted, then its memory."""
    # What the command line itself imports counts too.
    importlib.import_module("station.cli.main")
    from station.cli.kiosk import show
    from station.cli.opening import passphrase

    figures: dict[str, object] = {}

    def pilot(_: "QtDialogue") -> None:
        figures.update(painted_at_s=time.monotonic(), cpu_s=time.process_time())
        time.sleep(_SETTLE_S)
        figures.update(memory_mb())

    figures["status"] = show(passphrase(descriptor), Language.ZH_CN, fullscreen=False, pilot=pilot)
    return figures


def preview(descriptor: int) -> dict[str, object]:
    """The real capture page showing the pictures of a ring that another process fills."""
    from ui.screenshots import StillService, demo_notice

    ring, watch = FrameRing.attach(descriptor), PaintWatch()

    class Service(StillService):
        def newest_preview(self, after: int, take: "Take") -> int | None:
            frame = ring.newest(after, take)
            if frame is None:
                return None
            watch.pulled(frame.sequence)
            return frame.sequence

    figures: dict[str, object] = {}

    def measured() -> None:
        time.sleep(_SETTLE_S)
        began_s, cpu_s = time.monotonic(), time.process_time()
        time.sleep(PREVIEW_S)
        took_s = time.monotonic() - began_s
        figures["cpu_percent"] = (time.process_time() - cpu_s) / took_s * 100
        gaps = watch.gaps_ms(began_s)
        figures["fps"] = len(gaps) / took_s
        figures["gaps_ms"] = gaps
        figures.update(memory_mb(), copy_percent=_copy_percent(ring))

    def shown(stage: "Stage") -> None:
        for event in (
            StateChanged(VisitId("0" * 32), State.CAPTURE),
            CaptureStarted(1, 3, 1),
            GuidanceChanged("NONE"),
            PromptChanged(0, "BLINK"),
        ):
            stage.visit.on_event(event)
        stage.painted.connect(watch.on_painted)

    _show(Service(demo_notice(), Language.ZH_CN, None), shown, lambda _: measured())
    return figures


def _copy_percent(ring: FrameRing) -> float:
    """CPU % of one core that one plain copy of each of 30 pictures per second would cost."""
    picture = np.full((ring.height, ring.width, ring.channels), 1, np.uint8)
    began_s = time.thread_time()
    for _ in range(60):
        picture.copy()
    return (time.thread_time() - began_s) / 2 * 100


def visits(count: int) -> dict[str, object]:
    """Whole demo visits in the kiosk's window, the last with its booth killed at a prompt."""
    from station.cli.demo import DemoOptions, opened_demo

    runs: list[dict[str, object]] = []
    options = DemoOptions(overrides={"policy": {"result_timeout_s": 1.0}})
    with opened_demo(options) as world:
        service = _Observed(world)

        def pilot(dialogue: "QtDialogue") -> None:
            for number in range(count + 1):
                service.begin(kill=number == count)
                dialogue.begin_visit()
                dialogue.answer_consent(Answer.GIVEN)
                dialogue.answer_access_key(world.key)
                service.finished.wait(_VISIT_LIMIT_S)
                dialogue.wait_until_idle()
                runs.append(service.figures())

        def shown(stage: "Stage") -> None:
            stage.painted.connect(lambda: service.on_painted(str(stage.visit.page)))

        _show(service, shown, pilot)
        return {"visits": runs, **memory_mb()}


class _Observed:
    """The demo station as the kiosk's service, noting when what happened."""

    def __init__(self, world: "DemoWorld") -> None:
        station = world.station
        self.place_name = station.place_name
        self.demo = station.demo
        self.notice = station.notice
        self.needs_access_key = station.needs_access_key
        self.health = station.health
        self.staffed = None
        self._station = station
        self.begin(kill=False)

    def begin(self, *, kill: bool) -> None:
        """Forget the last visit; `kill`: end the next one's booth at its first prompt."""
        self.finished = threading.Event()
        self._kill = kill
        self._at_s: dict[str, float] = {}
        self._watch = PaintWatch()
        self._captured_s: deque[float] = deque(maxlen=_FRAMES_BEFORE_LAST + 1)
        self._camera_s: list[float] = []
        self._outcome = Outcome.FAILED
        self._reaped_ms = 0.0

    def figures(self) -> dict[str, object]:
        """Moments in s (CLOCK_MONOTONIC), gaps in ms, and how the visit ended."""
        capture_s = self._at_s.get("CAPTURE", 0.0) + 1.0
        return {
            "at_s": self._at_s,
            "frame_at_s": self._captured_s[0] if self._captured_s else None,
            "gaps_ms": self._watch.gaps_ms(capture_s),
            "camera_ms": [float(gap) for gap in np.diff(self._camera_s) * 1000],
            "outcome": self._outcome.value,
            "reaped_ms": self._reaped_ms,
        }

    def run_visit(
        self, dialogue: "Dialogue", publish: "Publish", cancel: threading.Event
    ) -> Outcome:
        """One visit of the demo station."""

        def noted(event: Event) -> None:
            self._note(event)
            publish(event)

        report = self._station.visit(dialogue, noted, cancel)
        self._outcome = report.outcome
        self._reaped_ms = report.booth.kill_to_reaped_ms if report.booth else 0.0
        self.finished.set()
        return report.outcome

    def newest_preview(self, after: int, take: "Take") -> int | None:
        """Show `take` the newest picture; the moment its frame was captured is kept."""
        process = self._station.booths.current
        frame = None if process is None else process.ring.newest(after, take)
        if frame is None:
            return None
        self._watch.pulled(frame.sequence)
        self._captured_s.append(frame.captured_at_ns / 1e9)
        self._camera_s.append(self._captured_s[-1])
        return frame.sequence

    def on_painted(self, page: str) -> None:
        """A frame of the window is on the screen, showing `page`."""
        self._watch.on_painted()
        if page == "Result":
            self._at_s.setdefault("painted", time.monotonic())

    def _note(self, event: Event) -> None:
        now_s = time.monotonic()
        if isinstance(event, StateChanged):
            self._at_s.setdefault(event.state.value, now_s)
        elif isinstance(event, OutcomeReached):
            self._at_s["outcome"] = now_s
        elif isinstance(event, Purged):
            self._at_s["purged"] = now_s
        elif isinstance(event, PromptChanged) and self._kill:
            self._kill = False
            process = self._station.booths.current
            if process is not None:
                self._at_s["killed"] = now_s
                os.kill(process.pid, 9)


def _show(
    service: "StillService | _Observed",
    shown: "Callable[[Stage], None]",
    pilot: "Callable[[QtDialogue], None]",
) -> None:
    """The kiosk's window until `pilot`, on a thread of its own, has returned."""
    from ui.app import prepare
    from ui.sound import Sounds
    from ui.stage import Stage

    application = prepare()
    stage = Stage(service, Language.ZH_CN, Sounds(enabled=False))
    stage.window.setProperty("mayClose", True)
    stage.visit.quit_wanted.connect(lambda: application.exit(0))
    shown(stage)
    stage.window.show()

    def fly() -> None:
        try:
            pilot(stage.dialogue)
        finally:
            stage.dialogue.close_kiosk()

    threading.Thread(target=fly, name="pilot", daemon=True).start()
    application.exec()
    stage.close()
    if stage.warnings:
        raise RuntimeError("; ".join(stage.warnings))


def publish(descriptor: int) -> None:
    """Fill a ring with 30 differing pictures per second, as a camera's thread would."""
    ring = FrameRing.attach(descriptor)
    shape = (8, ring.height, ring.width, ring.channels)
    pictures = np.random.default_rng(1).integers(0, 255, shape, np.uint8)
    due_s, number = time.monotonic(), 0
    while True:
        ring.publish(pictures[number % len(pictures)], time.monotonic_ns())
        number += 1
        due_s += _FRAME_S
        time.sleep(max(0.0, due_s - time.monotonic()))


def faces() -> None:
    """The face engine flat out, as in a booth that judges every frame."""
    from drivers.face.engine import FaceEngine
    from drivers.face.fetch_models import MODELS_FOLDER
    from drivers.face.models import load_model_by_role
    from drivers.face.pictures import decode_picture
    from station.errors import ErrorCode, ModelError

    portrait = decode_picture(load_model_by_role("demo_portrait", MODELS_FOLDER).data)
    if portrait is None:
        raise ModelError(ErrorCode.MODEL_DAMAGED)
    engine = FaceEngine.load(MODELS_FOLDER)
    frame = np.full((720, 1280, 3), 110, np.uint8)
    height, width = portrait.shape[:2]
    frame[:height, :width] = portrait[:720, :1280]
    while True:
        face = engine.detect(frame)[0]
        engine.locate(frame, face)
        engine.extract(frame, face)


def main() -> None:
    """Run the program named on the command line."""
    name, *numbers = sys.argv[1:]
    argument = int(numbers[0]) if numbers else 0
    measured = {"kiosk": kiosk, "preview": preview, "visits": visits}
    if name in measured:
        sys.stdout.write(json.dumps(measured[name](argument)) + "\n")
    elif name == "publish":
        publish(argument)
    else:
        faces()


if __name__ == "__main__":
    main()
