"""A small sample of whole visits on real photographs; docs/visits.md has the measured table.

The other half of the sample goes through the real card service: tests/flow/test_pcsc_visit.py.
"""

import sys
from collections import Counter
from pathlib import Path

import click
import pytest

from station.cli.demo import DemoWorld
from station.cli.evaluate_visits import (
    NOT_STAGED,
    Part,
    Played,
    Presentation,
    as_document,
    play,
    presentations,
    with_live_ready,
)
from station.cli.pairs import Pair
from station.model import Outcome
from tests.flow.photo_station import BY_CARD_SERVICE, real_pairs, station_in

MATED, NONMATED = 2, 2
SHORT = {"policy": {"pad": "FAST", "capture_attempts": 5}}


def test_holders_are_matched_and_strangers_never_are(tmp_path: Path) -> None:
    """One station, one card slot, four cards and people one after another."""
    wanted = real_pairs(MATED, NONMATED, after=BY_CARD_SERVICE)
    with station_in(tmp_path / "home", SHORT) as world:
        played = [_served(world, one) for one in wanted]
        stores = world.station.stores.inventory()
    mated, strangers = _endings(played, Part.MATED), _endings(played, Part.NONMATED)
    sys.stdout.write(f"mated {dict(mated)}, non-mated {dict(strangers)}\n")
    assert strangers[Outcome.MATCH.value] == 0
    assert strangers[Outcome.NON_MATCH.value] >= NONMATED - 1
    assert mated[Outcome.MATCH.value] >= MATED - 1
    assert mated[NOT_STAGED] == strangers[NOT_STAGED] == 0
    assert sum(store.images for store in stores) == 0


def test_every_fold_gives_its_first_pair_before_any_gives_its_second(tmp_path: Path) -> None:
    names = ["A", "B", "C", "D"]
    for name in names:
        (tmp_path / name).mkdir()
        for number in (1, 2):
            (tmp_path / name / f"{name}_{number:04d}.jpg").touch()
    pairs = [
        Pair((name, 1), (other, 2), name == other, fold)
        for fold, (first, second) in enumerate((("A", "B"), ("C", "D")))
        for name, other in ((first, first), (second, second), (first, second), (second, first))
    ]
    found = presentations(pairs, tmp_path, (3, 2, 1))
    mated = [one.card.parent.name for one in found if one.part is Part.MATED]
    assert mated == ["A", "C", "B"]
    assert all(one.card != one.live for one in found)
    assert [one.part for one in found[:3]] == [Part.MATED, Part.NONMATED, Part.ATTACK]
    with pytest.raises(click.UsageError, match="5 wanted, 4 pairs"):
        presentations(pairs, tmp_path, (0, 5, 0))


def test_the_more_suitable_picture_lives_and_no_pair_is_left_out() -> None:
    clear, covered = Path("clear.jpg"), Path("covered.jpg")
    listed = [
        Presentation(Part.MATED, 0, card=clear, live=covered),
        Presentation(Part.NONMATED, 0, card=covered, live=clear),
    ]
    ready = with_live_ready(listed, lambda path: float(path == clear))
    assert [(one.part, one.live) for one in ready] == [(Part.MATED, clear), (Part.NONMATED, clear)]
    assert [one.card for one in ready] == [covered, covered]


def test_what_is_reported_adds_up() -> None:
    played = [
        Played(Part.MATED, 0, "MATCH", "", 1, 6.0),
        Played(Part.MATED, 1, "MANUAL", "L2_CHALLENGE", 2, 12.0),
        Played(Part.MATED, 2, NOT_STAGED, "", 0, 0.1),
        Played(Part.NONMATED, 0, "NON_MATCH", "", 1, 8.0),
    ]
    document = as_document(played)
    assert document["mated"]["visits"] == 2
    assert document["mated"]["not_staged"] == 1
    assert document["mated"]["second_captures"] == 1
    assert document["mated"]["endings"]["MATCH"] == {"count": 1, "interval": [0.0126, 0.9874]}
    assert document["mated"]["endings"]["MANUAL L2_CHALLENGE"]["count"] == 1
    assert document["nonmated"]["endings"]["MATCH"] == {"count": 0, "interval": [0.0, 0.975]}
    assert document["attacks"]["visits"] == 0
    assert document["median_visit_s"] == 8.0
    assert [one["number"] for one in document["unexpected"]] == [1, 2]


def _served(world: DemoWorld, one: Presentation) -> Played:
    """On a machine with other work liveness can stay open: such a person comes once more."""
    first = play(world, one)
    return play(world, one) if first.ending == Outcome.MANUAL.value else first


def _endings(played: list[Played], part: Part) -> Counter[str]:
    return Counter(one.ending for one in played if one.part is part)
