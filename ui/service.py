"""What the kiosk needs of the station; the composition root provides it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from consent.notice import Notice
from station.errors import ErrorCode
from station.model import Outcome
from station.ports import Dialogue, Publish, ResidentDialogue

if TYPE_CHECKING:
    from ui.office_service import StaffedService

BgraImage = NDArray[np.uint8]
"""Shape (height, width, 4), at most (540, 960, 4), blue-green-red-unused, unmirrored."""

Take = Callable[[BgraImage], BgraImage]
"""Copies what it wants of a picture, which is there during the call only; returns the copy."""


@dataclass(frozen=True, slots=True)
class PreviewFrame:
    """One reduced live picture of a source that is not a ring."""

    sequence: int
    bgra: BgraImage

    def __repr__(self) -> str:
        return f"PreviewFrame({self.sequence})"


class KioskService(Protocol):
    """The station behind the screens. Called on the Qt thread except `run_visit`."""

    @property
    def place_name(self) -> str:
        """Name of the place, shown in the header."""
        ...

    @property
    def demo(self) -> bool:
        """Whether every page carries the demo mark."""
        ...

    @property
    def notice(self) -> Notice:
        """The notice in force."""
        ...

    @property
    def staffed(self) -> "StaffedService | None":
        """Where staff sign in; None: nobody does."""
        ...

    @property
    def needs_access_key(self) -> bool:
        """Whether the configured reader asks for MRZ items before it can open a chip."""
        ...

    def run_visit(self, dialogue: Dialogue, publish: Publish, cancel: threading.Event) -> Outcome:
        """One visit from notice to purge; blocks, called on a worker thread."""
        ...

    def newest_preview(self, after: int, take: Take) -> int | None:
        """Show `take` the newest picture whose sequence is above `after`; its sequence, or None.

        `take` is called on this thread; again when the picture was overwritten meanwhile.
        """
        ...

    def health(self) -> ErrorCode | None:
        """What keeps the station from serving right now, or None; returns at once."""
        ...


@runtime_checkable
class ResidentService(Protocol):
    """What a `KioskService` offers beside visitors' checks where residents can register.

    The idle page shows residents their own way in only where it does. Each `run_…` has the shape of
    `KioskService.run_visit`.
    """

    @property
    def registers_residents(self) -> bool:
        """Whether this site registers anybody at all."""
        ...

    def run_enrolment(
        self, dialogue: ResidentDialogue, publish: Publish, cancel: threading.Event
    ) -> Outcome:
        """From the residents' notice to the resident number; blocks, on a worker thread."""
        ...

    def run_resident_check(
        self, dialogue: ResidentDialogue, publish: Publish, cancel: threading.Event
    ) -> Outcome:
        """A registered resident's check; blocks, on a worker thread."""
        ...

    def run_withdrawal(
        self, dialogue: ResidentDialogue, publish: Publish, cancel: threading.Event
    ) -> Outcome:
        """From the short notice to the erasure; blocks, on a worker thread."""
        ...
