"""Child of the booth that runs a vendor's WLT photo decoder: it may crash, hang or write files.

Started as a plain script with nothing but the standard library, so that it starts fast and holds
nothing worth stealing. 1024 WLT bytes come in on standard input; one `Result` byte goes out on
standard output, followed by 38 556 bytes of top-down BGR when it is OK.
"""

import ctypes
import os
import resource
import signal
import sys

WIDTH, HEIGHT = 102, 126
ROW = WIDTH * 3
RAW_BYTES = ROW * HEIGHT
WLT_BYTES = 1024
OK, NOT_LOADABLE, REFUSED, NOT_A_PICTURE = b"\x01", b"\x02", b"\x03", b"\x04"

_BMP_HEADER = 54
_BMP_ROW = 308
_BUFFER_BYTES = 1 << 18
"""Over-allocated: known libraries write past the 38 862 bytes of a BMP."""
_FILE_LIMIT_BYTES = 1 << 20
_NO_FILES_FOLDER = "/proc"
"""Nobody can make a file here, not even an empty one."""
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4
_CLONE_NEWNS, _CLONE_NEWUSER = 0x00020000, 0x10000000
_MS_NOSUID_NODEV_NOEXEC = 2 | 4 | 8
_MS_REC_PRIVATE = (1 << 14) | (1 << 18)
_MOUNT_SETATTR, _AT_FDCWD, _AT_RECURSIVE, _MOUNT_ATTR_RDONLY = 442, -100, 0x8000, 1
_MOUNT_POINT = b"/dev/shm"


def main(arguments: list[str]) -> int:
    """Arguments: library, symbol, kind, arg, rows, channels, work folder or empty, parent pid."""
    path, symbol, kind, arg, rows, channels, folder, parent = arguments
    answer = os.dup(1)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    _enter_work_folder(folder)
    _confine(int(parent))
    wlt = _read_exactly(0, WLT_BYTES)
    try:
        decode = getattr(ctypes.CDLL(path), symbol)
    except (OSError, AttributeError):
        return _send(answer, NOT_LOADABLE)
    decode.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_int)
    decode.restype = ctypes.c_int
    source = ctypes.create_string_buffer(wlt, WLT_BYTES * 4)
    target = ctypes.create_string_buffer(_BUFFER_BYTES)
    # Decoders of two arguments ignore the third: in the C calling conventions of x86-64, ARM and
    # x86-32 (cdecl) the caller owns the argument area.
    if decode(source, target, int(arg)) != 1:
        return _send(answer, REFUSED)
    picture = _from_bmp(target.raw) if kind == "bmp" else _from_raw(target.raw, rows, channels)
    if picture is None or len(set(picture[:RAW_BYTES:7])) < 2:
        # One flat colour is a library that said "done" and wrote nothing.
        return _send(answer, NOT_A_PICTURE)
    return _send(answer, OK + picture)


def _confine(parent: int) -> None:
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    libc.prctl(_PR_SET_DUMPABLE, 0)
    if os.getppid() != parent:
        os._exit(1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _enter_work_folder(folder: str) -> None:
    """Stand in a folder in memory; where none can be had, no file can be written at all."""
    limit = _FILE_LIMIT_BYTES
    if folder:
        os.chdir(folder)
    elif _private_tmpfs():
        os.chdir(_MOUNT_POINT)
    else:
        limit = 0
        os.chdir(_NO_FILES_FOLDER)
    # Over the limit a write fails instead of killing, as on a full disk.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


def _private_tmpfs() -> bool:
    """A tmpfs that only this process sees, all else read-only; gone when the process is."""
    libc = ctypes.CDLL(None)
    user, group = os.getuid(), os.getgid()
    if libc.unshare(_CLONE_NEWNS) != 0:
        if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNS) != 0:
            return False
        try:
            _map_own_user(user, group)
        except OSError:
            return False
    if libc.mount(b"none", b"/", None, ctypes.c_ulong(_MS_REC_PRIVATE), None) != 0:
        return False
    read_only = (ctypes.c_uint64 * 4)(_MOUNT_ATTR_RDONLY, 0, 0, 0)
    size = ctypes.c_size_t(ctypes.sizeof(read_only))
    root = (ctypes.c_int(_AT_FDCWD), b"/", ctypes.c_uint(_AT_RECURSIVE))
    if libc.syscall(ctypes.c_long(_MOUNT_SETATTR), *root, ctypes.byref(read_only), size) != 0:
        return False
    flags = ctypes.c_ulong(_MS_NOSUID_NODEV_NOEXEC)
    return bool(libc.mount(b"tmpfs", _MOUNT_POINT, b"tmpfs", flags, b"size=1m,mode=700") == 0)


def _map_own_user(user: int, group: int) -> None:
    """Without a mapping of our own ids the new tmpfs would refuse every file."""
    for name, line in (
        ("uid_map", f"{user} {user} 1"),
        ("setgroups", "deny"),
        ("gid_map", f"{group} {group} 1"),
    ):
        descriptor = os.open(f"/proc/self/{name}", os.O_WRONLY)
        os.write(descriptor, line.encode())
        os.close(descriptor)


def _from_raw(raw: bytes, rows: str, channels: str) -> bytes | None:
    picture = raw[:RAW_BYTES]
    if rows == "bottom_up":
        picture = b"".join(picture[i : i + ROW] for i in range(RAW_BYTES - ROW, -1, -ROW))
    if channels == "rgb":
        swapped = bytearray(picture)
        swapped[0::3], swapped[2::3] = picture[2::3], picture[0::3]
        picture = bytes(swapped)
    return picture


def _from_bmp(raw: bytes) -> bytes | None:
    def number(offset: int, size: int) -> int:
        return int.from_bytes(raw[offset : offset + size], "little", signed=True)

    start = number(10, 4)
    if raw[:2] != b"BM" or number(18, 4) != WIDTH or abs(number(22, 4)) != HEIGHT:
        return None
    if number(28, 2) != 24 or number(30, 4) != 0 or not _BMP_HEADER <= start <= 1024:
        return None
    lines = [raw[start + y * _BMP_ROW :][:ROW] for y in range(HEIGHT)]
    return b"".join(lines if number(22, 4) < 0 else reversed(lines))


def _read_exactly(descriptor: int, count: int) -> bytes:
    data = b""
    while len(data) < count:
        chunk = os.read(descriptor, count - len(data))
        if not chunk:
            sys.exit(1)
        data += chunk
    return data


def _send(descriptor: int, data: bytes) -> int:
    while data:
        data = data[os.write(descriptor, data) :]
    return 0


if __name__ == "__main__":
    # The library's own exit handlers are not run: they are vendor code as well.
    os._exit(main(sys.argv[1:]))
