"""Security keys on a card reader: private pcscd, vpcd reader, the confined process, real APDUs.

Only the key's silicon is simulated (`tests.soft_key`). No USB key can be simulated here: that needs
the kernel's /dev/uhid.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from drivers.key.presence import HidKey, hid_keys, wait_for_key
from station.errors import AccessError, ErrorCode
from station.key_process import KeyReader
from station.key_wire import KeyStep
from station.security_key import KeyFactor, KeyProof, KeyTerms, question_for, registered
from tests.card_stack import CardStack, private_card_stack
from tests.soft_key import SoftKey

TERMS = KeyTerms.draw()


class Watching(SoftKey):
    """Looks, while it is being asked, at how the process that asks is confined."""

    def go_on(self, *, cancel: bool = False) -> bytes | None:
        self.seen = [state for process in Path("/proc").glob("[0-9]*") for state in _own(process)]
        return super().go_on(cancel=cancel)


def _own(process: Path) -> Iterator[dict[str, str]]:
    with suppress(OSError):
        status = (process / "status").read_text("utf-8", "replace")
        found = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        if (
            found["PPid"] == str(os.getpid())
            and b"drivers.key" in (process / "cmdline").read_bytes()
        ):
            yield found


@pytest.fixture(scope="module")
def stack() -> Iterator[CardStack]:
    with private_card_stack() as running:
        yield running


def test_registered_signed_with_and_copied_through_the_real_card_service(stack: CardStack) -> None:
    key = SoftKey(touches_after=3, id_bytes=250)
    stack.insert(key)
    steps: list[KeyStep] = []
    reader = KeyReader(steps.append)
    state = registered(TERMS, reader)
    assert steps == [KeyStep.INSERT, KeyStep.TOUCH] * 2
    question = question_for(TERMS, "li.wei", state, ())
    proof = KeyProof(question, reader.show(question))
    after = KeyFactor().prove(state, proof, 0)
    assert after is not None and after["count"] == 3
    # The same once more, and to another question.
    assert KeyFactor().prove(after, proof, 0) is None
    again = question_for(TERMS, "li.wei", state, ())
    assert KeyFactor().prove(state, KeyProof(again, proof.answer), 0) is None
    assert reader.show(question_for(TERMS, "no.such", {}, [state])) is None
    stack.pull()


@pytest.mark.parametrize(
    ("misbehave", "code"),
    [
        ("garbage", ErrorCode.KEY_UNREADABLE),
        ("nested", ErrorCode.KEY_UNREADABLE),
        ("never ends", ErrorCode.KEY_UNREADABLE),
    ],
)
def test_what_no_key_says_is_refused(stack: CardStack, misbehave: str, code: ErrorCode) -> None:
    stack.insert(SoftKey(misbehave=misbehave))
    with pytest.raises(AccessError, match=code):
        KeyReader(wait_s=10).show(question_for(TERMS, "li.wei", {}, ()))
    stack.pull()


def test_a_key_pulled_in_the_middle_is_lost(stack: CardStack) -> None:
    stack.insert(SoftKey(touches_after=None, pulled_after=8))
    with pytest.raises(AccessError, match=ErrorCode.KEY_LOST):
        KeyReader(wait_s=10).show(question_for(TERMS, "li.wei", {}, ()))
    stack.pull()


def test_without_a_key_another_card_or_a_touch_the_time_runs_out(stack: CardStack) -> None:
    question = question_for(TERMS, "li.wei", {}, ())
    with pytest.raises(AccessError, match=ErrorCode.KEY_ABSENT):
        KeyReader(wait_s=0.3).show(question)
    stack.insert(SoftKey(misbehave="other card"))
    with pytest.raises(AccessError, match=ErrorCode.KEY_UNREADABLE):
        KeyReader(wait_s=0.3).show(question)
    # The key is cancelled by its own command, not by pulling its power away.
    key = SoftKey(touches_after=None)
    stack.insert(key)
    began = time.monotonic()
    with pytest.raises(AccessError, match=ErrorCode.KEY_NOT_TOUCHED):
        KeyReader(wait_s=1.5).show(question)
    assert 1.0 < time.monotonic() - began < 5.5
    stack.pull()


def test_what_a_key_says_is_read_in_confinement(stack: CardStack) -> None:
    key = Watching()
    stack.insert(key)
    assert KeyReader(wait_s=10).show(question_for(TERMS, "li.wei", {}, ())) is None
    (status,) = key.seen
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    stack.pull()


def test_cancelling_frees_the_reader_at_once(stack: CardStack) -> None:
    stack.insert(SoftKey(touches_after=None))
    cancel = threading.Event()

    def told(step: KeyStep) -> None:
        if step is KeyStep.TOUCH:
            cancel.set()

    question = question_for(TERMS, "li.wei", {}, ())
    with pytest.raises(AccessError, match=ErrorCode.KEY_NOT_TOUCHED):
        KeyReader(told, cancel).show(question)
    stack.pull()
    stack.insert(SoftKey())
    assert KeyReader(wait_s=10).show(question) is None
    stack.pull()


def test_a_usb_key_is_known_by_its_description_alone(tmp_path: Path) -> None:
    hid, dev = tmp_path / "hid", tmp_path / "dev"
    dev.mkdir()
    keyboard, key = bytes.fromhex("05010906a101"), bytes.fromhex("06d0f10901a101")
    for name, descriptor in (("hidraw0", keyboard), ("hidraw3", key)):
        (hid / name / "device").mkdir(parents=True)
        (hid / name / "device" / "report_descriptor").write_bytes(descriptor)
    assert hid_keys(hid) == ["hidraw3"]
    # There, but not for this program: the message names the rule that is missing.
    with pytest.raises(AccessError, match=ErrorCode.KEY_NOT_PERMITTED):
        wait_for_key(time.monotonic(), hid, dev)
    (dev / "hidraw3").touch()
    assert wait_for_key(time.monotonic(), hid, dev) == HidKey(dev / "hidraw3")
