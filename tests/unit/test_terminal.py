"""The visit on a terminal: answers from a keyboard, a pasted block or a pipe."""

import os
import sys
import threading
from collections.abc import Iterator
from typing import cast

import pytest

from consent.notice_source import read_notice
from resources.texts import text
from station.build import NOTICES
from station.cli.demo import DemoWorld, SimulatedVisitor
from station.cli.terminal import Terminal
from station.events import CaptureRetry, Flow, LightChanged, OutcomeReached
from station.model import Answer, Language, Outcome, Purpose
from station.ports import Cancelled


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
    reply = terminal.ask_consent(notice, cancel)
    # A terminal cannot light a face: it would only ever be refused for the light it lacks.
    assert reply.answer is Answer.GIVEN and reply.calm
    key = terminal.ask_access_key(cancel)
    watchdog.cancel()
    assert (key.document_number, key.birth_date, key.expiry_date) == (
        "X0000000",
        "900101",
        "300101",
    )


def test_the_simulated_visitor_is_checked_as_most_people_are() -> None:
    notice = read_notice(NOTICES, "visitor", NOTICES / "demo_site.toml")
    world = cast(DemoWorld, None)
    reply = SimulatedVisitor(world, Language.EN, quiet=True).ask_consent(notice, threading.Event())
    assert reply.answer is Answer.GIVEN and not reply.calm


@pytest.mark.parametrize("language", list(Language))
def test_another_attempt_says_what_to_do_differently(language: Language) -> None:
    said: list[str] = []
    terminal = Terminal(language, said.append)
    terminal.publish(CaptureRetry("L1_LIGHT", 2))
    assert said[0].startswith(text("retry", "L1_LIGHT", language)) and "2" in said[0]
    terminal.publish(CaptureRetry("no such layer", 1))
    assert said[1].startswith(text("retry", "OTHER", language))


def test_lights_are_spoken_of_once() -> None:
    said: list[str] = []
    terminal = Terminal(Language.EN, said.append)
    for light in ("WHITE", "ROSE", "", "", "LEFT"):
        terminal.publish(LightChanged(light))
    assert len(said) == 2 and "keep still" in said[0]


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


def test_every_purpose_is_asked_by_itself(keyboard: int) -> None:
    said: list[str] = []
    notice = read_notice(NOTICES, "resident", NOTICES / "demo_site.toml")
    os.write(keyboard, b"1\nyes\n2\n1\n")
    reply = Terminal(Language.EN, said.append).ask_consent(notice, threading.Event())
    assert reply.answer is Answer.GIVEN
    assert reply.agreed == frozenset({Purpose.RETAIN_TEMPLATE})
    for _, words in notice.text(Language.EN).ticks:
        assert any(words in line for line in said)


def test_the_only_purpose_is_not_asked_twice(keyboard: int, terminal: Terminal) -> None:
    notice = read_notice(NOTICES, "resident_check", NOTICES / "demo_site.toml")
    os.write(keyboard, b"1\n")
    assert terminal.ask_consent(notice, threading.Event()).agreed is None


def test_a_resident_says_a_number_or_shows_a_document(keyboard: int, terminal: Terminal) -> None:
    os.write(keyboard, b"RN1:1234567890\n\n")
    claim = terminal.ask_claim(threading.Event())
    assert claim is not None and claim.value == "1234567890"
    assert terminal.ask_claim(threading.Event()) is None


def test_nothing_is_erased_on_a_slip_of_the_finger(keyboard: int, terminal: Terminal) -> None:
    os.write(keyboard, b"\n11\n3\n2\n1\n")
    assert terminal.ask_erasure(threading.Event()) is False
    assert terminal.ask_check_only(threading.Event()) is True


def test_the_resident_number_is_told_once_at_the_end() -> None:
    said: list[str] = []
    enrolled = OutcomeReached(
        Outcome.ENROLLED, None, False, "R", Flow.ENROLMENT, resident_number="1234567890"
    )
    Terminal(Language.EN, said.append).publish(enrolled)
    assert "1234567890" in said[0] and len(said) == 1
