"""`evaluate visits`: whole visits with real photographs, one on the chip, one as the live person.

Each pair is a real visit: a fresh booth, the simulated chip read by APDUs, the simulated camera,
the challenge with its natural timing, the comparison at the policy's threshold. What is simulated
is the body: a renderer moves a still photograph, so the figures say that the chain from card to
outcome works on many real faces. They are no error rates of live people (label "SIM live").

Press photographs show people behind microphones or looking away, as nobody stands at a kiosk, so
of each pair the picture that is less covered and looks straighter is the live person and the other
goes into the chip. No pair is left out.
"""

import json
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import click

from station.cli.demo import DemoWorld, SimulatedVisitor, opened_demo, put_card
from station.cli.options import images_option, json_option, pairs_option
from station.cli.pairs import Pair, image_path, read_pairs, read_picture, tracked
from station.error_rates import clopper_pearson
from station.errors import StationError
from station.events import CaptureStarted, Event
from station.model import Language, Outcome, PadReport
from station.ports import AccessKeyReply

LABEL = "SIM live, real photographs"
NOT_STAGED = "NOT_STAGED"
"""The simulation could not use a picture (no face, or too many): no visit took place."""
_MOST_VISITS = 10_000
_SURE_PRESENCE = 10.0
"""The landmark net's logit on uncovered faces, measured: 8 to 20; above this it says no more."""
_YAW_WEIGHT = 40.0
Suitability = Callable[[Path], float]
"""How well a picture serves as the live person; more is better."""


class Part(StrEnum):
    """The three kinds of visit."""

    MATED = "mated"
    NONMATED = "nonmated"
    ATTACK = "attacks"


@dataclass(frozen=True, slots=True)
class Presentation:
    """One visit to be made: what is on the chip, what is shown to the camera."""

    part: Part
    number: int
    card: Path
    live: Path


@dataclass(frozen=True, slots=True)
class Played:
    """How one visit ended; a number instead of a name says which pair it was."""

    part: Part
    number: int
    ending: str
    reason: str
    captures: int
    duration_s: float
    pad: PadReport | None = None


@click.command("visits")
@images_option
@pairs_option
@click.option("--mated", type=click.IntRange(0, _MOST_VISITS), default=10, show_default=True)
@click.option("--nonmated", type=click.IntRange(0, _MOST_VISITS), default=10, show_default=True)
@click.option(
    "--attacks",
    type=click.IntRange(0, _MOST_VISITS),
    default=0,
    show_default=True,
    help="Visits in which a photo of the card's holder is held up.",
)
@json_option
def evaluate_visits(
    images: Path, pairs: Path, mated: int, nonmated: int, attacks: int, as_json: bool
) -> None:
    """Whole visits on your own pictures: simulated body, real faces, real booth.

    The first pairs of every fold are taken in turn. Example:
    ./station.sh evaluate visits --images data/lfw --pairs data/pairs.txt --mated 20 --nonmated 20
    """
    played: list[Played] = []
    listed = presentations(read_pairs(pairs), images, (mated, nonmated, attacks))
    wanted = with_live_ready(listed, suitability())
    with opened_demo() as world:
        _play_all(world, wanted, played)
        policy = world.station.config.policy
    document = as_document(played) | {"pad_policy": policy.pad, "fmr": policy.fmr}
    click.echo(json.dumps(document, indent=2) if as_json else "\n".join(as_lines(document)))


def presentations(
    pairs: list[Pair], images: Path, counts: tuple[int, int, int]
) -> list[Presentation]:
    """The visits to be made, the three parts mixed so that none has a warmer machine.

    `counts`: mated visits, non-mated visits, attacks. Raises `PairsError` when a picture is
    missing and `click.UsageError` for too few pairs.
    """
    found = []
    for part, count in zip(Part, counts, strict=True):
        listed = _across_folds(pairs, is_mated=part is not Part.NONMATED)
        if count > len(listed):
            raise click.UsageError(f"{part}: {count} wanted, {len(listed)} pairs in the file")
        for number, pair in enumerate(listed[:count]):
            card, live = image_path(images, pair.one), image_path(images, pair.other)
            found.append(Presentation(part, number, card, live))
    return sorted(found, key=lambda one: one.number)


def with_live_ready(listed: list[Presentation], suits: Suitability) -> list[Presentation]:
    """The same visits, each pair's more suitable picture as the live person."""
    return [
        replace(one, card=one.live, live=one.card) if suits(one.card) > suits(one.live) else one
        for one in listed
    ]


def suitability() -> Suitability:
    """A judge of pictures by the station's own models. Raises `ModelError`."""
    from drivers.face.engine import FaceEngine
    from drivers.face.fetch_models import MODELS_FOLDER
    from drivers.pad.measures import measure_face

    engine = FaceEngine.load(MODELS_FOLDER)

    def suits(path: Path) -> float:
        bgr = read_picture(path)
        faces = [] if bgr is None else engine.detector.detect(bgr, enlarge=True)
        if bgr is None or not faces:
            return float("-inf")
        seen = engine.locate(bgr, max(faces, key=lambda face: face.width * face.height))
        yaw = abs(measure_face(seen.points).yaw_proxy)
        return min(seen.presence, _SURE_PRESENCE) - _YAW_WEIGHT * yaw

    return suits


def play(world: DemoWorld, one: Presentation) -> Played:
    """One visit from notice to purge on an open demo station, with a fresh card in the slot."""
    started = time.monotonic()
    try:
        key = present(world, one)
    except StationError:
        return Played(one.part, one.number, NOT_STAGED, "", 0, time.monotonic() - started)
    visitor = SimulatedVisitor(replace(world, key=key), Language.EN, quiet=True)
    captures: list[int] = []

    def publish(event: Event) -> None:
        if isinstance(event, CaptureStarted):
            captures.append(event.attempt)

    started = time.monotonic()
    report = world.station.visit(visitor, publish, threading.Event())
    reason = ""
    if report.code is not None:
        reason = report.code.value
    elif report.pad is not None and report.outcome in (Outcome.MANUAL, Outcome.ATTACK):
        reason = report.pad.decided_by
    return Played(
        one.part,
        one.number,
        report.outcome.value,
        reason,
        len(captures),
        time.monotonic() - started,
        report.pad,
    )


def present(world: DemoWorld, one: Presentation) -> AccessKeyReply:
    """Put a fresh card in the slot, trust its issuer, set the scene; gives what opens the card.

    Raises `StationError` for a picture the simulation cannot use.
    """
    scene = "photo" if one.part is Part.ATTACK else "person"
    world.stage.tell(scene=scene, portrait_path=str(one.live))
    return put_card(world.stage, world.station.paths, one.card)


def as_document(played: list[Played]) -> dict[str, Any]:
    """Counts of every ending per part with 95 % intervals, and the visits that need a look."""
    took_place = [one.duration_s for one in played if one.ending != NOT_STAGED]
    return {
        "label": LABEL,
        "median_visit_s": round(statistics.median(took_place), 2) if took_place else None,
        "level": 0.95,
        **{part.value: _part_document(played, part) for part in Part},
        "unexpected": [_visit_document(one) for one in played if not _as_expected(one)],
    }


def as_lines(document: dict[str, Any]) -> list[str]:
    """The document for a person to read."""
    lines = [f"{LABEL}; median visit {document['median_visit_s']} s"]
    for part in Part:
        section = document[part.value]
        lines.append(f"{part.value}: {section['visits']} visits")
        for ending, found in section["endings"].items():
            low, high = found["interval"]
            lines.append(f"  {ending:<32}{found['count']:>5}   95 %: {low:.1%} to {high:.1%}")
    return lines


def _across_folds(pairs: list[Pair], *, is_mated: bool) -> list[Pair]:
    """The pairs of one kind: the first of every fold, then the second of every fold, …"""
    places: Counter[int] = Counter()
    placed = []
    for pair in pairs:
        if pair.is_mated is is_mated:
            placed.append((places[pair.fold], pair.fold, pair))
            places[pair.fold] += 1
    return [pair for _, _, pair in sorted(placed, key=lambda entry: entry[:2])]


def _as_expected(one: Played) -> bool:
    wanted = {
        Part.MATED: Outcome.MATCH,
        Part.NONMATED: Outcome.NON_MATCH,
        Part.ATTACK: Outcome.ATTACK,
    }
    return one.ending == wanted[one.part].value


def _part_document(played: list[Played], part: Part) -> dict[str, Any]:
    mine = [one for one in played if one.part is part]
    took_place = [one for one in mine if one.ending != NOT_STAGED]
    endings = Counter(f"{one.ending} {one.reason}".strip() for one in took_place)
    # A part that never matched must still say how often it may have.
    endings.setdefault(Outcome.MATCH.value, 0)
    return {
        "visits": len(took_place),
        "not_staged": len(mine) - len(took_place),
        "second_captures": sum(one.captures > 1 for one in took_place),
        "endings": {
            ending: {"count": count, "interval": _interval(count, len(took_place))}
            for ending, count in sorted(endings.items())
        },
    }


def _interval(count: int, trials: int) -> list[float]:
    found = clopper_pearson(count, trials)
    return [round(found.low, 4), round(found.high, 4)]


def _visit_document(one: Played) -> dict[str, Any]:
    layers = () if one.pad is None else one.pad.layers
    return {
        "part": one.part.value,
        "number": one.number,
        "ending": one.ending,
        "reason": one.reason,
        "captures": one.captures,
        "layers": {v.layer: [v.passed, round(v.measure, 4), v.gate] for v in layers},
    }


def _play_all(world: DemoWorld, wanted: list[Presentation], played: list[Played]) -> None:
    """Fill `played`; a keyboard interrupt ends early, and what was done is still reported."""
    try:
        for one in tracked(wanted, "visits"):
            played.append(play(world, one))
    except KeyboardInterrupt:
        click.echo(f"stopped after {len(played)} of {len(wanted)} visits", err=True)
