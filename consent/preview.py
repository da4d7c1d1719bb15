"""A notice as it reads while it is edited: every blank filled, or shown as still open."""

from collections.abc import Mapping
from dataclasses import dataclass

from consent.draft import Draft, site_of, template_with
from consent.notice import BLANK, NoticeTemplate, TermUnit, is_filled
from consent.notice_source import Facts
from consent.required_words import Problem
from station.model import Language, Purpose


@dataclass(frozen=True, slots=True)
class Preview:
    """How a draft reads now; 〔name〕 stands for an empty blank."""

    texts: Mapping[Language, tuple[tuple[str, str], ...]]
    """(heading, body) in reading order; title and summary first, declaration and ticks last."""
    problems: tuple[Problem, ...]
    digest: str
    """Of what would be published, base64url; empty while there is a problem."""


def read_out(
    draft: Draft, template: NoticeTemplate, facts: Facts, version: str
) -> tuple[tuple[str, str], ...]:
    """One language of the draft, as (heading, body), whatever it lacks."""
    edited = template_with(template, draft, version)
    by_day = template.term_unit is TermUnit.DAYS
    values = {
        **site_of(draft, facts).blanks[template.language],
        "notice_id": template.notice_id,
        "version": version,
        "retention_hours": str(draft.visitor_hours),
        "retention_days": str(draft.resident_days if by_day else 0),
        "portraits": str(draft.portraits),
        "fields": template.field_separator.join(
            template.field_names.get(field, field) for field in template.fields
        ),
    }

    def fill(text: str) -> str:
        def one(name: str) -> str:
            value = values.get(name, "")
            return value.strip() if is_filled(value) else f"〔{name}〕"

        return BLANK.sub(lambda blank: one(blank[1]), text).strip()

    asked = ((purpose, words) for purpose, words in edited.ticks if _is_asked(purpose, draft))
    return (
        (fill(edited.title), fill(edited.summary)),
        *((fill(heading), fill(body)) for _, heading, body in edited.sections),
        *((("", fill(edited.child_summary)),) if edited.child_summary.strip() else ()),
        ("", fill(edited.declaration)),
        *((purpose.value, fill(words)) for purpose, words in asked),
        ("", " / ".join(fill(text) for text in (edited.agree, edited.other_route, edited.refuse))),
    )


def _is_asked(purpose: Purpose, draft: Draft) -> bool:
    """Where no portrait is kept, nobody is asked about one."""
    return purpose is not Purpose.RETAIN_PORTRAIT or draft.portraits > 0
