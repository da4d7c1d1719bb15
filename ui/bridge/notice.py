"""The notice and the question at its end, one tick per purpose; keeps the evidence N-4 asks for."""

import time
from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Property, QObject, QTimer, Signal, Slot

from consent.notice import Notice, NoticeText
from station.model import Answer, Purpose
from station.ports import NoticeReply
from station.read_aloud import Silence, Speaker, spoken_text, state_of
from ui.bridge.display import Display
from ui.bridge.resident_text import Say
from ui.bridge.resident_text import ticked as outcome_of

_PILOT_STEP_MS = 350
_LISTEN_MS = 500
_HOURS_PER_DAY = 24
_BUTTONS = {Answer.GIVEN: "agree", Answer.REFUSED: "refuse", Answer.OTHER_ROUTE: "other"}


class NoticePage(QObject):
    """One reading of the notice: shown to its end, boxes ticked by the person, one answer.

    A notice with one purpose asks at its foot; with several, the questions have a page of their
    own, one tick each. Changing the language starts the reading again: what counts is the text that
    was agreed to.
    """

    changed = Signal()
    text_changed = Signal()
    """Apart from `changed`: a tick must not have the page's texts, and the boxes, made anew."""
    scroll_wanted = Signal()
    answered = Signal(object)

    def __init__(self, parent: QObject, display: Display, speaker: Speaker | None = None) -> None:
        """`speaker` reads aloud where the machine can; without one nobody is offered it."""
        super().__init__(parent)
        self._display = display
        self._speaker = speaker or Silence()
        self._heard = False
        # It ends by itself, and does not say when.
        self._listening = QTimer(self, interval=_LISTEN_MS)
        self._listening.timeout.connect(self._listen)
        self._notice: Notice | None = None
        self._open = False
        self._opened = 0.0
        self._at_end = False
        self._asking = False
        self._ticks: frozenset[Purpose] = frozenset()
        self._pressed = ""
        self._guardian = False
        display.language_changed.connect(self._read_again)

    def ask_guardian(self, asked: bool) -> None:
        """Whether a guardian answers for a child: then only every tick together is a yes."""
        self._guardian = asked

    def open(self, notice: Notice) -> None:
        """Begin a reading of `notice`, with nothing ticked."""
        self._notice, self._opened, self._open = notice, time.monotonic(), True
        self._read_again()

    def close(self) -> None:
        """End the reading."""
        self._open = False
        self._hush()

    def press(self, answer: Answer, agreed: frozenset[Purpose]) -> None:
        """Answer visibly, the way a person does: scroll, tick, press (demo's pilot)."""
        steps: list[Callable[[], object]] = []
        if answer is Answer.GIVEN:
            asked = [index for index, one in enumerate(self._purposes) if one in agreed]
            ticks = [partial(self.tick_one, index, True) for index in asked]
            boxes = [self.ask, *ticks] if self._several else [partial(self.tick, True)]
            steps = [self._scrolled, *boxes]
        self._follow([*steps, partial(self._press_button, answer), partial(self._answer, answer)])

    def _follow(self, steps: Sequence[Callable[[], object]]) -> None:
        """One step after the other, at a person's pace; one that returns False is done again."""

        def step() -> None:
            self._follow(steps if steps[0]() is False else steps[1:])

        if steps and self._open:
            QTimer.singleShot(_PILOT_STEP_MS, self, step)

    def _scrolled(self) -> bool:
        # On a busy machine the scrolling takes longer than a step.
        if not self._at_end:
            self.scroll_wanted.emit()
        return self._at_end

    @Slot()
    def read_aloud(self) -> None:
        """Read the whole notice out, or be silent again. Reading it on the screen goes on."""
        if self._speaker.speaking:
            self._hush()
        elif self._open and self._notice is not None and self._can_speak():
            language = self._display.current
            self._speaker.say(spoken_text(self._notice, language), language)
            self._heard = True
            self._listening.start()
        self.changed.emit()

    def _can_speak(self) -> bool:
        return self._display.current in self._speaker.languages

    def _hush(self) -> None:
        self._speaker.stop()
        self._listening.stop()

    def _listen(self) -> None:
        if not self._speaker.speaking:
            self._listening.stop()
            self.changed.emit()

    @Slot()
    def reached_end(self) -> None:
        """The page shows the notice's last line."""
        if self._open and not self._at_end:
            self._at_end = True
            self.changed.emit()

    @Slot()
    def ask(self) -> None:
        """The person wants the questions of a notice with several; only after its end was shown."""
        if self._at_end and self._several:
            self._asking = True
            self.changed.emit()

    @Slot()
    def read_on(self) -> None:
        """Back from the questions to the notice; what was ticked stays."""
        self._asking = False
        self.changed.emit()

    @Slot(bool)
    def tick(self, ticked: bool) -> None:
        """The person ticks the one separate consent; only after the end was shown."""
        if not self._several:
            self.tick_one(0, ticked)

    @Slot(int, bool)
    def tick_one(self, index: int, ticked: bool) -> None:
        """The person ticks purpose `index`, or takes the tick back."""
        if self._at_end and 0 <= index < len(self._purposes):
            one = {self._purposes[index]}
            self._ticks = self._ticks | one if ticked else self._ticks - one
        self.changed.emit()

    @Slot()
    def agree(self) -> None:
        """Consent to what is ticked; counts only when everything was shown."""
        if self._may_agree():
            self._answer(Answer.GIVEN)

    def _may_agree(self) -> bool:
        # Every other purpose rests on the check: without it there is nothing to agree to.
        needed = Purpose.VERIFY in self._ticks if self._several else bool(self._ticks)
        return self._at_end and needed and not self._lacks_a_tick

    @property
    def _lacks_a_tick(self) -> bool:
        return self._guardian and len(self._ticks) < len(self._purposes)

    @property
    def _purposes(self) -> tuple[Purpose, ...]:
        return () if self._notice is None else self._notice.purposes

    @property
    def _several(self) -> bool:
        return len(self._purposes) > 1

    @Slot()
    def refuse(self) -> None:
        """No consent; needs neither scrolling nor ticking."""
        self._answer(Answer.REFUSED)

    @Slot()
    def take_other_route(self) -> None:
        """The way without a face; needs neither scrolling nor ticking."""
        self._answer(Answer.OTHER_ROUTE)

    def _answer(self, answer: Answer) -> None:
        if not self._open:
            return
        reply = NoticeReply(
            answer=answer,
            language=self._display.current,
            method="SCREEN",
            dwell_s=time.monotonic() - self._opened,
            shown_to_end=self._at_end,
            calm=self._display.wants_calm,
            agreed=self._ticks if self._several and answer is Answer.GIVEN else None,
            read_aloud=state_of(self._speaker, self._display.current, used=self._heard).value,
        )
        self._open = False
        self._hush()
        self.answered.emit(reply)

    def _press_button(self, answer: Answer) -> None:
        self._pressed = _BUTTONS[answer]
        self.changed.emit()

    def _read_again(self) -> None:
        self._at_end = self._asking = False
        self._ticks = frozenset()
        self._pressed = ""
        # What counts is the language that was agreed in, also for what was heard.
        self._heard = False
        self._hush()
        self.text_changed.emit()
        self.changed.emit()

    def _text(self) -> NoticeText | None:
        return None if self._notice is None else self._notice.text(self._display.current)

    @Property(str, notify=text_changed)
    def title(self) -> str:
        """The notice's title."""
        shown = self._text()
        return "" if shown is None else shown.title

    @Property(list, notify=text_changed)
    def sections(self) -> list[dict[str, str]]:
        """Heading and body of each section."""
        shown = self._text()
        if shown is None:
            return []
        return [{"heading": heading, "body": body.strip()} for heading, body in shown.sections]

    @Property(str, notify=text_changed)
    def declaration(self) -> str:
        """The words beside the box."""
        shown = self._text()
        return "" if shown is None else shown.declaration.strip()

    @Property(str, notify=text_changed)
    def summary(self) -> str:
        """The notice in two sentences."""
        shown = self._text()
        return "" if shown is None else shown.summary.strip()

    @Property(dict, notify=text_changed)
    def labels(self) -> dict[str, str]:
        """The notice's own words on the three buttons: "agree", "other", "refuse"."""
        shown = self._text()
        if shown is None:
            return {"agree": "", "other": "", "refuse": ""}
        return {"agree": shown.agree, "other": shown.other_route, "refuse": shown.refuse}

    @Property(bool, notify=changed)
    def atEnd(self) -> bool:
        """Whether the last line was shown in this language."""
        return self._at_end

    @Property(bool, notify=text_changed)
    def canSpeak(self) -> bool:
        """Whether this machine can read the notice out in the language it is shown in."""
        return self._can_speak()

    @Property(bool, notify=changed)
    def speaking(self) -> bool:
        """Whether it is being read out."""
        return self._speaker.speaking

    @Property(bool, notify=changed)
    def ticked(self) -> bool:
        """Whether the person ticked the one box."""
        return not self._several and bool(self._ticks)

    @Property(bool, notify=changed)
    def mayAgree(self) -> bool:
        """Whether the agreement would count now."""
        return self._may_agree()

    @Property(bool, notify=text_changed)
    def several(self) -> bool:
        """Whether the notice asks for several purposes, each by itself."""
        return self._several

    @Property(bool, notify=changed)
    def asking(self) -> bool:
        """Whether the questions of a notice with several are shown."""
        return self._asking

    @Property(list, notify=text_changed)
    def questions(self) -> list[dict[str, str]]:
        """Statement and term of each purpose, in the notice's order; none for a single one."""
        shown = self._text()
        if shown is None or self._notice is None or not self._several:
            return []
        days = self._notice.retention_hours // _HOURS_PER_DAY
        figures = {"days": days, "portraits": self._notice.portraits}
        return [
            {
                "text": words,
                "term": self._display.say("resident", f"TERM_{purpose.value}").format(**figures),
            }
            for purpose, words in shown.ticks
        ]

    @Property(list, notify=changed)
    def ticks(self) -> list[bool]:
        """Which of the purposes are ticked now, in the same order."""
        return [purpose in self._ticks for purpose in self._purposes]

    @Property(str, notify=changed)
    def tickedText(self) -> str:
        """What agreeing with the ticks as they are comes to."""
        said = Say.TICKED_ONE_OF_TWO if self._lacks_a_tick else outcome_of(self._ticks)[0]
        return self._display.say("resident", said)

    @Property(str, notify=changed)
    def agreeDetail(self) -> str:
        """The same in a few words, for the button."""
        if not self._several:
            return ""
        said = Say.DO_BOTH if self._lacks_a_tick else outcome_of(self._ticks)[1]
        return self._display.say("resident", said)

    @Property(str, notify=changed)
    def pressed(self) -> str:
        """Which button the pilot is pressing: "agree", "refuse", "other" or ""."""
        return self._pressed
