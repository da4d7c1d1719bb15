"""A security key on USB, from CTAPHID packets up; the kernel's node itself needs a real key."""

import os
import time
from pathlib import Path

import fido2.hid
import pytest

from drivers.key.presence import HidKey
from drivers.key.talk import talk
from station.errors import AccessError, ErrorCode
from station.key_wire import KeyMade, KeyOrder, KeySigned, KeyUnknown
from station.security_key import (
    KeyAnswer,
    KeyProof,
    KeyQuestion,
    KeyTerms,
    question_for,
    registered,
    signed_count,
)
from tests.soft_hid import SoftHid
from tests.soft_key import SoftKey

TERMS = KeyTerms.draw()


class UsbKeys:
    """`SecurityKeys` over `SoftHid`."""

    def __init__(self, patch: pytest.MonkeyPatch, key: SoftKey, gone_after: int | None = None):
        patch.setattr(fido2.hid, "open_device", lambda _path: SoftHid(key, gone_after).open())

    def show(self, question: KeyQuestion) -> KeyAnswer | None:
        said = self.ask(question, b"")
        if isinstance(said, KeyUnknown):
            return None
        assert isinstance(said, KeySigned)
        return KeyAnswer(said.credential_id, said.auth_data, said.signature)

    def make(self, question: KeyQuestion) -> bytes:
        said = self.ask(question, bytes(32))
        assert isinstance(said, KeyMade)
        return said.auth_data

    def ask(self, question: KeyQuestion, handle: bytes, wait_s: float = 5.0) -> object:
        listed = list(question.credential_ids)
        order = KeyOrder(
            question.rp_id, question.client_hash(), listed, handle, wait_s, os.getpid()
        )
        return talk(HidKey(Path("/dev/hidraw0")), order, time.monotonic() + wait_s)


def test_a_usb_key_registers_and_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = UsbKeys(monkeypatch, SoftKey(touches_after=2, id_bytes=200))
    state = registered(TERMS, keys)
    question = question_for(TERMS, "li.wei", state, ())
    assert signed_count(state, KeyProof(question, keys.show(question))) == 3
    assert keys.show(question_for(TERMS, "no.such", {}, ())) is None


def test_an_untouched_usb_key_is_told_that_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = UsbKeys(monkeypatch, SoftKey(touches_after=None))
    with pytest.raises(AccessError, match=ErrorCode.KEY_NOT_TOUCHED):
        keys.ask(question_for(TERMS, "li.wei", {}, ()), b"", wait_s=0.2)


@pytest.mark.parametrize("packets", [0, 4, 8])
def test_an_unplugged_usb_key_is_lost(monkeypatch: pytest.MonkeyPatch, packets: int) -> None:
    keys = UsbKeys(monkeypatch, SoftKey(touches_after=None), packets)
    with pytest.raises(AccessError, match=ErrorCode.KEY_LOST):
        keys.show(question_for(TERMS, "li.wei", {}, ()))
