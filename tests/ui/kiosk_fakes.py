"""A station that plays a written script through the real dialogue, on the real visit thread."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from consent.notice import Notice
from station.errors import ErrorCode
from station.events import Flow
from station.model import Outcome
from station.ports import Publish, ResidentDialogue
from ui.office_service import StaffedService
from ui.screenshots import demo_notice
from ui.service import PreviewFrame, Take

Script = Callable[[ResidentDialogue, Publish, threading.Event], Outcome]


def wait_for_cancel(_d: ResidentDialogue, _p: Publish, cancel: threading.Event) -> Outcome:
    cancel.wait()
    return Outcome.CANCELLED


@dataclass
class FakeService:
    script: Script = wait_for_cancel
    place_name: str = "梧桐里访客登记处"
    demo: bool = True
    needs_access_key: bool = True
    fault: ErrorCode | None = None
    frame: PreviewFrame | None = None
    notice: Notice = field(default_factory=demo_notice)

    registers_residents: bool = True
    served: list[Flow] = field(default_factory=list)

    @property
    def staffed(self) -> StaffedService | None:
        return None

    def run_visit(
        self, dialogue: ResidentDialogue, publish: Publish, cancel: threading.Event
    ) -> Outcome:
        return self._serve(Flow.VISITOR, dialogue, publish, cancel)

    def run_enrolment(
        self, dialogue: ResidentDialogue, publish: Publish, cancel: threading.Event
    ) -> Outcome:
        return self._serve(Flow.ENROLMENT, dialogue, publish, cancel)

    def run_resident_check(
        self, dialogue: ResidentDialogue, publish: Publish, cancel: threading.Event
    ) -> Outcome:
        return self._serve(Flow.RESIDENT_CHECK, dialogue, publish, cancel)

    def run_withdrawal(
        self, dialogue: ResidentDialogue, publish: Publish, cancel: threading.Event
    ) -> Outcome:
        return self._serve(Flow.WITHDRAWAL, dialogue, publish, cancel)

    def _serve(
        self, flow: Flow, dialogue: ResidentDialogue, publish: Publish, cancel: threading.Event
    ) -> Outcome:
        self.served.append(flow)
        return self.script(dialogue, publish, cancel)

    def newest_preview(self, after: int, take: Take) -> int | None:
        if self.frame is None or self.frame.sequence <= after:
            return None
        take(self.frame.bgra)
        return self.frame.sequence

    def health(self) -> ErrorCode | None:
        return self.fault
