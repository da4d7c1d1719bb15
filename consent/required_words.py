"""What an edited notice has to keep of the shipped one: its blanks, its rights, its figures.

The shipped texts were written against the outline of requirements 5.1 (PIPL 17, 30, 44 to 50; 条例
21; 办法 5). Whoever edits them may say everything in other words, and may leave nothing out: every
blank a shipped section has, and every right it names, has to be in the edited one too.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from consent.notice import BLANK, NoticeTemplate, Site, is_filled
from station.model import Language

RIGHTS: Mapping[str, Mapping[Language, str]] = {
    "access": {Language.ZH_CN: "查看|查阅|查询", Language.EN: r"\bsee\b|access"},
    "copy": {Language.ZH_CN: "复制", Language.EN: r"\bcopy\b|\bcopies\b"},
    "transfer": {Language.ZH_CN: "转移", Language.EN: r"\bmove\b|transfer"},
    "correct": {Language.ZH_CN: "更正|改正", Language.EN: "correct"},
    "supplement": {Language.ZH_CN: "补充", Language.EN: r"\badd to\b|supplement"},
    "delete": {Language.ZH_CN: "删除", Language.EN: "delet|eras"},
    "restrict": {Language.ZH_CN: "限制|暂停", Language.EN: "restrict|on hold"},
    "explain": {Language.ZH_CN: "解释|说明", Language.EN: "expla"},
    "withdraw": {Language.ZH_CN: "撤回", Language.EN: "withdraw|take .{0,30}back"},
    "complain": {Language.ZH_CN: "投诉", Language.EN: "complain"},
}
"""Words by which a right is told to be named, per language."""

_FIGURE = re.compile(r"\d|\{(?:portraits|fields)\}")
OWN = frozenset(
    {"notice_id", "version", "retention_hours", "retention_days", "portraits", "fields"}
)
"""Blanks that the notice fills by itself."""
_WHOLE = ("title", "summary", "declaration", "agree", "other_route", "refuse")


class Lack(StrEnum):
    """What is wrong at one place of a draft."""

    EMPTY = "EMPTY"
    """Nothing is written there."""
    UNFILLED = "UNFILLED"
    """A blank is used there and nothing fills it."""
    UNKNOWN = "UNKNOWN"
    """A blank nobody knows, or a brace that belongs to none."""
    LEFT_OUT = "LEFT_OUT"
    """A blank that has to stand there does not."""
    RIGHT_LEFT_OUT = "RIGHT_LEFT_OUT"
    """A right of the person is not named any more."""
    FIGURE_LEFT_OUT = "FIGURE_LEFT_OUT"
    """Types of data without their number (N-1: 数据类型和数量)."""
    TERM = "TERM"
    """Longer than the notice or the deployment profile allows, or 0 where something is kept."""
    DATE = "DATE"
    """No date from which it holds."""
    DATE_PAST = "DATE_PAST"
    """A date that is over: nothing holds from before it was published."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that keeps a notice from being published."""

    lack: Lack
    place: str
    """"title", "A" to "J", "header", "handler", "ticks.VERIFY", "effective_on", "resident_days"."""
    language: Language | None = None
    name: str = ""
    """The blank or the right."""


def problems_in(
    edited: NoticeTemplate, shipped: NoticeTemplate, site: Site, known: frozenset[str]
) -> Iterator[Problem]:
    """Everything one language of a notice lacks. `known` are blanks beside the shipped ones."""
    language = edited.language
    values = site.blanks.get(language, {})
    before = dict(_places(shipped))
    known |= {name for text in before.values() for name in BLANK.findall(text)}
    for place, text in _places(edited):
        if not text.strip():
            if before.get(place, "").strip():
                yield Problem(Lack.EMPTY, place, language)
            continue
        used = set(BLANK.findall(text))
        for name in sorted(used - OWN):
            if name not in known:
                yield Problem(Lack.UNKNOWN, place, language, name)
            elif not is_filled(values.get(name, "")):
                yield Problem(Lack.UNFILLED, place, language, name)
        if set(BLANK.sub("", text)) & {"{", "}"}:
            yield Problem(Lack.UNKNOWN, place, language)
        for name in sorted(set(BLANK.findall(before.get(place, ""))) - used):
            yield Problem(Lack.LEFT_OUT, place, language, name)
        yield from _kept(place, text, before.get(place, ""), language)


def _kept(place: str, text: str, before: str, language: Language) -> Iterator[Problem]:
    if place == "H":
        for right, words in RIGHTS.items():
            pattern = re.compile(words[language], re.IGNORECASE)
            if pattern.search(before) and not pattern.search(text):
                yield Problem(Lack.RIGHT_LEFT_OUT, place, language, right)
    if place == "B" and _FIGURE.search(before) and not _FIGURE.search(text):
        yield Problem(Lack.FIGURE_LEFT_OUT, place, language)


def _places(template: NoticeTemplate) -> Iterator[tuple[str, str]]:
    for name in _WHOLE:
        yield name, getattr(template, name)
    yield "child_summary", template.child_summary
    for key, heading, body in template.sections:
        yield f"{key}.heading", heading
        yield key, body
    for purpose, words in template.ticks:
        yield f"ticks.{purpose.value}", words
