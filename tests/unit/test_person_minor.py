"""`person register-minor`: what staff type, what the child is asked, and who may."""

import os
import sys
import threading
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from consent.notice_source import read_notice
from station.cli import person_minor
from station.cli.person_minor import ask_case
from station.cli.terminal import Terminal
from station.minors import GuardianDocument, MinorCase, MinorDialogue, Proof, Relation
from station.model import Language
from station.premises import NOTICES

NOTICE = read_notice(NOTICES, "resident_minor", NOTICES / "demo_site.toml")


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """What is written to this descriptor is typed at the terminal."""
    read_end, write_end = os.pipe()
    with os.fdopen(read_end) as stdin, os.fdopen(write_end, "wb"):
        monkeypatch.setattr(sys, "stdin", stdin)
        yield write_end


@pytest.mark.parametrize("language", list(Language))
def test_what_staff_type_becomes_the_case(language: Language) -> None:
    found: list[MinorCase] = []

    @click.command()
    def ask() -> None:
        found.append(ask_case(language))

    typed = "X0000000\n示例监护人\n9\n1\n4\n2\nextension 0042\n"
    done = CliRunner().invoke(ask, input=typed)
    assert done.exit_code == 0, done.output
    case = found[0]
    assert case.child_document == "X0000000" and case.guardian.name == "示例监护人"
    assert case.guardian.document is GuardianDocument.RESIDENT_ID
    assert case.guardian.relation is Relation.OTHER_PERSON
    assert case.guardian.proof is Proof.BIRTH_CERTIFICATE
    assert case.guardian.contact == "extension 0042"
    case.guardian.check()
    assert done.stdout == "", "questions are no output"


@pytest.mark.parametrize(("typed", "willing"), [("3\n1\n", True), ("2\n", False)])
def test_the_child_reads_its_own_words_and_is_asked(
    keyboard: int, typed: str, willing: bool
) -> None:
    printed: list[str] = []
    terminal: MinorDialogue = Terminal(Language.EN, printed.append)
    os.write(keyboard, typed.encode())
    cancel = threading.Event()
    watchdog = threading.Timer(5, cancel.set)
    watchdog.start()
    assert terminal.ask_child(NOTICE, Language.ZH_CN, cancel) is willing
    watchdog.cancel()
    assert "不想要也没关系" in printed[0]


def test_every_choice_has_a_name_in_both_languages() -> None:
    for words in (GuardianDocument, Relation, Proof):
        for one in words:
            names = {person_minor._word(one, language) for language in Language}
            assert len(names) == 2 and one.value not in names
