"""The confinement is proved from inside child processes: each tries what it must not be able to."""

import errno
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from station.booth import landlock, seccomp

ROOT = Path(__file__).resolve().parents[2]

PRELUDE = """
import errno, json, os, resource, signal, socket, sys
from pathlib import Path
from station.booth.sandbox import harden_booth, harden_desk
def attempt(act):
    try:
        act()
    except OSError as error:
        return error.errno
    return 0
"""


def in_child(body: str, *arguments: str, timeout_s: float = 20.0) -> dict[str, object]:
    """Run `body` in a fresh interpreter and return the JSON object it printed."""
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + body, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert isinstance(result, dict)
    return result


def lines_active(result: dict[str, object]) -> dict[str, bool]:
    lines = result["lines"]
    assert isinstance(lines, dict)
    return lines


LINES = "lines = {h.name: h.active for h in harden_booth()}\n"


@pytest.fixture(scope="module")
def kernel_has_landlock() -> None:
    if landlock.version() < 3:
        pytest.skip(f"kernel has Landlock version {landlock.version()}, 3 or later needed")


def test_booth_cannot_open_a_network_socket_but_can_open_a_local_one() -> None:
    body = """
families = (socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK, socket.AF_PACKET)
before = attempt(lambda: socket.socket(socket.AF_INET).close())
"""
    body += LINES
    body += """
print(json.dumps({"lines": lines, "before": before,
    "errors": [attempt(lambda f=f: socket.socket(f, socket.SOCK_DGRAM).close()) for f in families],
    "local": attempt(lambda: socket.socket(socket.AF_UNIX).close())}))
"""
    result = in_child(body)
    assert result["before"] == 0
    assert lines_active(result)["network"] is True
    assert result["errors"] == [errno.EAFNOSUPPORT] * 4
    assert result["local"] == 0


@pytest.mark.usefixtures("kernel_has_landlock")
def test_booth_cannot_make_change_truncate_or_remove_a_file(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("kept", "ascii")
    body = """
folder = Path(sys.argv[1])
before = attempt(lambda: (folder / "before").write_text("x"))
"""
    body += LINES
    body += """
acts = {
    "new": lambda: (folder / "new").write_text("x"),
    "change": lambda: os.close(os.open(folder / "there", os.O_WRONLY)),
    "truncate": lambda: os.truncate(folder / "there", 0),
    "remove": lambda: (folder / "there").unlink(),
    "folder": lambda: (folder / "sub").mkdir(),
    "shm": lambda: Path("/dev/shm/station-test-%d" % os.getpid()).write_text("x"),
}
print(json.dumps({"lines": lines, "before": before,
    "errors": {k: attempt(a) for k, a in acts.items()},
    "read": (folder / "there").read_text(),
    "null": attempt(lambda: Path("/dev/null").write_text("x"))}))
"""
    result = in_child(body, str(tmp_path))
    assert result["before"] == 0
    assert lines_active(result)["file_writes"] is True
    assert result["errors"] == dict.fromkeys(
        ("new", "change", "truncate", "remove", "folder", "shm"), errno.EACCES
    )
    assert result["read"] == "kept"
    assert result["null"] == 0


@pytest.mark.usefixtures("kernel_has_landlock")
def test_scratch_is_the_only_folder_that_may_be_written(tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    body = """
folder = Path(sys.argv[1])
harden_booth(scratch=folder / "scratch")
print(json.dumps({
    "inside": attempt(lambda: (folder / "scratch" / "a").write_text("x")),
    "removed": attempt(lambda: (folder / "scratch" / "a").unlink()),
    "outside": attempt(lambda: (folder / "b").write_text("x"))}))
"""
    assert in_child(body, str(tmp_path)) == {"inside": 0, "removed": 0, "outside": errno.EACCES}


@pytest.mark.usefixtures("kernel_has_landlock")
def test_serial_line_takes_bytes_and_settings_and_another_terminal_none() -> None:
    # A pseudo-terminal stands for the serial line: a rule on its node is a rule on any node.
    body = """
import os, pty, termios
names = []
for _ in range(2):
    leader, follower = pty.openpty()
    names.append(os.ttyname(follower))
harden_booth(devices=(Path(names[0]),))
line = os.open(names[0], os.O_RDWR | os.O_NOCTTY)
print(json.dumps({"speed": termios.tcgetattr(line)[4] > 0, "written": os.write(line, b"x"),
    "other": attempt(lambda: os.open(names[1], os.O_RDWR | os.O_NOCTTY))}))
"""
    assert in_child(body) == {"speed": True, "written": 1, "other": errno.EACCES}


@pytest.mark.usefixtures("kernel_has_landlock")
def test_shared_memory_of_others_and_other_device_nodes_are_out_of_reach() -> None:
    body = """
shared = Path("/dev/shm/station-test-%d" % os.getpid())
nodes = [n for n in ("/dev/full", "/dev/random", "/dev/ptmx") if os.access(n, os.W_OK)]
shared.write_text("of another program")
before = [attempt(lambda n=n: os.close(os.open(n, os.O_RDWR | os.O_NOCTTY))) for n in nodes]
watch = os.fork()
if watch:
    os.waitpid(watch, 0)
    shared.unlink()
    os._exit(0)
harden_booth()
print(json.dumps({"shared": attempt(lambda: os.open(shared, os.O_RDWR)), "before": before,
    "after": [attempt(lambda n=n: os.open(n, os.O_RDWR | os.O_NOCTTY)) for n in nodes],
    "null": attempt(lambda: os.open("/dev/null", os.O_RDWR))}))
"""
    result = in_child(body)
    before = result.pop("before")
    assert isinstance(before, list) and before and set(before) == {0}
    after = [errno.EACCES] * len(before)
    assert result == {"shared": errno.EACCES, "after": after, "null": 0}


def test_cameras_and_serial_lines_are_known_by_name_and_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usable = ("video0", "video12", "ttyS0", "ttyUSB1", "ttyACM0", "ttyAMA0", "ttymxc2", "null")
    for name in (*usable, "tty", "tty1", "ttyprintk", "vda", "mem", "kvm", "videos", "shm"):
        (tmp_path / name).touch()
    assert landlock.device_nodes(tmp_path) == ()  # ordinary files are no devices
    monkeypatch.setattr("stat.S_ISCHR", lambda _: True)
    found = landlock.device_nodes(tmp_path)
    assert {node.name for node, _ in found} == set(usable)
    spare = tmp_path / "spare"
    spare.touch()
    spare.replace(tmp_path / "video0")
    assert landlock.device_nodes(tmp_path) != found


@pytest.mark.usefixtures("kernel_has_landlock")
def test_camera_that_came_after_the_confinement_is_lost_and_not_busy(tmp_path: Path) -> None:
    (tmp_path / "video0").touch()
    body = """
from drivers.camera.uvc import _is_out_of_reach
node = Path(sys.argv[1])
before = _is_out_of_reach(node)
"""
    body += LINES
    body += """
print(json.dumps({"before": before, "after": _is_out_of_reach(node),
    "absent": _is_out_of_reach(node.with_name("video1"))}))
"""
    expected = {"before": False, "after": True, "absent": False}
    assert in_child(body, str(tmp_path / "video0")) == expected


def test_booth_can_still_reach_the_card_service_through_its_socket(tmp_path: Path) -> None:
    path = tmp_path / "service"
    with socket.socket(socket.AF_UNIX) as service:
        service.bind(str(path))
        service.listen(1)
        body = LINES
        body += """
client = socket.socket(socket.AF_UNIX)
client.connect(sys.argv[1])
print(json.dumps({"sent": client.send(b"hello")}))
"""
        assert in_child(body, str(path)) == {"sent": 5}
        connection, _ = service.accept()
        with connection:
            assert connection.recv(16) == b"hello"


@pytest.mark.usefixtures("kernel_has_landlock")
def test_running_threads_make_the_file_line_inactive() -> None:
    body = """
import threading
stop = threading.Event()
threading.Thread(target=stop.wait).start()
lines = {h.name: h.active for h in harden_booth()}
stop.set()
print(json.dumps({"lines": lines}))
"""
    assert lines_active(in_child(body))["file_writes"] is False


def test_second_call_returns_the_lines_of_the_first() -> None:
    body = LINES
    body += """
import threading
stop = threading.Event()
threading.Thread(target=stop.wait).start()
again = {h.name: h.active for h in harden_booth()}
stop.set()
print(json.dumps({"same": again == lines}))
"""
    assert in_child(body) == {"same": True}


def test_entry_of_the_booth_confines_before_numpy_is_loaded() -> None:
    body = """
import runpy
seen = {}
def fake_main():
    from station.booth.sandbox import harden_booth
    seen.update({h.name: h.active for h in harden_booth()})
class Stop(Exception):
    pass
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "station.booth.process":
            fake_main()
            raise Stop
sys.meta_path.insert(0, Finder())
sys.argv = ["booth", "--desk-pid", str(os.getppid())]
loaded = "numpy" in sys.modules
try:
    runpy.run_module("station.booth", run_name="__main__")
except Stop:
    pass
print(json.dumps({"numpy": loaded or "numpy" in sys.modules, "lines": seen}))
"""
    result = in_child(body)
    assert result["numpy"] is False
    assert lines_active(result)["network"] is True


def test_limits_and_privileges_are_as_the_kernel_reports_them() -> None:
    body = LINES
    body += """
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(json.dumps({"lines": lines, "core": resource.getrlimit(resource.RLIMIT_CORE),
    "no_new_privs": int(status["NoNewPrivs"]), "seccomp": int(status["Seccomp"]),
    "locked_kb": int(status["VmLck"].split()[0])}))
"""
    result = in_child(body)
    lines = lines_active(result)
    assert result["core"] == [0, 0]
    assert lines["core_dumps"] and lines["dumpable"] and lines["no_new_privs"]
    assert result["no_new_privs"] == 1
    assert result["seccomp"] == 2
    locked_kb = result["locked_kb"]
    assert isinstance(locked_kb, int)
    assert lines["memory_locked"] is (locked_kb > 0)


def test_small_memlock_limit_without_capability_is_reported_inactive() -> None:
    body = """
from station.booth import sandbox
sandbox._has_capability = lambda number: False
resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536))
lines = {h.name: [h.active, h.detail] for h in harden_booth()}
grown = len(bytearray(64 << 20))
print(json.dumps({"line": lines["memory_locked"], "grown": grown}))
"""
    result = in_child(body)
    assert result["line"] == [False, "memlock limit 64 KiB, unlimited needed"]
    assert result["grown"] == 64 << 20


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


def test_booth_is_killed_when_its_desk_is_killed() -> None:
    desk = """
import subprocess, sys, time
booth = '''
import sys, time, os
from station.booth.sandbox import harden_booth
harden_booth(desk_pid=os.getppid())
print(os.getpid(), flush=True)
time.sleep(60)
'''
child = subprocess.Popen([sys.executable, "-c", booth])
time.sleep(60)
"""
    with subprocess.Popen(
        [sys.executable, "-c", desk], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        booth_pid = int(process.stdout.readline())
        watch = os.pidfd_open(booth_pid)
        try:
            process.send_signal(signal.SIGKILL)
            # A pidfd becomes readable when its process has ended.
            assert select.select([watch], [], [], 5.0)[0] == [watch]
        finally:
            os.close(watch)


def test_booth_ends_at_once_when_its_desk_died_first() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + "harden_booth(desk_pid=2**22 + 1); print('alive')"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")


def test_desk_keeps_its_network_and_loses_its_core_dumps() -> None:
    body = """
lines = {h.name: h.active for h in harden_desk()}
print(json.dumps({"lines": lines, "core": resource.getrlimit(resource.RLIMIT_CORE),
    "network": attempt(lambda: socket.socket(socket.AF_INET).close())}))
"""
    assert in_child(body) == {
        "lines": {"core_dumps": True, "dumpable": True},
        "core": [0, 0],
        "network": 0,
    }


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


def test_older_landlock_versions_handle_fewer_rights() -> None:
    rights = [landlock.handled_rights(abi) for abi in range(1, 8)]
    assert rights[0] < rights[1] < rights[2] == rights[3] < rights[4] == rights[6]
