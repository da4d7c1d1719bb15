"""What the operator of a bench trial is asked, after the factors of GB/T 41772-2022 Annex A."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import click

from station.model import Language
from station.pad_trials import BONA_FIDE_SPECIES

Words = tuple[str, str]
"""Chinese and English."""
Choices = dict[str, Words]

SUBJECT_CODE = re.compile(r"[A-Za-z]{0,3}-?[0-9]{1,4}")
"""A code, not a name: it must end in digits."""
ARTEFACT_ID = re.compile(r"[A-Za-z0-9._-]{1,24}")
NO_ARTEFACT = "-"
MOST_PRESENTATIONS = 200

SPECIES: Choices = {
    BONA_FIDE_SPECIES: ("真人", "a person, bona fide"),
    "photo": ("纸质照片", "printed photo"),
    "display_photo": ("屏幕上的照片", "photo on a display"),
    "video_recorded": ("屏幕上录制的视频", "recorded video on a display"),
    "video_synthetic": ("屏幕上合成的视频（人脸合成动画）", "synthetic video on a display"),
    "mask": ("面具", "mask"),
    "head": ("头模", "head model"),
}
LIGHTS: Choices = {
    "normal": ("正常光", "normal"),
    "strong": ("强光", "strong"),
    "weak": ("弱光", "weak"),
    "back": ("逆光", "from behind"),
}
FACTORS: dict[str, tuple[Words, Choices]] = {
    "paper": (
        ("纸张", "Paper"),
        {
            "plain": ("普通打印纸", "plain paper"),
            "photo": ("相纸", "photo paper"),
            "card": ("卡纸", "card"),
        },
    ),
    "surface": (
        ("表面", "Surface"),
        {"matt": ("哑光", "matt"), "gloss": ("光面", "gloss")},
    ),
    "shape": (
        ("形状", "Shape"),
        {
            "flat": ("平放", "flat"),
            "bent": ("弯曲", "bent"),
            "folded": ("折叠", "folded"),
        },
    ),
    "cut_outs": (
        ("挖孔", "Cut-outs"),
        {
            "none": ("无", "none"),
            "eyes": ("眼部", "eyes"),
            "eyes_mouth": ("眼部和嘴部", "eyes and mouth"),
        },
    ),
    "display": (
        ("显示设备", "Display"),
        {
            "phone": ("手机", "phone"),
            "tablet": ("平板", "tablet"),
            "monitor": ("显示器", "monitor"),
        },
    ),
    "material": (
        ("面具材料", "Material of the mask"),
        {
            "paper_2d": ("平面纸", "flat paper"),
            "paper_3d": ("立体纸", "3-D paper"),
            "plastic": ("塑料", "plastic"),
            "silicone": ("硅胶", "silicone"),
        },
    ),
    "head": (
        ("头模材料", "Material of the head"),
        {
            "foam": ("泡沫", "foam"),
            "resin": ("树脂", "resin"),
            "sandstone": ("砂岩", "sandstone"),
        },
    ),
}
FACTORS_OF: dict[str, tuple[str, ...]] = {
    BONA_FIDE_SPECIES: (),
    "photo": ("paper", "surface", "shape", "cut_outs"),
    "display_photo": ("display",),
    "video_recorded": ("display",),
    "video_synthetic": ("display",),
    "mask": ("material",),
    "head": ("head",),
}
_SAY: dict[str, Words] = {
    "species": ("这次出示什么？", "What is presented?"),
    "artefact": ("攻击物编号（如 P03）", "Artefact id (such as P03)"),
    "subject": ("受试者编号（如 S01，不写姓名）", "Subject code (such as S01, no name)"),
    "light": ("光照", "Light"),
    "distance": ("距离（厘米）", "Distance in cm"),
    "count": ("连续几次？", "How many presentations?"),
    "choose": ("请输入序号", "Number"),
    "again": ("格式不对，请重新输入", "Not in this form, please try again"),
}


class Operator(Protocol):
    """Whoever runs the trials. Every method may raise `click.Abort` to end the session."""

    def choose(self, question: str, choices: list[str]) -> int:
        """Index of the chosen one."""
        ...

    def ask(self, question: str, is_valid: Callable[[str], bool]) -> str:
        """A short text that `is_valid` accepts."""
        ...

    def confirm(self, question: str) -> bool:
        """Yes or no."""
        ...

    def say(self, line: str) -> None:
        """One line to read."""
        ...


@dataclass(frozen=True, slots=True)
class Series:
    """Presentations that differ in nothing but their number."""

    species: str
    details: str
    artefact: str
    subject: str
    light: str
    distance_cm: int
    presentations: int


class TerminalOperator:
    """Asks on the terminal; everything goes to standard error."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def choose(self, question: str, choices: list[str]) -> int:
        """Numbered choices."""
        self.say(question)
        for number, choice in enumerate(choices, start=1):
            self.say(f"  {number} {choice}")
        wanted = click.IntRange(1, len(choices))
        picked: int = click.prompt(say("choose", self._language), type=wanted, err=True)
        return picked - 1

    def ask(self, question: str, is_valid: Callable[[str], bool]) -> str:
        """Ask until the answer is valid."""
        while True:
            typed: str = click.prompt(question, err=True).strip()
            if len(typed) <= 64 and is_valid(typed):
                return typed
            self.say(say("again", self._language))

    def confirm(self, question: str) -> bool:
        """Yes or no, yes by default."""
        return click.confirm(question, default=True, err=True)

    def say(self, line: str) -> None:
        """Print one line."""
        click.echo(line, err=True)


def ask_series(operator: Operator, language: Language, offered: tuple[str, ...]) -> Series:
    """All factors of one series, in the order of the standard's list; `offered`: the species."""
    choices = {name: SPECIES[name] for name in offered}
    species = _pick(operator, say("species", language), choices, language)
    details = []
    for factor in FACTORS_OF[species]:
        question, values = FACTORS[factor]
        details.append(f"{factor}={_pick(operator, word(question, language), values, language)}")
    artefact = NO_ARTEFACT
    if species != BONA_FIDE_SPECIES:
        artefact = operator.ask(say("artefact", language), _matches(ARTEFACT_ID))
    subject = operator.ask(say("subject", language), _matches(SUBJECT_CODE))
    light = _pick(operator, say("light", language), LIGHTS, language)
    distance = operator.ask(say("distance", language), _between(10, 300))
    count = operator.ask(say("count", language), _between(1, MOST_PRESENTATIONS))
    return Series(species, ";".join(details), artefact, subject, light, int(distance), int(count))


def described(details: str, language: Language) -> str:
    """A row's factors in words; what is not known stays as it was written."""
    parts = []
    for part in details.split(";") if details else ():
        factor, _, value = part.partition("=")
        question, values = FACTORS.get(factor, ((factor, factor), {}))
        parts.append(
            f"{word(question, language)}: {word(values.get(value, (value,) * 2), language)}"
        )
    return "; ".join(parts) or "–"


def word(words: Words, language: Language) -> str:
    """The words in one language."""
    return words[0 if language is Language.ZH_CN else 1]


def say(key: str, language: Language) -> str:
    """One of this module's sentences."""
    return word(_SAY[key], language)


def _pick(operator: Operator, question: str, choices: Choices, language: Language) -> str:
    names = list(choices)
    return names[operator.choose(question, [word(choices[name], language) for name in names])]


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda typed: pattern.fullmatch(typed) is not None


def _between(low: int, high: int) -> Callable[[str], bool]:
    def is_valid(typed: str) -> bool:
        return (
            typed.isascii() and typed.isdecimal() and len(typed) <= 4 and low <= int(typed) <= high
        )

    return is_valid
