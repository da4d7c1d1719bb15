"""The confinement is proved from inside child processes: each tries what it must not be able to."""

import errno
import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from confined_child import LINES, PRELUDE, ROOT, in_child, lines_active

from station.booth import landlock


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


def test_older_landlock_versions_handle_fewer_rights() -> None:
    rights = [landlock.handled_rights(abi) for abi in range(1, 8)]
    assert rights[0] < rights[1] < rights[2] == rights[3] < rights[4] == rights[6]
