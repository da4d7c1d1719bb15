"""Plays one part of the rig's presentations; one JSON line tells how each ended (SIM).

    python -m tests.rig.worker --seed 1 --n 150 --part 0/2

The first line says whose faces are used and how many presentations follow. Some of these run side
by side under `station.cli.evaluate_pad_rig`.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict

import cv2

from drivers.face.engine import FaceEngine
from drivers.face.fetch_models import MODELS_FOLDER
from drivers.face.models import load_model_by_role
from drivers.face.pictures import decode_picture
from drivers.pad.observation import Observation
from drivers.simulated.person_portrait import PortraitReader
from station.booth.messages import PadPolicyName
from tests.rig.own_replay import replay_into_next
from tests.rig.presentations import LIVE, Presentation, capture_policy, present
from tests.rig.scenarios import (
    ATTACKS,
    BONA_FIDE,
    NEGATIVE_CONTROLS,
    WITNESSES_OFF,
    WITNESSES_ON,
    presentations,
)
from tests.rig.subjects import SubjectPicture, are_real, subjects

_RECORDINGS = 5
_ROLES = {
    "bona_fide": BONA_FIDE,
    "attacks": ATTACKS,
    "negative_controls": NEGATIVE_CONTROLS,
    "witnesses_on": WITNESSES_ON,
    "witnesses_off": WITNESSES_OFF,
}


def main() -> None:
    """Play this part to its end."""
    chosen = _arguments()
    part, parts = map(int, chosen.part.split("/"))
    wanted = presentations(chosen.seed, chosen.n)
    if chosen.only:
        wanted = [one for one in wanted if one.scenario in chosen.only.split(",")]
    wanted = wanted[part::parts]
    cv2.setNumThreads(1)
    engine, reader = FaceEngine.load(MODELS_FOLDER), PortraitReader(MODELS_FOLDER)
    demo = decode_picture(load_model_by_role("demo_portrait", MODELS_FOLDER).data)
    people = subjects(reader, demo, chosen.subjects, chosen.seed)
    roles = {role: [row.name for row in rows] for role, rows in _ROLES.items()}
    total = len(wanted) + chosen.own_replays // parts
    _say({"total": total, "subjects": len(people), "real_faces": are_real(), **roles})
    for row in _own_replays(chosen, engine, reader, people, parts) if chosen.own_replays else ():
        _say(row)
    for one in wanted:
        _say(asdict(present(one, people, engine, reader.landmarks_of)))


def _own_replays(
    chosen: argparse.Namespace,
    engine: FaceEngine,
    reader: PortraitReader,
    people: list[SubjectPicture],
    parts: int,
) -> Iterator[dict[str, object]]:
    """One visit's frames into the next, for a few recorded visits."""
    part, policy = int(chosen.part.split("/")[0]), capture_policy(PadPolicyName.NORMAL)
    recordings = []
    for number in range(_RECORDINGS):
        seed = chosen.seed * 1_000_003 + 777_777 + part * 100 + number
        wanted = Presentation("recorded", LIVE, number, seed)
        recorded: list[Observation] = []
        presented = present(wanted, people, engine, reader.landmarks_of, recorded)
        if presented.result == "BONA_FIDE":
            recordings.append((presented.subject, recorded))
    for number in range(chosen.own_replays // parts if recordings else 0):
        subject, recorded = recordings[number % len(recordings)]
        seed = chosen.seed * 1_000_003 + 888_888 + part * 10_000 + number
        report = replay_into_next(recorded, policy, seed)
        yield {
            "scenario": "own_replay",
            "subject": subject,
            "result": report.result.value,
            "decided_by": report.decided_by,
            "layers": [],
            "lasted_s": 0.0,
        }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Plays simulated presentations (SIM).")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--n", type=int, required=True)
    parser.add_argument("--own-replays", type=int, default=0)
    parser.add_argument("--part", default="0/1")
    parser.add_argument("--only", default="", help="Rows of the table, separated by commas.")
    parser.add_argument("--subjects", type=int, default=30)
    return parser.parse_args()


def _say(document: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
