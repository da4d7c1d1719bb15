"""The real booth process: readiness, protocol, and its end in every way."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.booth.frames import FrameRing
from station.booth.handle import BoothProcess, BoothSpec, WarmBooths
from station.booth.messages import (
    Action,
    Begin,
    CameraChoice,
    CapturePolicy,
    ChallengePlan,
    Compare,
    ConsentProof,
    DeviceState,
    Fault,
    ReadDocument,
    ReaderChoice,
    StartCapture,
)
from station.config import ROOT
from station.errors import BoothError, ErrorCode, StationError

MODELS = ROOT / ".station" / "models"
pytestmark = pytest.mark.skipif(
    not (MODELS / "extractor.onnx").exists(), reason="models not fetched: ./station.sh setup"
)

PROOF = ConsentProof("ABCD-EFGH-JKMN", "0" * 64, ("VERIFY",))
BEGIN = Begin("1" * 32, PROOF, True)
PLAN = ChallengePlan("2" * 32, (Action.BLINK, Action.TURN_LEFT), time.monotonic_ns() + 10**12)


@pytest.fixture
def booth() -> Iterator[BoothProcess]:
    process = BoothProcess(BoothSpec(MODELS))
    try:
        process.wait_ready(30)
        yield process
    finally:
        process.end()


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_a_warm_booth_says_what_it_is(booth: BoothProcess) -> None:
    ready = booth.wait_ready(1)
    assert ready.pid == booth.pid
    assert len(ready.models) == 3
    assert {line.name for line in ready.hardening} >= {"core_dumps", "dumpable", "network"}


@pytest.mark.parametrize(
    ("children", "says"), [(False, "no child processes"), (True, "photo plug-in")]
)
def test_a_booth_says_whether_it_may_start_processes(children: bool, says: str) -> None:
    process = BoothProcess(BoothSpec(MODELS, children=children))
    try:
        lines = process.wait_ready(30).hardening
    finally:
        process.end()
    assert [line.active for line in lines if says in line.detail] == [True]


@pytest.mark.skipif(os.geteuid() != 0, reason="a confined process's descriptors need root")
def test_a_warm_booth_holds_its_socket_and_ring_and_nothing_else(booth: BoothProcess) -> None:
    links = [str(fd.readlink()) for fd in Path(f"/proc/{booth.pid}/fd").iterdir()]
    assert not [link for link in links if link.startswith(("/dev/video", "/dev/tty"))]
    kept = {"/dev/null", "/memfd:station-ring (deleted)"}
    assert all(link in kept or link.startswith("socket:") for link in links), links


@pytest.mark.parametrize(
    "command",
    [
        ReadDocument(ReaderChoice("feed")),
        StartCapture(CameraChoice("feed"), PLAN, CapturePolicy(5, 5, 0.15, 90)),
        Compare(1e-4),
    ],
)
def test_nothing_is_opened_before_consent(booth: BoothProcess, command: ReadDocument) -> None:
    booth.wire.send(command)
    received = booth.wire.receive(5)
    assert received is not None
    assert received.message == Fault(ErrorCode.BOOTH_PROTOCOL.value, {})
    with pytest.raises(BoothError):
        booth.wire.receive(5)


def test_a_proof_without_the_purpose_is_refused(booth: BoothProcess) -> None:
    booth.wire.send(Begin("1" * 32, ConsentProof("ABCD-EFGH-JKMN", "0" * 64, ("UPLOAD",)), True))
    received = booth.wire.receive(5)
    assert received is not None
    assert received.message == Fault(ErrorCode.CONSENT_MISSING.value, {})


def test_a_second_begin_is_a_breach(booth: BoothProcess) -> None:
    booth.wire.send(BEGIN)
    received = booth.wire.receive(5)
    assert received is not None and received.message == DeviceState(False, False, 0)
    booth.wire.send(BEGIN)
    received = booth.wire.receive(5)
    assert received is not None
    assert received.message == Fault(ErrorCode.BOOTH_PROTOCOL.value, {})


def test_the_production_booth_refuses_simulated_devices(booth: BoothProcess) -> None:
    booth.wire.send(Begin("1" * 32, PROOF, False))
    booth.wire.send(ReadDocument(ReaderChoice("feed")))
    messages = [booth.wire.receive(5) for _ in range(2)]
    assert messages[1] is not None
    assert messages[1].message == Fault(ErrorCode.PROFILE_FORBIDS.value, {})


def test_ending_a_booth_reaps_it_and_zeroes_its_ring() -> None:
    process = BoothProcess(BoothSpec(MODELS))
    process.wait_ready(30)
    watcher = FrameRing.attach(os.dup(process.ring.fd))
    process.ring._body()[:] = 7
    assert not watcher.is_zero()
    end = process.end()
    assert (end.reaped, end.ring_zeroed, end.pid) == (True, True, process.pid)
    assert not alive(end.pid)
    assert watcher.is_zero()
    watcher.close()


def test_the_booth_leaves_within_a_second_of_its_desk() -> None:
    process = BoothProcess(BoothSpec(MODELS))
    process.wait_ready(30)
    started = time.monotonic()
    process.wire.close()
    process._child.wait(5)
    assert time.monotonic() - started < 1.0
    process.ring.close()


def test_a_killed_booth_is_reported_as_lost() -> None:
    process = BoothProcess(BoothSpec(MODELS))
    process.wait_ready(30)
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(BoothError) as caught:
        process.wire.receive(5)
    assert caught.value.code is ErrorCode.BOOTH_LOST
    assert process.end().reaped


def test_a_damaged_model_refuses_to_warm(tmp_path: Path) -> None:
    for file in MODELS.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    model = tmp_path / "extractor.onnx"
    data = bytearray(model.read_bytes())
    data[5000] ^= 1
    model.write_bytes(data)
    warm = WarmBooths(BoothSpec(tmp_path), 30)
    with pytest.raises(StationError) as caught:
        warm.take()
    assert caught.value.code is ErrorCode.MODEL_DAMAGED
    warm.close()


def test_one_booth_is_kept_warm_and_taken_quickly() -> None:
    warm = WarmBooths(BoothSpec(MODELS), 30)
    warm.warm_next()
    warm.warm_next()
    first = warm.take()
    warm.warm_next()
    second = warm.take()
    assert first.pid != second.pid
    assert first.end().reaped and second.end().reaped
    warm.close()
