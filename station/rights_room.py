"""Rights desk, incident book, filing counter and record of processing of one station, as one.

Part of the composition, like `station.resident_desk`: it knows stores, and nobody below knows it.
Every kiosk sweeps here; what only papers need is loaded when one is made.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from consent.ledger import Ledger
from consent.notice import Notice
from consent.signing import HeadSigner
from resources.rights_texts import words
from station.config import Config
from station.filing import FilingCounter, FilingStatus
from station.incidents import IncidentBook
from station.model import Language
from station.premises import Premises
from station.processing_record import Processing, ProcessingBook, processing_of
from station.resident_desk import deletion_receipt
from station.rights_desk import RightsDesk
from station.ticket_receipts import erased_for
from station.tickets import TicketBook
from storage.clock import HighWaterClock
from storage.resident_register import ResidentRegister
from storage.stores import Stores
from storage.subject_finder import SubjectFinder

if TYPE_CHECKING:
    from station.explanation import Decides
    from station.filing_pack import FilingFacts
    from station.incident_notice import Handler
    from station.office_view import HealthLine
    from station.subject_copy import CopyFrame

_EVERY_S = 3600.0


@dataclass(frozen=True, slots=True)
class Standing:
    """What the station says of itself now; asked for anew each time, for it can change."""

    notices: tuple[Notice, ...]
    """In force; the visitors' first, the residents' second where residents are registered."""
    assessment: str
    """Number of the impact assessment, or ""."""
    profile_digest: str = ""


class RightsRoom:
    """Everything of issue and answer between people and the station. Lives in the desk."""

    def __init__(
        self,
        stores: Stores,
        ledger: Ledger,
        signer: HeadSigner,
        config: Config,
        *,
        standing: Callable[[], Standing],
        now: Callable[[], datetime],
    ) -> None:
        """`standing` may raise `ConsentError(NOTICE_INCOMPLETE)`: a desk without a notice has
        promised nobody anything."""
        clock = HighWaterClock(stores.ledger)
        register = ResidentRegister(stores, ledger, clock)
        finder = SubjectFinder(stores, ledger, clock, register)
        self._config = config
        self._standing = standing
        self._now = now
        self._demo = config.site.profile == "demo"
        receipt = partial(deletion_receipt, ledger=ledger, signer=signer, demo=self._demo)
        self._receipt, self._rows = receipt, stores.ledger
        self.tickets = TicketBook(stores.office, ledger, now, config.policy.ticket_days)
        self.rights = RightsDesk(finder, self.tickets, ledger, receipt, self._listed)
        self.incidents = IncidentBook(stores.office, ledger, now)
        self.filing = FilingCounter(finder.face_count, stores.ledger.entries, ledger)
        self._next_s = time.monotonic()
        self._counted: FilingStatus | None = None
        self._processed: Processing | None = None
        self.processing = ProcessingBook(stores.office, ledger, now)

    def sweep(self) -> None:
        """Called with every sweep: ends tickets whose erasure was cut off, notes at once that other
        things are processed now, and does the rest of `look_after` once an hour.

        Raises `ConsentError(NOTICE_INCOMPLETE)`.
        """
        now_s = time.monotonic()
        if now_s >= self._next_s:
            self._next_s = now_s + _EVERY_S
            self.look_after()
        else:
            self.rights.settle()
            self._note_processing()

    def look_after(self) -> FilingStatus:
        """What needs nobody's asking: wipe tickets of people who are gone, count faces, note what
        is processed by now. Raises `ConsentError(NOTICE_INCOMPLETE)`, with the first two done."""
        self.rights.forget()
        self._counted = self.filing.check()
        self._note_processing()
        return self._counted

    def _note_processing(self) -> None:
        standing = self._standing()
        now = processing_of(standing.notices, standing.assessment, standing.profile_digest)
        if now != self._processed:
            self.processing.remember(now)
            self._processed = now

    def health(self, language: Language) -> "tuple[HealthLine, ...]":
        """Tickets, incidents and filing, as the health page shows them; at once.

        The number of people is the last the sweep has counted.
        """
        from station.office_view import HealthLine

        still, overdue = self.tickets.counts()
        incidents = self.incidents.still_open()
        counted = self._counted

        def line(name: str, verdict: str, case: str, **figures: int | str) -> "HealthLine":
            said = words("health", f"{name}_{case}", language, **figures)
            return HealthLine(words("health", name, language), verdict, said)

        lines = [
            line("tickets", "FAULT", "overdue", open=still, overdue=overdue)
            if overdue
            else line("tickets", "OK", "fine", open=still),
            line("incidents", "NOTE", "open", open=incidents)
            if incidents
            else line("incidents", "OK", "none"),
        ]
        if counted is not None and counted.due:
            lines.append(line("filing", "NOTE", "due", due=counted.due))
        elif counted is not None and counted.mark:
            near = {"count": counted.count, "mark": counted.mark}
            lines.append(line("filing", "NOTE", "near", **near))
        elif counted is not None:
            lines.append(line("filing", "OK", "fine", count=counted.count))
        return tuple(lines)

    def receipts(self, ticket: str) -> tuple[bytes, ...]:
        """The signed receipts of what was erased for a ticket, made again from the ledger.

        Raises `LedgerError(RECEIPT_INVALID)`.
        """
        return tuple(self._receipt(one) for one in erased_for(self._rows.entries(), ticket))

    def copy_frame(self, *, resident: bool) -> "CopyFrame":
        """What a copy says of the station, under the residents' notice or the visitors'.

        Raises `ConsentError(NOTICE_INCOMPLETE)`.
        """
        from station.subject_copy import CopyFrame

        notices = self._standing().notices
        texts = {language: notices[0].text(language) for language in Language}
        return CopyFrame(
            self._config.site.station_id,
            {one: (text.handler_name, text.handler_contact) for one, text in texts.items()},
            notices[-1 if resident else 0],
            self._now(),
            self._demo,
        )

    def handler(self, language: Language) -> "Handler":
        """Whom a notice of an incident names."""
        from station.incident_notice import Handler

        text = self._standing().notices[0].text(language)
        return Handler(text.handler_name, text.handler_contact, self._demo)

    def filing_facts(self) -> "FilingFacts":
        """What the filing pack says of the station; made now."""
        from station.filing_pack import FilingFacts

        standing = self._standing()
        station_id = self._config.site.station_id
        return FilingFacts(
            station_id, standing.notices, standing.assessment, self._now(), self._demo
        )

    def decides(self) -> "Decides":
        """The figures of the explanation."""
        from station.explanation import Decides

        policy = self._config.policy
        return Decides(
            policy.fmr,
            policy.card_attempts,
            policy.capture_attempts,
            policy.resident_attempts,
            policy.resident_lock_min,
        )

    def notices(self) -> tuple[Notice, ...]:
        """The notices in force, the visitors' first."""
        return self._standing().notices

    @property
    def demo(self) -> bool:
        """Whether everything it prints is marked as a demonstration."""
        return self._demo

    def _listed(self) -> frozenset[str]:
        return frozenset(name for one in self._standing().notices for name in one.fields)


def standing_of(premises: Premises, *, residents: bool) -> Standing:
    """Notices and profile in force. Raises `ConsentError(NOTICE_INCOMPLETE)`."""
    found = [premises.notices.current("visitor")]
    if residents:
        found.append(premises.notices.current("resident"))
    profile = premises.deployment.current
    if profile is None:
        return Standing(tuple(found), "")
    return Standing(tuple(found), profile.assessment.number, profile.digest)
