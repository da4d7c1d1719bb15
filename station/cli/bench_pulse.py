"""What `bench records` measures beside the work: a screen's pulse, time in line, memory.

`python -m station.cli.bench_pulse FOLDER` is the child whose memory is read: it opens the stores of
a bench desk, reads residents and prints its own size.
"""

import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Self

import numpy as np

from station.config import ROOT
from station.model import Secret
from storage.keys import KeyRing
from storage.resident_lookup import resident_at
from storage.stores import open_stores

FRAME_S = 1 / 60
_SCHEDSTAT = Path("/proc/thread-self/schedstat")
_CHILD_TIMEOUT_S = 300
_READ = 500
PASSPHRASE = Secret(b"only for this measurement")
"""Of the bench's own keyring, which holds nobody's data."""


def own_time_s(work: Callable[[], object]) -> float:
    """Seconds by the clock that `work` takes, less what this thread stood in line for a processor.

    What waits for a disk or a lock counts. Where the system does not tell (no schedstat) it is the
    plain time.
    """
    started, waited_s = time.perf_counter(), _waited_s()
    work()
    return time.perf_counter() - started - (_waited_s() - waited_s)


def _waited_s() -> float:
    try:
        return int(_SCHEDSTAT.read_text("ascii").split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


class FramePulse:
    """Beats 60 times a second beside the work, as the window's own thread does.

    It stands for the kiosk's screen: in Python, in the same process, under the same lock of the
    interpreter. A context manager; `gap_ms` afterwards.
    """

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._gaps_s: list[float] = []
        self._thread = threading.Thread(target=self._beat, name="frame-pulse", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def gap_ms(self) -> float:
        """95 % of the gaps between two beats were no longer than this."""
        return float(np.percentile(self._gaps_s, 95)) * 1000 if self._gaps_s else 0.0

    def _beat(self) -> None:
        before, waited_s = time.perf_counter(), _waited_s()
        while not self._stopped.wait(FRAME_S):
            now, waited_now_s = time.perf_counter(), _waited_s()
            self._gaps_s.append(now - before - (waited_now_s - waited_s))
            before, waited_s = now, waited_now_s


def resident_mb(folder: Path) -> float:
    """Memory of a fresh process that has opened the stores, counted and read residents; MB.

    Nobody else may have the stores open.
    """
    command = [sys.executable, "-B", "-m", "station.cli.bench_pulse", str(folder)]
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        command, cwd=ROOT, capture_output=True, timeout=_CHILD_TIMEOUT_S, check=True
    )
    return float(done.stdout)


def _read(folder: Path) -> float:
    keyring = KeyRing.open(folder / "keyring.json", PASSPHRASE)
    stores = open_stores(folder / "stores", keyring, floor_bytes=1, reserve_bytes=65536)
    with closing(stores):
        stores.identity.residents_count()
        for row in islice(stores.identity.residents(), _READ):
            found = resident_at(stores, row)
            if found is not None:
                found.identity()
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / (1 << 20)


if __name__ == "__main__":
    sys.stdout.write(f"{_read(Path(sys.argv[1])):.1f}")
