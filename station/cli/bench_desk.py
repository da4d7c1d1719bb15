"""Bench of the desk: first page, memory, preview, and how fast a result is shown.

The real kiosk runs in child processes, without a screen (Qt's "offscreen" platform) and with the
software scene graph. "Cold" means a fresh process, not an empty disk cache.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from station.booth.frames import FrameRing
from station.booth.handle import PREVIEW_HEIGHT, PREVIEW_WIDTH
from station.build import NOTICES, Paths, create_keyring, default_home
from station.cli.bench_booth import Row
from station.config import ROOT
from station.errors import BoothError, ErrorCode
from station.model import Outcome, Secret

_STARTS = 5
_VISITS = 3
_LIMIT_S = 300.0
_PASSPHRASE = b"a bench station is thrown away"
_PROGRAM = (sys.executable, "-m", "station.cli.bench_window")
_ONE_RECTANGLE = """
import time
from PySide6.QtGui import QGuiApplication
from PySide6.QtQml import QQmlApplicationEngine
application = QGuiApplication([])
engine = QQmlApplicationEngine()
engine.loadData(b'import QtQuick; Window { visible: true; width: 1280; height: 800;'
                b' Rectangle { anchors.fill: parent; color: "teal" } }')
painted = []
engine.rootObjects()[0].frameSwapped.connect(
    lambda: (painted.append(time.monotonic()), application.exit(0)))
application.exec()
print(painted[0])
"""
"""The smallest window Qt Quick can show: what any page costs at least."""


@dataclass(frozen=True, slots=True)
class _Reference:
    name: str
    value: float


def measure() -> list[Row]:
    """Rows {name, value, unit, reference_name, reference_value, ratio, target}.

    Raises `BoothError` when a demo visit of the bench does not end in a match.
    """
    with _home() as environment:
        bare = _Reference("one-rectangle QML window", _first_rectangle_ms(environment))
        rows = _first_page(environment, bare)
        rows += _preview(environment)
        rows += _visits(environment)
    return rows


@contextmanager
def _home() -> Iterator[dict[str, str]]:
    """Environment of the children: a station of their own beside the real one, then removed."""
    home = default_home() / f"bench-{os.getpid()}"
    home.mkdir(mode=0o700, parents=True)
    try:
        (home / "models").symlink_to(default_home().resolve() / "models")
        paths = Paths(home / "data")
        create_keyring(paths, Secret(_PASSPHRASE))
        shutil.copyfile(NOTICES / "demo_site.toml", paths.site)
        yield os.environ | {
            "STATION_HOME": str(home),
            "QT_QPA_PLATFORM": "offscreen",
            "QT_QUICK_BACKEND": "software",
        }
    finally:
        shutil.rmtree(home)


def _first_rectangle_ms(environment: dict[str, str]) -> float:
    times = []
    for _ in range(_STARTS):
        started_s = time.monotonic()
        painted_s = float(_output([sys.executable, "-c", _ONE_RECTANGLE], environment))
        times.append((painted_s - started_s) * 1000)
    return float(np.median(times))


def _first_page(environment: dict[str, str], bare: _Reference) -> list[Row]:
    """The production kiosk with its keys and stores opened; the passphrase waits in a pipe."""
    whole_ms, memory, cpu_ms = [], [], []
    for _ in range(_STARTS):
        read_end, write_end = os.pipe()
        os.write(write_end, _PASSPHRASE)
        os.close(write_end)
        started_s = time.monotonic()
        command = [*_PROGRAM, "kiosk", str(read_end)]
        figures = json.loads(_output(command, environment, (read_end,)))
        os.close(read_end)
        whole_ms.append((figures["painted_at_s"] - started_s) * 1000)
        cpu_ms.append(figures["cpu_s"] * 1000)
        memory.append((figures["rss_mb"], figures["pss_mb"]))
    rss_mb, pss_mb = np.median(memory, axis=0)
    return [
        _row("kiosk: process start to first page painted", np.median(whole_ms), "ms", 1000, bare),
        _row("- CPU time until then, all threads of the desk", np.median(cpu_ms), "ms CPU"),
        _row("kiosk: resident memory 2 s after the first page", rss_mb, "MB", 160),
        _row("kiosk: the same, shared pages counted in part (PSS)", pss_mb, "MB"),
    ]


def _preview(environment: dict[str, str]) -> list[Row]:
    """30 pictures per second on the capture page, alone and beside a busy face engine."""
    rows = []
    for name, beside in (("idle", []), ("face engine flat out beside", ["faces"])):
        ring = FrameRing.create(PREVIEW_WIDTH, PREVIEW_HEIGHT, 4)
        fd = str(ring.fd)
        others = [_start([*_PROGRAM, "publish", fd], environment, (ring.fd,))]
        others += [_start([*_PROGRAM, program], environment) for program in beside]
        try:
            figures = json.loads(_output([*_PROGRAM, "preview", fd], environment, (ring.fd,)))
        finally:
            for other in others:
                other.kill()
                other.wait()
            ring.close()
        rows += _preview_rows(f"preview, {name}", figures)
    return rows


def _preview_rows(name: str, figures: dict[str, Any]) -> list[Row]:
    published = _Reference("published fps", 30.0)
    middle, late = np.percentile(figures["gaps_ms"], (50, 95))
    interval = _Reference("camera interval", 1000 / 30)
    copy = _Reference("one numpy copy per picture", figures["copy_percent"])
    return [
        _row(f"{name}: pictures shown", figures["fps"], "fps", None, published),
        _row(f"{name}: gap p50", middle, "ms", None, interval),
        _row(f"{name}: gap p95", late, "ms", 45, interval),
        _row(f"{name}: desk CPU, one core", figures["cpu_percent"], "%", 10, copy),
        _row(f"{name}: desk resident memory", figures["rss_mb"], "MB", 160),
    ]


def _visits(environment: dict[str, str]) -> list[Row]:
    """Demo visits in the real window; the simulated person's process runs beside the booth."""
    figures = json.loads(_output([*_PROGRAM, "visits", str(_VISITS)], environment))
    *served, killed = figures["visits"]
    if any(visit["outcome"] != Outcome.MATCH.value for visit in served):
        raise BoothError(ErrorCode.BOOTH_PROTOCOL)

    def ms(begin: str, end: str) -> float:
        return float(np.median([v["at_s"][end] - v["at_s"][begin] for v in served])) * 1000

    frame_ms = [(v["at_s"]["painted"] - v["frame_at_s"]) * 1000 for v in served]
    reaped = _Reference("kill to reaped", float(np.median([v["reaped_ms"] for v in served])))
    crash_ms = (killed["at_s"]["purged"] - killed["at_s"]["killed"]) * 1000
    gaps_ms = [gap for visit in served for gap in visit["gaps_ms"]]
    camera_ms = [gap for visit in served for gap in visit["camera_ms"]]
    camera = _Reference("simulated camera, p95", float(np.percentile(camera_ms, 95)))
    return [
        _row(
            "visit: 3rd last preview frame's capture to result page painted",
            max(frame_ms),
            "ms",
            300,
        ),
        _row("visit: capture verdict received to outcome recorded", ms("COMPARE", "outcome"), "ms"),
        _row("visit: outcome recorded to result page painted", ms("outcome", "painted"), "ms"),
        _row("visit: outcome recorded to Purged", ms("outcome", "purged"), "ms", 1000, reaped),
        _row("visit: booth killed at a prompt to Purged", crash_ms, "ms", 1000, reaped),
        _row("visit: preview gap p95", np.percentile(gaps_ms, 95), "ms", None, camera),
        _row("visit: desk resident memory after four visits", figures["rss_mb"], "MB", 160),
    ]


def _output(command: list[str], environment: dict[str, str], fds: tuple[int, ...] = ()) -> str:
    # Our own interpreter and program: nothing here comes from outside.
    done = subprocess.run(  # noqa: S603
        command,
        cwd=ROOT,
        env=environment,
        pass_fds=fds,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=True,
        timeout=_LIMIT_S,
        text=True,
    )
    return done.stdout


def _start(
    command: list[str], environment: dict[str, str], fds: tuple[int, ...] = ()
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603
        command, cwd=ROOT, env=environment, pass_fds=fds, stdin=subprocess.DEVNULL
    )


def _row(
    name: str,
    value: float | np.floating[Any],
    unit: str,
    target: float | None = None,
    reference: _Reference | None = None,
) -> Row:
    return {
        "name": name,
        "value": round(float(value), 1),
        "unit": unit,
        "reference_name": reference.name if reference else "",
        "reference_value": round(reference.value, 1) if reference else None,
        "ratio": round(float(value) / reference.value, 2) if reference else None,
        "target": target,
    }
