"""Bench trials: what the booth allows under their purpose, and a session on the simulated stage."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace

import click
import pytest

from consent.receipt import ConsentReceipt
from station.booth.handle import BoothProcess, BoothSpec
from station.booth.messages import (
    Action,
    Begin,
    CameraChoice,
    CapturePolicy,
    ChallengePlan,
    Compare,
    ConsentProof,
    DeviceState,
    Fault,
    ReadDocument,
    ReaderChoice,
    StartCapture,
)
from station.cli import evaluate_pad_bench as bench_module
from station.cli.bench_trials import Presented, TrialBooth
from station.cli.evaluate_pad_bench import Bench, finish, make_bench, run_trials
from station.cli.terminal import Terminal
from station.config import ROOT
from station.errors import CameraError, ErrorCode, PurgeError
from station.model import Answer, BoothEnd, Language, PadReport, PadResult, VisitId
from station.pad_trials import TrialLog
from station.ports import NoticeReply
from tests.flow.photo_station import MODELS, station_in

needs_models = pytest.mark.skipif(
    not (MODELS / "extractor.onnx").exists(), reason="models not fetched: ./station.sh setup"
)
TRIAL = ConsentProof("ABCD-EFGH-JKMN", "0" * 64, ("PAD_TRIAL",))
PLAN = ChallengePlan("2" * 32, (Action.BLINK, Action.TURN_LEFT), time.monotonic_ns() + 10**12)
CAPTURE = StartCapture(CameraChoice("feed"), PLAN, CapturePolicy(5, 5, 0.15, 90))
BREACH = Fault(ErrorCode.BOOTH_PROTOCOL.value, {})


@pytest.fixture
def booth() -> Iterator[BoothProcess]:
    process = BoothProcess(BoothSpec(MODELS))
    try:
        process.wait_ready(60)
        yield process
    finally:
        process.end()


def said(booth: BoothProcess) -> object:
    received = booth.wire.receive(10)
    assert received is not None
    return received.message


@needs_models
def test_a_trial_may_capture_without_a_document(booth: BoothProcess) -> None:
    booth.wire.send(Begin("1" * 32, TRIAL, True))
    assert said(booth) == DeviceState(False, False, 0)
    booth.wire.send(CAPTURE)
    # It gets as far as the camera, which this feed is not.
    answer = said(booth)
    assert isinstance(answer, Fault | DeviceState)
    assert answer != BREACH


@needs_models
@pytest.mark.parametrize("command", [ReadDocument(ReaderChoice("feed")), Compare(1e-4)])
def test_a_trial_reads_no_document_and_compares_nobody(
    booth: BoothProcess, command: ReadDocument | Compare
) -> None:
    booth.wire.send(Begin("1" * 32, TRIAL, True))
    said(booth)
    booth.wire.send(command)
    assert said(booth) == BREACH


@needs_models
def test_a_trial_is_a_purpose_of_its_own(booth: BoothProcess) -> None:
    mixed = ConsentProof("ABCD-EFGH-JKMN", "0" * 64, ("PAD_TRIAL", "UPLOAD"))
    booth.wire.send(Begin("1" * 32, mixed, True))
    assert said(booth) == Fault(ErrorCode.CONSENT_MISSING.value, {})


class Scripted:
    """An operator who answers from lists."""

    def __init__(
        self, picks: Sequence[int], typed: Sequence[str], confirms: Sequence[bool]
    ) -> None:
        self.picks, self.typed, self.confirms = list(picks), list(typed), list(confirms)
        self.heard: list[str] = []

    def choose(self, question: str, choices: list[str]) -> int:
        return self.picks.pop(0)

    def ask(self, question: str, is_valid: Callable[[str], bool]) -> str:
        assert is_valid(self.typed[0])
        return self.typed.pop(0)

    def confirm(self, question: str) -> bool:
        if not self.confirms:
            raise click.Abort
        return self.confirms.pop(0)

    def say(self, line: str) -> None:
        self.heard.append(line)


class FakeTrialBooth:
    """Stands for the booth: receipts for a yes, a report per presentation."""

    policy = "NORMAL"

    def __init__(self) -> None:
        self.answers: list[Answer] = []

    def record_consent(self, reply: NoticeReply, trial_id: VisitId) -> object:
        self.answers.append(reply.answer)
        given = SimpleNamespace(receipt_id="ABCD-EFGH-JKMN")
        return given if reply.answer is Answer.GIVEN else None


def reply(answer: Answer) -> NoticeReply:
    return NoticeReply(answer, Language.EN, "TERMINAL", 3.0, True)


def fake_bench(folder: Path) -> Bench:
    booth: object = FakeTrialBooth()
    return Bench(booth, "SIM", "cam", "station 0", "f" * 64, folder)  # type: ignore[arg-type]


def ended(result: PadResult = PadResult.ATTACK) -> Presented:
    end = BoothEnd(1, True, True, "2026-01-01T00:00:00.000+00:00", 0.5)
    return Presented(VisitId("ab" * 16), PadReport(result, "L3_PLANARITY", "", ()), 4.2, end)


SERIES = ([1, 0, 0, 0, 0, 0], ["P01", "S01", "60", "3"])


def test_every_presentation_is_on_record_at_once_and_a_session_can_go_on(tmp_path: Path) -> None:
    bench = fake_bench(tmp_path)
    seen: list[int] = []

    def present(receipt: ConsentReceipt, species: str) -> Presented:
        seen.append(len(TrialLog(bench.csv).rows))
        assert species == "photo"
        return ended()

    # The third confirmation is missing: the operator has pressed Ctrl-C.
    operator = Scripted(*SERIES, [True, True])
    with pytest.raises(click.Abort):
        run_trials(bench, operator, Language.EN, present, lambda: reply(Answer.GIVEN))
    assert seen == [0, 1]
    again = Scripted(*SERIES, [True, False, False])
    log = run_trials(bench, again, Language.EN, present, lambda: reply(Answer.GIVEN))
    assert "2 presentations are on record" in again.heard[0]
    assert [row.number for row in log.rows] == ["1", "2", "3"]
    document = finish(bench, log, Language.EN)
    assert document["apcer"]["photo"]["n"] == 3
    assert bench.pdf.read_bytes().startswith(b"%PDF")


def test_without_a_yes_nothing_is_presented(tmp_path: Path) -> None:
    bench = fake_bench(tmp_path)

    def present(receipt: ConsentReceipt, species: str) -> Presented:
        raise AssertionError("nobody agreed")

    operator = Scripted(*SERIES, [False])
    log = run_trials(bench, operator, Language.EN, present, lambda: reply(Answer.REFUSED))
    assert log.rows == []
    assert any("Not agreed" in line for line in operator.heard)


def test_a_camera_that_fails_is_no_result(tmp_path: Path) -> None:
    bench = fake_bench(tmp_path)
    outcomes: list[Presented | CameraError] = [ended(), CameraError(ErrorCode.CAMERA_LOST), ended()]

    def present(receipt: ConsentReceipt, species: str) -> Presented:
        outcome = outcomes.pop(0)
        if isinstance(outcome, CameraError):
            raise outcome
        return outcome

    operator = Scripted(*SERIES, [True, True, True, False])
    log = run_trials(bench, operator, Language.EN, present, lambda: reply(Answer.GIVEN))
    assert [row.presentation for row in log.rows] == ["1", "3"]


def test_a_booth_that_cannot_be_shown_to_be_gone_ends_the_session(tmp_path: Path) -> None:
    def present(receipt: ConsentReceipt, species: str) -> Presented:
        raise PurgeError(ErrorCode.PURGE_FAILED)

    operator = Scripted(*SERIES, [True, True, True, True])
    with pytest.raises(PurgeError):
        run_trials(
            fake_bench(tmp_path), operator, Language.EN, present, lambda: reply(Answer.GIVEN)
        )


@needs_models
def test_a_session_on_the_simulated_stage(tmp_path: Path) -> None:
    """Real booths, rendered people: one person, one photo; the label is SIM and stays SIM."""
    with station_in(tmp_path, {"policy": {"pad": "FAST"}}) as world:
        booth = TrialBooth(world.station, world.stage, calm=False)
        bench = make_bench(world.station, booth, None)
        assert bench.species == ("bona_fide", "photo")
        terminal = Terminal(Language.EN, lambda _line: None)
        operator = Scripted(
            [0, 0, 0, 1, 0, 0, 0, 0, 0],
            ["S01", "60", "1", "P01", "S01", "60", "1"],
            [True, True, True, False],
        )
        log = run_trials(
            bench,
            operator,
            Language.EN,
            lambda receipt, species: booth.present(receipt, species, terminal, terminal.publish),
            lambda: bench_module.ask_on_terminal(bench, operator, Language.EN),
        )
        entries = [json.loads(row.body) for row in world.station.stores.ledger.entries()]
    person, photo = log.rows
    assert (person.species, photo.species) == ("bona_fide", "photo")
    assert {row.label for row in log.rows} == {"SIM"}
    # How often a person passes is the rig's to say; a photo never does.
    assert photo.result in {"ATTACK", "UNDECIDED"}
    assert "L4_SHAPE" in person.layers
    assert bench.csv.parent == tmp_path / "bench"
    kinds = [(entry["kind"], entry["payload"].get("purpose")) for entry in entries]
    assert kinds.count(("CONSENT_GIVEN", "PAD_TRIAL")) == 1
    assert [kind for kind, _ in kinds].count("PURGE") == 2
    assert not [name for name in ("VISIT_OUTCOME", "KEEP_IDENTITY") if (name, None) in kinds]
    files = {path.suffix for path in bench.folder.rglob("*") if path.is_file()}
    assert files == {".csv"}


@needs_models
def test_the_command_in_its_window_with_piped_answers(tmp_path: Path) -> None:
    """The whole command: questions on the terminal, prompts and lights in a window, then the PDF.

    The answers end before the second series is described: what was done must be there.
    """
    (tmp_path / "models").symlink_to(MODELS)
    answers = ["2", "1", "1", "1", "1", "P01", "S02", "1", "60", "1", "1", "y", "y"]
    command = [sys.executable, "-m", "station", "evaluate", "pad", "--bench", "--demo", "--json"]
    environment = os.environ | {
        "STATION_HOME": str(tmp_path),
        "QT_QPA_PLATFORM": "offscreen",
        "DISPLAY": ":none",
    }
    done = subprocess.run(
        [*command, "--lang", "en"],
        cwd=ROOT,
        env=environment,
        input="\n".join(answers) + "\n",
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    document = json.loads(done.stdout)
    assert (document["label"], document["policy"]) == ("SIM", ["NORMAL"])
    assert document["apcer"].get("photo", {"k": 0})["k"] == 0
    (row,) = TrialLog(tmp_path / "bench" / "pad-trials-SIM.csv").rows
    assert (row.subject, row.artefact, row.species) == ("S02", "P01", "photo")
    assert (tmp_path / "bench" / "pad-trials-SIM.pdf").read_bytes().startswith(b"%PDF")
