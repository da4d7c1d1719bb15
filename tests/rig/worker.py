"""Plays presentations that arrive as JSON lines; one JSON line answers each (SIM).

    python -m tests.rig.worker --subjects 30 --subject-seed 1

The first line out says whose faces are used. `station.cli.evaluate_pad` runs some of these side by
side.
"""

import argparse
import json
import sys
from dataclasses import asdict

import cv2
import msgspec

from drivers.face.engine import FaceEngine
from drivers.face.fetch_models import MODELS_FOLDER
from drivers.face.models import load_model_by_role
from drivers.face.pictures import decode_picture
from drivers.simulated.person_portrait import PortraitReader
from tests.rig.presentations import Presentation, present
from tests.rig.subjects import are_real, subjects


def main() -> None:
    """Answer lines until standard input ends."""
    parser = argparse.ArgumentParser(description="Plays simulated presentations (SIM).")
    parser.add_argument("--subjects", type=int, default=30)
    parser.add_argument("--subject-seed", type=int, default=1)
    chosen = parser.parse_args()
    cv2.setNumThreads(1)
    engine, reader = FaceEngine.load(MODELS_FOLDER), PortraitReader(MODELS_FOLDER)
    demo = decode_picture(load_model_by_role("demo_portrait", MODELS_FOLDER).data)
    people = subjects(reader, demo, chosen.subjects, chosen.subject_seed)
    _say({"label": "SIM", "subjects": len(people), "real_faces": are_real()})
    for line in sys.stdin:
        wanted = msgspec.json.decode(line, type=Presentation)
        person = people[wanted.subject % len(people)]
        _say(asdict(present(wanted, person, engine, reader.landmarks_of)))


def _say(document: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
