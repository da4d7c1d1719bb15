"""The kiosk as a program of its own: from start to a piloted visit to its end."""

import os
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]

_PROGRAM = """
import sys
from station.events import OutcomeReached, Purged, State, StateChanged
from station.model import Answer, Language, Outcome, VisitId
from tests.ui.kiosk_fakes import FakeService
from ui.app import run_kiosk

VISIT = VisitId("0" * 32)

def script(dialogue, publish, cancel):
    publish(StateChanged(VISIT, State.NOTICE))
    reply = dialogue.ask_consent(service.notice, cancel)
    outcome = Outcome.DECLINED if reply.answer is Answer.REFUSED else Outcome.MANUAL
    publish(OutcomeReached(outcome, None, False, ""))
    publish(Purged(1, "2026-01-05T02:15:31.250+00:00", True))
    dialogue.forget()
    dialogue.acknowledge(cancel, 20.0)
    print(outcome.value, flush=True)
    return outcome

def pilot(dialogue):
    for answer in (Answer.REFUSED, Answer.OTHER_ROUTE):
        dialogue.begin_visit()
        dialogue.answer_consent(answer)
        dialogue.acknowledge_now()
        dialogue.wait_until_idle()

service = FakeService(script)
sys.exit(run_kiosk(service, Language.EN, fullscreen=True, pilot=pilot))
"""


def test_a_piloted_kiosk_serves_two_visits_and_closes() -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        cwd=_ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["DECLINED", "MANUAL"]
