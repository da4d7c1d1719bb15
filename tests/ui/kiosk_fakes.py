"""A station that plays a written script through the real dialogue, on the real visit thread."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from consent.notice import Notice
from station.errors import ErrorCode
from station.model import Outcome
from station.ports import Dialogue, Publish
from ui.screenshots import demo_notice
from ui.service import PreviewFrame, Take

Script = Callable[[Dialogue, Publish, threading.Event], Outcome]


def wait_for_cancel(_d: Dialogue, _p: Publish, cancel: threading.Event) -> Outcome:
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

    def run_visit(self, dialogue: Dialogue, publish: Publish, cancel: threading.Event) -> Outcome:
        return self.script(dialogue, publish, cancel)

    def newest_preview(self, after: int, take: Take) -> int | None:
        if self.frame is None or self.frame.sequence <= after:
            return None
        take(self.frame.bgra)
        return self.frame.sequence

    def health(self) -> ErrorCode | None:
        return self.fault
