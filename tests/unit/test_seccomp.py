"""The filter of system calls: tried in confined processes, and run on every table of numbers."""

import errno
import os
import struct

import pytest
from confined_child import LINES, in_child, lines_active

from station.booth import seccomp


def test_refused_calls_fail_and_threads_children_and_numpy_still_work() -> None:
    body = """
harden_booth(children=True)
import subprocess, threading
from station.booth import kernel
import cv2, numpy
result = []
thread = threading.Thread(target=lambda: result.append(int(numpy.ones((64, 64)).sum())))
thread.start(); thread.join()
blurred = cv2.GaussianBlur(numpy.full((720, 1280, 3), 7, numpy.uint8), (9, 9), 0)
print(json.dumps({"ptrace": attempt(lambda: kernel.syscall(101, 0)),
    "unshare": attempt(lambda: kernel.syscall(272, 0x10000000)),
    "io_uring": attempt(lambda: kernel.syscall(425, 1, 0)),
    "setsid": attempt(os.setsid),
    "setpgid": attempt(lambda: os.setpgid(0, 0)),
    "thread": result, "blurred": int(blurred.max()),
    "child": subprocess.run(["/bin/true"]).returncode}))
"""
    if os.uname().machine != "x86_64":
        pytest.skip("call numbers in this test are those of x86_64")
    assert in_child(body) == {
        "ptrace": errno.EPERM,
        "unshare": errno.EPERM,
        "io_uring": errno.EPERM,
        "setsid": errno.EPERM,
        "setpgid": errno.EPERM,
        "thread": [4096],
        "blurred": 7,
        "child": 0,
    }


def test_without_a_plug_in_no_process_and_no_program_starts_but_threads_do() -> None:
    body = LINES
    body += """
import subprocess, threading
from station.booth import kernel
def fork():
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
def clone3():
    # Of too small a size, so that nothing starts where it is not refused.
    kernel.syscall(435, 0, 8)
result = []
thread = threading.Thread(target=lambda: result.append(1))
thread.start(); thread.join()
print(json.dumps({"lines": lines, "thread": result, "fork": attempt(fork),
    "clone3": attempt(clone3),
    "vfork": attempt(lambda: subprocess.run(["/bin/true"])),
    "spawn": attempt(lambda: os.posix_spawn("/bin/true", ["true"], {})),
    "exec": attempt(lambda: os.execv("/bin/nothing", ["x"])),
    "execveat": attempt(lambda: os.execve(os.open("/proc", os.O_RDONLY), ["x"], {}))}))
"""
    result = in_child(body)
    assert lines_active(result)["network"] is True
    assert result["thread"] == [1]
    assert result["clone3"] == errno.ENOSYS
    refused = ("fork", "vfork", "spawn", "exec", "execveat")
    assert {name: result[name] for name in refused} == dict.fromkeys(refused, errno.EPERM)


def test_a_filter_that_lets_processes_start_makes_its_line_inactive() -> None:
    body = """
from station.booth import seccomp
real = seccomp.install
seccomp.install = lambda *, children: real(children=True)
line = next(h for h in harden_booth() if h.name == "network")
print(json.dumps({"active": line.active, "detail": line.detail}))
"""
    assert in_child(body) == {"active": False, "detail": "a process could still be started"}


def test_child_programs_inherit_the_filter() -> None:
    body = """
harden_booth(children=True)
import subprocess
code = "import socket; socket.socket(socket.AF_INET)"
done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
print(json.dumps({"code": done.returncode, "said": "Address family not supported" in done.stderr}))
"""
    assert in_child(body) == {"code": 1, "said": True}


CHILDREN = pytest.mark.parametrize("children", [False, True])


@CHILDREN
@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_filter_jumps_stay_inside_the_program(machine: str, children: bool) -> None:
    code = seccomp.build_filter(machine, children=children)
    count = len(code) // 8
    assert len(code) % 8 == 0 and count < 4096
    for index in range(count):
        op = int.from_bytes(code[index * 8 : index * 8 + 2], "little")
        if_true, if_false = code[index * 8 + 2], code[index * 8 + 3]
        value = int.from_bytes(code[index * 8 + 4 : index * 8 + 8], "little")
        if op == 0x05:
            assert index + 1 + value < count
        else:
            assert index + 1 + max(if_true, if_false) <= count
    assert int.from_bytes(code[-8:-6], "little") == 0x06


def decision(code: bytes, audit: int, number: int, argument: int = 0) -> int:
    """What the kernel would answer: the filter run on one call (struct seccomp_data)."""
    data = {0: number, 4: audit, 16: argument}
    at, word = 0, 0
    while True:
        op, if_true, if_false, value = struct.unpack_from("=HBBI", code, at * 8)
        at += 1
        if op == 0x20:
            word = data[value]
        elif op == 0x05:
            at += value
        elif op == 0x06:
            assert isinstance(value, int)
            return value
        else:
            met = {0x15: word == value, 0x35: word >= value, 0x45: word & value != 0}[op]
            at += if_true if met else if_false


ALLOWED, REFUSED = 0x7FFF0000, 0x00050000 | errno.EPERM
# Of asm/unistd_64.h, asm-generic/unistd.h and asm/unistd_32.h: what starts a process or program,
# clone, and what leaves the process group.
NUMBERS = {
    "x86_64": (0xC000003E, (57, 58, 59, 322), 56, (109, 112)),
    "aarch64": (0xC00000B7, (221, 281), 220, (154, 157)),
    "i386": (0x40000003, (2, 190, 11, 358), 120, (57, 66)),
}
PTHREAD = 0x3D0F00
"""The flags glibc starts a thread with."""
FORK = 0x01200011
"""The flags glibc forks with."""


@CHILDREN
@pytest.mark.parametrize("entry", NUMBERS)
def test_only_a_plug_in_gets_a_process_and_none_leaves_the_group(
    entry: str, children: bool
) -> None:
    code = seccomp.build_filter("x86_64" if entry == "i386" else entry, children=children)
    audit, starts, clone, leaves = NUMBERS[entry]
    expected = ALLOWED if children else REFUSED
    assert {decision(code, audit, number) for number in starts} == {expected}
    assert decision(code, audit, clone, FORK) == expected
    assert decision(code, audit, clone, PTHREAD) == ALLOWED
    assert decision(code, audit, clone, PTHREAD | 0x10000000) == REFUSED
    assert decision(code, audit, 435) == 0x00050000 | errno.ENOSYS
    assert {decision(code, audit, number) for number in leaves} == {REFUSED}


def test_unknown_machine_has_no_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(OSError, match="no table"):
        seccomp.install()
