"""The notice read aloud (N-4, X-27): the port, and what the consent record says of it.

Only the words of a notice are ever spoken: they are the same for everybody and hold nothing about
the person who listens.
"""

from enum import StrEnum
from typing import Protocol

from consent.notice import Notice
from station.model import Language


class ReadAloud(StrEnum):
    """What a consent record says about reading aloud."""

    ABSENT = "absent"
    """This machine has nothing that speaks."""
    OFFERED = "offered"
    USED = "used"


class Speaker(Protocol):
    """Something that speaks. Called on one thread."""

    @property
    def languages(self) -> frozenset[Language]:
        """The languages it can speak; none: it is not there."""
        ...

    def say(self, text: str, language: Language) -> None:
        """Begin to speak, in the place of what is being spoken; returns at once."""
        ...

    @property
    def speaking(self) -> bool:
        """Whether it has not come to the end yet."""
        ...

    def stop(self) -> None:
        """Be silent at once."""
        ...


class Silence:
    """A machine that cannot speak."""

    languages: frozenset[Language] = frozenset()
    speaking = False

    def say(self, text: str, language: Language) -> None:
        """Say nothing."""

    def stop(self) -> None:
        """Nothing to stop."""


def spoken_text(notice: Notice, language: Language, *, child: bool = False) -> str:
    """What is read out: the whole notice with its questions, or the child's summary."""
    text = notice.text(language)
    if child:
        return text.child_summary
    parts = [text.title, text.summary]
    for heading, body in text.sections:
        parts += [heading, body]
    ticks = (words for _, words in text.ticks) if len(text.ticks) > 1 else ()
    return "\n".join([*parts, text.declaration, *ticks])


def state_of(speaker: Speaker, language: Language, *, used: bool) -> ReadAloud:
    """What the record says of one reading in `language`."""
    if language not in speaker.languages:
        return ReadAloud.ABSENT
    return ReadAloud.USED if used else ReadAloud.OFFERED
