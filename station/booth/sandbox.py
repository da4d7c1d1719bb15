"""Confinement of the two processes: each step says truthfully whether it took effect.

The booth calls `harden_booth` as its very first act: before numpy or OpenCV are imported (they
start threads, which some limits would miss) and before any device is opened. A kernel that lacks a
feature gives an inactive line with the reason, never a pretence; `doctor` shows every line.
"""

import errno
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from station.booth import kernel, landlock, seccomp
from station.booth.messages import Hardening

_CAP_IPC_LOCK = 14


def harden_booth(
    desk_pid: int | None = None,
    scratch: Path | None = None,
    *,
    children: bool = False,
    devices: tuple[Path, ...] = (),
) -> tuple[Hardening, ...]:
    """Confine this process for good; ends it at once when the desk is already gone.

    `desk_pid` is the parent's pid as the parent knows it. `scratch` is the one in-memory folder a
    vendor photo plug-in may write in; None: nothing may be written anywhere. `children` lets a
    process be started, which only that plug-in needs. `devices` may be used beside cameras and
    serial lines: pseudo-terminals, behind which only a program can sit.

    A second call changes nothing and returns the lines of the first.

    Trap: Linux counts the death of the parent's *thread*. The desk must start the booth from a
    thread that lives as long as the booth.
    """
    if not _done:
        # Compiled modules could not be written anyway.
        sys.dont_write_bytecode = True
        _done.extend(_confine(desk_pid, scratch, children, devices))
    return tuple(_done)


_done: list[Hardening] = []


def _confine(
    desk_pid: int | None, scratch: Path | None, children: bool, devices: tuple[Path, ...]
) -> tuple[Hardening, ...]:
    return (
        _no_core_dumps(),
        _not_dumpable(),
        _parent_death(desk_pid),
        _no_new_privileges(),
        _locked_memory(),
        _no_file_writes(scratch, devices),
        _filtered_calls(children),
    )


def harden_desk() -> tuple[Hardening, ...]:
    """Keep the desk's memory out of core files and other programs' reach; its network stays."""
    return (_no_core_dumps(), _not_dumpable())


def _line(name: str, act: Callable[[], str]) -> Hardening:
    """Run one step; `act` returns what is in force or raises `OSError` with the reason."""
    try:
        return Hardening(name=name, active=True, detail=act()[:200])
    except OSError as error:
        return Hardening(name=name, active=False, detail=(error.strerror or str(error))[:200])


def _no_core_dumps() -> Hardening:
    def act() -> str:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        return "limit 0"

    return _line("core_dumps", act)


def _not_dumpable() -> Hardening:
    def act() -> str:
        # Also covers a piped core_pattern, for which the limit above is not asked.
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
        if kernel.prctl(kernel.PR_GET_DUMPABLE) != 0:
            raise OSError(errno.EPERM, "still dumpable")
        return "no dump, no tracing by the same user"

    return _line("dumpable", act)


def _parent_death(desk_pid: int | None) -> Hardening:
    parent = os.getppid() if desk_pid is None else desk_pid

    def act() -> str:
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            # The desk died before the line above: no signal will ever come.
            os._exit(1)
        return "killed when the desk ends"

    return _line("parent_death", act)


def _no_new_privileges() -> Hardening:
    def act() -> str:
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        if kernel.prctl(kernel.PR_GET_NO_NEW_PRIVS) != 1:
            raise OSError(errno.EPERM, "not set")
        return "no program can gain rights"

    return _line("no_new_privs", act)


def _locked_memory() -> Hardening:
    def act() -> str:
        limit, _ = resource.getrlimit(resource.RLIMIT_MEMLOCK)
        if limit != resource.RLIM_INFINITY and not _has_capability(_CAP_IPC_LOCK):
            # Under a finite limit every later allocation above it would fail, mid-visit.
            raise OSError(errno.EPERM, f"memlock limit {limit // 1024} KiB, unlimited needed")
        # On fault: thread stacks and arenas are reserved large but touched little.
        kernel.mlockall(kernel.MCL_CURRENT | kernel.MCL_FUTURE | kernel.MCL_ONFAULT)
        return "all pages stay out of swap"

    return _line("memory_locked", act)


def _has_capability(number: int) -> bool:
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> number & 1)
    return False


def _no_file_writes(scratch: Path | None, devices: tuple[Path, ...]) -> Hardening:
    def act() -> str:
        abi = landlock.version()
        if abi == 0:
            raise OSError(errno.ENOSYS, "kernel without Landlock")
        threads = sum(1 for _ in Path("/proc/self/task").iterdir())
        landlock.restrict(abi, scratch, devices)
        if threads > 1:
            raise OSError(errno.EBUSY, f"{threads - 1} threads were already running")
        if abi < 3:
            raise OSError(errno.ENOSYS, f"Landlock {abi} cannot stop truncation")
        return f"Landlock {abi}"

    return _line("file_writes", act)


def _filtered_calls(children: bool) -> Hardening:
    def act() -> str:
        seccomp.install(children=children)
        if not children and not seccomp.children_are_refused():
            raise OSError(errno.EPERM, "a process could still be started")
        try:
            socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()
        except OSError as error:
            if error.errno == errno.EAFNOSUPPORT:
                return "seccomp; local sockets only, " + (
                    "children for the photo plug-in" if children else "no child processes"
                )
            raise
        raise OSError(errno.EPERM, "an internet socket could still be made")

    return _line("network", act)
