"""The children's part of the picture script: the office's form, the guardian, and the child."""

from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QObject

from consent.notice import Notice
from consent.notice_source import read_notice
from consent.visit_receipt import Kept
from station.events import (
    DevicesChanged,
    Event,
    Flow,
    OutcomeReached,
    Purged,
    ReceiptIssued,
    State,
    StateChanged,
)
from station.model import Outcome, VisitId
from station.office_minors import ChildStanding
from ui.minors_stills import LACKING, OTHER_ROUTE, StillMinors, StillVisit
from ui.office.minors import MinorsPage
from ui.stage import Stage

_NOTICES = Path(__file__).parents[1] / "resources" / "notices"
_VISIT = VisitId("0" * 32)
_UNTIL = "2031-01-05T02:15:31.000+00:00"
_KEPT = ((Kept.IDENTITY.value, _UNTIL), (Kept.TEMPLATE.value, _UNTIL))
_TYPED = {
    "minor_child_document": "310101201506011234",
    "minor_name": "示例监护人",
    "minor_contact": "021-5550-0042",
}
Settle = Callable[[Stage], None]


def guardian_notice() -> Notice:
    """The notice for a child's guardian with the demo's site data."""
    return read_notice(_NOTICES, "resident_minor", _NOTICES / "demo_site.toml")


def office_minor_pages(stage: Stage, settle: Settle) -> Iterator[str]:
    """The office's page in every state; somebody who may is signed in, and has gone there."""
    page = stage.office.bridge(MinorsPage)
    for standing, name in ((OTHER_ROUTE, "other-route"), (LACKING, "lacking")):
        _reload(stage, settle, page, standing)
        yield f"54-office-child-{name}"
    _reload(stage, settle, page, ChildStanding())
    yield "54-office-child"
    page.go_on("", "示例监护人", "310101199001011234")
    yield "54-office-child-slips"
    for field, key in (
        ("document", "RESIDENT_ID"),
        ("relation", "PARENT"),
        ("proof", "BIRTH_CERTIFICATE"),
    ):
        page.pick(field, key)
    for name, typed in _TYPED.items():
        line = stage.window.findChild(QObject, name)
        if line is not None:
            line.setProperty("text", typed)
    page.tick(True)
    yield "54-office-child-filled"


def _reload(stage: Stage, settle: Settle, page: MinorsPage, standing: ChildStanding) -> None:
    minors = page.desk.service.minors
    if isinstance(minors, StillMinors):
        minors.now = standing
    page.refresh()
    while page.property("busy"):
        settle(stage)


def child_pages(stage: Stage, settle: Settle, receipt: ReceiptIssued) -> Iterator[str]:
    """Walk a child through the kiosk, from the idle page back to it; yields the pages' names."""
    stage.visit.begin_child(StillVisit().run)
    _tell(stage, StateChanged(_VISIT, State.NOTICE), DevicesChanged(False, False, 0))
    notice = guardian_notice()
    stage.notice.open(notice)
    yield "31-notice-guardian"
    settle(stage)
    stage.notice.scroll_wanted.emit()
    settle(stage)
    stage.notice.ask()
    stage.notice.tick_one(0, True)
    yield "31-consent-guardian-one"
    stage.notice.tick_one(1, True)
    yield "31-consent-guardian"
    stage.child.ask(notice, stage.display.current)
    stage.visit.show_question("Child")
    stage.child.take_answers()
    yield "32-child"
    stage.child.close()
    for outcome in (Outcome.DECLINED, Outcome.MANUAL):
        _tell(stage, OutcomeReached(outcome, None, False, "", Flow.ENROLMENT))
        yield f"33-result-child-{outcome}"
    enrolled = OutcomeReached(
        Outcome.ENROLLED, None, False, receipt.number, Flow.ENROLMENT, "3141592653", _KEPT
    )
    _tell(stage, enrolled, Purged(4711, "2026-01-05T02:15:31.250+00:00", True), receipt)
    yield "33-result-child-ENROLLED"
    stage.visit.stop()
    settle(stage)
    stage.visit.acknowledge()


def _tell(stage: Stage, *events: Event) -> None:
    for event in events:
        stage.visit.on_event(event)
