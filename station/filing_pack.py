"""The pack for the filing of face recognition: five groups of contents, as JSON and as a paper.

Counts and texts of the notices; nobody's data is in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from consent.canonical import Json, encode
from consent.notice import Notice
from resources.rights_texts import rows, words
from station.filing import FilingStatus
from station.model import Language
from station.paper import Paper, Part, shown_time

FORM = "filing-pack/1"
_A, _C = 2, 4
"""Places of the purposes and the methods among a notice's sections."""


@dataclass(frozen=True, slots=True)
class FilingFacts:
    """What the station knows of itself for a filing."""

    station: str
    notices: tuple[Notice, ...]
    """All in force; the first one's handler counts."""
    pia: str
    """Number of the impact assessment, or ""."""
    made_at: datetime
    demo: bool = False


def pack_json(status: FilingStatus, facts: FilingFacts) -> bytes:
    """The pack as one canonical JSON document, both languages in it."""
    document: dict[str, Json] = {
        "form": FORM,
        "station": facts.station,
        "demo": facts.demo,
        "made_at": _moment(facts.made_at),
        "stored_people": status.count,
        "mark": status.mark,
        "reached_at": status.reached_at,
        "due": status.due,
        "impact_assessment": facts.pia,
        "languages": {language.value: _in_language(facts, language) for language in Language},
    }
    return encode(document)


def pack_paper(status: FilingStatus, facts: FilingFacts, language: Language) -> Paper:
    """The pack to be read, in one language."""

    def say(key: str, **blanks: object) -> str:
        return words("filing", key, language, **blanks)

    made = shown_time(_moment(facts.made_at))
    text = facts.notices[0].text(language)
    basics = tuple((say(key), value) for key, value in _basics(facts, language).items())
    duty = say("reached", time=shown_time(status.reached_at), due=status.due)
    purposes = [
        f"{heading}\n{body}"
        for notice in facts.notices
        for heading, body in (notice.text(language).sections[at] for at in (_A, _C))
    ]
    rules = [
        say("rules", id=notice.notice_id, version=notice.version, digest=notice.digest)
        for notice in facts.notices
    ]
    whole = [f"{heading}\n{body}" for heading, body in text.sections]
    parts = (
        Part(say("basic_head"), table=((say("item"), say("value")), *basics)),
        Part(say("purpose_head"), tuple(purposes)),
        Part(
            say("count_head"),
            (
                say("count", count=status.count, time=made),
                duty if status.due else say("not_reached"),
                *(line for _, line in rows("security", language)),
            ),
        ),
        Part(say("rules_head"), (*rules, *whole)),
        Part(say("pia_head"), (say("pia", number=facts.pia) if facts.pia else say("pia_none"),)),
    )
    label = say("label_demo" if facts.demo else "label", time=made, station=facts.station)
    return Paper(say("title"), label, parts)


def _basics(facts: FilingFacts, language: Language) -> Mapping[str, str]:
    text = facts.notices[0].text(language)
    return {
        "handler": text.handler_name,
        "address": text.handler_address,
        "contact": text.handler_contact,
        "place": text.place_name,
    }


def _in_language(facts: FilingFacts, language: Language) -> Json:
    return {
        "handler": dict(_basics(facts, language)),
        "security": dict(rows("security", language)),
        "rules": [
            {
                "notice": notice.notice_id,
                "version": notice.version,
                "digest": notice.digest,
                "purposes": [purpose.value for purpose in notice.purposes],
                "retention_period": notice.retention_period,
                "sections": [
                    {"heading": heading, "text": body}
                    for heading, body in notice.text(language).sections
                ],
            }
            for notice in facts.notices
        ],
    }


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
