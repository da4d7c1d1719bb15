"""`person register-minor`: a child at the staffed desk, with the guardian there (X-6).

What staff were told and shown is typed here and never an argument: other processes and the shell's
history would have it.
"""

import json
import threading
from enum import StrEnum
from typing import TypeVar

import click

from resources.office_texts import office_word
from station.access import Act
from station.cli.language import chosen, lang_option
from station.cli.opening import opened, passphrase, passphrase_option
from station.cli.options import json_option
from station.cli.signing_in import StaffLogin, at_desk, staff_options
from station.cli.terminal import Terminal
from station.cli.visit import as_document
from station.minors import Guardian, GuardianDocument, MinorCase, Proof, Relation
from station.model import Language, Outcome

Word = TypeVar("Word", bound=StrEnum)

_SAY = {
    "rule": (
        "孩子一般不登记人脸，办一张卡就好。只有监护人在场、看过证件和监护关系证明，才往下办。",
        "Children usually get a card instead. Go on only with the guardian here, and after you "
        "have seen their document and a proof of guardianship.",
    ),
    "child_document": ("孩子的证件号码", "Number of the child's document"),
    "name": ("监护人姓名", "Name of the guardian"),
    "contact": ("监护人联系方式", "Contact of the guardian"),
    "document": ("看过监护人的哪种证件", "Which document of the guardian you have seen"),
    "relation": ("和孩子的关系", "What they are to the child"),
    "proof": ("看过哪种监护关系证明", "Which proof of guardianship you have seen"),
}
_SECTIONS: dict[type[StrEnum], str] = {
    GuardianDocument: "document",
    Relation: "relation",
    Proof: "proof",
}


@click.command("register-minor", epilog="Example: ./station.sh person register-minor --as li.wei")
@json_option
@lang_option
@staff_options
@passphrase_option
@click.pass_context
def register_minor(
    context: click.Context,
    *,
    as_json: bool,
    lang: str | None,
    staff: StaffLogin,
    passphrase_fd: int | None,
) -> None:
    """Register a child at the staffed desk: the guardian agrees, and the child is willing."""
    language = chosen(lang)
    terminal = Terminal(language, lambda line: click.echo(line, err=True))
    with (
        opened(passphrase(passphrase_fd)) as station,
        at_desk(station, staff) as (room, session),
    ):
        permit = room.gate.permit(session, Act.MINOR_ENROL)
        station.premises.readiness.require_child()
        case = ask_case(language)
        report = station.residents.enrol_minor(
            terminal, terminal.publish, threading.Event(), permit, case
        )
    if as_json:
        document = as_document(report) | {"resident_number": report.resident_number or None}
        click.echo(json.dumps(document, ensure_ascii=False))
    context.exit(0 if report.outcome is Outcome.ENROLLED else 1)


def ask_case(language: Language) -> MinorCase:
    """What staff were told and shown, typed at the desk."""
    click.echo(_say("rule", language), err=True)
    child_document = _typed("child_document", language)
    guardian = Guardian(
        name=_typed("name", language),
        document=_chosen("document", GuardianDocument, language),
        relation=_chosen("relation", Relation, language),
        proof=_chosen("proof", Proof, language),
        contact=_typed("contact", language),
    )
    return MinorCase(guardian, child_document)


def _typed(key: str, language: Language) -> str:
    typed: str = click.prompt(_say(key, language), err=True)
    return typed.strip()


def _chosen(key: str, words: type[Word], language: Language) -> Word:
    offered = tuple(words)
    for number, one in enumerate(offered, 1):
        click.echo(f"  {number} {_word(one, language)}", err=True)
    number = click.prompt(_say(key, language), type=click.IntRange(1, len(offered)), err=True)
    return offered[number - 1]


def _word(one: StrEnum, language: Language) -> str:
    return office_word(_SECTIONS[type(one)], one, language.value)


def _say(key: str, language: Language) -> str:
    return _SAY[key][0 if language is Language.ZH_CN else 1]
