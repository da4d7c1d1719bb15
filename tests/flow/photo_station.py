"""An open demo station for tests on real photographs, and where those photographs are."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from station.cli.demo import DemoOptions, DemoWorld, opened_demo
from station.cli.evaluate_visits import (
    Part,
    Presentation,
    presentations,
    suitability,
    with_live_ready,
)
from station.cli.pairs import read_pairs
from station.config import ROOT, Overrides
from tests.cheap_keys import CHEAPEST

MODELS = ROOT / ".station" / "models"
FACES = Path(os.environ.get("STATION_DATA", ROOT.parent / "shared" / "data")) / "faces"


BY_CARD_SERVICE = (3, 2)
"""How many mated and non-mated pairs are read through the real card service."""


def real_pairs(mated: int, nonmated: int, after: tuple[int, int] = (0, 0)) -> list[Presentation]:
    """The pairs of every fold in turn, without the first mated and non-mated ones of `after`.

    Skips with the reason where something is missing.
    """
    if not (MODELS / "demo_portrait.png").exists():
        pytest.skip("models not fetched: ./station.sh setup")
    if not (FACES / "pairs.txt").is_file():
        pytest.skip("evaluation data absent: set STATION_DATA to the folder that holds faces/")
    listed = read_pairs(FACES / "pairs.txt")
    asked = (mated + after[0], nonmated + after[1])
    found = presentations(listed, FACES / "lfw", (*asked, 0))
    parts = ([one for one in found if one.part is part] for part in (Part.MATED, Part.NONMATED))
    left = [one for part, used in zip(parts, after, strict=True) for one in part[used:]]
    return with_live_ready(left, suitability())


@contextmanager
def station_in(home: Path, overrides: Overrides) -> Iterator[DemoWorld]:
    """A demo station that keeps everything below `home`; its booth and stage are real processes."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "models").symlink_to(MODELS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STATION_HOME", str(home))
        for name, value in CHEAPEST.items():
            patch.setattr(f"storage.keys.{name}", value)
        with opened_demo(DemoOptions(overrides=overrides)) as world:
            yield world
