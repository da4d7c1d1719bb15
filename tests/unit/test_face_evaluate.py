"""`evaluate faces`: the pairs file is checked line by line, and the answer is one document."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from face_kit import engine, portrait

from station.cli.main import station
from station.cli.pairs import Pair, PairsError, read_pairs


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_folds_and_kinds_follow_the_header(tmp_path: Path) -> None:
    text = "2\t1\nAnn\t1\t2\nAnn\t1\tBob\t3\n\nBob\t1\t2\nBob\t2\tAnn\t1\n"
    assert read_pairs(write(tmp_path / "pairs.txt", text)) == [
        Pair(("Ann", 1), ("Ann", 2), True, 0),
        Pair(("Ann", 1), ("Bob", 3), False, 0),
        Pair(("Bob", 1), ("Bob", 2), True, 1),
        Pair(("Bob", 2), ("Ann", 1), False, 1),
    ]


def test_without_folds_the_pairs_are_cut_into_ten(tmp_path: Path) -> None:
    mated = "".join(f"P{i}\t1\t2\n" for i in range(20))
    nonmated = "".join(f"P{i}\t1\tQ{i}\t1\n" for i in range(20))
    pairs = read_pairs(write(tmp_path / "pairs.txt", f"20\n{mated}{nonmated}"))
    assert [pair.is_mated for pair in pairs] == [True] * 20 + [False] * 20
    for fold in range(10):
        kinds = [pair.is_mated for pair in pairs if pair.fold == fold]
        assert sorted(kinds) == [False, False, True, True]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1"),
        ("five\t300\n", "line 1"),
        ("1\t0\n", "line 1"),
        ("9" * 5000 + "\n", "line 1"),
        ("9999999\t9999999\n", "line 1"),
        ("1\t2\nAnn\t1\t2\n", "expected 4 pairs, found 1"),
        ("1\t1\nAnn\t1\nAnn\t1\tBob\t2\n", "line 2"),
        ("1\t1\nAnn\t1\t2\nAnn\t1\t2\n", "line 3"),
        ("1\t1\nAnn\t1\tx\nAnn\t1\tBob\t2\n", "line 2"),
        ("1\t1\n../Ann\t1\t2\nAnn\t1\tBob\t2\n", "line 2"),
        ("1\t1\n..\t1\t2\nAnn\t1\tBob\t2\n", "line 2"),
        ("1\t1\nAnn\t1\t2\n/etc\t1\tBob\t2\n", "line 3"),
    ],
)
def test_a_malformed_pairs_file_names_its_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(PairsError, match=says):
        read_pairs(write(tmp_path / "pairs.txt", text))


@pytest.fixture
def small_set(tmp_path: Path) -> tuple[Path, Path]:
    """Two folds of one mated pair (one face, two crops) and one pair with a faceless picture."""
    engine()
    images = tmp_path / "images"
    pictures = {
        ("Ann", 1): portrait()[0:288, 112:336],
        ("Ann", 2): portrait()[20:300, 90:340],
        ("Bob", 1): np.full((250, 250, 3), 128, np.uint8),
    }
    for (name, number), picture in pictures.items():
        (images / name).mkdir(parents=True, exist_ok=True)
        data = bytes(cv2.imencode(".jpg", picture)[1])
        (images / name / f"{name}_{number:04d}.jpg").write_bytes(data)
    fold = "Ann\t1\t2\nAnn\t1\tBob\t1\n"
    return images, write(tmp_path / "pairs.txt", f"2\t1\n{fold}{fold}")


def run(images: Path, pairs: Path, *more: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(
        station, ["evaluate", "faces", "--images", str(images), "--pairs", str(pairs), *more]
    )
    return result.exit_code, result.stdout, result.stderr


def test_the_json_answer_is_one_document(small_set: tuple[Path, Path]) -> None:
    code, out, _ = run(*small_set, "--json")
    answer = json.loads(out)
    assert code == 0
    assert answer["accuracy"] == 1.0
    assert (answer["n_mated"], answer["n_nonmated"], answer["images"]) == (2, 2, 3)
    # The faceless picture is a failure to acquire and can never match.
    assert answer["failures_to_acquire"] == 1
    assert answer["nonmated_max"] == -1.0
    assert answer["tar"] == {"1e-2": None, "1e-3": None, "1e-4": None}
    assert answer["threshold"] == 0.415
    assert answer["matcher_id"] == engine().matcher_id


def test_the_text_answer_says_what_it_cannot_say(small_set: tuple[Path, Path]) -> None:
    code, out, _ = run(*small_set)
    assert code == 0
    assert "too few non-mated pairs" in out
    assert "1 without a usable face" in out


def test_a_picture_that_is_not_there_ends_with_1_and_no_name(small_set: tuple[Path, Path]) -> None:
    images, pairs = small_set
    (images / "Bob" / "Bob_0001.jpg").unlink()
    code, out, err = run(images, pairs, "--json")
    assert (code, out) == (1, "")
    assert "Bob" not in err


def test_wrong_use_ends_with_2(tmp_path: Path) -> None:
    assert run(tmp_path / "absent", tmp_path / "absent.txt")[0] == 2


def test_missing_models_end_with_1_and_their_code(
    small_set: tuple[Path, Path], tmp_path: Path
) -> None:
    code, out, err = run(*small_set, "--models", str(tmp_path / "empty"))
    assert (code, out) == (1, "")
    # What to do, not only the code.
    assert "MDL-01" in err and "./station.sh" in err


def test_one_pair_of_each_kind_is_too_few_to_judge(small_set: tuple[Path, Path]) -> None:
    images, pairs = small_set
    code, out, err = run(images, write(pairs, "1\nAnn\t1\t2\nAnn\t1\tBob\t1\n"))
    assert (code, out) == (1, "")
    assert "two folds" in err


def test_pairs_that_are_no_text_are_refused(small_set: tuple[Path, Path]) -> None:
    images, pairs = small_set
    pairs.write_bytes(b"2\t1\n\xff\xfe")
    code, _, err = run(images, pairs)
    assert code == 1
    assert "UTF-8" in err
