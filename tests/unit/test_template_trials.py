"""`evaluate templates`: its trials on made-up vectors with a known answer, and its report."""

import dataclasses
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
import pytest
from click.testing import CliRunner
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


GALLERY, PAIRS = made_up(150)


@pytest.fixture(scope="module")
def found() -> TemplateEvaluation:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(template_trials, "ENROLMENTS", 200)
        engine = cast(FaceEngine, FakeEngine())
        return trials(GALLERY, PAIRS, engine, seeded(71), time.monotonic())


def test_a_gallery_sorts_by_person_and_counts_what_gave_no_face() -> None:
    assert (len(GALLERY.vectors), len(GALLERY.people), GALLERY.without_face) == (300, 150, 1)
    assert GALLERY.people["P0000"] == [("P0000", 1), ("P0000", 2)]


def test_protection_costs_no_accuracy(found: TemplateEvaluation) -> None:
    trial = found.accuracy
    assert (trial.mated, trial.change_pp) == (150, 0.0)
    assert trial.nonmated > 14_000
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
    assert trial.enrolments == 200
    assert (trial.distinct, trial.genuine_accepted, trial.renewed_accepted) == (200, 200, 200)
    assert trial.old_refused == 200
    assert trial.distance.mean == pytest.approx(0.5, abs=0.005)
    assert abs(trial.mean_cosine) < 0.01


def test_no_link_is_found_and_the_control_is(found: TemplateEvaluation) -> None:
    trial = found.links
    assert trial is not None
    assert (trial.people, trial.same_picture, trial.other_picture) == (150, 150, 150)
    assert trial.sealed.mated == trial.sealed.nonmated == 300
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
        assert (leak.people, leak.same_accepted, leak.other_accepted) == (150, 0, 0), level
        assert abs(leak.mean_cosine) < 0.05
        assert leak.holds(1e-4)
    everything = by_level[ALL_KEYS]
    assert (everything.same_accepted, everything.other_accepted) == (150, 150)
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
    assert "150 / 150 (100.00%)" in text
    assert "Theft of every key" in text and "10,000 tries" in text
    document = json.loads(json.dumps(as_document(found)))
    assert document["gates"] == held
    assert document["inversion"][-1]["mean_cosine"] > 0.999
    assert not any(name.startswith("P0") for name in json.dumps(document).split('"'))


def test_a_gate_that_does_not_hold_is_said_so(found: TemplateEvaluation) -> None:
    assert found.renewal is not None
    renewed = dataclasses.replace(found.renewal, old_refused=199, mean_cosine=0.3)
    worse = dataclasses.replace(found, renewal=renewed, links=None)
    held = gates(worse)
    assert (held["old_refused"], held["mean_cosine"], held["unlinkable_sealed"]) == (
        False,
        False,
        None,
    )
    text = "\n".join(as_lines(worse))
    assert "refused 199 of 200: DOES NOT HOLD" in text
    assert "too few pictures to say" in text


def test_wrong_use_ends_with_2() -> None:
    result = CliRunner().invoke(station, ["evaluate", "templates"])
    assert result.exit_code == 2
