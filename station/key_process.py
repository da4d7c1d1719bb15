"""Starts the process that talks to a security key, and keeps it to its time.

A stranger's key is parsed where nothing is to be stolen: a confined child of its own, started for
one question and killed after it, whatever it says. Nothing of it is loaded before the first key.
"""

import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO

import msgspec

from station.config import ROOT
from station.errors import AccessError, ErrorCode
from station.key_wire import (
    KEY_WAIT_S,
    MOST_LINE_BYTES,
    KeyEnd,
    KeyFailed,
    KeyMade,
    KeyMessage,
    KeyOrder,
    KeySigned,
    KeyStep,
    KeyStepped,
)
from station.security_key import KeyAnswer, KeyQuestion

_GRACE_S = 4.0
"""Beyond that, for the process to start and to tell the key that it is over."""
_TICK_S = 0.1
_HANDLE_BYTES = 32
_MOST_STEPS = 8
"""A conversation has one step or two; who says more is not passed on to a screen for ever."""
Told = Callable[[KeyStep], None]

_KEPT = ("PATH", "LANG", "PCSCLITE_CSOCK_NAME")
_COMMAND = (sys.executable, "-s", "-B", "-m", "drivers.key")


class KeyReader:
    """`SecurityKeys` of this machine: USB and every card reader. One question at a time."""

    def __init__(
        self,
        told: Told = lambda _step: None,
        cancel: threading.Event | None = None,
        wait_s: float = KEY_WAIT_S,
        command: tuple[str, ...] = _COMMAND,
    ) -> None:
        """`told` hears each step, on the caller's thread; `cancel` ends a question at once."""
        self._told = told
        self._cancel = cancel or threading.Event()
        self._wait_s = wait_s
        self._command = command

    def show(self, question: KeyQuestion) -> KeyAnswer | None:
        """A signature; None when the key holds none of the credentials.

        Raises `AccessError`: KEY_ABSENT, KEY_NOT_TOUCHED, KEY_LOST, KEY_UNREADABLE, KEY_NEEDS_PIN,
        KEY_NOT_PERMITTED, READER_BUSY.
        """
        end = self._ask(question, b"")
        if isinstance(end, KeySigned):
            return KeyAnswer(end.credential_id, end.auth_data, end.signature)
        if isinstance(end, KeyMade):
            raise AccessError(ErrorCode.KEY_UNREADABLE)
        return None

    def make(self, question: KeyQuestion) -> bytes:
        """A new credential's authenticator data. Raises as `show` does."""
        # Random: a key need not know whose it is.
        end = self._ask(question, os.urandom(_HANDLE_BYTES))
        if not isinstance(end, KeyMade):
            raise AccessError(ErrorCode.KEY_UNREADABLE)
        return end.auth_data

    def _ask(self, question: KeyQuestion, handle: bytes) -> KeyEnd:
        order = KeyOrder(
            question.rp_id,
            question.client_hash(),
            list(question.credential_ids),
            handle,
            self._wait_s,
            os.getpid(),
        )
        self._told(KeyStep.INSERT)
        child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            self._command,
            bufsize=0,
            cwd=ROOT,
            env={name: os.environ[name] for name in _KEPT if name in os.environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        with child:
            try:
                if child.stdin is None or child.stdout is None:
                    raise AccessError(ErrorCode.KEY_UNREADABLE)
                # One that has ended already may have said why.
                with suppress(BrokenPipeError):
                    child.stdin.write(msgspec.json.encode(order) + b"\n")
                return self._heard(child.stdout)
            finally:
                child.kill()

    def _heard(self, voice: IO[bytes]) -> KeyEnd:
        """The end of the conversation; the steps before it are passed on."""
        # Once to be found, once to be touched.
        deadline = time.monotonic() + 2 * self._wait_s + _GRACE_S
        waiting, steps = b"", 0
        while True:
            if self._cancel.is_set() or time.monotonic() > deadline:
                raise AccessError(ErrorCode.KEY_NOT_TOUCHED)
            if not select.select([voice], [], [], _TICK_S)[0]:
                continue
            part = os.read(voice.fileno(), MOST_LINE_BYTES)
            waiting += part
            while b"\n" in waiting:
                line, _, waiting = waiting.partition(b"\n")
                message = _decoded(line)
                if isinstance(message, KeyFailed):
                    raise AccessError(_code(message))
                if not isinstance(message, KeyStepped):
                    return message
                steps += 1
                if steps > _MOST_STEPS:
                    raise AccessError(ErrorCode.KEY_UNREADABLE)
                self._told(message.step)
            if not part or len(waiting) > MOST_LINE_BYTES:
                # It ended without a word, or says more than there is to say.
                raise AccessError(ErrorCode.KEY_UNREADABLE)


def _decoded(line: bytes) -> KeyMessage:
    try:
        found: KeyMessage = msgspec.json.decode(line, type=KeyMessage)
    except msgspec.MsgspecError as error:
        raise AccessError(ErrorCode.KEY_UNREADABLE) from error
    return found


def _code(failed: KeyFailed) -> ErrorCode:
    try:
        return ErrorCode(failed.code)
    except ValueError:
        return ErrorCode.KEY_UNREADABLE
