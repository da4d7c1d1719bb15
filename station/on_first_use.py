"""What is opened when somebody first asks for it, because starting must not wait for it."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class OnFirstUse(Generic[Thing]):
    """Opens a thing once, whichever thread asks first; the others wait for it."""

    def __init__(self, make: Callable[[], Thing]) -> None:
        """What `make` raises, whoever asks gets; the next one to ask tries again."""
        self._make = make
        self._lock = threading.Lock()
        self._made: Thing | None = None

    def __call__(self) -> Thing:
        """The thing itself."""
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made
