"""The residents' page's side of an open station: list, register, receipts, renewal, as one.

Part of the composition, like `station.resident_desk`: it knows stores, and nobody below knows it.
"""

from collections.abc import Sequence

from consent.ledger import Ledger
from station.errors import ErrorCode, StorageError
from station.model import Claim
from station.resident_desk import ResidentDesk, erased_of
from storage.clock import HighWaterClock
from storage.resident_list import ResidentList
from storage.stores import Stores


class ResidentsRoom(ResidentList):
    """`station.office_residents.ResidentsSource` over the open stores. Lives in the desk."""

    def __init__(self, stores: Stores, ledger: Ledger, desk: ResidentDesk) -> None:
        super().__init__(stores, HighWaterClock(stores.ledger))
        self.ledger = ledger
        self._desk = desk

    def restrict(self, row: bytes, *, restricted: bool) -> None:
        """Keep and do not compare, or lift that. Raises `StorageError(RESIDENT_UNKNOWN)`."""
        self._desk.register.restrict(self.claim_of(row), restricted=restricted)

    def renew(self, row: bytes) -> None:
        """A new template for the old one. Raises `StorageError`: RESIDENT_UNKNOWN, RECALLED;
        `StationError(TEMPLATE_REFUSED)`. The old template is then still valid."""
        self._desk.renew(self.claim_of(row))

    def erase(self, rows: Sequence[bytes]) -> tuple[int, list[bytes]]:
        """How many were erased as moved out, and the signed receipts. Raises `StorageError`."""
        claims: list[Claim] = []
        for row in rows:
            try:
                claims.append(self.claim_of(row))
            except StorageError as error:
                # Gone by now, by whatever way: that keeps no other back.
                if error.code is not ErrorCode.RESIDENT_UNKNOWN:
                    raise
        report = self._desk.register.move_out(claims)
        receipts = [self._desk.receipt(erased_of(one)) for one in report.erasures]
        return sum(line.code is None for line in report.lines), receipts
