"""Renewing templates: new secret, new id, one version on; the old one destroyed and revoked (P-1).

A booth turns the sealed bytes; here one change exchanges them, for one resident or for a batch. The
new template is complete in all stores before the old one is touched, so that a crash leaves either
the old one or the new one, never none and never both (crypto.md 5.3). The old id is on the list of
revoked ones before its key is destroyed. `storage.portrait_renewal` shares the way it is done.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from consent.canonical import Json
from consent.digest import sm3, to_text
from consent.kinds import CompletionResult, Kind
from consent.ledger import Ledger
from station.errors import ErrorCode, StationError, StorageError
from station.model import Claim, SealedTemplate, Secret, TemplateDraft, TemplateReference
from storage.changes import by_store, counts, references, tidy_all, undo_addition
from storage.clock import HighWaterClock
from storage.effects import applied_in, op_reference, tidy
from storage.erasure import BATCH, Erasure, revoke
from storage.person import Person, RecordOf
from storage.person_keys import Addition
from storage.registry import KEYS, PORTRAIT, TEMPLATE, RowRef
from storage.resident_lookup import find_resident, template_of
from storage.stores import Stores
from storage.template_keys import derive_template_keys, new_draft, unwrap_secret, wrap_secret

_OLD = "old"
_RENEWED = (TEMPLATE, PORTRAIT)
"""Stores a renewal exchanges records in; portraits only in the officers' ceremony."""


@dataclass(frozen=True, slots=True)
class PlannedRenewal:
    """One template that is to be renewed: what a booth needs, and whose it is."""

    old: TemplateReference
    draft: TemplateDraft
    person: Person = field(repr=False)


class TemplateRenewal:
    """Plans and carries out renewals. Lives in the desk; takes the stores' writer lock."""

    def __init__(
        self, stores: Stores, ledger: Ledger, clock: HighWaterClock, pepper: Secret
    ) -> None:
        self._stores = stores
        self._ledger = ledger
        self._clock = clock
        self._pepper = pepper

    def plan(self, claim: Claim) -> PlannedRenewal:
        """The renewal of one resident. Raises `StorageError`: RESIDENT_UNKNOWN, RECALLED."""
        person = find_resident(self._stores, claim, self._clock.effective()).person
        template = template_of(self._stores, person)
        if template is None:
            raise StorageError(ErrorCode.RECALLED)
        return self._planned(person, template)

    def begin_all(self) -> int:
        """Begin renewing every template, or go on where it was broken off; how many are to do."""
        with self._stores.writer:
            return self._stores.template.begin_campaign()

    def pending(self) -> int:
        """How many templates the campaign has still to come to."""
        return self._stores.template.pending_count()

    def plan_all(self, batch: int = BATCH) -> Iterator[tuple[PlannedRenewal, ...]]:
        """Batches of what the campaign has still to do; carry out each before the next.

        A template whose person is gone is passed over: the sweep erases it.
        """
        after = b""
        while pids := self._stores.template.pending(after, batch):
            after = pids[-1]
            planned = [self._plan_pid(pid) for pid in pids]
            yield tuple(one for one in planned if one is not None)

    def pass_over(self, planned: Sequence[PlannedRenewal]) -> None:
        """Leave these as they are: the campaign is done with them."""
        with self._stores.writer:
            self._stores.template.pass_over([one.old.template.pid for one in planned])

    def recall(self, planned: Sequence[PlannedRenewal]) -> int:
        """Erase and revoke up to `BATCH` templates that cannot be renewed; returns how many went.

        Their residents are on the recall list then: to be enrolled anew, and compared no more.
        """
        with self._stores.writer:
            records = []
            for one in planned:
                pid = one.old.template.pid
                person = self._stores.keys.person_of(TEMPLATE, pid)
                if person is not None:
                    records.append(RecordOf(person, TEMPLATE, pid))
            if records:
                Erasure(self._stores, self._ledger).erase([], Kind.ERASE, "RECALLED", (), records)
            return len(records)

    def carry_out(self, done: Sequence[tuple[PlannedRenewal, SealedTemplate]]) -> int:
        """Exchange up to `BATCH` templates as one change; returns how many were exchanged.

        Whoever was erased, or renewed otherwise, since the planning is left out. Raises
        `StorageError`: TEMPLATE_REFUSED for a template that is not the planned one, one version
        on; other faults leave every old template valid.
        """
        if len(done) > BATCH:
            raise ValueError("too many templates for one intent")
        for planned, renewed in done:
            _check(planned, renewed)
        with self._stores.writer:
            current = [found for one in done if (found := self._current(*one)) is not None]
            if current:
                self._exchange(current)
            return len(current)

    def _exchange(self, done: Sequence[tuple[PlannedRenewal, SealedTemplate]]) -> None:
        old = [(TEMPLATE, planned.old.template.pid) for planned, _ in done]
        exchange(
            self._stores, self._ledger, _intent_payload(done), lambda op: self._add(op, done), old
        )

    def _add(self, op_id: str, done: Sequence[tuple[PlannedRenewal, SealedTemplate]]) -> None:
        stores, names = self._stores, references(self._stores, op_id)
        additions, templates = [], []
        for planned, renewed in done:
            person, pid = planned.person, renewed.pid
            wrapped = wrap_secret(person.store_key(TEMPLATE), pid, planned.draft.secret)
            additions.append(Addition(person, TEMPLATE, pid, renewed.version, wrapped))
            ends_s = stores.template.expiry_s(planned.old.template.pid)
            if ends_s is None:
                raise StorageError(ErrorCode.STORE_CORRUPT)
            templates.append((renewed, ends_s))
        stores.keys.extend(names[KEYS], additions)
        stores.template.add(names[TEMPLATE], templates)

    def _current(
        self, planned: PlannedRenewal, renewed: SealedTemplate
    ) -> tuple[PlannedRenewal, SealedTemplate] | None:
        """The plan with the person as stored now; None when the old template is not valid now."""
        pid, keys = planned.old.template.pid, self._stores.keys
        version = keys.version_of(TEMPLATE, pid)
        if version is None or not self._stores.template.present([pid]):
            return None
        if version == planned.person.version:
            return planned, renewed
        person = keys.person_of(TEMPLATE, pid)
        if person is None:
            return None
        return PlannedRenewal(planned.old, planned.draft, person), renewed

    def _plan_pid(self, pid: bytes) -> PlannedRenewal | None:
        person = self._stores.keys.person_of(TEMPLATE, pid)
        template = self._stores.template.find(pid)
        if person is None or template is None:
            return None
        return self._planned(person, template)

    def _planned(self, person: Person, template: SealedTemplate) -> PlannedRenewal:
        pid = template.pid
        wrapped = self._stores.keys.wrapped_secret(TEMPLATE, pid)
        if wrapped is None or person.version_of(TEMPLATE, pid) != template.version:
            raise StorageError(ErrorCode.STORE_CORRUPT)
        secret = unwrap_secret(person.store_key(TEMPLATE), pid, wrapped)
        keys = derive_template_keys(self._pepper, pid, secret)
        return PlannedRenewal(TemplateReference(template, keys), new_draft(self._pepper), person)


def exchange(
    stores: Stores,
    ledger: Ledger,
    payload: dict[str, Json],
    add: Callable[[str], None],
    replaced: Sequence[RowRef],
) -> None:
    """One RENEW from INTENT to COMPLETION; `add` writes the new records of an operation.

    What a fault interrupts is finished or undone at once. The writer lock is the caller's.
    """
    op_id = ledger.intent(Kind.RENEW, payload)
    try:
        add(op_id)
        finish_renewal(stores, ledger, op_id, CompletionResult.DONE, replaced)
    except StationError:
        if op_id in dict(ledger.open_intents()):
            # What even this cannot do is left to the next sweep.
            with suppress(StationError):
                settle_renewal(stores, ledger, op_id, False)
            raise


def settle_renewal(stores: Stores, ledger: Ledger, op_id: str, on_start: bool) -> bool:
    """RENEW: with the new records complete it is finished, else undone; the old ones stay."""
    names = references(stores, op_id)
    if applied_in(stores.keys.database, _old_reference(stores, op_id, KEYS)) is None:
        new = by_store(stores.keys.listed(names[KEYS]))
        if not (new[TEMPLATE] and all(_complete(stores, s, names, new[s]) for s in _RENEWED)):
            result = CompletionResult.UNDONE_ON_START if on_start else CompletionResult.UNDONE
            undo_addition(stores, ledger, op_id, result)
            return False
    result = CompletionResult.FINISHED_ON_START if on_start else CompletionResult.DONE
    finish_renewal(stores, ledger, op_id, result)
    return True


def finish_renewal(
    stores: Stores,
    ledger: Ledger,
    op_id: str,
    result: CompletionResult,
    replaced: Sequence[RowRef] | None = None,
) -> None:
    """Revoke and destroy the old records of a RENEW whose new ones are complete. Repeatable.

    `replaced` are the old ones where they are known; after a crash they are found by the new ones.
    """
    names = references(stores, op_id)
    new = by_store(stores.keys.listed(names[KEYS]))
    touched = [store for store in _RENEWED if new[store]]
    old = {store: _old_reference(stores, op_id, store) for store in (KEYS, *touched)}
    ending = _replaced(stores, new) if replaced is None else replaced
    # First: from here on no copy of the old template is taken, whatever else still stands.
    revoke(stores, by_store(ending)[TEMPLATE])
    stores.keys.destroy(old[KEYS], [], ending)
    # From the committed effect: once the links are gone, only that still knows.
    gone = by_store(stores.keys.listed(old[KEYS]))
    for store in touched:
        stores.rows[store].delete(old[store], gone[store])
    stores.truncate()
    rows = {store: len(new[store]) for store in touched}
    renewed = counts(stores, {KEYS: sum(rows.values()), **rows})
    ledger.complete(op_id, result, renewed | revoke(stores, gone[TEMPLATE]))
    tidy_all(stores, op_id, (KEYS, *touched))
    for store, reference in old.items():
        tidy(stores.databases[store], reference)
    stores.truncate()


def _complete(stores: Stores, store: str, names: Mapping[str, bytes], rows: list[bytes]) -> bool:
    """Whether all that was meant for one store is there, key and record."""
    if not rows:
        return True
    kept = applied_in(stores.databases[store], names[store]) is not None
    linked = all(stores.keys.person_of(store, row) for row in rows)
    return kept and linked and stores.rows[store].present(rows) == len(rows)


def _replaced(stores: Stores, new: Mapping[str, list[bytes]]) -> list[RowRef]:
    """What the persons who have new records have of the same kind beside them."""
    found: dict[RowRef, None] = {}
    for store in _RENEWED:
        for row in new[store]:
            person = stores.keys.person_of(store, row)
            held = () if person is None else person.rows_in(store)
            found |= {(store, old): None for old, _ in held if old not in new[store]}
    return list(found)


def _old_reference(stores: Stores, op_id: str, store: str) -> bytes:
    # The same operation has two effects in a store: the new template, and the end of the old one.
    return op_reference(stores.op_key.reveal(), op_id, f"{store}/{_OLD}")


def _check(planned: PlannedRenewal, renewed: SealedTemplate) -> None:
    before = planned.old.template
    expected = (
        planned.draft.keys.pid,
        before.version + 1,
        before.model_id,
        before.profile,
        len(before.sealed),
    )
    found = (
        renewed.pid,
        renewed.version,
        renewed.model_id,
        renewed.profile,
        len(renewed.sealed),
    )
    if found != expected:
        raise StorageError(ErrorCode.TEMPLATE_REFUSED)


def _intent_payload(
    done: Sequence[tuple[PlannedRenewal, SealedTemplate]],
) -> dict[str, Json]:
    records = [RecordOf(one.person, TEMPLATE, one.old.template.pid) for one, _ in done]
    salted = b"".join(one.person.salt + renewed.sealed for one, renewed in done)
    return {
        "stores": [KEYS, TEMPLATE],
        "files": 0,
        "templates": len(done),
        "records": sorted(to_text(record.commitment()) for record in records),
        "digest": to_text(sm3(salted)),
    }
