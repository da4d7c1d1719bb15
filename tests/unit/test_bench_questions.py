"""What the operator is asked, and what a subject is told and agrees to."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from click.testing import CliRunner

from consent.canonical import decode_object
from consent.kinds import Kind
from consent.record import Evidence
from consent.recording import record_answer
from station.cli import bench_questions as questions
from station.cli.bench_consent import trial_notice
from station.cli.bench_questions import (
    ARTEFACT_ID,
    FACTORS,
    FACTORS_OF,
    LIGHTS,
    SPECIES,
    SUBJECT_CODE,
    TerminalOperator,
    ask_series,
)
from station.model import Answer, Language, Purpose, VisitId
from tests.flow.visit_fakes import NOTICE
from tests.ledger_fakes import new_ledger


class Scripted:
    """Picks and types in turn; a typed answer that is not valid is tried no second time."""

    def __init__(self, picks: Sequence[int], typed: Sequence[str]) -> None:
        self.picks, self.typed = list(picks), list(typed)
        self.said: list[str] = []

    def choose(self, question: str, choices: list[str]) -> int:
        assert question and all(choices)
        return self.picks.pop(0)

    def ask(self, question: str, is_valid: Callable[[str], bool]) -> str:
        while not is_valid(self.typed[0]):
            self.typed.pop(0)
        return self.typed.pop(0)

    def confirm(self, question: str) -> bool:
        return True

    def say(self, line: str) -> None:
        self.said.append(line)


@pytest.mark.parametrize("language", list(Language))
def test_a_print_is_described_by_all_its_factors(language: Language) -> None:
    operator = Scripted([1, 1, 1, 1, 2, 3], ["P 03", "P03", "Zhang San", "S01", "9", "60", "15"])
    series = ask_series(operator, language, tuple(SPECIES))
    assert (series.species, series.light, series.distance_cm) == ("photo", "back", 60)
    assert series.details == "paper=photo;surface=gloss;shape=bent;cut_outs=eyes_mouth"
    assert (series.artefact, series.subject, series.presentations) == ("P03", "S01", 15)


def test_a_person_has_no_artefact() -> None:
    series = ask_series(Scripted([0, 0], ["S1", "50", "1"]), Language.EN, tuple(SPECIES))
    assert (series.species, series.artefact, series.details) == ("bona_fide", "-", "")


def test_every_factor_has_words_and_every_species_its_factors() -> None:
    assert set(FACTORS_OF) == set(SPECIES)
    assert {factor for factors in FACTORS_OF.values() for factor in factors} == set(FACTORS)
    words = [*SPECIES.values(), *LIGHTS.values(), *(q for q, _ in FACTORS.values())]
    words += [pair for _, choices in FACTORS.values() for pair in choices.values()]
    assert all(chinese and english and chinese != english for chinese, english in words)
    assert {"normal", "strong", "weak", "back"} == set(LIGHTS)


@pytest.mark.parametrize(
    "name", ["张三", "Zhang", "S", "", "S12345", "S01 Li", "110101199003070012"]
)
def test_a_name_is_no_subject_code(name: str) -> None:
    assert SUBJECT_CODE.fullmatch(name) is None


@pytest.mark.parametrize("bad", ["", "../x", "a,b", "=cmd()", "x" * 25, "纸"])
def test_an_artefact_id_cannot_break_a_table(bad: str) -> None:
    assert ARTEFACT_ID.fullmatch(bad) is None


def test_the_terminal_asks_again_until_an_answer_is_valid() -> None:
    import click

    @click.command()
    def command() -> None:
        operator = TerminalOperator(Language.EN)
        picked = operator.choose("Which?", ["a", "b"])
        click.echo(f"{picked} {operator.ask('Code', lambda typed: typed == 'S01')}")

    result = CliRunner().invoke(command, input="7\n2\nnobody\nS01\n")
    assert result.stdout.splitlines()[-1] == "1 S01"
    assert questions.say("again", Language.EN) in result.stderr


def answer(given: Answer) -> tuple[Any, list[dict[str, Any]], list[bytes]]:
    ledger, store, _, _ = new_ledger(None)
    sealed: list[bytes] = []

    def seal(_record_id: str, plain: bytes) -> bytes:
        sealed.append(plain)
        return b"sealed"

    receipt = record_answer(
        ledger,
        trial_notice(NOTICE),
        given,
        Language.EN,
        method="TERMINAL",
        dwell_s=9.0,
        shown_to_end=True,
        visit_id=VisitId("ab" * 16),
        station_id="station-1",
        operator="",
        seal=seal,
    )
    return receipt, [dict(decode_object(row.body)) for row in store.rows], sealed


def test_a_yes_to_a_trial_opens_a_booth_for_trials_and_nothing_else() -> None:
    receipt, entries, sealed = answer(Answer.GIVEN)
    assert receipt.purposes == {Purpose.PAD_TRIAL}
    (entry,) = entries
    assert (entry["kind"], entry["payload"]["purpose"]) == (Kind.CONSENT_GIVEN, "PAD_TRIAL")
    body = decode_object(Evidence.from_bytes(sealed[0]).body)
    assert [info["pii_type"] for info in body["pii_information"]] == ["live_face"]  # type: ignore[index,call-overload,union-attr]


def test_a_no_is_recorded_and_opens_nothing() -> None:
    receipt, entries, _ = answer(Answer.REFUSED)
    assert receipt is None
    assert [entry["kind"] for entry in entries] == ["CONSENT_REFUSED"]


@pytest.mark.parametrize("language", list(Language))
def test_the_words_name_the_handler_and_what_is_kept(language: Language) -> None:
    shown = trial_notice(NOTICE).text(language)
    whole = " ".join([shown.summary, *(body for _, body in shown.sections)])
    assert shown.handler_name in whole and "{" not in whole
    assert trial_notice(NOTICE).digest == trial_notice(NOTICE).digest != NOTICE.digest
