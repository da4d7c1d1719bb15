"""The residents in the order in which their terms end, one by one, as staff may see them.

Made for a page of a hundred out of any number: the order takes one opened term per resident, and
only who is shown is unwrapped. Changes nothing.
"""

from datetime import UTC, datetime, timedelta

from consent.digest import to_text
from consent.entry import parse_entry
from station.decision import is_under_age
from station.errors import ErrorCode, StorageError
from station.masked import masked
from station.model import Claim, ClaimKind, IdentityRecord
from station.residents_view import ResidentLine
from station.subject_records import ADULT_YEARS, ConsentLine
from storage.attempts import RESTRICTED_UNTIL_S
from storage.clock import HighWaterClock
from storage.registry import PORTRAIT
from storage.resident_lookup import Resident, find_resident, resident_at, template_of
from storage.stores import Stores
from storage.subject_finder import consent_line


class ResidentList:
    """Reads the register for the office. Lives in the desk; safe from any thread."""

    def __init__(self, stores: Stores, clock: HighWaterClock) -> None:
        self._stores = stores
        self._clock = clock

    def order(self) -> list[bytes]:
        """The row of everybody whose term has not ended, the nearest end first."""
        residents = set(self._stores.identity.residents())
        now = self._clock.effective()
        ends = ((ends, row) for row, ends in self._stores.identity.terms() if row in residents)
        return [row for ends, row in sorted(ends) if ends > now]

    def row_of(self, claim: Claim) -> bytes | None:
        """The row a document or resident number leads to; None for nobody."""
        try:
            return find_resident(self._stores, claim, self._clock.effective()).row.row
        except StorageError as error:
            if error.code is not ErrorCode.RESIDENT_UNKNOWN:
                raise
            return None

    def restricted(self, row: bytes) -> bool:
        """Whether this resident is on hold; without unwrapping anything of them."""
        return self._stores.identity.attempts(row).locked_until_s == RESTRICTED_UNTIL_S

    def at(self, row: bytes) -> ResidentLine | None:
        """One resident, masked; None once erased or ended.

        A damaged record is shown as unreadable: it must not keep all others from being seen.
        """
        found, now = self._found(row), self._clock.effective()
        if found is None:
            return None
        stores, readable = self._stores, True
        try:
            record, template = found.identity(), template_of(stores, found.person)
        except StorageError as error:
            if error.code is not ErrorCode.STORE_CORRUPT:
                raise
            record, template, readable = IdentityRecord(()), None, False
        attempts = stores.identity.attempts(row)
        restricted = attempts.locked_until_s == RESTRICTED_UNTIL_S
        ends = datetime.fromtimestamp(found.row.expires_s, UTC)
        today = now.astimezone().date()
        return ResidentLine(
            reference=to_text(found.person.commitment()),
            number=masked(record.get("resident_number"), 2, 2),
            name=masked(record.get("name"), 1, 0),
            document=masked(record.get("document_number"), 1, 2),
            expires_at=ends.isoformat(),
            days_left=(ends - now) // timedelta(days=1),
            template_version=0 if template is None else template.version,
            portraits=len(found.person.rows_in(PORTRAIT)),
            locked=not restricted and attempts.locked_until_s > now.timestamp(),
            restricted=restricted,
            minor=is_under_age(record.get("birth_date"), today, ADULT_YEARS),
            readable=readable,
        )

    def identity_of(self, row: bytes) -> IdentityRecord:
        """One resident's fields in clear. Raises `StorageError(RESIDENT_UNKNOWN)`."""
        found = self._found(row)
        if found is None:
            raise StorageError(ErrorCode.RESIDENT_UNKNOWN)
        return found.identity()

    def claim_of(self, row: bytes) -> Claim:
        """What the register knows them by. Raises `StorageError(RESIDENT_UNKNOWN)`."""
        return Claim(ClaimKind.RESIDENT_NUMBER, self.identity_of(row).get("resident_number"))

    def consents_of(self, row: bytes) -> tuple[ConsentLine, ...]:
        """The consents their registration rests on, from the ledger, the newest first.

        Raises `StorageError(RESIDENT_UNKNOWN)`, `LedgerError(LEDGER_BROKEN)`.
        """
        named = self.identity_of(row).get("consent_records").split(",")
        missing = {one for one in named if one}
        lines = []
        for stored in self._stores.ledger.newest_first():
            if not missing:
                break
            if any(one.encode() in stored.body for one in missing):
                entry = parse_entry(stored.body)
                said = entry.payload.get("record_id")
                if isinstance(said, str) and said in missing:
                    missing.discard(said)
                    lines.append(consent_line(entry))
        return tuple(lines)

    def _found(self, row: bytes) -> Resident | None:
        found = resident_at(self._stores, row)
        now_s = self._clock.effective().timestamp()
        return found if found is not None and found.row.expires_s > now_s else None
