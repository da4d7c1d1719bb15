"""Landlock for the booth: nothing on any file system is made, changed or removed.

Reading stays allowed. Only cameras, serial lines, /dev/null and /dev/zero may be opened for writing
and given ioctls. A rule holds for one node: a camera that is plugged in again gets a new one, which
the next booth may open, and the desk does not use a booth that is older than a node. A rule on all
of /dev would spare that, and would open disks, terminals and other programs' shared memory.

What remains: every camera and serial line of the machine, not only the configured ones, and reading
whatever the station's user may read. Numbers are those of `linux/landlock.h`; the same on every
architecture.
"""

import errno
import os
import stat
import struct
from contextlib import suppress
from ctypes import addressof, c_ubyte
from pathlib import Path

from station.booth.kernel import syscall

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1

_WRITE_FILE = 1 << 1
_TRUNCATE = 1 << 14
_IOCTL_DEV = 1 << 15
# Remove folder and file; make device nodes, folder, file, socket, pipe and link.
_MAKE_AND_REMOVE = sum(1 << bit for bit in range(4, 13))
_REFER = 1 << 13
_TCP = 0b11
_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11

_DEV = Path("/dev")
# Serial lines start with a capital (ttyS0, ttyUSB0, ttyAMA0) except on i.MX boards; `tty` and
# tty0 to tty63 are the operator's own screen and keyboard.
_NODES = ("video[0-9]*", "tty[A-Z]*", "ttymxc*", "null", "zero")


def version() -> int:
    """The kernel's Landlock version, 0 where it has none or it is switched off."""
    try:
        return syscall(_CREATE_RULESET, 0, 0, _ASK_VERSION)
    except OSError as error:
        if error.errno in (errno.ENOSYS, errno.EOPNOTSUPP):
            return 0
        raise


def handled_rights(abi: int) -> int:
    """The file rights this kernel can take away, of those the booth does not need."""
    rights = _WRITE_FILE | _MAKE_AND_REMOVE
    if abi >= 2:
        rights |= _REFER
    if abi >= 3:
        rights |= _TRUNCATE
    if abi >= 5:
        rights |= _IOCTL_DEV
    return rights


def device_nodes(dev: Path = _DEV) -> tuple[tuple[Path, int], ...]:
    """What a booth that starts now may use: every node with its inode, new at each plugging in."""
    found: list[tuple[Path, int]] = []
    for pattern in _NODES:
        for node in dev.glob(pattern):
            # It may be pulled out while we look.
            with suppress(FileNotFoundError):
                status = node.lstat()
                if stat.S_ISCHR(status.st_mode):
                    found.append((node, status.st_ino))
    return tuple(sorted(found))


def restrict(abi: int, scratch: Path | None = None, devices: tuple[Path, ...] = ()) -> None:
    """Take the rights from this thread and all it starts, for good; `no_new_privs` must be set.

    `scratch` is the one folder (in memory) a vendor plug-in may write in; `devices` are nodes, or
    folders of them, beside the usual. Threads that already run are not covered: call this before
    any library starts one. Raises `OSError`.
    """
    rights = handled_rights(abi)
    attributes = struct.pack("=Q", rights)
    if abi >= 4:
        attributes += struct.pack("=Q", _TCP)
    if abi >= 6:
        # Signals reach only this process and its children, not the desk.
        attributes += struct.pack("=Q", _SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS)
    ruleset = _call_with(attributes, _CREATE_RULESET)
    try:
        for node in (*(node for node, _ in device_nodes()), *devices):
            with suppress(FileNotFoundError):
                _allow(ruleset, node, rights & (_WRITE_FILE | _IOCTL_DEV))
        if scratch is not None:
            _allow(ruleset, scratch, rights)
        syscall(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _call_with(attributes: bytes, number: int) -> int:
    buffer = (c_ubyte * len(attributes)).from_buffer_copy(attributes)
    return syscall(number, addressof(buffer), len(attributes), 0)


def _allow(ruleset: int, place: Path, rights: int) -> None:
    descriptor = os.open(place, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("=Qi", rights, descriptor)
        buffer = (c_ubyte * len(rule)).from_buffer_copy(rule)
        syscall(_ADD_RULE, ruleset, _PATH_BENEATH, addressof(buffer), 0)
    finally:
        os.close(descriptor)
