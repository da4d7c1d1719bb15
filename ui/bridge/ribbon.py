"""The trust ribbon: what is really open and held, told by the booth and never by a page."""

from datetime import datetime

from PySide6.QtCore import Property, QObject, Signal

from station.events import DevicesChanged, Event, OutcomeReached, Purged, State, StateChanged
from ui.bridge.resident_text import portraits_kept, template_kept


class Ribbon(QObject):
    """Camera, reader, images held, when the last booth ended, and what stays of a resident.

    Changed only by events.
    """

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._camera = False
        self._reader = False
        self._images = 0
        self._ended = ""
        self._kept = ""

    def forget(self) -> None:
        """Nobody is served any more: what stays of the last person is nobody else's business."""
        self._kept = ""
        self.changed.emit()

    def on_event(self, event: Event) -> None:
        """Take what the booth says, and what an outcome leaves behind; nothing else."""
        if isinstance(event, DevicesChanged):
            self._camera, self._reader = event.camera_open, event.reader_open
            self._images = event.images_held
            if event.camera_open or event.reader_open or event.images_held:
                self._ended = ""
        elif isinstance(event, Purged):
            # The process that held them has ended: nothing is open and nothing is held.
            self._camera = self._reader = False
            self._images = 0 if event.ring_zeroed else self._images
            self._ended = local_clock(event.ended_at)
        elif isinstance(event, OutcomeReached):
            self._kept = _kept(event)
        elif isinstance(event, StateChanged) and event.state is State.NOTICE:
            self._kept = ""
        else:
            return
        self.changed.emit()

    @Property(bool, notify=changed)
    def camera(self) -> bool:
        """Whether the camera is open."""
        return self._camera

    @Property(bool, notify=changed)
    def reader(self) -> bool:
        """Whether the card reader is open."""
        return self._reader

    @Property(int, notify=changed)
    def images(self) -> int:
        """Images the booth holds now."""
        return self._images

    @Property(str, notify=changed)
    def endedAt(self) -> str:
        """Local time "hh:mm:ss" at which the last booth ended, or ""."""
        return self._ended

    @Property(str, notify=changed)
    def kept(self) -> str:
        """What of a face stays here after the visit: "portraits", "template" or ""."""
        return self._kept


def _kept(outcome: OutcomeReached) -> str:
    if portraits_kept(outcome):
        return "portraits"
    return "template" if template_kept(outcome) else ""


def local_clock(iso_utc: str) -> str:
    """ "hh:mm:ss" of the local day for an ISO 8601 time; "" when it is none."""
    try:
        return datetime.fromisoformat(iso_utc).astimezone().strftime("%H:%M:%S")
    except ValueError:
        return ""
