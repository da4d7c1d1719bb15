"""A seccomp filter for the booth: local sockets only, and none of the calls an escape starts with.

A list of refused calls rather than of allowed ones: OpenCV, vendor readers and three Python
versions make an allow-list brittle. Threads may be started, processes and programs only where a
vendor photo plug-in needs a child. The child inherits this filter, also as a 32-bit program (vendor
libraries are often 32-bit), and like every process here it cannot leave the process group that the
desk kills: nothing outlives the booth with the preview or the camera in hand.
"""

import ctypes
import errno
import platform
import socket
import struct
from ctypes import c_ubyte, c_ushort, c_void_p
from dataclasses import dataclass

from station.booth.kernel import syscall

_SECCOMP_SET_MODE_FILTER = 1
_SECCOMP_FILTER_FLAG_TSYNC = 1

# Offsets in struct seccomp_data; the low word of argument 0 on these little-endian machines.
_NUMBER, _ARCHITECTURE, _ARGUMENT_0 = 0, 4, 16
_CLONE_SIGHAND, _CLONE_THREAD, _CLONE_NEWUSER = 0x800, 0x10000, 0x10000000
_X32_BIT = 0x40000000

_ALLOW = 0x7FFF0000
_ERRNO = 0x00050000
_KILL_PROCESS = 0x80000000

# BPF opcodes (linux/bpf_common.h): load word, jump always, if equal, if at least, if any bit.
_LD, _JA, _JEQ, _JGE, _JSET, _RET = 0x20, 0x05, 0x15, 0x35, 0x45, 0x06

# Numbers shared by every architecture: they were given after the tables were unified.
_COMMON_REFUSED = (
    425,  # io_uring_setup: a ring opens sockets and files behind any filter
    426,  # io_uring_enter
    427,  # io_uring_register
    428,  # open_tree
    429,  # move_mount
    430,  # fsopen
    431,  # fsconfig
    432,  # fsmount
    433,  # fspick
    438,  # pidfd_getfd
    440,  # process_madvise
    442,  # mount_setattr
)
_CLONE3 = 435


@dataclass(frozen=True, slots=True)
class Architecture:
    """One kernel entry point: its audit number and the call numbers that matter there."""

    audit: int
    seccomp: int
    socket: int
    clone: int
    starts: tuple[int, ...]
    refused: tuple[int, ...]


_X86_64 = Architecture(
    audit=0xC000003E,
    seccomp=317,
    socket=41,
    clone=56,
    # fork, vfork, execve, execveat
    starts=(57, 58, 59, 322),
    # ptrace, process_vm_readv/writev, kexec_load, kexec_file_load, init/finit/delete_module,
    # mount, umount2, pivot_root, chroot, swapon, swapoff, reboot, bpf, perf_event_open,
    # userfaultfd, add_key, request_key, keyctl, unshare, setns, open_by_handle_at, acct, syslog,
    # settimeofday, clock_settime, sethostname, quotactl, iopl, ioperm, setpgid, setsid
    refused=(
        *(101, 310, 311, 246, 320, 175, 313, 176, 165, 166, 155, 161, 167, 168, 169, 321, 298),
        *(323, 248, 249, 250, 272, 308, 304, 163, 103, 164, 227, 170, 179, 172, 173, 109),
        112,
    ),
)
_AARCH64 = Architecture(
    audit=0xC00000B7,
    seccomp=277,
    socket=198,
    clone=220,
    # There is no fork or vfork.
    starts=(221, 281),
    # The same calls in the same order; there is no iopl or ioperm.
    refused=(
        *(117, 270, 271, 104, 294, 105, 273, 106, 40, 39, 41, 51, 224, 225, 142, 280, 241),
        *(282, 217, 218, 219, 97, 268, 265, 89, 116, 170, 112, 161, 60, 154, 157),
    ),
)
_I386 = Architecture(
    audit=0x40000003,
    seccomp=354,
    socket=359,
    clone=120,
    starts=(2, 190, 11, 358),
    # As above, and socketcall (102): its arguments sit behind a pointer a filter cannot follow.
    refused=(
        *(102, 26, 347, 348, 283, 128, 350, 129, 21, 22, 52, 217, 61, 87, 115, 88, 357, 336),
        *(374, 286, 287, 288, 310, 346, 342, 51, 103, 79, 264, 404, 74, 131, 110, 101, 57),
        66,
    ),
)

_NATIVE = {"x86_64": _X86_64, "aarch64": _AARCH64}
_ALSO = {"x86_64": (_I386,), "aarch64": ()}


class _Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", c_ushort), ("instructions", c_void_p))


def _op(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _refuse(number: int, error: int) -> list[bytes]:
    return [_op(_JEQ, number, 0, 1), _op(_RET, _ERRNO | error)]


def _section(machine: Architecture, *, x32: bool, children: bool) -> list[bytes]:
    """The rules of one entry point; ends in a decision on every path."""
    rules = [_op(_LD, _NUMBER)]
    if x32:
        rules += [_op(_JGE, _X32_BIT, 0, 1), _op(_RET, _ERRNO | errno.ENOSYS)]
    for number in _COMMON_REFUSED + machine.refused + (() if children else machine.starts):
        rules += _refuse(number, errno.EPERM)
    # The flags of clone3 sit behind a pointer; without it libc falls back to clone.
    rules += _refuse(_CLONE3, errno.ENOSYS)
    # What is no thread of this process is a process of its own.
    thread = [] if children else [_op(_JSET, _CLONE_THREAD, 0, 1)]
    rules += [
        _op(_JEQ, machine.clone, 0, 3 + len(thread)),
        _op(_LD, _ARGUMENT_0),
        *thread,
        _op(_JSET, _CLONE_NEWUSER, 0, 1),
        _op(_RET, _ERRNO | errno.EPERM),
        _op(_LD, _NUMBER),
        _op(_JEQ, machine.socket, 0, 3),
        _op(_LD, _ARGUMENT_0),
        _op(_JEQ, socket.AF_UNIX, 1, 0),
        _op(_RET, _ERRNO | errno.EAFNOSUPPORT),
        _op(_RET, _ALLOW),
    ]
    return rules


def build_filter(machine: str, *, children: bool) -> bytes:
    """The BPF program for `machine` as `platform.machine()` names it; 8 bytes an instruction.

    `children`: whether a process or a program may be started.
    Raises `KeyError` for a machine without a table.
    """
    program = [_op(_LD, _ARCHITECTURE)]
    for entry in (_NATIVE[machine], *_ALSO[machine]):
        rules = _section(entry, x32=entry is _X86_64, children=children)
        # Conditional jumps reach only 255 instructions, the unconditional one any distance.
        program += [_op(_JEQ, entry.audit, 1, 0), _op(_JA, len(rules)), *rules]
    program.append(_op(_RET, _KILL_PROCESS))
    return b"".join(program)


def install(*, children: bool = False) -> None:
    """Put the filter on every thread of this process, for good; `no_new_privs` must be set.

    Raises `OSError` where the kernel or the machine has no such filter.
    """
    machine = platform.machine()
    if machine not in _NATIVE:
        raise OSError(errno.ENOTSUP, "no table of system calls for this machine")
    code = build_filter(machine, children=children)
    buffer = (c_ubyte * len(code)).from_buffer_copy(code)
    program = _Program(len(code) // 8, ctypes.addressof(buffer))
    blocked = syscall(
        _NATIVE[machine].seccomp,
        _SECCOMP_SET_MODE_FILTER,
        _SECCOMP_FILTER_FLAG_TSYNC,
        ctypes.addressof(program),
    )
    if blocked:
        raise OSError(errno.EBUSY, "a thread could not take the filter")


def children_are_refused() -> bool:
    """Try to start a process, with flags that a kernel which would start one calls invalid."""
    try:
        syscall(_NATIVE[platform.machine()].clone, _CLONE_SIGHAND)
    except OSError as error:
        return error.errno == errno.EPERM
    return False
