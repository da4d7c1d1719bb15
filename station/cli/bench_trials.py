"""One bench presentation: a fresh booth, one real capture attempt, and the booth's end.

No document is read and nothing is compared: the booth itself refuses both under the purpose
PAD_TRIAL. What remains of a presentation is its report of numbers.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from consent.kinds import Kind
from consent.ledger import new_id
from consent.receipt import ConsentReceipt
from consent.recording import record_answer
from station.cli.bench_consent import trial_notice
from station.cli.bench_questions import SPECIES
from station.errors import PurgeError, StationError
from station.events import Event
from station.model import BoothEnd, PadReport, VisitId
from station.ports import Booth, Dialogue, NoticeReply, Publish

if TYPE_CHECKING:
    from station.build import Station
    from station.simulation import Stage

_SCENES = {"bona_fide": "person", "photo": "photo"}
"""Species, and what the simulated stage shows for it."""


@dataclass(frozen=True, slots=True)
class Presented:
    """How one presentation ended."""

    trial_id: VisitId
    pad: PadReport
    duration_s: float
    booth: BoothEnd


class TrialBooth:
    """Runs presentations on an open station. Used on one thread at a time."""

    def __init__(self, station: "Station", stage: "Stage | None", *, calm: bool) -> None:
        """`calm`: no lights, as there is no window to paint them."""
        self._station, self._stage, self._calm = station, stage, calm
        self.notice = trial_notice(station.notice)

    @property
    def station(self) -> "Station":
        """The station the trials run on."""
        return self._station

    @property
    def species(self) -> tuple[str, ...]:
        """What can be presented: anything, or what the simulated stage can play."""
        return tuple(SPECIES if self._stage is None else _SCENES)

    @property
    def policy(self) -> str:
        """Name of the policy every presentation is judged by."""
        return "ASSISTED" if self._calm else self._station.config.policy.pad

    def record_consent(self, reply: NoticeReply, trial_id: VisitId) -> ConsentReceipt | None:
        """Write the subject's answer down; a receipt if it was yes. Raises the ledger's errors."""
        station = self._station
        return record_answer(
            station.ledger,
            self.notice,
            reply.answer,
            language=reply.language,
            method=reply.method,
            dwell_s=reply.dwell_s,
            shown_to_end=reply.shown_to_end,
            visit_id=trial_id,
            station_id=station.config.site.station_id,
            operator="",
            seal=self._seal,
        )

    def present(
        self,
        receipt: ConsentReceipt,
        species: str,
        dialogue: Dialogue,
        publish: Publish,
        cancel: threading.Event | None = None,
    ) -> Presented:
        """One presentation from a fresh booth to its end. Raises `StationError`."""
        if self._stage is not None:
            self._stage.tell(scene=_SCENES[species])
        station, trial_id = self._station, VisitId(new_id())
        code = station.health()
        if code is not None:
            raise StationError(code)
        booth = station.booths.take()
        try:
            booth.begin(trial_id, receipt)
            started = time.monotonic()
            pad = booth.capture(
                dialogue, cancel or threading.Event(), self._watched(publish), calm=self._calm
            )
            duration_s = time.monotonic() - started
        finally:
            end = self._end(booth, trial_id)
        return Presented(trial_id, pad, duration_s, end)

    def _end(self, booth: Booth, trial_id: VisitId) -> BoothEnd:
        """As after a visit. Raises `PurgeError`: then nobody else may stand in."""
        station = self._station
        try:
            end = booth.end()
        except PurgeError as error:
            station.ledger.record(Kind.LOCKED, {"code": error.code.value})
            raise
        station.booths.warm_next()
        station.ledger.record(
            Kind.PURGE, {"visit": trial_id, "reaped": end.reaped, "ring_zeroed": end.ring_zeroed}
        )
        return end

    def _seal(self, record_id: str, body: bytes) -> bytes:
        # One writer at a time, as for a visit's own consent.
        with self._station.stores.writer:
            return self._station.stores.keys.seal_evidence(record_id, body)

    def _watched(self, publish: Publish) -> Callable[[Event], None]:
        stage = self._stage

        def watched(event: Event) -> None:
            publish(event)
            if stage is not None:
                stage.watch(event)

        return watched
