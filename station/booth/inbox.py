"""The booth's ear: a thread that reads the desk's messages and ends the process with the desk.

It listens even while the main thread sits in a hung driver, so a booth never outlives its desk
(requirement M-7, at most 1 s).
"""

import os
import queue
import threading

from station.booth.messages import BoothMessage, CancelStep, DeskMessage, LightShown, PromptShown
from station.booth.wire import PORTRAITS_MESSAGE_BYTES, Received, Wire
from station.errors import BoothError


class Inbox:
    """Sorts what arrives: commands for the main loop, answers and cancels for the running step."""

    def __init__(self, wire: Wire[BoothMessage, DeskMessage]) -> None:
        self._wire = wire
        self._commands: queue.SimpleQueue[Received[DeskMessage]] = queue.SimpleQueue()
        self._painted: queue.SimpleQueue[PromptShown | LightShown] = queue.SimpleQueue()
        self.cancel = threading.Event()
        """Set while the desk wants the running step to stop."""

    def start(self) -> None:
        """Begin listening; from now on the end of the desk ends this process."""
        threading.Thread(target=self._listen, name="inbox", daemon=True).start()

    def next_command(self) -> Received[DeskMessage]:
        """The next command; what was painted for the step before is dropped."""
        command = self._commands.get()
        self.painted()
        return command

    def painted(self) -> list[PromptShown | LightShown]:
        """Prompts and lights painted since the last call."""
        shown = []
        while not self._painted.empty():
            shown.append(self._painted.get())
        return shown

    def _listen(self) -> None:
        while True:
            try:
                received = self._wire.receive(None, PORTRAITS_MESSAGE_BYTES)
            except BoothError:
                # The desk is gone or talks nonsense: leave without running any clean-up that
                # could block. The kernel frees what was held.
                os._exit(0)
            if received is None:
                continue
            match received.message:
                case CancelStep():
                    self.cancel.set()
                case PromptShown() | LightShown():
                    self._painted.put(received.message)
                case _:
                    # Here, in the order of arrival: a cancel right behind its command must stay.
                    self.cancel.clear()
                    self._commands.put(received)
