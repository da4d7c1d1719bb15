"""Renewing templates: new secret, new id, one version on; the old one destroyed and revoked (P-1).

A booth turns the sealed bytes; here one change exchanges them, for one resident or for a batch. The
new template is complete in all stores before the old one is touched, so that a crash leaves either
the old one or the new one, never none and never both (crypto.md 5.3). The old id is on the list of
revoked ones before its key is destroyed. `storage.portrait_renewal` shares the way it is done.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace

from consent.canonical import Json
from consent.digest import sm3, to_text
from consent.kinds import CompletionResult, Kind
from consent.ledger import Ledger
from station.errors import ErrorCode, StationError, StorageError
from station.model import Claim, SealedTemplate, Secret, TemplateDraft, TemplateReference
from storage.changes import by_store, counts, references, tidy_all, undo_addition
from storage.clock import HighWaterClock
from storage.effects import applied_in, op_reference, tidy
from storage.erasure import LARGEST_BATCH, Erasure, revoke
from storage.person import Person, RecordOf
from storage.person_keys import Addition, Holder, Turn
from storage.registry import KEYS, PORTRAIT, TEMPLATE, RowRef
from storage.resident_lookup import find_resident, template_of
from storage.stores import Stores
from storage.template_keys import derive_template_keys, new_draft, unwrap_secret, wrap_secret

RENEWED_AT_ONCE = 4096
"""Most templates one change exchanges: each has a line in the intent, which stays under 192 KiB.
The more, the fewer pages are written twice; nobody is served meanwhile."""
_CACHE_MIB = 80
"""Of each of the two stores, while all are renewed: about what 100,000 residents take of the larger
one, and no more for any number."""
_OLD = "old"
_RENEWED = (TEMPLATE, PORTRAIT)
"""Stores a renewal exchanges records in; portraits only in the officers' ceremony."""


@dataclass(frozen=True, slots=True)
class PlannedRenewal:
    """One template that is to be renewed: what a booth needs, and whose it is."""

    old: TemplateReference
    draft: TemplateDraft
    person: Person = field(repr=False)
    wrapped: bytes = field(repr=False)
    """The draft's secret under the person's key."""
    ends_s: int
    """End of the template's term, seconds since the epoch."""
    seen: int
    """How many effects its stores had seen when it was planned: as many still, and nothing of it
    has changed."""


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
        ends_s = None if template is None else self._stores.template.expiry_s(template.pid)
        if template is None or ends_s is None:
            raise StorageError(ErrorCode.RECALLED)
        wrapped = self._stores.keys.wrapped_secret(TEMPLATE, template.pid)
        return self._planned((person, wrapped), template, ends_s, self._effects())

    def begin_all(self) -> int:
        """Begin renewing every template, or go on where it was broken off; how many are to do."""
        with self._stores.writer:
            return self._stores.template.begin_campaign()

    def pending(self) -> int:
        """How many templates the campaign has still to come to."""
        return self._stores.template.pending_count()

    def plan_all(self, batch: int = RENEWED_AT_ONCE) -> Iterator[Iterator[PlannedRenewal]]:
        """Batches of what the campaign has still to do; carry out each before the next.

        Each is planned as it is drawn from, so that a booth works on the first meanwhile. A
        template whose person is gone is passed over: the sweep erases it.
        """
        stores, after = self._stores, b""
        with ExitStack() as caches:
            for database in (stores.keys.database, stores.template.database):
                caches.enter_context(database.large_cache(_CACHE_MIB))
            while found := stores.template.pending(after, batch):
                after = found[-1][0].pid
                yield self._planned_each(found)

    def pass_over(self, planned: Sequence[PlannedRenewal]) -> None:
        """Leave these as they are: the campaign is done with them."""
        with self._stores.writer:
            self._stores.template.pass_over([one.old.template.pid for one in planned])

    def recall(self, planned: Sequence[PlannedRenewal]) -> int:
        """Erase and revoke templates that cannot be renewed; returns how many went.

        Their residents are on the recall list then: to be enrolled anew, and compared no more.
        """
        gone = 0
        for start in range(0, len(planned), LARGEST_BATCH):
            pids = [one.old.template.pid for one in planned[start : start + LARGEST_BATCH]]
            with self._stores.writer:
                holders = self._stores.keys.holders(TEMPLATE, pids)
                records = [RecordOf(person, TEMPLATE, pid) for pid, (person, _) in holders.items()]
                if records:
                    erasure = Erasure(self._stores, self._ledger)
                    erasure.erase([], Kind.ERASE, "RECALLED", (), records)
                gone += len(records)
        return gone

    def carry_out(self, done: Sequence[tuple[PlannedRenewal, SealedTemplate]]) -> int:
        """Exchange up to `RENEWED_AT_ONCE` templates as one change; returns how many were.

        Whoever was erased, or renewed otherwise, since the planning is left out. Raises
        `StorageError`: TEMPLATE_REFUSED for a template that is not the planned one, one version
        on; other faults leave every old template valid.
        """
        if len(done) > RENEWED_AT_ONCE:
            raise ValueError("too many templates for one intent")
        for planned, renewed in done:
            _check(planned, renewed)
        with self._stores.writer:
            seen = self._effects()
            current = [found for one in done if (found := self._current(*one, seen)) is not None]
            if current:
                self._exchange(current)
            return len(current)

    def _exchange(self, done: Sequence[tuple[PlannedRenewal, SealedTemplate]]) -> None:
        turns = [
            Turn(
                planned.person,
                ((TEMPLATE, renewed.pid, renewed.version),),
                ((TEMPLATE, planned.old.template.pid),),
            )
            for planned, renewed in done
        ]
        payload = _intent_payload(done)
        exchange(self._stores, self._ledger, payload, lambda op: self._add(op, done), turns)

    def _add(self, op_id: str, done: Sequence[tuple[PlannedRenewal, SealedTemplate]]) -> None:
        names = references(self._stores, op_id)
        additions = [
            Addition(one.person, TEMPLATE, renewed.pid, renewed.version, one.wrapped)
            for one, renewed in done
        ]
        self._stores.keys.bring(names[KEYS], additions)
        self._stores.template.add(names[TEMPLATE], [(renewed, one.ends_s) for one, renewed in done])

    def _current(
        self, planned: PlannedRenewal, renewed: SealedTemplate, seen: int
    ) -> tuple[PlannedRenewal, SealedTemplate] | None:
        """The plan with the person as stored now; None when the old template is not valid now."""
        if planned.seen == seen:
            return planned, renewed
        pid = planned.old.template.pid
        person = self._stores.keys.person_of(TEMPLATE, pid)
        if person is None or not self._stores.template.present([pid]):
            return None
        return replace(planned, person=person), renewed

    def _effects(self) -> int:
        # Both only ever grow.
        return sum(self._stores.databases[name].generation() for name in (KEYS, TEMPLATE))

    def _planned_each(
        self, found: Sequence[tuple[SealedTemplate, int]]
    ) -> Iterator[PlannedRenewal]:
        seen = self._effects()
        holders = self._stores.keys.holders(TEMPLATE, (template.pid for template, _ in found))
        for template, ends_s in found:
            if template.pid in holders:
                yield self._planned(holders[template.pid], template, ends_s, seen)

    def _planned(
        self, holder: Holder, template: SealedTemplate, ends_s: int, seen: int
    ) -> PlannedRenewal:
        pid, (person, wrapped) = template.pid, holder
        if wrapped is None or person.version_of(TEMPLATE, pid) != template.version:
            raise StorageError(ErrorCode.STORE_CORRUPT)
        own = person.store_key(TEMPLATE)
        keys = derive_template_keys(self._pepper, pid, unwrap_secret(own, pid, wrapped))
        draft = new_draft(self._pepper)
        return PlannedRenewal(
            TemplateReference(template, keys),
            draft,
            person,
            wrap_secret(own, draft.keys.pid, draft.secret),
            ends_s,
            seen,
        )


def exchange(
    stores: Stores,
    ledger: Ledger,
    payload: dict[str, Json],
    add: Callable[[str], None],
    turns: Sequence[Turn] | None = None,
) -> None:
    """One RENEW from INTENT to COMPLETION; `add` writes the new records of an operation.

    `turns`: as `finish_renewal`. What a fault interrupts is finished or undone at once. The writer
    lock is the caller's.
    """
    op_id = ledger.intent(Kind.RENEW, payload)
    try:
        add(op_id)
        finish_renewal(stores, ledger, op_id, CompletionResult.DONE, turns)
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
    turns: Sequence[Turn] | None = None,
) -> None:
    """Revoke and destroy the old records of a RENEW whose new ones are complete. Repeatable.

    `turns`: what changes of each person where that is known; else it is found by the new records.
    """
    names = references(stores, op_id)
    new = by_store(stores.keys.listed(names[KEYS]))
    touched = [store for store in _RENEWED if new[store]]
    old = {store: _old_reference(stores, op_id, store) for store in (KEYS, *touched)}
    found = _turns(stores, new) if turns is None else turns
    # First: from here on no copy of the old template is taken, whatever else still stands.
    revoked = revoke(stores, by_store(row for turn in found for row in turn.gone)[TEMPLATE])
    stores.keys.exchange(old[KEYS], found)
    # From the committed effect: once the links are gone, only that still knows.
    gone = by_store(stores.keys.listed(old[KEYS]))
    for store in touched:
        stores.rows[store].delete(old[store], gone[store])
    stores.truncate()
    rows = {store: len(new[store]) for store in touched}
    renewed = counts(stores, {KEYS: sum(rows.values()), **rows})
    # Found gone already, they may have been revoked before a crash, or not.
    ledger.complete(op_id, result, renewed | (revoked or revoke(stores, gone[TEMPLATE])))
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


def _turns(stores: Stores, new: Mapping[str, list[bytes]]) -> list[Turn]:
    """For each person with new records: those not listed yet, and what is of the same kind."""
    persons: dict[bytes, Person] = {}
    brought: dict[bytes, list[RowRef]] = {}
    for store in _RENEWED:
        for row, (person, _) in stores.keys.holders(store, new[store]).items():
            persons[person.person] = person
            brought.setdefault(person.person, []).append((store, row))
    return [_turn(stores, person, brought[which]) for which, person in persons.items()]


def _turn(stores: Stores, person: Person, brought: Sequence[RowRef]) -> Turn:
    touched, listed = {store for store, _ in brought}, {entry[:2] for entry in person.rows}
    gone = tuple(row for row in listed if row[0] in touched and row not in brought)
    added = tuple((*row, _version(stores, row)) for row in brought if row not in listed)
    return Turn(person, added, gone)


def _version(stores: Stores, record: RowRef) -> int:
    """Of a renewed record as stored; a portrait that is sealed anew begins at 1."""
    template = stores.template.find(record[1]) if record[0] == TEMPLATE else None
    return 1 if template is None else template.version


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
    salted = b"".join(one.person.salt + renewed.sealed for one, renewed in done)
    return {
        "stores": [KEYS, TEMPLATE],
        "files": 0,
        "templates": len(done),
        # By person, as a search for them wants it: the old template's own name leads to nothing
        # from now on, and both would not go into one entry.
        "persons": sorted(to_text(one.person.commitment()) for one, _ in done),
        "digest": to_text(sm3(salted)),
    }
