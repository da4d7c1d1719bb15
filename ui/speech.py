"""espeak-ng as the station's voice, where the machine has it.

The text goes in by standard input: an argument could be read by every other process. Qt's own
TextToSpeech is no part of PySide6-Essentials (the wheel ships a stub file and no module), and would
on Linux call speech-dispatcher, which calls espeak-ng. No shell, no file, no network.
"""

import os
import shutil
import subprocess
import threading
from contextlib import suppress

from station.model import Language
from station.read_aloud import Silence, Speaker

PROGRAM = "espeak-ng"
_VOICES = {Language.ZH_CN: "cmn", Language.EN: "en"}
_WORDS_PER_MINUTE = "150"
"""Slower than the program's own 175: this is read to people who cannot read it themselves."""
_PROBE_TIMEOUT_S = 5.0
_PASSED_ON = ("HOME", "PULSE_SERVER", "XDG_RUNTIME_DIR")
_MOST_CHARS = 40_000
_END_TIMEOUT_S = 2.0


class EspeakSpeaker:
    """Speaks through one child process at a time. Safe from any thread."""

    def __init__(self, program: str, languages: frozenset[Language]) -> None:
        self._program = program
        self.languages = languages
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def say(self, text: str, language: Language) -> None:
        """Begin to speak, in the place of what is being spoken; returns at once."""
        # In one go: of two who ask at once, neither leaves a voice nobody can stop.
        with self._lock:
            self._end()
            child = self._begun(language)
        if child is None:
            return
        # It reads as slowly as it speaks: whoever asked must not wait for that.
        feeding = (child, text[:_MOST_CHARS].encode())
        threading.Thread(target=_feed, args=feeding, name="speech", daemon=True).start()

    @property
    def speaking(self) -> bool:
        """Whether it has not come to the end yet."""
        child = self._child
        return child is not None and child.poll() is None

    def stop(self) -> None:
        """Be silent at once."""
        with self._lock:
            self._end()

    def _begun(self, language: Language) -> "subprocess.Popen[bytes] | None":
        if language in self.languages:
            # Taken away since the start: silence, and the notice is there to be read.
            with suppress(OSError):
                self._child = subprocess.Popen(  # noqa: S603 - no shell, and nothing of the text
                    [self._program, "-v", _VOICES[language], "-s", _WORDS_PER_MINUTE, "--stdin"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=_environment(),
                )
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        with suppress(subprocess.TimeoutExpired):
            child.wait(_END_TIMEOUT_S)


def find_speaker(program: str = PROGRAM) -> Speaker:
    """The machine's voice, or silence where it has none that works."""
    path = shutil.which(program)
    if path is None:
        return Silence()
    languages = frozenset(one for one, voice in _VOICES.items() if _has(path, voice))
    return EspeakSpeaker(path, languages) if languages else Silence()


def _environment() -> dict[str, str]:
    """What it needs to find the sound server, and nothing else of ours."""
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ}


def _has(path: str, voice: str) -> bool:
    """Whether it opens this voice; `-q` speaks nothing."""
    try:
        done = subprocess.run(  # noqa: S603 - no shell, fixed arguments
            [path, "-q", "-v", voice, "--stdin"],
            input=b"",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            timeout=_PROBE_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _feed(child: "subprocess.Popen[bytes]", data: bytes) -> None:
    # Stopped meanwhile, it reads no more: there is nobody to tell.
    with suppress(OSError, ValueError):
        child.communicate(data)
