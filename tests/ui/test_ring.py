"""The waiting ring turns in steps of its own, and stands still where motion is not wanted."""

from station.events import State, StateChanged
from station.model import VisitId
from tests.ui.conftest import MakeStage
from ui.screenshots import item, settle


def test_the_waiting_ring_turns_without_painting_as_often_as_it_can(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.display.set_reduced_motion(False)
    stage.visit.on_event(StateChanged(VisitId("0" * 32), State.COMPARE))
    settle(stage, 300)
    ring = item(stage, "ring")
    frames: list[float] = []
    stage.painted.connect(lambda: frames.append(ring.rotation()))
    settle(stage, 1000)
    assert len(set(frames)) > 2
    assert len(frames) < 40
    stage.display.set_reduced_motion(True)
    settle(stage, 50)
    stands_deg = ring.rotation()
    settle(stage, 200)
    assert ring.rotation() == stands_deg
