"""Looks for bytes in other processes and in files, as a forensic examiner would."""

import os
from pathlib import Path

CHUNK = 1 << 22


def memory_hits(pid: int, needle: bytes) -> int:
    """How often `needle` stands in the readable memory of `pid`; needs root."""
    hits = 0
    maps = Path(f"/proc/{pid}/maps").read_text("ascii", errors="replace").splitlines()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in maps:
            fields = line.split()
            if "r" not in fields[1] or fields[-1] in ("[vvar]", "[vsyscall]", "[vvar_vclock]"):
                continue
            begin, end = (int(part, 16) for part in fields[0].split("-"))
            hits += _region_hits(memory.fileno(), begin, end, needle)
    return hits


def _region_hits(fd: int, begin: int, end: int, needle: bytes) -> int:
    hits, offset = 0, begin
    while offset < end:
        try:
            data = os.pread(fd, min(CHUNK + len(needle), end - offset), offset)
        except OSError:
            return hits  # A guard page or a device mapping: nothing of ours can be in it.
        if not data:
            return hits
        hits += data.count(needle)
        offset += min(CHUNK, len(data))
    return hits


def file_hits(folder: Path, needle: bytes) -> list[str]:
    """Files below `folder` that hold `needle`."""
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and needle in path.read_bytes()
    ]


def descendants(pid: int) -> set[int]:
    """All living processes below `pid`."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text("ascii", errors="replace")
            except OSError:
                continue  # It ended while we looked.
            parents[int(entry.name)] = int(stat.rsplit(")", 1)[1].split()[1])
    found, grown = {pid}, True
    while grown:
        grown = False
        for child, parent in parents.items():
            if parent in found and child not in found:
                found.add(child)
                grown = True
    return found - {pid}


def is_alive(pid: int) -> bool:
    """Whether the process still has memory; one that only waits to be reaped has none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace")
    except OSError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] not in "ZX"


def is_station(pid: int) -> bool:
    """Whether `pid` runs the product (desk or booth) and not the simulated world around it."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return b"drivers.simulated" not in command
