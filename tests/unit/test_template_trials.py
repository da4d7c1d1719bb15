"""`evaluate templates`: its trials on made-up vectors with a known answer, and its report."""

import dataclasses
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from face_kit import engine, portrait
from template_kit import draft, near, unit_vectors

from drivers.face.calibration import read_calibration
from drivers.face.engine import FaceEngine
from station.cli import template_trials
from station.cli.evaluate_templates import trials
from station.cli.main import station
from station.cli.pairs import Key, Pair
from station.cli.template_attacks import (
    ALL_KEYS,
    BOTH_STORES,
    NOTHING,
    ROTATION_KEY,
    SEAL_KEY,
    TEMPLATE,
    leaks,
)
from station.cli.template_report import TemplateEvaluation, as_document, as_lines, gates
from station.cli.template_trials import Gallery, accuracy, links, renewal
from station.model import TemplateDraft

MATCHER = read_calibration().tables[0].matcher_id
THRESHOLD = 0.415


@dataclass(frozen=True)
class FakeEngine:
    matcher_id: str = MATCHER
    runtime: str = "opencv 5.0.0"


def made_up(people: int, features: int = 128) -> tuple[Gallery, list[Pair]]:
    """Two pictures a person at cosine .65, and pairs of both kinds in two folds."""
    faces = unit_vectors(people, seed=70, features=features)
    vectors: dict[Key, np.ndarray | None] = {}
    for index, face in enumerate(faces):
        vectors[f"P{index:04d}", 1] = face
        vectors[f"P{index:04d}", 2] = near(face, 0.65, seed=1000 + index)
    vectors["P9999", 1] = None
    names = [f"P{index:04d}" for index in range(people)]
    mated = [Pair((n, 1), (n, 2), True, i % 2) for i, n in enumerate(names)]
    others = [Pair((n, 1), (names[i - 1], 2), False, i % 2) for i, n in enumerate(names)]
    return Gallery.of(vectors), [*mated, *others]


def seeded(seed: int) -> Callable[[], TemplateDraft]:
    rng = np.random.default_rng(seed)
    return lambda: draft(rng)


PEOPLE = 80
GALLERY, PAIRS = made_up(PEOPLE)


@pytest.fixture(scope="module")
def found() -> TemplateEvaluation:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(template_trials, "ENROLMENTS", 100)
        patch.setattr(template_trials, "STRANGERS_PER_TEMPLATE", 40)
        fake = cast(FaceEngine, FakeEngine())
        return trials(GALLERY, PAIRS, fake, seeded(71), time.monotonic())


def test_a_gallery_sorts_by_person_and_counts_what_gave_no_face() -> None:
    assert (len(GALLERY.vectors), len(GALLERY.people), GALLERY.without_face) == (
        2 * PEOPLE,
        PEOPLE,
        1,
    )
    assert GALLERY.people["P0000"] == [("P0000", 1), ("P0000", 2)]


def test_protection_costs_no_accuracy(found: TemplateEvaluation) -> None:
    trial = found.accuracy
    assert (trial.mated, trial.change_pp) == (PEOPLE, 0.0)
    assert trial.nonmated > 3_000
    assert trial.plain is not None and trial.plain.tar == 1.0
    assert 0 < trial.greatest_change < 0.01


def test_a_scheme_that_costs_accuracy_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Impostors with the victim's keys: were they to lose the rotation, scores would be noise."""
    rng = np.random.default_rng(72)
    monkeypatch.setattr(
        template_trials,
        "compare_sealed",
        lambda _t, _k, probes: list(rng.normal(0.0, 0.1, len(probes))),
    )
    trial = accuracy(GALLERY, PAIRS, seeded(73), rng)
    assert trial.change_pp is not None and trial.change_pp < -50


def test_too_few_pairs_are_not_judged() -> None:
    gallery, pairs = made_up(3)
    trial = accuracy(gallery, pairs[:1], seeded(74), np.random.default_rng(75))
    assert trial.plain is None and trial.change_pp is None
    assert links(gallery, seeded(76), np.random.default_rng(77)) is None
    assert renewal(gallery, pairs[3:], seeded(78), THRESHOLD) is None


def test_every_renewal_measure_is_counted(found: TemplateEvaluation) -> None:
    trial = found.renewal
    assert trial is not None
    assert trial.enrolments == 100
    assert (trial.distinct, trial.genuine_accepted, trial.renewed_accepted) == (100, 100, 100)
    assert trial.old_refused == 100
    assert trial.distance.mean == pytest.approx(0.5, abs=0.005)
    assert abs(trial.mean_cosine) < 0.01


def test_no_link_is_found_and_the_control_is(found: TemplateEvaluation) -> None:
    trial = found.links
    assert trial is not None
    assert (trial.people, trial.same_picture, trial.other_picture) == (PEOPLE, PEOPLE, PEOPLE)
    assert trial.sealed.mated == trial.sealed.nonmated == 2 * PEOPLE
    assert not trial.sealed.is_linkable and not trial.opened.is_linkable
    assert trial.unprotected.is_linkable and trial.unprotected.auc == 1.0


def test_one_key_for_all_is_found_linkable() -> None:
    """The measure must see the very mistake the scheme avoids."""
    one = seeded(79)()
    trial = links(GALLERY, lambda: one, np.random.default_rng(80))
    assert trial is not None
    # The nonces differ, so the ciphertexts still do; what is inside them gives it away.
    assert trial.opened.is_linkable and trial.opened.auc > 0.99


def test_what_each_leak_gives(found: TemplateEvaluation) -> None:
    by_level = {leak.level: leak for leak in found.leaks}
    levels = (NOTHING, TEMPLATE, BOTH_STORES, ROTATION_KEY, SEAL_KEY, ALL_KEYS)
    assert tuple(by_level) == levels
    for level in levels[:-1]:
        leak = by_level[level]
        assert (leak.people, leak.same_accepted, leak.other_accepted) == (PEOPLE, 0, 0), level
        assert abs(leak.mean_cosine) < 0.05
        assert leak.holds(1e-4)
    everything = by_level[ALL_KEYS]
    assert (everything.same_accepted, everything.other_accepted) == (PEOPLE, PEOPLE)
    assert everything.mean_cosine > 0.999
    assert not everything.holds(1e-4)


def test_a_leak_that_gives_more_than_chance_does_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "station.cli.template_attacks.open_steps",
        lambda template, keys: np.frombuffer(template.sealed[31:-16], np.int8),
    )
    (leak,) = [x for x in leaks(GALLERY, seeded(81), -1.0, 50) if x.level == TEMPLATE]
    assert leak.people == 50 and leak.same_accepted == 50
    assert not leak.holds(1e-4)


def test_shorter_vectors_are_measured_too() -> None:
    gallery, pairs = made_up(30, features=64)
    assert accuracy(gallery, pairs, seeded(82), np.random.default_rng(83)).greatest_change < 0.01
    everything = leaks(gallery, seeded(84), THRESHOLD, 30)[-1]
    assert everything.same_accepted == 30


def test_the_gates_hold_and_the_report_says_every_one(found: TemplateEvaluation) -> None:
    held = gates(found)
    assert all(held.values()), held
    text = "\n".join(as_lines(found))
    assert "DOES NOT HOLD" not in text
    assert f"{PEOPLE} / {PEOPLE} (100.00%)" in text
    assert "Theft of every key" in text and "10,000 tries" in text
    document = json.loads(json.dumps(as_document(found)))
    assert document["gates"] == held
    assert document["inversion"][-1]["mean_cosine"] > 0.999
    assert not any(name.startswith("P0") for name in json.dumps(document).split('"'))


def test_a_gate_that_does_not_hold_is_said_so(found: TemplateEvaluation) -> None:
    assert found.renewal is not None
    renewed = dataclasses.replace(found.renewal, old_refused=99, mean_cosine=0.3)
    worse = dataclasses.replace(found, renewal=renewed, links=None)
    held = gates(worse)
    assert (held["old_refused"], held["mean_cosine"], held["unlinkable_sealed"]) == (
        False,
        False,
        None,
    )
    text = "\n".join(as_lines(worse))
    assert "refused 99 of 100: DOES NOT HOLD" in text
    assert "too few pictures to say" in text


@pytest.fixture
def one_person(tmp_path: Path) -> list[str]:
    """Two folds of one mated pair (one face, two crops) and a pair with a faceless picture."""
    engine()
    pictures = {
        ("Ann", 1): portrait()[0:288, 112:336],
        ("Ann", 2): portrait()[20:300, 90:340],
        ("Bob", 1): np.full((250, 250, 3), 128, np.uint8),
    }
    for (name, number), picture in pictures.items():
        (tmp_path / "images" / name).mkdir(parents=True, exist_ok=True)
        data = bytes(cv2.imencode(".jpg", picture)[1])
        (tmp_path / "images" / name / f"{name}_{number:04d}.jpg").write_bytes(data)
    fold = "Ann\t1\t2\nAnn\t1\tBob\t1\n"
    (tmp_path / "pairs.txt").write_text(f"2\t1\n{fold}{fold}", "utf-8")
    return ["--images", str(tmp_path / "images"), "--pairs", str(tmp_path / "pairs.txt")]


def test_the_command_gives_one_document_and_says_what_it_cannot(
    one_person: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(template_trials, "ENROLMENTS", 100)
    result = CliRunner().invoke(station, ["evaluate", "templates", *one_person, "--json"])
    document = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (document["pictures"], document["without_face"], document["people"]) == (3, 1, 1)
    assert document["gates"]["tar_change"] is None
    assert document["links"] is None
    assert document["renewal"]["distinct"] == 100
    # There is no stranger to compare with.
    assert (document["inversion"], document["gates"]["irreversible"]) == ([], None)
    assert document["matcher_id"] == engine().matcher_id


def test_a_measure_that_does_not_hold_ends_with_1(
    one_person: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(template_trials, "ENROLMENTS", 100)
    monkeypatch.setattr("station.cli.template_report.COSINE", -1.0)
    result = CliRunner().invoke(station, ["evaluate", "templates", *one_person])
    assert result.exit_code == 1
    assert "DOES NOT HOLD" in result.stdout


def test_wrong_use_ends_with_2() -> None:
    result = CliRunner().invoke(station, ["evaluate", "templates"])
    assert result.exit_code == 2
