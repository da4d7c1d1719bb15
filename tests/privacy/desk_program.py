"""A desk in a process of its own, driven by JSON lines, so that tests can scan and kill it.

    python -m tests.privacy.desk_program LIVE_PORTRAIT CARD_PORTRAIT [POLICY [STAGE]]

POLICY is a JSON object of policy keys; STAGE one of the descriptors of an open stage on which the
live person stands already. Each line on standard input starts one visit; each event
comes back as one line.
"""

import json
import os
import sys
import threading
from dataclasses import replace
from pathlib import Path

from consent.notice import Notice
from station import simulation
from station.cli.demo import DemoOptions, SimulatedVisitor, opened_demo
from station.events import (
    CaptureStarted,
    CardProgressed,
    CardRetry,
    DevicesChanged,
    Event,
    OutcomeReached,
    Purged,
    StateChanged,
)
from station.model import Answer, Language, Secret
from station.ports import AccessKeyReply, Cancelled, NoticeReply
from tests.cheap_keys import make_keys_cheap
from tests.privacy.shared_stage import BorrowedStage

PASSPHRASE = Secret(b"a passphrase only of this test")


def say(**line: object) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


class Visitor(SimulatedVisitor):
    """Does what the order says: answers, waits at the notice, cancels at a state."""

    order: dict[str, object]
    resume = threading.Event()

    def ask_consent(self, notice: Notice, cancel: threading.Event) -> NoticeReply:
        say(asked="consent", booth=self._world.station.booths.current.pid)  # type: ignore[union-attr]
        if self.order.get("wait_at_notice"):
            sys.stdin.readline()
        if self.order.get("never_answer"):
            assert cancel.wait(60)
            raise Cancelled
        answer = Answer(str(self.order.get("answer", "GIVEN")))
        return NoticeReply(answer, Language.EN, "TERMINAL", 1.0, True)

    def ask_access_key(self, cancel: threading.Event) -> AccessKeyReply:
        say(asked="key")
        return self._world.key


def main() -> None:
    live, card = Path(sys.argv[1]), Path(sys.argv[2])
    policy = json.loads(sys.argv[3]) if len(sys.argv) > 3 else {}
    make_keys_cheap()
    if len(sys.argv) > 4:
        BorrowedStage.borrowed, BorrowedStage.portrait = json.loads(sys.argv[4]), live
        simulation.Stage = BorrowedStage  # type: ignore[misc]
    with opened_demo(DemoOptions(live, card, PASSPHRASE, {"policy": policy})) as world:
        visitor = Visitor(world, Language.EN, quiet=True)
        say(desk=os.getpid(), home=str(world.station.paths.home))
        for line in sys.stdin:
            run(world, visitor, json.loads(line))


def run(world: object, visitor: Visitor, order: dict[str, object]) -> None:
    visitor.order = order
    cancel = threading.Event()
    station, stage = world.station, world.stage  # type: ignore[attr-defined]
    stage.tell(scene=str(order.get("scene", "person")))
    if order.get("pull_card"):
        # At a fixed command: a whole reading can be over before an order to pull would arrive.
        told = stage.tell(card="present", portrait_path=sys.argv[2], kind="pulled")
        items = (str(told[name]) for name in ("document_number", "birth_date", "expiry_date"))
        visitor._world = replace(visitor._world, key=AccessKeyReply(*items))

    def publish(event: Event) -> None:
        match event:
            case StateChanged():
                say(state=event.state.value)
                if order.get("cancel_at") == event.state.value:
                    cancel.set()
            case DevicesChanged():
                say(camera=event.camera_open, reader=event.reader_open, images=event.images_held)
            case CardProgressed():
                say(read=event.fraction)
            case CardRetry():
                say(retry=event.code)
            case CaptureStarted():
                say(capture=event.attempt)
            case OutcomeReached():
                say(outcome=event.outcome.value, code=event.code)
            case Purged():
                say(purged=event.pid)

    report = station.visit(visitor, publish, cancel)
    say(done=report.outcome.value, locked=report.locked)


if __name__ == "__main__":
    main()
