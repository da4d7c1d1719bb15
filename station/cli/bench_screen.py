"""Bench trials on the real screens: the window shows prompts and lights, the terminal asks.

The operator's questions run on the pilot's thread, each presentation on the window's visit thread;
the page goes back to idle between them.
"""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from consent.receipt import ConsentReceipt
from station.booth.messages import PadPolicyName
from station.challenge import SHAPES
from station.cli.bench_trials import Presented, TrialBooth
from station.errors import BoothError, ErrorCode, StationError
from station.events import CaptureStarted, Purged, State, StateChanged
from station.model import Language, Outcome, VisitId
from station.ports import Dialogue, Publish
from ui.app import run_kiosk

if TYPE_CHECKING:
    from ui.qt_dialogue import QtDialogue

_LONGEST_S = 300.0
Ended = Presented | StationError


@dataclass(frozen=True, slots=True)
class _Wanted:
    receipt: ConsentReceipt
    species: str


class BenchService:
    """The station as the window's service: its "visit" is one presentation that was asked for."""

    def __init__(self, booth: TrialBooth) -> None:
        station = booth.station
        self.place_name = station.place_name
        self.demo = station.demo
        self.notice = station.notice
        self.needs_access_key = False
        self.staffed = None
        self.newest_preview = station.newest_preview
        self.health = station.health
        self._booth = booth
        self._wanted: queue.SimpleQueue[_Wanted] = queue.SimpleQueue()
        self._ended: queue.SimpleQueue[Ended] = queue.SimpleQueue()

    def run_visit(self, dialogue: Dialogue, publish: Publish, cancel: threading.Event) -> Outcome:
        """One presentation; nothing where none was asked for (somebody pressed "start")."""
        try:
            wanted = self._wanted.get_nowait()
        except queue.Empty:
            return Outcome.CANCELLED
        prompts = SHAPES[PadPolicyName(self._booth.policy)].actions
        nobody = VisitId("0" * 32)
        publish(StateChanged(nobody, State.CAPTURE))
        publish(CaptureStarted(1, prompts, 0))
        try:
            presented = self._booth.present(
                wanted.receipt, wanted.species, dialogue, publish, cancel
            )
        except StationError as error:
            self._ended.put(error)
            return Outcome.FAILED
        finally:
            publish(StateChanged(nobody, State.PURGE))
            dialogue.forget()
        end = presented.booth
        publish(Purged(end.pid, end.ended_at, end.ring_zeroed))
        self._ended.put(presented)
        return Outcome.UNDECIDED

    def present(self, dialogue: "QtDialogue", receipt: ConsentReceipt, species: str) -> Presented:
        """Ask the window for one presentation and wait. Raises the presentation's fault."""
        self._wanted.put(_Wanted(receipt, species))
        try:
            dialogue.begin_visit()
            ended = self._ended.get(timeout=_LONGEST_S)
        except (TimeoutError, queue.Empty):
            raise BoothError(ErrorCode.BOOTH_TIMEOUT) from None
        if isinstance(ended, StationError):
            raise ended
        return ended


def in_window(
    booth: TrialBooth,
    language: Language,
    run: Callable[[Callable[[ConsentReceipt, str], Presented]], None],
) -> None:
    """Show the window while `run` asks and presents. Raises what ended `run`."""
    service = BenchService(booth)
    failures: list[StationError | click.Abort] = []

    def pilot(dialogue: "QtDialogue") -> None:
        try:
            run(lambda receipt, species: service.present(dialogue, receipt, species))
        except (StationError, click.Abort) as error:
            failures.append(error)

    run_kiosk(service, language, fullscreen=False, pilot=pilot)
    if failures:
        raise failures[0]
