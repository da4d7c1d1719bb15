"""A private pcscd with virtual readers (vpcd) for tests, beside any daemon of the machine.

pcscd has no option for its socket; it takes one over by systemd's socket activation. libpcsclite
reads `PCSCLITE_CSOCK_NAME` once per process, so every stack of one test process uses one path, and
this module sets the variable when it is imported: import it before anything calls PC/SC.
"""

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from drivers.card import pcsc
from drivers.simulated.chip_link import Card, connect_vpcd, serve_vpcd

PCSCD = Path("/usr/sbin/pcscd")
VPCD = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
_FOLDER = Path("/tmp") / f"station-pcsc-{os.getpid()}"
_SOCKET = _FOLDER / "comm"
_READY_TIMEOUT_S = 15.0
_NOTICE_TIMEOUT_S = 10.0
_POLL_PERIOD_S = 1.0

os.environ["PCSCLITE_CSOCK_NAME"] = str(_SOCKET)

_LAUNCHER = """
import os, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(16)
os.dup2(listener.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execvp(sys.argv[2], sys.argv[2:])
"""


def missing_reason() -> str | None:
    """Why no card stack can be started here, or None."""
    for path, package in ((PCSCD, "pcscd"), (VPCD, "vsmartcard-vpcd")):
        if not path.exists():
            return f"{package} is not installed ({path} is missing)"
    if os.geteuid() != 0:
        return "a private pcscd offers its readers to root only"
    return None


def _without_polkit() -> list[str]:
    """Newer daemons ask polkit who may use a card; none runs in a bare test machine."""
    known = subprocess.run([str(PCSCD), "--help"], capture_output=True, text=True, check=False)
    return ["--disable-polkit"] if "--disable-polkit" in known.stdout + known.stderr else []


class CardStack:
    """One running daemon with two reader slots, of which one at a time holds a chip."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._slot = 0
        self._vacated_at = [0.0, 0.0]
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What a child process needs to reach this daemon."""
        return {"PCSCLITE_CSOCK_NAME": str(_SOCKET)}

    def reader_names(self) -> list[str]:
        """Both slots' names, in order."""
        return sorted(pcsc.reader_names())

    def insert(self, chip: Card) -> str:
        """Lay `chip` on a slot, wait until the daemon has noticed, and return the reader's name."""
        self.pull()
        self._slot = self._vacated_at.index(min(self._vacated_at))
        # pcscd polls; it cannot tell a chip that was changed between two looks from the old one,
        # and nothing shows when it last looked.
        time.sleep(max(0.0, self._vacated_at[self._slot] + _POLL_PERIOD_S - time.monotonic()))
        self._stop = threading.Event()
        link = connect_vpcd(self._port + self._slot)
        self._thread = threading.Thread(
            target=serve_vpcd, args=(chip, link, self._stop), daemon=True
        )
        self._thread.start()
        self._wait(present=True)
        return self.reader_names()[self._slot]

    def pull(self) -> None:
        """Take the chip away and wait until the daemon has noticed; safe with none inserted."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(5)
            self._thread = None
            self._wait(present=False)
            self._vacated_at[self._slot] = time.monotonic()

    def _wait(self, present: bool) -> None:
        deadline = time.monotonic() + _NOTICE_TIMEOUT_S
        while bool(pcsc.readers_with_card()) != present:
            if time.monotonic() > deadline:
                raise RuntimeError("pcscd did not notice the card coming or going")
            time.sleep(0.02)


@contextmanager
def private_card_stack() -> Iterator[CardStack]:
    """A fresh daemon; skips the test with the reason where the packages are missing."""
    reason = missing_reason()
    if reason is not None:
        pytest.skip(reason)
    shutil.rmtree(_FOLDER, ignore_errors=True)
    _FOLDER.mkdir(mode=0o700)
    port = _free_port_pair()
    config = _FOLDER / "conf.d"
    config.mkdir()
    (config / "vpcd").write_text(
        f'FRIENDLYNAME "Station test"\nDEVICENAME /dev/null:{port:#x}\n'
        f"LIBPATH {VPCD}\nCHANNELID {port:#x}\n"
    )
    arguments = [str(_SOCKET), str(PCSCD), "--foreground", "-c", str(config), *_without_polkit()]
    daemon = subprocess.Popen(
        [sys.executable, "-c", _LAUNCHER, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    stack = CardStack(port)
    try:
        _wait_until_ready(stack, daemon)
        yield stack
    finally:
        with suppress(RuntimeError):
            stack.pull()
        # On SIGTERM it would tidy /run/pcscd, which belongs to the machine's own daemon.
        daemon.kill()
        daemon.wait()
        shutil.rmtree(_FOLDER, ignore_errors=True)


@pytest.fixture
def card_stack() -> Iterator[CardStack]:
    """A private daemon for one test."""
    with private_card_stack() as stack:
        yield stack


def _wait_until_ready(stack: CardStack, daemon: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _READY_TIMEOUT_S
    while len(stack.reader_names()) < 2:
        if daemon.poll() is not None:
            raise RuntimeError(f"pcscd ended with {daemon.returncode}")
        if time.monotonic() > deadline:
            raise RuntimeError("pcscd shows no reader")
        time.sleep(0.05)


def _free_port_pair() -> int:
    """Two ports in a row that are free now: vpcd's second slot listens on port + 1."""
    for _ in range(50):
        with socket.socket() as first, socket.socket() as second:
            first.bind(("0.0.0.0", 0))
            port = int(first.getsockname()[1])
            with suppress(OSError, OverflowError):
                second.bind(("0.0.0.0", port + 1))
                return port
    raise RuntimeError("no two free ports in a row")
