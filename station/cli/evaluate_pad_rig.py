"""`evaluate pad --rig`: attack detection on rendered presentations (SIM), as one table.

The rig lives with the tests (`tests/rig`) and is run as processes of its own, one per core; here
its lines are gathered and counted.
"""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import click

from station.config import ROOT
from station.error_rates import Interval
from station.pad_rates import (
    Rate,
    Trial,
    apcer,
    bpcer,
    deciders,
    det_points,
    margin_of,
    no_response,
)

LABEL = "SIM"
NOT_SHOWN = "NOT_SHOWN"
"""The attempt had ended before the artefact came: no attack took place."""
OWN_REPLAY = "own_replay"
_OWN_REPLAYS_PER_N = 7


@dataclass
class RigRun:
    """What the workers said."""

    seed: int
    header: dict[str, Any] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def trials(self, role: str) -> list[Trial]:
        """The presentations of the rows with this role, named by their row."""
        names = {OWN_REPLAY} if role == OWN_REPLAY else set(self.header.get(role, ()))
        return [
            Trial(
                row["scenario"],
                f"{row['subject']}/{row['scenario']}",
                row["result"],
                row["decided_by"],
                margin_of(tuple(layer) for layer in row["layers"]),
            )
            for row in self.rows
            if row["scenario"] in names and row["result"] != NOT_SHOWN
        ]


def play_rig(seed: int, n: int, only: str = "") -> RigRun:
    """Run the rig on all cores: `n` per attack row, twice that live. Progress on standard error."""
    jobs = max(1, os.cpu_count() or 1)
    run, lines = RigRun(seed), queue.SimpleQueue[tuple[int, bytes]]()
    workers = [_start(seed, n, only, part, jobs, lines) for part in range(jobs)]
    done = 0
    totals: dict[int, int] = {}
    try:
        with click.progressbar(length=1, label="presentations", file=sys.stderr) as bar:
            while done < jobs:
                part, line = lines.get()
                if not line:
                    done += 1
                    continue
                document = json.loads(line)
                if "total" in document:
                    totals[part] = document["total"]
                    run.header = document
                    bar.length = max(1, sum(totals.values()))
                else:
                    run.rows.append(document)
                    bar.update(1)
    finally:
        for worker in workers:
            worker.terminate()
            worker.wait()
    return run


def as_document(run: RigRun) -> dict[str, Any]:
    """One document, the names of the issue's fields; rates of attacks are per row of the table."""
    attacks, live = run.trials("attacks"), run.trials("bona_fide")
    by_row = apcer(attacks, run.seed)
    live_rows = {
        name: [trial for trial in live if trial.species == name] for name in run.header["bona_fide"]
    }
    return {
        "label": LABEL,
        "seed": run.seed,
        "subjects": run.header["subjects"],
        "real_faces": run.header["real_faces"],
        "apcer": {name: rate.as_json() for name, rate in by_row.items()},
        "apcer_max": max((rate.rate for rate in by_row.values()), default=0.0),
        "bpcer": {
            name: bpcer(trials, run.seed).as_json() for name, trials in live_rows.items() if trials
        },
        "apnrr": no_response(attacks).as_json(),
        "bpnrr": {
            name: no_response(trials).as_json() for name, trials in live_rows.items() if trials
        },
        "layers": deciders([*live, *attacks]),
        OWN_REPLAY: apcer(run.trials(OWN_REPLAY), run.seed).get(OWN_REPLAY, _NONE).as_json(),
        "negative_controls": _passing(run, "negative_controls"),
        "mutations": _passing(run, "witnesses_on") | _passing(run, "witnesses_off"),
        "lasted_s": _durations(run),
    }


_NONE = Rate(0, 0, Interval(0.0, 1.0))


def det_of(run: RigRun) -> list[tuple[float, float]]:
    """Points of the DET curve over the fused margin."""
    live = [trial for trial in run.trials("bona_fide") if trial.species == "live"]
    return det_points(live, run.trials("attacks"))


def as_lines(document: dict[str, Any]) -> list[str]:
    """The document for a person to read."""
    faces = "real photographs" if document["real_faces"] else "made-up faces"
    lines = [
        f"{document['label']}: rendered presentations, seed {document['seed']}, "
        f"{document['subjects']} subjects ({faces}). These are no error rates of the product.",
        f"{'row':<20}{'passed':>10}   {'95 %':<16} who decided",
    ]
    for name, rate in document["apcer"].items():
        lines.append(_line(name, rate, document["layers"].get(name, {})))
    lines.append(f"APCER, worst row: {document['apcer_max']:.1%}")
    for name, rate in document["bpcer"].items():
        lines.append(_line(f"{name}: ATTACK", rate, document["layers"].get(name, {})))
        lines.append(_line(f"{name}: undecided", document["bpnrr"][name], {}))
    lines.append(_line("own frames again", document[OWN_REPLAY], {}))
    for title, key in (("must pass", "negative_controls"), ("mutation test", "mutations")):
        lines += [
            _line(f"{name}", rate, {}) + f"  ({title})" for name, rate in document[key].items()
        ]
    return lines


def _line(name: str, rate: dict[str, Any], who: dict[str, int]) -> str:
    low, high = rate["interval"]
    decided = ", ".join(f"{reason} {count}" for reason, count in who.items())
    counted = f"{rate['k']}/{rate['n']}"
    return f"{name:<20}{counted:>10}   {low:.1%} to {high:<9.1%} {decided}"


def _passing(run: RigRun, role: str) -> dict[str, Any]:
    rates: dict[str, Rate] = apcer(run.trials(role), run.seed)
    return {name: rate.as_json() for name, rate in rates.items()}


def _durations(run: RigRun) -> dict[str, float]:
    """Median seconds of the bona fide attempts that passed, per row."""
    found = {}
    for name in run.header["bona_fide"]:
        lasted = sorted(
            row["lasted_s"]
            for row in run.rows
            if row["scenario"] == name and row["result"] == "BONA_FIDE"
        )
        if lasted:
            found[name] = round(lasted[len(lasted) // 2], 2)
    return found


def _start(
    seed: int,
    n: int,
    only: str,
    part: int,
    parts: int,
    lines: "queue.SimpleQueue[tuple[int, bytes]]",
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-B", "-m", "tests.rig.worker", "--seed", str(seed)]
    command += ["--n", str(n), "--own-replays", str(0 if only else _OWN_REPLAYS_PER_N * n)]
    command += ["--part", f"{part}/{parts}", "--only", only]
    worker = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)  # noqa: S603 — own module
    threading.Thread(target=_read, args=(worker, part, lines.put), daemon=True).start()
    return worker


def _read(
    worker: subprocess.Popen[bytes], part: int, put: Callable[[tuple[int, bytes]], None]
) -> None:
    if worker.stdout is not None:
        for line in worker.stdout:
            put((part, line))
    put((part, b""))
