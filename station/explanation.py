"""How the station decides about a person, in plain words (PIPL 24: a decision is explained).

No score is in it: a score told often enough gives a template away (face.md B.4).
"""

from dataclasses import dataclass

from resources.rights_texts import words
from station.model import Language
from station.paper import Paper, Part

_CHECKS = ("document", "live", "compare")


@dataclass(frozen=True, slots=True)
class Decides:
    """What the explanation needs of the policy in force."""

    fmr: float
    """Wanted rate at which two different people would be taken for one, per comparison."""
    card_attempts: int
    capture_attempts: int
    resident_attempts: int
    lock_min: int


def explanation(decides: Decides, language: Language) -> Paper:
    """Which checks are made, by what threshold, and that a member of staff can decide instead."""
    figures = {
        "one_in": f"{round(1 / decides.fmr):,}".replace(",", " "),
        "card": decides.card_attempts,
        "capture": decides.capture_attempts,
        "resident": decides.resident_attempts,
        "minutes": decides.lock_min,
    }

    def say(key: str) -> str:
        return words("explain", key, language, **figures)

    parts = [Part(say(f"{check}_head"), (say(check),)) for check in _CHECKS]
    parts.append(Part(say("not_head"), (say("not"),)))
    parts.append(Part(say("staff_head"), (say("staff"), say("object"))))
    return Paper(say("title"), say("label"), tuple(parts))
