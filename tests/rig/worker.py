"""Plays one part of the rig's presentations; one JSON line tells how each ended (SIM).

    python -m tests.rig.worker --seed 1 --n 150 --part 0/2

The first line says whose faces are used and how many presentations follow. Some of these run side
by side under `station.cli.evaluate_pad_rig`.
"""

import argparse
import json
import sys
from dataclasses import asdict

import cv2

from drivers.face.engine import FaceEngine
from drivers.face.fetch_models import MODELS_FOLDER
from drivers.face.models import load_model_by_role
from drivers.face.pictures import decode_picture
from drivers.simulated.person_portrait import PortraitReader
from tests.rig.presentations import present
from tests.rig.scenarios import (
    ATTACKS,
    BONA_FIDE,
    NEGATIVE_CONTROLS,
    WITNESSES_OFF,
    WITNESSES_ON,
    presentations,
)
from tests.rig.subjects import are_real, subjects

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
    _say({"total": len(wanted), "subjects": len(people), "real_faces": are_real(), **roles})
    for one in wanted:
        person = people[one.subject % len(people)]
        _say(asdict(present(one, person, engine, reader.landmarks_of)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Plays simulated presentations (SIM).")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--n", type=int, required=True)
    parser.add_argument("--part", default="0/1")
    parser.add_argument("--only", default="", help="Rows of the table, separated by commas.")
    parser.add_argument("--subjects", type=int, default=30)
    return parser.parse_args()


def _say(document: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
