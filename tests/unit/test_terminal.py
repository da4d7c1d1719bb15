"""The visit on a terminal: answers from a keyboard, a pasted block or a pipe."""

import os
import sys
import threading
from collections.abc import Iterator

import pytest

from consent.notice_source import read_notice
from station.build import NOTICES
from station.cli.terminal import Terminal
from station.model import Answer, Language
from station.visit import Cancelled


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """What is written to this descriptor is typed at the terminal."""
    read_end, write_end = os.pipe()
    with os.fdopen(read_end) as stdin, os.fdopen(write_end, "wb"):
        monkeypatch.setattr(sys, "stdin", stdin)
        yield write_end


@pytest.fixture
def terminal() -> Terminal:
    return Terminal(Language.EN, lambda line: None)


def test_lines_that_arrive_together_answer_one_question_each(
    keyboard: int, terminal: Terminal
) -> None:
    cancel, notice = threading.Event(), read_notice(NOTICES, "visitor", NOTICES / "demo_site.toml")
    # A wait for a line that a buffer has swallowed would never end.
    watchdog = threading.Timer(5, cancel.set)
    watchdog.start()
    os.write(keyboard, "7\n证\n1\nx0000000\n900101\n300101\n".encode())
    assert terminal.ask_consent(notice, cancel).answer is Answer.GIVEN
    key = terminal.ask_access_key(cancel)
    watchdog.cancel()
    assert (key.document_number, key.birth_date, key.expiry_date) == (
        "X0000000",
        "900101",
        "300101",
    )


def test_half_a_line_does_not_keep_a_cancel_waiting(keyboard: int, terminal: Terminal) -> None:
    cancel = threading.Event()
    os.write(keyboard, b"X00")
    threading.Timer(0.2, cancel.set).start()
    with pytest.raises(Cancelled):
        terminal.ask_access_key(cancel)


def test_no_line_is_longer_than_the_wall_lets_through(keyboard: int, terminal: Terminal) -> None:
    os.write(keyboard, b"9" * 5000 + b"\n900101\n300101\n")
    key = terminal.ask_access_key(threading.Event())
    assert key.document_number == "9" * 60
    assert (key.birth_date, key.expiry_date) == ("900101", "300101")


def test_the_end_of_input_is_a_cancel(keyboard: int, terminal: Terminal) -> None:
    os.write(keyboard, b"X0000000")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, keyboard)
    os.close(nowhere)
    with pytest.raises(Cancelled):
        terminal.ask_access_key(threading.Event())
