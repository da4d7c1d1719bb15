"""The few Linux calls the confinement needs that Python does not offer, through libc."""

import ctypes
import os
from ctypes import c_int, c_long, c_ulong
from functools import cache

PR_SET_PDEATHSIG = 1
PR_GET_DUMPABLE = 3
PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38
PR_GET_NO_NEW_PRIVS = 39

MCL_CURRENT = 1
MCL_FUTURE = 2
MCL_ONFAULT = 4


@cache
def _libc() -> ctypes.CDLL:
    library = ctypes.CDLL(None, use_errno=True)
    library.prctl.argtypes = [c_int, c_ulong, c_ulong, c_ulong, c_ulong]
    library.prctl.restype = c_int
    library.mlockall.argtypes = [c_int]
    library.mlockall.restype = c_int
    # Variadic; six words are the most a Linux system call takes.
    library.syscall.argtypes = [c_long] * 7
    library.syscall.restype = c_long
    return library


def _failed(name: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{name}: {os.strerror(number)}")


def prctl(option: int, value: int = 0) -> int:
    """`prctl(2)`. Raises `OSError` where the kernel refuses."""
    result: int = _libc().prctl(option, value, 0, 0, 0)
    if result < 0:
        raise _failed("prctl")
    return result


def mlockall(flags: int) -> None:
    """`mlockall(2)`. Raises `OSError` where the kernel refuses."""
    if _libc().mlockall(flags) != 0:
        raise _failed("mlockall")


def give_back_memory() -> None:
    """Hand freed memory back to the kernel, which zeroes it before anybody gets it.

    Does nothing where the C library is not glibc (`malloc_trim(3)`).
    """
    trim = getattr(_libc(), "malloc_trim", None)
    if trim is not None:
        trim(0)


def syscall(number: int, *words: int) -> int:
    """A raw system call with at most six words. Raises `OSError` where the kernel refuses."""
    padded = words + (0,) * (6 - len(words))
    result: int = _libc().syscall(number, *padded)
    if result < 0:
        raise _failed(f"system call {number}")
    return result
