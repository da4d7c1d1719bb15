"""`evaluate pad`: its forms exclude each other, and wrong uses say so."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from station.cli import evaluate_pad as command
from station.cli import evaluate_pad_bench, evaluate_pad_clips
from station.cli.pad_clips_report import ClipsRun
from station.model import Language


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--rig", "1", "--bench"],
        ["--clips", ".", "--bench"],
        ["--bench", "--plot", "det.svg"],
        ["--clips", "no-such-folder"],
    ],
)
def test_a_wrong_use_ends_with_2(options: list[str]) -> None:
    result = CliRunner().invoke(command.evaluate_pad, options)
    assert (result.exit_code, result.stdout) == (2, "")


def test_clips_take_the_seed_and_give_one_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds: list[int] = []

    def play(folder: Path, seed: int) -> ClipsRun:
        seeds.append(seed)
        return ClipsRun(seed, 20, "NORMAL", "f" * 64)

    monkeypatch.setattr(evaluate_pad_clips, "play_clips", play)
    plot = tmp_path / "det.svg"
    options = ["--clips", str(tmp_path), "--rig", "7", "--json", "--plot", str(plot)]
    result = CliRunner().invoke(command.evaluate_pad, options)
    document = json.loads(result.stdout)
    assert (result.exit_code, seeds, document["label"]) == (0, [7], "CLIPS")
    # Nothing was presented: that is no error rate of zero.
    assert document["apcer_max"] is None
    assert "CLIPS" in plot.read_text("utf-8")


def test_the_bench_gets_language_and_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def run(language: Language, folder: Path | None, *, demo: bool) -> dict[str, Any]:
        asked.append((language, folder, demo))
        return {"label": "SIM"}

    monkeypatch.setattr(evaluate_pad_bench, "run_bench", run)
    options = ["--bench", "--demo", "--out", str(tmp_path), "--lang", "en", "--json"]
    result = CliRunner().invoke(command.evaluate_pad, options)
    assert json.loads(result.stdout) == {"label": "SIM"}
    assert asked == [(Language.EN, tmp_path, True)]
