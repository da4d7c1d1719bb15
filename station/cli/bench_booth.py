"""Bench of the wall: warming, taking and ending a booth; its memory; the preview under load."""

import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np

from station.booth.frames import FrameRing
from station.booth.handle import PREVIEW_HEIGHT, PREVIEW_WIDTH, BoothSpec, WarmBooths
from station.build import default_home
from station.config import ROOT

Row = dict[str, object]
_REPEATS = 5


def measure() -> list[Row]:
    """Rows beside a bare interpreter started in the same run."""
    bare_s = _bare_interpreter_s()
    warm_s, take_ms, end_ms, rss_mb = _booths()
    publish_ms, pull_ms, copy_ms = _ring()
    bare = ("python -c pass", round(bare_s * 1000, 1))
    return [
        _row("booth: spawn to ready", warm_s * 1000, "ms", bare, 1200),
        _row("booth: take a warm one", take_ms, "ms", bare, 50),
        _row("booth: kill to reaped and ring zeroed", end_ms, "ms", bare, 1000),
        _row("booth: resident memory when warm", rss_mb, "MB", ("", 0.0), 220),
        _row("ring: publish one preview", publish_ms, "ms CPU", ("numpy copy", copy_ms), None),
        _row("ring: pull one preview", pull_ms, "ms CPU", ("numpy copy", copy_ms), None),
    ]


def _row(
    name: str, value: float, unit: str, reference: tuple[str, float], target: float | None
) -> Row:
    ratio = round(value / reference[1], 2) if reference[1] else None
    return {
        "name": name,
        "value": round(value, 3),
        "unit": unit,
        "reference_name": reference[0],
        "reference_value": round(reference[1], 3),
        "ratio": ratio,
        "target": target,
    }


def _bare_interpreter_s() -> float:
    times = []
    for _ in range(_REPEATS):
        started = time.monotonic()
        subprocess.run([sys.executable, "-c", "pass"], cwd=ROOT, check=True)
        times.append(time.monotonic() - started)
    return float(np.median(times))


def _booths() -> tuple[float, float, float, float]:
    """Medians of seconds to ready, ms to take a warm one, ms to end it, and MB resident."""
    with closing(WarmBooths(BoothSpec(default_home() / "models"), 60)) as booths:
        rounds = [_round(booths) for _ in range(_REPEATS)]
    warm_s, take_ms, end_ms, rss_mb = (
        float(np.median(column)) for column in zip(*rounds, strict=True)
    )
    return warm_s, take_ms, end_ms, rss_mb


def _round(booths: WarmBooths) -> tuple[float, float, float, float]:
    started = time.monotonic()
    first = booths.take()
    warm_s = time.monotonic() - started
    first.end()
    booths.warm_next()
    time.sleep(warm_s + 0.5)  # Let it get warm: taking must then cost nothing.
    started = time.monotonic()
    second = booths.take()
    take_ms = (time.monotonic() - started) * 1000
    rss_mb = resident_mb(second.pid)
    return warm_s, take_ms, second.end().kill_to_reaped_ms, rss_mb


def resident_mb(pid: int) -> float:
    """Resident set of a process in MB."""
    for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _ring() -> tuple[float, float, float]:
    """CPU ms to publish, to pull, and to copy one preview picture."""
    ring = FrameRing.create(PREVIEW_WIDTH, PREVIEW_HEIGHT, 4)
    picture = np.zeros((PREVIEW_HEIGHT, PREVIEW_WIDTH, 4), np.uint8)
    count = 200
    begin = time.process_time()
    for moment in range(count):
        ring.publish(picture, moment)
    published = time.process_time()
    for _ in range(count):
        ring.newest()
    pulled = time.process_time()
    for _ in range(count):
        picture.copy()
    copied = time.process_time()
    ring.close()
    per = 1000 / count
    return (published - begin) * per, (pulled - published) * per, (copied - pulled) * per
