"""Renewing from sealed portraits: for a new matcher, or for a resident who was recalled (P-5).

Two officers lend their key to one booth, which makes the template and seals the portraits anew;
here it is planned and kept, one resident as one change. While it is written the same picture lies
in the store under both seals; what a crash leaves of that is settled before the next visit (M-1).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from secrets import token_bytes

from consent.canonical import Json
from consent.digest import to_text
from consent.kinds import Kind
from consent.ledger import Ledger
from station.errors import ErrorCode, StorageError
from station.model import Claim, SealedTemplate, Secret, TemplateDraft
from storage.changes import add_records, references
from storage.clock import HighWaterClock
from storage.erasure import named_records
from storage.person import Person, RecordOf
from storage.person_keys import Addition
from storage.portrait_store import SealedPortrait, open_portrait
from storage.registry import KEYS, PORTRAIT, TEMPLATE, RowRef
from storage.renewal import PlannedRenewal, exchange
from storage.resident_lookup import Resident, find_resident, resident_at
from storage.resident_records import new_portrait
from storage.sealed_rows import ROW_BYTES
from storage.sealing import keyed_digest
from storage.stores import Stores
from storage.template_keys import new_draft, unwrap_secret, wrap_secret
from storage.template_store import MODEL_ID_BYTES, SEALED_BYTES


@dataclass(frozen=True, slots=True)
class PlannedFromPortraits:
    """One resident whose template is to be made anew: what a booth needs, and whose it is."""

    portraits: tuple[bytes, ...] = field(repr=False)
    """As a booth sealed them to the officers."""
    draft: TemplateDraft
    version: int
    person: Person = field(repr=False)
    replaced: tuple[RowRef, ...] = field(repr=False)
    ends_s: int
    """End of the resident's term, seconds since the epoch."""


class PortraitRenewal:
    """Plans and carries out renewals from portraits. Lives in the desk; takes the writer lock."""

    def __init__(
        self, stores: Stores, ledger: Ledger, clock: HighWaterClock, pepper: Secret
    ) -> None:
        self._stores = stores
        self._ledger = ledger
        self._clock = clock
        self._pepper = pepper

    def plan(self, claim: Claim) -> PlannedFromPortraits:
        """The renewal of one resident.

        Raises `StorageError`: RESIDENT_UNKNOWN; RECALLED for one without a portrait.
        """
        return self._plan(find_resident(self._stores, claim, self._clock.effective()))

    def instead_of(self, refused: PlannedRenewal) -> PlannedFromPortraits | None:
        """For a template no booth can renew in place; None where its resident has no portrait."""
        person = self._stores.keys.person_of(TEMPLATE, refused.old.template.pid)
        if person is None or not person.rows_in(PORTRAIT):
            return None
        ends_s = self._stores.template.expiry_s(refused.old.template.pid)
        return None if ends_s is None else self._planned(person, ends_s)

    def recalled(self) -> Iterator[PlannedFromPortraits]:
        """Residents without a template who have a portrait, one by one."""
        for row in self._stores.identity.residents():
            found = resident_at(self._stores, row)
            if found is None or found.person.rows_in(TEMPLATE):
                continue
            if found.person.rows_in(PORTRAIT):
                yield self._plan(found)

    def carry_out(
        self, planned: PlannedFromPortraits, renewed: SealedTemplate, portraits: Sequence[bytes]
    ) -> bool:
        """Exchange template and portraits; False when the resident changed since the planning.

        A recalled resident has no template to exchange: the new one is added.

        Raises `StorageError(TEMPLATE_REFUSED)` for what is not the planned template, or another
        number of portraits; other faults leave the old records valid.
        """
        _check(planned, renewed, portraits)
        with self._stores.writer:
            now = self._stores.keys.person_of(PORTRAIT, _first_portrait(planned))
            if now is None or now.version != planned.person.version:
                return False
            if not any(store == TEMPLATE for store, _ in planned.replaced):
                self._give_back(planned, renewed)
                return True
            exchange(
                self._stores,
                self._ledger,
                _intent_payload(planned, renewed),
                lambda op: self._add(op, planned, renewed, portraits),
            )
            return True

    def _give_back(self, planned: PlannedFromPortraits, renewed: SealedTemplate) -> None:
        """A recalled resident gets a template again: an addition, the portraits stay as they are.

        To the ledger's account a renewal exchanges; this adds.
        """
        person, stores = planned.person, self._stores
        wrapped = wrap_secret(person.store_key(TEMPLATE), renewed.pid, planned.draft.secret)
        added = Addition(person, TEMPLATE, renewed.pid, renewed.version, wrapped)

        def effects(names: Mapping[str, bytes]) -> Mapping[str, int]:
            return {
                KEYS: stores.keys.extend(names[KEYS], [added]).rows,
                TEMPLATE: stores.template.add(names[TEMPLATE], [(renewed, planned.ends_s)]).rows,
            }

        payload: dict[str, Json] = {
            "stores": [KEYS, TEMPLATE],
            "files": 0,
            "templates": 1,
            "commitment": to_text(person.commitment()),
            "digest": to_text(keyed_digest(person.salt, renewed.sealed)),
        }
        add_records(stores, self._ledger, Kind.UPDATE, payload, effects)

    def _add(
        self,
        op_id: str,
        planned: PlannedFromPortraits,
        renewed: SealedTemplate,
        portraits: Sequence[bytes],
    ) -> None:
        stores, names, person = self._stores, references(self._stores, op_id), planned.person
        wrapped = wrap_secret(person.store_key(TEMPLATE), renewed.pid, planned.draft.secret)
        new = [(TEMPLATE, renewed.pid, renewed.version, wrapped)]
        kept: list[SealedPortrait] = []
        for portrait in portraits:
            row = token_bytes(ROW_BYTES)
            sealed, secret = new_portrait(person, row, portrait, planned.ends_s)
            new.append((PORTRAIT, row, 1, secret))
            kept.append(sealed)
        additions = []
        for store, row, version, own in new:
            additions.append(Addition(person, store, row, version, own))
            # Each row seals the person anew: the next one goes to what that made of it.
            person = person.with_rows([(store, row, version)])
        stores.keys.extend(names[KEYS], additions)
        stores.template.add(names[TEMPLATE], [(renewed, planned.ends_s)])
        stores.portrait.add(names[PORTRAIT], kept)

    def _plan(self, found: Resident) -> PlannedFromPortraits:
        return self._planned(found.person, found.row.expires_s)

    def _planned(self, person: Person, ends_s: int) -> PlannedFromPortraits:
        portraits = tuple(self._portrait(person, row) for row, _ in person.rows_in(PORTRAIT))
        if not portraits:
            raise StorageError(ErrorCode.RECALLED)
        before = [version for _, version in person.rows_in(TEMPLATE)]
        replaced = tuple(
            (store, row) for store in (TEMPLATE, PORTRAIT) for row, _ in person.rows_in(store)
        )
        version = max(before, default=0) + 1
        draft = new_draft(self._pepper)
        return PlannedFromPortraits(portraits, draft, version, person, replaced, ends_s)

    def _portrait(self, person: Person, row: bytes) -> bytes:
        sealed = self._stores.portrait.find(row)
        wrapped = self._stores.keys.wrapped_secret(PORTRAIT, row)
        if sealed is None or wrapped is None:
            raise StorageError(ErrorCode.STORE_CORRUPT)
        return open_portrait(sealed, unwrap_secret(person.store_key(PORTRAIT), row, wrapped))


def _first_portrait(planned: PlannedFromPortraits) -> bytes:
    return next(row for store, row in planned.replaced if store == PORTRAIT)


def _check(
    planned: PlannedFromPortraits, renewed: SealedTemplate, portraits: Sequence[bytes]
) -> None:
    expected = (planned.draft.keys.pid, planned.version, SEALED_BYTES, MODEL_ID_BYTES)
    found = (renewed.pid, renewed.version, len(renewed.sealed), len(renewed.model_id))
    if found != expected or len(portraits) != len(planned.portraits):
        raise StorageError(ErrorCode.TEMPLATE_REFUSED)


def _intent_payload(planned: PlannedFromPortraits, renewed: SealedTemplate) -> dict[str, Json]:
    person = planned.person
    records = [RecordOf(person, store, row) for store, row in planned.replaced]
    return {
        "stores": [KEYS, TEMPLATE, PORTRAIT],
        "files": 0,
        "templates": 1,
        "portraits": len(planned.portraits),
        **named_records(records),
        "digest": to_text(keyed_digest(person.salt, renewed.sealed)),
    }
