"""The filters that `audit search`, `audit watch` and `audit export` share."""

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

import click

from consent.entry import time_text
from consent.kinds import Kind
from consent.search import Selection, references_of
from station.cli.audit_office import AuditOffice
from station.decision import resident_claim
from station.model import Claim, ClaimKind, Language
from station.resident_number import is_resident_number

F = TypeVar("F", bound=Callable[..., object])
_DAY = "%Y-%m-%d"
_FORMS = (_DAY, "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")
_MOST_CHARS = 64
_SAY = {
    "ask": ("证件号码或住户号", "Document number or resident number"),
    "time": (
        "时间写作 2026-03-01 或 2026-03-01T09:30（本机时区）",
        "a time is 2026-03-01 or 2026-03-01T09:30 (this machine's time zone)",
    ),
    "both": ("--person 和 --reference 只能用一个", "use --person or --reference, not both"),
    "who": ("这不是证件号码或住户号", "that is no document or resident number"),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a call asks for, before a person's number has become a reference."""

    selection: Selection
    person: bool
    reference: str

    def selection_for(self, office: AuditOffice, language: Language) -> Selection:
        """The whole selection; asks for the number where `--person` was given.

        A number is typed, never an argument: other processes and the shell's history would have
        it. Raises `StorageError(RESIDENT_UNKNOWN)`, `click.UsageError`.
        """
        reference = self.reference
        if self.person:
            reference = office.reference_of(_asked_claim(language))
        if not reference:
            return self.selection
        return replace(self.selection, person=references_of(office.rows, reference))


def filter_options(command: F) -> F:
    """`--from --to --kind --actor --person --reference --text`; the command gets `filters`."""

    @functools.wraps(command)
    def with_filters(
        *values: object,
        first: str | None,
        last: str | None,
        kinds: tuple[str, ...],
        actors: tuple[str, ...],
        person: bool,
        reference: str,
        looked_for: str,
        **named: object,
    ) -> object:
        if person and reference:
            raise click.UsageError(" / ".join(_SAY["both"]))
        selection = Selection(
            "" if first is None else _moment(first, end=False),
            "" if last is None else _moment(last, end=True),
            tuple(Kind(kind) for kind in kinds),
            actors,
            text=looked_for,
        )
        return command(*values, filters=Filters(selection, person, reference), **named)

    wrapped: Callable[..., object] = with_filters
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value]


_OPTIONS = (
    click.option("--from", "first", help="Day or time, included; this machine's time zone."),
    click.option("--to", "last", help="Day, included as a whole, or time, not included."),
    click.option(
        "--kind",
        "kinds",
        multiple=True,
        type=click.Choice([kind.value for kind in Kind], case_sensitive=False),
        metavar="KIND",
        help="Kind of entry; several times for several.",
    ),
    click.option("--actor", "actors", multiple=True, help="User name: did it, or agreed to it."),
    click.option("--person", is_flag=True, help="One resident: the number is asked for."),
    click.option("--reference", default="", help="One person, by the reference in an entry."),
    click.option(
        "--text", "looked_for", default="", help="Any words in an entry (search and watch alone)."
    ),
)


def _moment(text: str, *, end: bool) -> str:
    for form in _FORMS:
        try:
            local = datetime.strptime(text, form)  # noqa: DTZ007 - the machine's zone is meant
        except ValueError:
            continue
        if end and form == _DAY:
            local += timedelta(days=1)
        return time_text(local.astimezone())
    raise click.UsageError(" / ".join(_SAY["time"]))


def _asked_claim(language: Language) -> Claim:
    typed: str = click.prompt(_SAY["ask"][0 if language is Language.ZH_CN else 1], err=True)
    value = typed.strip()
    if not 1 <= len(value) <= _MOST_CHARS:
        raise click.UsageError(" / ".join(_SAY["who"]))
    claim = resident_claim(value)
    if is_resident_number(claim.value):
        return claim
    return Claim(ClaimKind.DOCUMENT, value)
