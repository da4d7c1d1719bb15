"""The notice of an incident, with the three groups of contents of PIPL 57, as a paper.

It is made from the sheet for one addressee in one language; the same paper is text and PDF.
"""

from dataclasses import dataclass

from resources.rights_texts import words
from station.errors import ErrorCode, OfficeError
from station.incidents import Addressee, Incident
from station.model import Language
from station.paper import Paper, Part, shown_time


@dataclass(frozen=True, slots=True)
class Handler:
    """Whom people can reach, in the language of the notice."""

    name: str
    contact: str
    demo: bool = False


def incident_notice(
    incident: Incident, whom: Addressee, handler: Handler, language: Language
) -> Paper:
    """The notice. Raises `OfficeError(INCIDENT_INCOMPLETE)` while any content is missing.

    There is none for guardians where no minor is concerned.
    """
    told = incident.narrative(language)
    wrong = whom is Addressee.GUARDIANS and not incident.minors
    if wrong or not told.whole() or not handler.name.strip() or not handler.contact.strip():
        raise OfficeError(ErrorCode.INCIDENT_INCOMPLETE)

    def say(key: str, **blanks: object) -> str:
        return words("incident", key, language, **blanks)

    when = say("happened", time=shown_time(incident.happened_at))
    if not incident.happened_at:
        when = say("happened_unknown")
    authority = whom is Addressee.AUTHORITY
    parts = [
        Part(say(f"to_{whom.value}")),
        Part(say("what_head"), (told.what, when)),
        Part(say("one_head"), _one(incident, language)),
        Part(
            say("two_head_AUTHORITY" if authority else "two_head"),
            (
                say("contained", text=told.containment),
                say("measures", text=told.measures),
                say("advice", text=told.advice),
            ),
        ),
        Part(say("three_head"), (say("contact", handler=handler.name, contact=handler.contact),)),
    ]
    if whom is Addressee.GUARDIANS:
        parts.append(Part(say("guardian_head"), (say("guardian"),)))
    parts.append(Part(say("basis_head"), (say("basis_minors" if incident.minors else "basis"),)))
    label = say(
        "label_demo" if handler.demo else "label",
        number=incident.id,
        found=shown_time(incident.found_at),
    )
    return Paper(say(f"title_{whom.value}"), label, tuple(parts))


def renewal_advice(incident: Incident, language: Language) -> str:
    """What to do about leaked templates, or "" where none may have leaked."""
    return words("incident", "renew", language) if incident.renewal_advised else ""


def paper_text(paper: Paper) -> str:
    """A paper as plain text, for a letter or a screen."""
    lines = [paper.title, paper.label]
    for part in paper.parts:
        lines += ["", part.heading, *part.paragraphs]
        lines += ["  ".join(cell.replace("\n", " ") for cell in row) for row in part.table]
    return "\n".join(lines) + "\n"


def _one(incident: Incident, language: Language) -> tuple[str, ...]:
    def say(key: str, **blanks: object) -> str:
        return words("incident", key, language, **blanks)

    separator = "、" if language is Language.ZH_CN else ", "
    kinds = separator.join(words("data", name, language) for name in incident.data)
    told = incident.narrative(language)
    lines = [
        say("kinds", kinds=kinds),
        say("people_about" if incident.about else "people", count=incident.people),
    ]
    if incident.minors:
        lines.append(say("minors"))
    return (*lines, say("cause", text=told.cause), say("harm", text=told.harm))
