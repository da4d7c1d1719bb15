"""The residents' part of the picture script: claim, separate consents, erasure, their outcomes."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from consent.notice import Notice, publish
from consent.notice_source import parse_site, parse_template, read_notice
from consent.visit_receipt import Kept
from station.errors import ErrorCode
from station.events import (
    CardProgressed,
    CardRetry,
    DevicesChanged,
    Event,
    Flow,
    OutcomeReached,
    Purged,
    ReceiptIssued,
    State,
    StateChanged,
)
from station.model import Language, Outcome, VisitId
from ui.stage import Stage

_NOTICES = Path(__file__).parents[1] / "resources" / "notices"
_VISIT = VisitId("0" * 32)
_NUMBER = "3141592653"
_UNTIL = "2031-01-05T02:15:31.000+00:00"
_ERASURE = "5f0c9a71be2d4438a96e10d7f3c25b8e"
_TEMPLATE_KEPT = ((Kept.IDENTITY.value, _UNTIL), (Kept.TEMPLATE.value, _UNTIL))
_STAFF_MATTERS = (
    ErrorCode.RESIDENT_UNKNOWN,
    ErrorCode.RESIDENT_LOCKED,
    ErrorCode.RECALLED,
    ErrorCode.RESIDENT_RESTRICTED,
    ErrorCode.TEMPLATE_REFUSED,
    ErrorCode.TEMPLATE_REVOKED,
)
Settle = Callable[[Stage], None]


def resident_notice() -> Notice:
    """The notice of an enrolment with the demo's site data, at a site that may keep portraits."""
    templates = {
        language: parse_template((_NOTICES / f"resident.{language.value}.toml").read_text("utf-8"))
        for language in Language
    }
    site = parse_site((_NOTICES / "demo_site.toml").read_text("utf-8"))
    return publish(templates, replace(site, resident_portraits=2))


def resident_check_notice() -> Notice:
    """The short notice of somebody who is registered, with the demo's site data."""
    return read_notice(_NOTICES, "resident_check", _NOTICES / "demo_site.toml")


def resident_pages(stage: Stage, settle: Settle, receipt: ReceiptIssued) -> Iterator[str]:
    """Walk through the residents' pages from the idle page back to it; yields their names."""
    stage.visit.show_residents()
    yield "20-residents"
    for begin, walk in (
        (stage.visit.check_in, _check_pages),
        (stage.visit.register, _enrolment_pages),
        (stage.visit.withdraw, _withdrawal_pages),
    ):
        stage.dialogue.forget()
        stage.visit.show_residents()
        begin()
        yield from walk(stage, settle, receipt)
        stage.visit.stop()
        settle(stage)
        stage.visit.acknowledge()


def _check_pages(stage: Stage, settle: Settle, receipt: ReceiptIssued) -> Iterator[str]:
    _tell(stage, StateChanged(_VISIT, State.NOTICE))
    stage.notice.open(resident_check_notice())
    yield "21-notice-check"
    _tell(stage, StateChanged(_VISIT, State.CARD), DevicesChanged(False, True, 0))
    stage.claim.ask()
    yield "21-claim"
    _type(stage, _NUMBER[:7])
    yield "21-claim-typing"
    _type(stage, "111")
    yield "21-claim-wrong"
    for _ in range(3):
        stage.claim.rub_out()
    _type(stage, _NUMBER[7:])
    yield "21-claim-complete"
    stage.claim.submit()
    _tell(stage, CardRetry(ErrorCode.RESIDENT_UNKNOWN, 2))
    stage.claim.ask()
    yield "21-claim-retry"
    stage.claim.use_document()
    _tell(stage, CardProgressed(0.4))
    yield "21-claim-document"
    _tell(stage, StateChanged(_VISIT, State.CAPTURE), StateChanged(_VISIT, State.COMPARE))
    _tell(stage, DevicesChanged(False, False, 6))
    yield "22-compare-check"
    for outcome in (Outcome.MATCH, Outcome.NON_MATCH, Outcome.CANCELLED):
        yield from _outcome(stage, receipt, _reached(outcome, Flow.RESIDENT_CHECK))
    for code in _STAFF_MATTERS:
        reached = OutcomeReached(
            Outcome.MANUAL, code, False, receipt.number, flow=Flow.RESIDENT_CHECK
        )
        yield from _outcome(stage, receipt, reached)


def _enrolment_pages(stage: Stage, settle: Settle, receipt: ReceiptIssued) -> Iterator[str]:
    _tell(stage, StateChanged(_VISIT, State.NOTICE), DevicesChanged(False, False, 0))
    stage.notice.open(resident_notice())
    yield "24-notice-residents"
    settle(stage)
    stage.notice.scroll_wanted.emit()
    settle(stage)
    yield "24-notice-residents-end"
    stage.notice.ask()
    yield "25-consent-none"
    for number, name in ((1, "no-check"), (0, "register"), (2, "portraits")):
        stage.notice.tick_one(number, True)
        yield f"25-consent-{name}"
    for number in (1, 2):
        stage.notice.tick_one(number, False)
    yield "25-consent-check"
    stage.question.ask()
    stage.visit.show_question("CheckOnly")
    yield "26-check-only"
    yield from _outcome(stage, receipt, _reached(Outcome.NOT_ENROLLED, Flow.ENROLMENT))
    _tell(stage, StateChanged(_VISIT, State.CARD))
    yield from _outcome(stage, receipt, _reached(Outcome.ALREADY_ENROLLED, Flow.ENROLMENT))
    _tell(stage, StateChanged(_VISIT, State.CAPTURE), StateChanged(_VISIT, State.KEEP))
    yield "27-keep"
    enrolled = _reached(Outcome.ENROLLED, Flow.ENROLMENT, number=_NUMBER, kept=_TEMPLATE_KEPT)
    yield from _outcome(stage, receipt, enrolled)
    pictures = (*_TEMPLATE_KEPT, (Kept.PORTRAITS.value, _UNTIL))
    yield from _outcome(stage, receipt, replace(enrolled, kept_until=pictures), "portraits")
    yield from _outcome(stage, receipt, _reached(Outcome.MATCH, Flow.ENROLMENT))


def _withdrawal_pages(stage: Stage, settle: Settle, receipt: ReceiptIssued) -> Iterator[str]:
    _tell(stage, StateChanged(_VISIT, State.CARD), DevicesChanged(False, True, 0))
    stage.claim.ask()
    yield "29-claim-withdrawal"
    _tell(stage, StateChanged(_VISIT, State.ERASE), DevicesChanged(False, False, 0))
    stage.question.ask()
    stage.visit.show_question("Erase")
    yield "29-erase"
    stage.question.answer(True)
    yield "29-erasing"
    reached = _reached(Outcome.WITHDRAWN, Flow.WITHDRAWAL)
    yield from _outcome(stage, receipt, replace(reached, erasure=_ERASURE))
    for outcome in (Outcome.CANCELLED, Outcome.NON_MATCH, Outcome.DECLINED):
        yield from _outcome(stage, receipt, _reached(outcome, Flow.WITHDRAWAL))


def _reached(
    outcome: Outcome,
    flow: Flow,
    *,
    number: str = "",
    kept: tuple[tuple[str, str], ...] = (),
) -> OutcomeReached:
    receipt = "" if outcome is Outcome.DECLINED else "7F3A-49C2-K4TM"
    code = ErrorCode.ALREADY_ENROLLED if outcome is Outcome.ALREADY_ENROLLED else None
    return OutcomeReached(outcome, code, False, receipt, flow, number, kept)


def _outcome(
    stage: Stage, receipt: ReceiptIssued, reached: OutcomeReached, more: str = ""
) -> Iterator[str]:
    _tell(stage, reached, Purged(4711, "2026-01-05T02:15:31.250+00:00", True))
    if reached.receipt_id:
        _tell(stage, receipt)
    code = reached.code.value if reached.code else ""
    yield "-".join(filter(None, ("30-result", reached.flow.value, reached.outcome, code, more)))


def _type(stage: Stage, digits: str) -> None:
    for digit in digits:
        stage.claim.type(digit)


def _tell(stage: Stage, *events: Event) -> None:
    for event in events:
        stage.visit.on_event(event)
