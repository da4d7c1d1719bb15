"""Whom a command is about: a resident number, or a document number that is asked for.

A document number is never an argument: other processes and the shell's history would have it.
"""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from station.decision import resident_claim
from station.model import Claim, ClaimKind, Language

F = TypeVar("F", bound=Callable[..., object])

MOST_LINES = 100_000
_MOST_BYTES = 8 << 20
_MOST_CHARS = 64
_COLUMNS = {
    "resident_number": ClaimKind.RESIDENT_NUMBER,
    "document_number": ClaimKind.DOCUMENT,
}
_SAY = {
    "ask": ("证件号码", "Document number"),
    "both": ("--number 和 --document 只能用一个", "use --number or --document, not both"),
    "nobody": (
        "请用 --number 或 --document 说明是谁",
        "say who it is, with --number or --document",
    ),
    "form": (
        "名单应为 UTF-8 的 CSV，第一行是 resident_number 或 document_number，"
        "以下每行一个，最多 {most} 行",
        "the list has to be CSV in UTF-8: first line resident_number or document_number, "
        "then one per line, at most {most} lines",
    ),
}


def claim_options(command: F) -> F:
    """`--number` and `--document`."""
    command = click.option("--document", is_flag=True, help="Ask for the document number.")(command)
    return click.option("--number", help="Resident number.")(command)


def claimed(number: str | None, document: bool, language: Language) -> Claim | None:
    """Whom the options name, if anybody. Raises `click.UsageError` for both or an empty one."""
    if number is not None and document:
        raise click.UsageError(_say("both", language))
    if document:
        typed: str = click.prompt(_say("ask", language), err=True)
        return Claim(ClaimKind.DOCUMENT, _checked(typed.strip(), language))
    if number is None:
        return None
    claim = resident_claim(number)
    return Claim(claim.kind, _checked(claim.value, language))


def needed(number: str | None, document: bool, language: Language) -> Claim:
    """As `claimed`; naming nobody is wrong use."""
    claim = claimed(number, document, language)
    if claim is None:
        raise click.UsageError(_say("nobody", language))
    return claim


def read_list(path: Path, language: Language) -> tuple[Claim, ...]:
    """The claims of a CSV file, one per line below its heading. Raises `click.UsageError`.

    An empty line stays a line, so that results keep the numbers the file's editor shows.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise ValueError("too long")
        lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig")), strict=True))
        kind = _COLUMNS[lines[0][0].strip()]
        found = tuple(Claim(kind, (line[0] if line else "").strip()) for line in lines[1:])
    except (OSError, ValueError, LookupError, csv.Error) as error:
        raise click.UsageError(_say("form", language)) from error
    too_long = any(len(claim.value) > _MOST_CHARS for claim in found)
    if too_long or not 1 <= len(found) <= MOST_LINES:
        raise click.UsageError(_say("form", language))
    return found


def _checked(value: str, language: Language) -> str:
    if not 1 <= len(value) <= _MOST_CHARS:
        raise click.UsageError(_say("nobody", language))
    return value


def _say(key: str, language: Language) -> str:
    return _SAY[key][0 if language is Language.ZH_CN else 1].format(most=MOST_LINES)
