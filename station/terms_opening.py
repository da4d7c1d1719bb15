"""Opens the page of retention over an open station. Part of the composition."""

from functools import partial
from pathlib import Path
from typing import Protocol

from consent.entry import parse_entry
from station.config import Config
from station.office_terms import OfficeTerms, TermsSource
from station.pad_policy import PadPolicy, proposed
from station.premises import Premises
from station.processing_record import ProcessingBook
from station.staffroom import Staffroom
from station.terms_view import Kept
from storage.clock import HighWaterClock
from storage.ledger_store import SealedLedgerStore
from storage.stores import Stores
from storage.sweeper import Sweeper


class PoliciesFolder(Protocol):
    """Where a proposal of thresholds lies."""

    @property
    def policies(self) -> Path:
        """The folder."""
        ...


class TermsStation(Protocol):
    """What of an open station the page stands on (`station.build.Station`)."""

    config: Config
    stores: Stores
    staff: Staffroom
    premises: Premises
    sweeper: Sweeper
    pad: PadPolicy

    @property
    def paths(self) -> PoliciesFolder:
        """Its folders."""
        ...

    @property
    def registers_residents(self) -> bool:
        """Whether anybody is registered here at all."""
        ...


class _ProcessingShelf(Protocol):
    """The part of the rights room that knows how far back the record of processing goes."""

    @property
    def processing(self) -> ProcessingBook:
        """The record."""
        ...


def open_terms(station: TermsStation, rights: _ProcessingShelf) -> OfficeTerms:
    """Terms and thresholds of a station that is open."""
    stores, premises, sweeper = station.stores, station.premises, station.sweeper

    def swept_at() -> str:
        return "" if sweeper.last is None else sweeper.last.effective_at

    source = TermsSource(
        premises.terms,
        lambda: premises.readiness.terms,
        stores,
        HighWaterClock(stores.ledger).effective,
        swept_at,
        lambda: _kept(stores.ledger, rights.processing),
        lambda: station.registers_residents,
        station.config.policy.fmr,
        station.pad,
        partial(proposed, station.paths.policies),
    )
    return OfficeTerms(station.staff, source)


def _kept(ledger: SealedLedgerStore, processing: ProcessingBook) -> Kept:
    first = next(iter(ledger.entries()), None)
    since = "" if first is None else parse_entry(first.body).time
    return Kept(ledger.size(), since, processing.since())
