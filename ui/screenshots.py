"""One picture of every page, made by the real bridges from real events and texts.

The only place where a window may be grabbed: no person is in front of these pages.
"""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PySide6.QtCore import QCoreApplication, QEventLoop, QObject, QTimer
from PySide6.QtQuick import QQuickItem

from consent.notice import Notice
from consent.notice_source import read_notice
from consent.receipt_code import to_base41
from resources.texts import retry_text, table
from station.booth.lights import Light
from station.booth.messages import Action, Guidance
from station.errors import ErrorCode
from station.events import (
    CaptureRetry,
    CaptureStarted,
    CardProgressed,
    CardRetry,
    DevicesChanged,
    Event,
    GuidanceChanged,
    OutcomeReached,
    PromptProgressed,
    Purged,
    ReceiptIssued,
    State,
    StateChanged,
    StationFault,
    StationLocked,
)
from station.model import (
    Authenticity,
    DocumentCheck,
    DocumentKind,
    IdentityRecord,
    Language,
    Outcome,
    VisitId,
)
from station.ports import Dialogue, Publish, ResidentDialogue
from ui.app import prepare
from ui.minor_pictures import child_pages
from ui.office_pictures import PictureOffice, office_pages
from ui.resident_pictures import resident_pages
from ui.service import PreviewFrame, Take
from ui.sound import Sounds
from ui.stage import Stage

SIZES = ((1280, 800), (1920, 1080), (1080, 1920))

_VISIT = VisitId("0" * 32)
_ENDED_AT = "2026-01-05T02:15:31.250+00:00"
_RECEIPT = "7F3A-49C2-K4TM"
# As long as a real one; it is drawn here, not checked.
_RECEIPT_CODE = f"VR1:{_RECEIPT}:" + to_base41(bytes(number * 89 % 256 for number in range(260)))
_CAUSES = {
    Outcome.FAILED: (ErrorCode.CAMERA_LOST,),
    Outcome.DOCUMENT_REFUSED: (
        ErrorCode.DOCUMENT_NOT_AUTHENTIC,
        ErrorCode.DOCUMENT_ISSUER_UNKNOWN,
    ),
}
Pull = Callable[[int], PreviewFrame | None]
"""The newest picture above a sequence, for pages without a booth."""
_NOTICES = Path(__file__).parents[1] / "resources" / "notices"


class StillService:
    """A `KioskService` whose visits are played by the script, for pictures and tests."""

    def __init__(self, notice: Notice, language: Language, pull: Pull | None) -> None:
        self.place_name = notice.text(language).place_name
        self.demo = True
        self.registers_residents = True
        self.notice = notice
        self.needs_access_key = True
        self.office = PictureOffice()
        self._pull = pull or _silhouette

    @property
    def staffed(self) -> "StillService":
        """Staff sign in, played by the script."""
        return self

    def has_accounts(self) -> bool:
        """Yes."""
        return True

    def run_visit(self, dialogue: Dialogue, publish: Publish, cancel: threading.Event) -> Outcome:
        """Wait to be cancelled: the script shows the pages."""
        cancel.wait()
        return Outcome.CANCELLED

    def run_enrolment(
        self, dialogue: ResidentDialogue, publish: Publish, cancel: threading.Event
    ) -> Outcome:
        """As `run_visit`."""
        return self.run_visit(dialogue, publish, cancel)

    def run_resident_check(
        self, dialogue: ResidentDialogue, publish: Publish, cancel: threading.Event
    ) -> Outcome:
        """As `run_visit`."""
        return self.run_visit(dialogue, publish, cancel)

    def run_withdrawal(
        self, dialogue: ResidentDialogue, publish: Publish, cancel: threading.Event
    ) -> Outcome:
        """As `run_visit`."""
        return self.run_visit(dialogue, publish, cancel)

    def newest_preview(self, after: int, take: Take) -> int | None:
        """Show `take` the picture given to the script, or a drawn silhouette."""
        frame = self._pull(after)
        if frame is None:
            return None
        take(frame.bgra)
        return frame.sequence

    def health(self) -> ErrorCode | None:
        """Always well."""
        return None


def demo_notice() -> Notice:
    """The visitor notice with the demo's site data."""
    return read_notice(_NOTICES, "visitor", _NOTICES / "demo_site.toml")


def write_pages(
    folder: Path,
    language: Language,
    sizes: tuple[tuple[int, int], ...] = SIZES,
    preview: Pull | None = None,
    check: Callable[[Stage, str], None] | None = None,
) -> list[Path]:
    """Write one PNG per page and size into `folder`; `check` is called on each page as shown.

    Movement is off, so that a picture shows each drawing at the height of what it does.
    Raises `ConfigError(FONT_MISSING)` and `ConsentError(NOTICE_INCOMPLETE)`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for width, height in sizes:
        for name, stage in pages(language, width, height, preview):
            path = folder / f"{name}-{language.value}-{width}x{height}.png"
            if check is not None:
                check(stage, name)
            if not stage.window.grabWindow().save(str(path)):
                raise OSError(f"could not write {path.name}")
            written.append(path)
    return written


def pages(
    language: Language,
    width: int,
    height: int,
    preview: Pull | None = None,
    *,
    text_size: int = 0,
    dark: bool = False,
) -> Iterator[tuple[str, Stage]]:
    """Walk through every page; yields its name and the stage that shows it.

    `text_size` is an index into `ui.bridge.display.TEXT_SCALES`.
    """
    prepare()
    notice = demo_notice()
    service = StillService(notice, language, preview)
    stage = Stage(service, language, Sounds(enabled=False))
    stage.window.setProperty("mayClose", True)
    stage.display.set_text_size(text_size)
    stage.display.set_dark(dark)
    stage.display.set_reduced_motion(True)
    stage.window.resize(width, height)
    stage.window.show()
    # The first page began to fade in before its movement could be switched off.
    settle(stage, 300)
    try:
        for name in _script(stage, notice, service.office):
            settle(stage)
            yield name, stage
    finally:
        stage.close()
        settle(None)


def settle(stage: Stage | None, wait_ms: int = 40) -> None:
    """Let the last change be laid out and painted; movement is off."""
    if stage is not None:
        stage.window.update()
    loop = QEventLoop()
    QTimer.singleShot(wait_ms if stage is not None else 1, loop.quit)
    loop.exec()
    QCoreApplication.sendPostedEvents()


def _script(stage: Stage, notice: Notice, office: PictureOffice) -> Iterator[str]:
    yield "01-idle"
    yield from _notice_pages(stage, notice)
    yield from _card_pages(stage)
    yield from _capture_pages(stage)
    _tell(stage, DevicesChanged(False, False, 6), StateChanged(_VISIT, State.COMPARE))
    yield "11-compare"
    yield from _outcome_pages(stage)
    stage.visit.acknowledge()
    receipt = ReceiptIssued(_RECEIPT, _RECEIPT_CODE)
    yield from resident_pages(stage, settle, receipt)
    yield from child_pages(stage, settle, receipt)
    yield from office_pages(stage, settle, office)
    yield from _staff_pages(stage)


def _notice_pages(stage: Stage, notice: Notice) -> Iterator[str]:
    _tell(stage, StateChanged(_VISIT, State.NOTICE), DevicesChanged(False, False, 0))
    stage.notice.open(notice)
    yield "02-notice"
    settle(stage)
    stage.notice.scroll_wanted.emit()
    settle(stage)
    yield "03-consent-unticked"
    stage.notice.tick(True)
    yield "04-consent-ticked"
    stage.display.set_calm(True)
    yield "04-consent-calm"
    stage.display.set_calm(False)


def _card_pages(stage: Stage) -> Iterator[str]:
    _tell(stage, StateChanged(_VISIT, State.CARD), DevicesChanged(False, True, 0))
    yield "05-card-waiting"
    stage.card.ask_key()
    for character in "E1234567":
        stage.card.type(character)
    yield "06-card-key-letters"
    stage.card.choose(1)
    for character in "9001313106":
        stage.card.type(character)
    yield "06-card-key-digits"
    stage.card.type("3")
    stage.card.type("0")
    stage.card.submit()
    _tell(stage, CardProgressed(0.6), DevicesChanged(False, True, 1))
    yield "07-card-reading"
    _tell(stage, CardRetry(ErrorCode.CARD_REMOVED, 2))
    yield "07-card-retry"
    stage.card.ask_key()
    stage.card.choose(1)
    for _ in range(3):
        stage.card.rub_out()
    for character in "231":
        stage.card.type(character)
    _tell(stage, CardRetry(ErrorCode.CARD_ACCESS_DENIED, 1))
    yield "07-card-key-retry"
    fields = (("name", "张晓雯"), ("document_number", "E12345678"), ("valid_until", "2031-06-30"))
    check = DocumentCheck(DocumentKind.EMRTD, Authenticity.VERIFIED, False, "BAC")
    stage.card.show_identity(IdentityRecord(fields), check)


def _capture_pages(stage: Stage) -> Iterator[str]:
    started = CaptureStarted(1, len(Action), 1)
    _tell(stage, DevicesChanged(True, False, 3), StateChanged(_VISIT, State.CAPTURE), started)
    for guidance in Guidance:
        _tell(stage, GuidanceChanged(guidance.value))
        yield f"08-capture-{guidance.value}"
    _tell(stage, GuidanceChanged(Guidance.NONE.value))
    for number, action in enumerate(Action):
        stage.capture.show_prompt(number, action.value)
        _tell(stage, PromptProgressed(number, 0.5))
        yield f"09-prompt-{action.value}"
        _tell(stage, PromptProgressed(number, 1.0))
        if action in (Action.BLINK, Action.TURN_LEFT):
            yield f"09-prompt-{action.value}-seen"
    for guidance in (Guidance.MORE_THAN_ONE_FACE, Guidance.TOO_DARK):
        _tell(stage, GuidanceChanged(guidance.value))
        yield f"09-prompt-{guidance.value}"
    _tell(stage, GuidanceChanged(Guidance.NONE.value))
    yield from _light_pages(stage)
    for layer in ("L1_LIGHT", "L2_CHALLENGE", _longest_reason(stage)):
        _tell(stage, CaptureRetry(layer, 1), CaptureStarted(2, 2, 0))
        _tell(stage, GuidanceChanged(Guidance.CENTRE_FACE.value))
        yield f"10-retry-{layer}"
    _tell(stage, GuidanceChanged(Guidance.NONE.value))
    stage.capture.show_prompt(0, Action.TURN_LEFT.value)
    yield "10-retry-prompt"


def _light_pages(stage: Stage) -> Iterator[str]:
    for light in (Light.WHITE, Light.BLACK, Light.LEFT, Light.RIGHT, Light.ROSE, Light.MINT):
        stage.capture.show_light(light.value)
        yield f"10-light-{light.value}"
    _tell(stage, GuidanceChanged(Guidance.NO_FACE.value))
    yield "10-light-NO_FACE"
    stage.capture.show_light("")
    _tell(stage, GuidanceChanged(Guidance.NONE.value))
    yield "10-light-over"


def _longest_reason(stage: Stage) -> str:
    language = stage.display.current.value
    return max(table()["retry"], key=lambda layer: len(retry_text(layer, language)))


def _outcome_pages(stage: Stage) -> Iterator[str]:
    for number, outcome in enumerate(Outcome):
        expired = outcome is Outcome.MATCH
        receipt = "" if outcome in (Outcome.DECLINED, Outcome.MANUAL) else _RECEIPT
        for code in _CAUSES.get(outcome, (None,)):
            _tell(stage, OutcomeReached(outcome, code, expired, receipt))
            if number == 0:
                yield "12-result-MATCH-clearing"
            _tell(stage, Purged(4711, _ENDED_AT, True))
            if receipt:
                _tell(stage, ReceiptIssued(receipt, _RECEIPT_CODE))
            yield "-".join(filter(None, ("12-result", outcome.value, code and code.value)))


def _staff_pages(stage: Stage) -> Iterator[str]:
    for index, name in enumerate(("helpSheet", "displaySheet", "staffSheet")):
        sheet = stage.window.findChild(QObject, name)
        if sheet is not None:
            sheet.setProperty("open", True)
            yield f"{13 + index}-{name}"
            sheet.setProperty("open", False)
    _tell(stage, StationFault(ErrorCode.CAMERA_NOT_FOUND))
    yield "16-fault"
    _tell(stage, StationLocked(ErrorCode.PURGE_FAILED))
    yield "17-locked"


def _tell(stage: Stage, *events: Event) -> None:
    for event in events:
        stage.visit.on_event(event)


def _silhouette(after: int) -> PreviewFrame | None:
    """A drawn head and shoulders, so that no real person is in a picture of the pages."""
    if after >= 1:
        return None
    y, x = np.mgrid[0:540, 0:960].astype(np.float32)
    picture = np.empty((540, 960, 4), np.uint8)
    picture[:] = (150, 158, 150, 255)
    picture[..., :3] -= (y[..., None] / 12).astype(np.uint8)
    shapes = (
        ((480, 620), (250, 205), (92, 84, 70)),
        ((480, 400), (58, 90), (140, 160, 184)),
        ((480, 236), (116, 128), (60, 62, 72)),
        ((480, 276), (98, 122), (168, 190, 214)),
    )
    for (centre_x, centre_y), (half_x, half_y), colour in shapes:
        inside = 1 - np.hypot((x - centre_x) / half_x, (y - centre_y) / half_y)
        cover = np.clip(inside * half_x / 1.5, 0, 1)[..., None]
        mixed = picture[..., :3] * (1 - cover) + np.array(colour, np.float32) * cover
        picture[..., :3] = mixed.astype(np.uint8)
    return PreviewFrame(1, picture)


def item(stage: Stage, name: str) -> QQuickItem:
    """The visible item with this objectName. Raises `LookupError`."""
    waiting = [stage.window.contentItem()]
    # The visual tree: items made by a Repeater are not in the tree of QObjects.
    while waiting:
        found = waiting.pop()
        if found.isVisible():
            if found.objectName() == name:
                return found
            waiting.extend(found.childItems())
    raise LookupError(name)
