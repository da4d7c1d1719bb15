"""`Dialogue` on a terminal: the same visit without a window."""

import os
import select
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime

import click

from consent.notice import Notice
from resources.texts import retry_text, text
from station.decision import resident_claim
from station.events import (
    CaptureRetry,
    CardRetry,
    DevicesChanged,
    Event,
    GuidanceChanged,
    LightChanged,
    OutcomeReached,
    Purged,
    ReceiptIssued,
    StationLocked,
)
from station.model import (
    Answer,
    Claim,
    ComparisonResult,
    DocumentCheck,
    IdentityRecord,
    Language,
    Purpose,
)
from station.ports import AccessKeyReply, Cancelled, NoticeReply

_POLL_S = 0.1
_MOST_BYTES = 60
_ANSWERS = {"1": Answer.GIVEN, "2": Answer.OTHER_ROUTE, "3": Answer.REFUSED}
_YES_OR_NO = {"1": True, "2": False}
_WORDS = {
    "choose": ("请选择 1、2 或 3：", "Choose 1, 2 or 3: "),
    "tick": ("这一项同意吗？1 同意，2 不同意：", "Do you agree to this? 1 yes, 2 no: "),
    "claim": (
        "请输入住户号；用证件请直接按回车：",
        "Resident number, or just Enter to use your document: ",
    ),
    "check_only": (
        "您没有同意保存，所以不会登记。今天还要核对一次吗？1 核对，2 结束：",
        "You did not agree to keeping, so you will not be registered. "
        "Check your face today all the same? 1 check, 2 end: ",
    ),
    "child": (
        "请孩子自己看，或者读给孩子听。孩子愿意吗？1 愿意，2 不愿意：",
        "The child reads this, or it is read out. Does the child want it? 1 yes, 2 no: ",
    ),
    "erase": (
        "将删除您的登记、人脸特征和全部记录，不能恢复。1 全部删除，2 不删除：",
        "Your registration, face template and records will be erased for good. "
        "1 erase everything, 2 keep: ",
    ),
    "resident_number": (
        "住户号：{number}（请记下，不要给别人）",
        "Resident number: {number} (please note it and keep it to yourself)",
    ),
    "number": ("证件号码：", "Document number: "),
    "birth": ("出生日期（YYMMDD）：", "Date of birth (YYMMDD): "),
    "expiry": ("有效期至（YYMMDD）：", "Date of expiry (YYMMDD): "),
    "read": ("已读取证件，共 {count} 项", "Document read, {count} fields"),
    "expired": (
        "证件过了有效期。请继续办理，由工作人员来决定。",
        "The document is past its date. Staff will decide; please go on.",
    ),
    "calm": (
        "在终端办理，屏幕不会闪光，时间也更充裕。",
        "In a terminal there is no coloured light, and there is more time.",
    ),
    "lit": (
        "  屏幕在换颜色，请看着屏幕，不用动",
        "  The screen changes colour: look at it and keep still",
    ),
    "camera": ("摄像头", "camera"),
    "reader": ("读卡器", "reader"),
    "images": ("本机此刻持有的图像", "images held now"),
    "on": ("开", "on"),
    "off": ("关", "off"),
    "again": ("还可再试 {count} 次", "{count} more tries"),
    "receipt": ("凭条（可核验）：{code}", "receipt (can be verified): {code}"),
    "gone": (
        "处理进程 {pid} 已于 {time} 结束，预览内存已清零",
        "process {pid} ended at {time}, preview memory is zero",
    ),
}


class Terminal:
    """Prints what happens and asks with numbered choices. Used on the visit thread.

    A terminal cannot light a face, so whoever answers here always gets the calm check.
    """

    def __init__(self, language: Language, out: Callable[[str], None]) -> None:
        self._language = language
        self._out = out
        self._lit = False

    def word(self, key: str, **values: object) -> str:
        """One of this module's sentences in the terminal's language."""
        return _WORDS[key][0 if self._language is Language.ZH_CN else 1].format(**values)

    def print_notice(self, notice: Notice) -> None:
        """The whole notice with its numbered answers."""
        shown = notice.text(self._language)
        self._out(click.style(shown.title, bold=True))
        self._out(shown.summary)
        for heading, body in shown.sections:
            self._out(f"\n{click.style(heading, bold=True)}\n{body}")
        self._out(f"\n{shown.declaration}")
        self._out(f"  1 {shown.agree}\n  2 {shown.other_route}\n  3 {shown.refuse}")

    def ask_consent(self, notice: Notice, cancel: threading.Event) -> NoticeReply:
        """Print the notice to its end, then ask. Raises `Cancelled`."""
        started = time.monotonic()
        self.print_notice(notice)
        self._out(self.word("calm"))
        while (answer := _ANSWERS.get(self._ask("choose", cancel))) is None:
            continue
        agreed = self._ask_ticks(notice, cancel) if answer is Answer.GIVEN else None
        dwell_s = time.monotonic() - started
        return NoticeReply(
            answer, self._language, "TERMINAL", dwell_s, True, calm=True, agreed=agreed
        )

    def ask_claim(self, cancel: threading.Event) -> Claim | None:
        """A resident number as typed or scanned, or None for the document. Raises `Cancelled`."""
        typed = self._ask("claim", cancel)
        return resident_claim(typed) if typed else None

    def ask_check_only(self, cancel: threading.Event) -> bool:
        """Whether to check the face though nothing will be kept. Raises `Cancelled`."""
        return self._ask_yes("check_only", cancel)

    def ask_erasure(self, cancel: threading.Event) -> bool:
        """Whether to erase everything. Raises `Cancelled`."""
        return self._ask_yes("erase", cancel)

    def ask_child(self, notice: Notice, language: Language, cancel: threading.Event) -> bool:
        """Print the child's own summary and ask whether it is willing. Raises `Cancelled`."""
        self._out(f"\n{notice.text(language).child_summary}\n")
        return self._ask_yes("child", cancel)

    def ask_access_key(self, cancel: threading.Event) -> AccessKeyReply:
        """Ask for the three MRZ items. Raises `Cancelled`."""
        return AccessKeyReply(
            self._ask("number", cancel).upper(),
            self._ask("birth", cancel),
            self._ask("expiry", cancel),
        )

    def show_prompt(self, index: int, action: str) -> int:
        """Print one prompt; a terminal paints at once."""
        self._out(f"  {index + 1}. {text('action', action, self._language)}")
        return time.monotonic_ns()

    def show_light(self, light: str) -> int:
        """Nothing to paint: a terminal cannot light a face; in the demo the stage is told."""
        return time.monotonic_ns()

    def show_identity(self, identity: IdentityRecord, check: DocumentCheck) -> None:
        """Say how much was read, not what: a terminal may be scrolled back."""
        self._out(self.word("read", count=len(identity.fields)))
        if check.expired:
            self._out(self.word("expired"))

    def show_comparison(self, comparison: ComparisonResult) -> None:
        """Nothing: the score is for the operator's own screen."""

    def acknowledge(self, cancel: threading.Event, timeout_s: float) -> None:
        """A terminal keeps what was printed; there is nothing to wait for."""

    def forget(self) -> None:
        """Nothing personal was kept here."""

    def publish(self, event: Event) -> None:
        """Print what a person should know of an event."""
        line = self._line(event)
        if line:
            self._out(line)

    def _line(self, event: Event) -> str:
        say, language, line = self.word, self._language, ""
        match event:
            case DevicesChanged():
                line = self._devices(event)
            case CardRetry():
                again = say("again", count=event.attempts_left)
                line = f"{text('error', event.code, language)} {again}"
            case CaptureRetry():
                again = say("again", count=event.attempts_left)
                line = f"{retry_text(event.layer, language)} {again}"
            case LightChanged():
                began, self._lit = bool(event.light) and not self._lit, bool(event.light)
                line = say("lit") if began else ""
            case GuidanceChanged() if event.guidance != "NONE":
                line = f"  {text('guidance', event.guidance, language)}"
            case OutcomeReached():
                line = self._outcome(event)
            case Purged():
                ended = datetime.fromisoformat(event.ended_at).astimezone()
                line = "  " + say("gone", pid=event.pid, time=f"{ended:%H:%M:%S}")
            case ReceiptIssued():
                line = "  " + say("receipt", code=event.code)
            case StationLocked():
                line = text("error", event.code, language)
        return line

    def _devices(self, event: DevicesChanged) -> str:
        def state(name: str, is_open: bool) -> str:
            return f"{self.word(name)} {self.word('on' if is_open else 'off')}"

        parts = [state("camera", event.camera_open), state("reader", event.reader_open)]
        parts.append(f"{self.word('images')} {event.images_held}")
        return click.style("  · " + " · ".join(parts), dim=True)

    def _outcome(self, event: OutcomeReached) -> str:
        headline = click.style(text("outcome", event.outcome, self._language), bold=True)
        following = text("next", event.outcome, self._language)
        lines = [headline, following]
        if event.code is not None:
            lines.append(f"{text('error', event.code, self._language)} ({event.code})")
        if event.resident_number:
            lines.append(self.word("resident_number", number=event.resident_number))
        return "\n".join(lines)

    def _ask_ticks(self, notice: Notice, cancel: threading.Event) -> frozenset[Purpose] | None:
        """Every purpose by itself; None where the choice has already said it for the only one."""
        ticks = notice.text(self._language).ticks
        if len(ticks) == 1:
            return None
        agreed = []
        for purpose, words in ticks:
            self._out(f"\n{words}")
            if self._ask_yes("tick", cancel):
                agreed.append(purpose)
        return frozenset(agreed)

    def _ask_yes(self, key: str, cancel: threading.Event) -> bool:
        while (answer := self._ask(key, cancel)) not in _YES_OR_NO:
            continue
        return _YES_OR_NO[answer]

    def _ask(self, key: str, cancel: threading.Event) -> str:
        """One line of input, watched so that a time-out or cancel can end the wait."""
        click.echo(self.word(key), nl=False, err=True)
        # Byte by byte: what a buffer has swallowed, `select` never reports, and the next question
        # would wait for lines that are already there.
        descriptor, line = sys.stdin.fileno(), bytearray()
        while not cancel.is_set():
            if not select.select([descriptor], [], [], _POLL_S)[0]:
                continue
            byte = os.read(descriptor, 1)
            if byte == b"\n" or (line and not byte):
                return line.decode("utf-8", "replace").strip()
            if not byte:
                break
            # No answer is longer; the rest of a line that is gets dropped.
            line += byte[: _MOST_BYTES - len(line)]
        raise Cancelled
