"""Three short tones, played by a child process where the system has a player; else the screen alone
tells. Qt's own sound needs QtMultimedia, which this product does not install.
"""

import shutil
import subprocess
from pathlib import Path

_FOLDER = Path(__file__).parents[1] / "resources" / "sounds"
_PLAYERS = (("pw-play",), ("aplay", "-q"))

ATTENTION, DONE, NOT_DONE = "attention", "done", "not_done"


class Sounds:
    """Plays one tone at a time. Nothing waits for a tone, and none carries information alone."""

    def __init__(self, *, enabled: bool = True) -> None:
        self._command = _player() if enabled else None
        self._playing: subprocess.Popen[bytes] | None = None

    @property
    def available(self) -> bool:
        """Whether a player was found."""
        return self._command is not None

    def play(self, name: str) -> None:
        """Play a tone, unless one is still sounding."""
        if self._command is None or (self._playing and self._playing.poll() is None):
            return
        # Fixed program and our own file: nothing here comes from outside.
        self._playing = subprocess.Popen(  # noqa: S603
            [*self._command, str(_FOLDER / f"{name}.wav")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def _player() -> list[str] | None:
    for name, *options in _PLAYERS:
        path = shutil.which(name)
        if path is not None:
            return [path, *options]
    return None
