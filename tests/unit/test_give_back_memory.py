"""Memory that a visit has freed goes back to the kernel, which zeroes it."""

import ctypes
import platform
from pathlib import Path

import pytest

from station.booth.kernel import give_back_memory

_BLOCK = 64 << 10
_BLOCKS = 512


def _resident_kb() -> int:
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:"))


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has malloc_trim")
def test_freed_memory_is_given_back() -> None:
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    libc.free.argtypes = [ctypes.c_void_p]
    blocks = [libc.malloc(_BLOCK) for _ in range(_BLOCKS)]
    for block in blocks:
        ctypes.memset(block, 1, _BLOCK)
    # What stays keeps the top of the heap from being given back by itself.
    *freed, kept = blocks
    for block in freed:
        libc.free(block)
    before_kb = _resident_kb()
    give_back_memory()
    given_kb = before_kb - _resident_kb()
    libc.free(kept)
    assert given_kb > _BLOCKS * _BLOCK // 1024 // 2
