"""Landlock for the booth: nothing on any file system is made, changed or removed.

Reading stays allowed. Device nodes under /dev may be opened for writing and given ioctls (cameras
and serial readers need both); the whole folder rather than single nodes, because a camera that is
plugged in again gets a new node, which a rule on the old one would not cover. Numbers are those of
`linux/landlock.h`; the same on every architecture.
"""

import errno
import os
import struct
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

_DEVICES = Path("/dev")


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


def restrict(abi: int, scratch: Path | None = None) -> None:
    """Take the rights from this thread and all it starts, for good; `no_new_privs` must be set.

    `scratch` is the one folder (in memory) a vendor plug-in may write in. Threads that already run
    are not covered: call this before any library starts one. Raises `OSError`.
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
        _allow(ruleset, _DEVICES, rights & (_WRITE_FILE | _IOCTL_DEV))
        if scratch is not None:
            _allow(ruleset, scratch, rights)
        syscall(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _call_with(attributes: bytes, number: int) -> int:
    buffer = (c_ubyte * len(attributes)).from_buffer_copy(attributes)
    return syscall(number, addressof(buffer), len(attributes), 0)


def _allow(ruleset: int, folder: Path, rights: int) -> None:
    descriptor = os.open(folder, os.O_PATH | os.O_CLOEXEC | os.O_DIRECTORY)
    try:
        rule = struct.pack("=Qi", rights, descriptor)
        buffer = (c_ubyte * len(rule)).from_buffer_copy(rule)
        syscall(_ADD_RULE, ruleset, _PATH_BENEATH, addressof(buffer), 0)
    finally:
        os.close(descriptor)
