"""Debian's tpm2-tools, driven over one connection to the security chip that this process holds.

Why not tpm2-pytss: it is published as source only, so every station would need a compiler and
libtss2-dev; tpm2-tools is one Debian package. Why a relay: the kernel's resource manager
(/dev/tpmrm0) drops a session as soon as the program that began it closes the device
(tpm2_startauthsession(1)), so this process keeps the device open and each tool reaches it through
its "cmd" TCTI. What tools hand on to each other are contexts encrypted by the chip; they live in
anonymous memory files, so nothing is left on a disk. A secret goes through standard input or output
alone, and with a session it is encrypted on the bus as well.
"""

import os
import shutil
import socket
import stat
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from station.errors import ErrorCode, StorageError

DEVICE = Path("/dev/tpmrm0")
"""The chip behind the kernel's resource manager."""
LARGEST_BLOB_BYTES = 4096
"""Largest command, response, context or output: a TPM 2.0 buffer."""
_TIMEOUT_S = 20.0
_HEADER_BYTES = 10
_PATH = "/usr/bin:/bin:/usr/local/bin"
# The TCTI's shell has its pipes on 0 and 1, the relay's socket is inherited; /bin/sh is dash, which
# knows no descriptor above 9.
_TCTI = "cmd:exec bash -c 'cat <&{fd} & exec cat >&{fd}'"


class TpmError(StorageError):
    """The chip or its tools cannot be used (KEY-04); `reason` says why in one word."""

    def __init__(self, reason: str) -> None:
        super().__init__(ErrorCode.TPM_UNAVAILABLE)
        self.reason = reason


class MemoryFile:
    """A file without a name, at most `LARGEST_BLOB_BYTES` when read; gone with its descriptor."""

    def __init__(self, content: bytes = b"") -> None:
        self.descriptor = os.memfd_create("tpm", os.MFD_CLOEXEC)
        os.pwrite(self.descriptor, content, 0)

    def __str__(self) -> str:
        return f"/proc/self/fd/{self.descriptor}"

    def read(self) -> bytes:
        """What a tool wrote. Raises `TpmError("failed")` for nothing or too much."""
        content = os.pread(self.descriptor, LARGEST_BLOB_BYTES + 1, 0)
        if not 0 < len(content) <= LARGEST_BLOB_BYTES:
            raise TpmError("failed")
        return content

    def close(self) -> None:
        """Give the memory back."""
        os.close(self.descriptor)


class TpmTools:
    """One conversation with the chip; make it with `connected`. Not for several threads."""

    def __init__(self, tool: str, chip: int, undo: ExitStack) -> None:
        self._tool = tool
        self._chip = chip
        self._undo = undo
        self._files: list[MemoryFile] = []

    def file(self, content: bytes = b"") -> MemoryFile:
        """A file the tools can read and write, closed at the end of the conversation."""
        made = MemoryFile(content)
        self._undo.callback(made.close)
        self._files.append(made)
        return made

    def run(self, *arguments: object, given: bytes = b"") -> bytes:
        """Run one tool, `given` on its standard input; returns its standard output.

        Nothing secret may be in `arguments`. Raises `TpmError`: "refused" where the chip did not
        find its policy met, "failed" for any other failure, "silent" after 20 s.
        """
        ours, theirs = socket.socketpair()
        with ours, theirs:
            relay = threading.Thread(target=self._relay, args=(ours,), name="tpm", daemon=True)
            relay.start()
            try:
                return self._run([str(part) for part in arguments], theirs.fileno(), given)
            finally:
                theirs.close()
                ours.shutdown(socket.SHUT_RDWR)
                relay.join(_TIMEOUT_S)

    def _run(self, arguments: list[str], relay: int, given: bytes) -> bytes:
        faults = MemoryFile()
        try:
            process = subprocess.Popen(  # noqa: S603 - Debian's own tool by its full path
                [self._tool, *arguments, "-T", _TCTI.format(fd=relay)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=faults.descriptor,
                pass_fds=[relay, *(file.descriptor for file in self._files)],
                env={"PATH": _PATH, "LC_ALL": "C"},
                cwd="/",
            )
            output = _exchange(process, given)
            if process.returncode < 0:
                raise TpmError("silent")
            if process.returncode or len(output) > LARGEST_BLOB_BYTES:
                raise TpmError(_reason(os.pread(faults.descriptor, LARGEST_BLOB_BYTES, 0)))
            return output
        except OSError as error:
            raise TpmError("failed") from error
        finally:
            faults.close()

    def _relay(self, ours: socket.socket) -> None:
        """Hand whole commands to the chip and its whole answers back, until the tool has ended."""
        with suppress(OSError):
            while (head := _exactly(ours, _HEADER_BYTES)) is not None:
                size = int.from_bytes(head[2:6], "big")
                if not _HEADER_BYTES <= size <= LARGEST_BLOB_BYTES:
                    return
                rest = _exactly(ours, size - _HEADER_BYTES)
                if rest is None:
                    return
                # The driver takes a command, and gives an answer, only in one piece.
                os.write(self._chip, head + rest)
                answer = os.read(self._chip, LARGEST_BLOB_BYTES)
                if not answer:
                    return
                ours.sendall(answer)


@contextmanager
def connected() -> Iterator[TpmTools]:
    """A conversation with the chip at `DEVICE`, which nothing configures (tests put swtpm there).

    Raises `TpmError`: "absent" without a chip, "not_allowed" when this user may not open it,
    "no_tools" without tpm2-tools.
    """
    tool = shutil.which("tpm2", path=_PATH)
    with ExitStack() as undo:
        chip = _open_chip(DEVICE)
        undo.callback(os.close, chip)
        if tool is None:
            raise TpmError("no_tools")
        yield TpmTools(tool, chip, undo)


def _open_chip(device: Path) -> int:
    try:
        if not stat.S_ISSOCK(device.stat().st_mode):
            return os.open(device, os.O_RDWR | os.O_CLOEXEC)
        with socket.socket(socket.AF_UNIX) as emulator:
            emulator.connect(str(device))
            return emulator.detach()
    except PermissionError as error:
        raise TpmError("not_allowed") from error
    except OSError as error:
        raise TpmError("absent") from error


def _exchange(process: subprocess.Popen[bytes], given: bytes) -> bytes:
    """Output of a process, bounded in length and time; the process has ended on return."""
    if process.stdin is None or process.stdout is None:
        raise TpmError("failed")
    timer = threading.Timer(_TIMEOUT_S, process.kill)
    timer.start()
    try:
        with process.stdout:
            # A key's few bytes always fit into the pipe: no tool can make this write block.
            with suppress(BrokenPipeError), process.stdin:
                process.stdin.write(given)
            output = process.stdout.read(LARGEST_BLOB_BYTES + 1)
        process.wait()
        return output
    finally:
        timer.cancel()
        process.kill()
        process.wait()


def _reason(said: bytes) -> str:
    # TPM_RC_POLICY_FAIL for session 1 (0x99d), TPM_RC_VALUE for PCRs that changed meanwhile.
    return "refused" if b"0x99d" in said.lower() else "failed"


def _exactly(stream: socket.socket, count: int) -> bytes | None:
    data = b""
    while len(data) < count:
        part = stream.recv(count - len(data))
        if not part:
            return None
        data += part
    return data
