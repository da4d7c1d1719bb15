"""Everything on the Qt thread, wired: bridges, dialogue, preview source, engine and window."""

import time
from pathlib import Path
from queue import Queue

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtQml import QQmlApplicationEngine, QQmlContext, QQmlError
from PySide6.QtQuick import QQuickWindow

from consent.notice import Notice
from station.errors import ErrorCode
from station.events import Flow
from station.model import Language
from station.read_aloud import Speaker
from ui import light_mask as _light_mask  # noqa: F401 - QML knows its type once it is imported
from ui import preview
from ui import qr as _qr  # noqa: F401 - likewise
from ui.bridge.capture import Capture
from ui.bridge.card import Card
from ui.bridge.child import ChildPage
from ui.bridge.claim import ClaimPage
from ui.bridge.display import Display
from ui.bridge.notice import NoticePage
from ui.bridge.outcome import OutcomePage
from ui.bridge.question import Question
from ui.bridge.ribbon import Ribbon
from ui.bridge.visit import Visit
from ui.minors_service import GrantedVisit
from ui.office.office import Office
from ui.qt_dialogue import QtDialogue
from ui.service import KioskService
from ui.sound import ATTENTION, DONE, NOT_DONE, Sounds

_MAIN_QML = Path(__file__).parent / "qml" / "Main.qml"
_BRIDGES = (
    "display",
    "ribbon",
    "notice",
    "card",
    "claim",
    "question",
    "child",
    "capture",
    "visit",
    "outcome",
    "preview",
)
_QUEUED = Qt.ConnectionType.QueuedConnection


class Stage(QObject):
    """Owns the engine, and through it every bridge: Python must not free them before QML does."""

    painted = Signal()

    def __init__(
        self,
        service: KioskService,
        language: Language,
        sounds: Sounds,
        speaker: Speaker | None = None,
    ) -> None:
        """`speaker` reads notices aloud where the machine can."""
        super().__init__()
        self.warnings: list[str] = []
        self._paint_waiters: list[Queue[int]] = []
        self.engine = QQmlApplicationEngine()
        self.engine.warnings.connect(self._on_warnings)
        parent = self.engine
        self.display = Display(parent, language, demo=service.demo, place=service.place_name)
        self.display.attach(self.engine)
        self.ribbon = Ribbon(parent)
        self.notice = NoticePage(parent, self.display, speaker)
        self.card = Card(parent, self.display)
        self.claim = ClaimPage(parent, self.display)
        self.question = Question(parent)
        self.child = ChildPage(parent, self.display, speaker)
        self.capture = Capture(parent, self.display)
        self.visit = Visit(parent, service, self.display)
        self.outcome = OutcomePage(parent, self.display)
        self.preview = preview.PreviewSource(parent, service)
        self.office = Office(parent, service.staffed, self.display)
        self.dialogue = QtDialogue(parent)
        self.sounds = sounds
        self._connect()
        self.window = self._load()
        self.preview.use(self.window)

    def close(self) -> None:
        """End the visit in hand, then take the pages down in an order QML can bear."""
        self.office.close()
        self.visit.stop()
        self.notice.close()
        self.preview.forget()
        self.window.hide()
        self.display.remove_translator()
        self.engine.deleteLater()

    def _load(self) -> QQuickWindow:
        context = self.engine.rootContext()
        for name in _BRIDGES:
            context.setContextProperty(f"{name}Bridge", getattr(self, name))
        context.setContextProperty("officeBridge", self.office)
        context.setContextProperty("keyBridge", self.office.key)
        self.engine.load(str(_MAIN_QML))
        roots = self.engine.rootObjects()
        if not roots or not isinstance(roots[0], QQuickWindow):
            raise RuntimeError("; ".join(self.warnings) or "the window did not load")
        window = roots[0]
        window.frameSwapped.connect(self._on_painted)
        self.office.watch(window)
        return window

    def _connect(self) -> None:
        dialogue, visit = self.dialogue, self.visit
        visit.attach(dialogue)
        for bridge in (self.ribbon, self.card, self.claim, self.capture, self.outcome):
            visit.event_followed.connect(bridge.on_event)
        self._connect_questions()
        self._connect_office()
        dialogue.prompt_asked.connect(self._on_prompt_asked, _QUEUED)
        dialogue.light_asked.connect(self._on_light_asked, _QUEUED)
        dialogue.identity_read.connect(self.card.show_identity, _QUEUED)
        dialogue.outcome_asked.connect(visit.linger, _QUEUED)
        dialogue.acknowledge_pressed.connect(visit.press, _QUEUED)
        dialogue.visit_wanted.connect(visit.press_start, _QUEUED)
        dialogue.quit_wanted.connect(visit.quit_wanted, _QUEUED)
        dialogue.forgotten.connect(self._forget)
        visit.acknowledged.connect(lambda: dialogue.reply("outcome", None))
        visit.idle_reached.connect(self.outcome.forget)
        visit.idle_reached.connect(self.ribbon.forget)
        visit.idle_reached.connect(dialogue.idle_reached)
        # The calm check is one person's choice: nobody finds it chosen for them.
        visit.idle_reached.connect(lambda: self.display.set_calm(False))
        visit.child_here.connect(lambda: self.notice.ask_guardian(True))
        visit.child_here.connect(self.outcome.for_child)
        visit.idle_reached.connect(lambda: self.notice.ask_guardian(False))
        visit.forget_wanted.connect(self._forget)
        visit.attention_wanted.connect(lambda: self.sounds.play(ATTENTION))
        self.outcome.shown.connect(
            lambda tone: self.sounds.play(DONE if tone == "good" else NOT_DONE)
        )

    def _connect_office(self) -> None:
        """Staff and visitors share the screen, never at the same time."""
        visit = self.visit
        self.office.furnished.connect(self._on_office_furnished)
        for ending in (self.office.opened, self.office.locked):
            ending.connect(visit.cancel)
        self.office.used.connect(visit.someone_here)
        self.office.handed_over.connect(visit.check_health)
        self.office.close_wanted.connect(visit.unlock_and_quit)
        visit.changed.connect(self._on_visit_changed)

    def _on_office_furnished(self) -> None:
        if self.office.desk is not None:
            self.office.desk.visit_granted.connect(self._on_visit_granted)
            # Queued: the page whose button was pressed leaves the screen with it.
            self.office.desk.flow_wanted.connect(self._on_flow_wanted, _QUEUED)
        # In one go: each naming makes every binding of the window look again.
        named = []
        for name, page in self.office.pages.items():
            pair = QQmlContext.PropertyPair()
            pair.name, pair.value = f"office{name}", page
            named.append(pair)
        self.engine.rootContext().setContextProperties(named)

    def _on_visit_granted(self, visit: GrantedVisit) -> None:
        self.office.serve()
        if self.office.property("onDuty"):
            self.visit.begin_child(visit.run)

    def _on_flow_wanted(self, flow: Flow) -> None:
        self.office.serve()
        if self.office.property("onDuty"):
            self.visit.begin_at_desk(flow)

    def _on_visit_changed(self) -> None:
        # The core ended the duty; the screen must not go on naming somebody.
        if self.visit.property("staffCode") == ErrorCode.OPERATOR_MISSING.value:
            self.office.end_duty()

    def _connect_questions(self) -> None:
        """What the visit asks, and the answers back to it."""
        dialogue = self.dialogue
        dialogue.consent_asked.connect(self.notice.open, _QUEUED)
        dialogue.consent_pressed.connect(self.notice.press, _QUEUED)
        dialogue.key_asked.connect(self.card.ask_key, _QUEUED)
        dialogue.key_typed.connect(self.card.press_key, _QUEUED)
        dialogue.claim_asked.connect(self.claim.ask, _QUEUED)
        dialogue.claim_typed.connect(self.claim.press, _QUEUED)
        dialogue.check_only_asked.connect(self._on_check_only_asked, _QUEUED)
        dialogue.erasure_asked.connect(self._on_erasure_asked, _QUEUED)
        dialogue.child_asked.connect(self._on_child_asked, _QUEUED)
        dialogue.yes_no_pressed.connect(self.question.press, _QUEUED)
        for page in (self.notice, self.claim, self.question, self.child):
            dialogue.closed.connect(page.close, _QUEUED)
        self.notice.answered.connect(lambda reply: dialogue.reply("consent", reply))
        self.card.key_given.connect(lambda reply: dialogue.reply("key", reply))
        self.claim.given.connect(lambda claim: dialogue.reply("claim", claim))
        self.claim.given.connect(self.card.forget_retry)
        self.question.answered.connect(lambda yes: dialogue.reply("yes_no", yes))
        self.child.answered.connect(lambda willing: dialogue.reply("child", willing))

    def _on_check_only_asked(self) -> None:
        self.question.ask()
        self.visit.show_question("CheckOnly")

    def _on_erasure_asked(self) -> None:
        self.question.ask()
        self.visit.show_question("Erase")

    def _on_child_asked(self, notice: Notice, language: Language) -> None:
        self.child.ask(notice, language)
        self.visit.show_question("Child")

    def _on_prompt_asked(self, index: int, action: str, painted: "Queue[int]") -> None:
        self.capture.show_prompt(index, action)
        self._await_frame(painted)

    def _on_light_asked(self, light: str, painted: "Queue[int]") -> None:
        self.capture.show_light(light)
        self._await_frame(painted)

    def _await_frame(self, painted: "Queue[int]") -> None:
        self._paint_waiters.append(painted)
        self.window.update()

    def _on_painted(self) -> None:
        now_ns = time.monotonic_ns()
        waiters, self._paint_waiters = self._paint_waiters, []
        for waiter in waiters:
            waiter.put(now_ns)
        self.painted.emit()

    def _forget(self) -> None:
        self.preview.forget()
        self.card.forget()
        self.claim.forget()
        self.capture.forget()
        self.notice.close()
        self.question.forget()
        self.dialogue.forget_done()

    def _on_warnings(self, warnings: list[QQmlError]) -> None:
        self.warnings.extend(warning.toString() for warning in warnings)
