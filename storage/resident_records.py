"""The stores as enrolment and resident verification see them (`station.ports.ResidentRecords`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import token_bytes

from consent.canonical import Json
from consent.digest import to_text
from consent.kinds import Kind
from consent.ledger import Ledger
from station.errors import ConfigError, ConsentError, ErrorCode, StorageError
from station.model import (
    Claim,
    ClaimKind,
    Enrolment,
    IdentityRecord,
    SealedTemplate,
    Secret,
    TemplateDraft,
    TemplateReference,
    VisitId,
)
from station.retention import read_moment
from storage.attempts import RESTRICTED_UNTIL_S, AttemptPolicy
from storage.changes import add_records
from storage.claims import new_resident_number, normal_claim
from storage.clock import HighWaterClock
from storage.identity_store import CONSENT_NOTICE, SealedIdentity, seal_identity
from storage.person import Person, new_person
from storage.person_keys import Wrapped
from storage.portrait_store import MOST_PER_PERSON, SealedPortrait, seal_portrait
from storage.registry import EFFECT_STORES, IDENTITY, KEYS, PORTRAIT, TEMPLATE, RowRef
from storage.resident_lookup import find_resident, template_of
from storage.sealed_rows import ROW_BYTES
from storage.sealing import keyed_digest
from storage.stores import Stores
from storage.template_keys import (
    SECRET_BYTES,
    derive_template_keys,
    new_draft,
    unwrap_secret,
    wrap_secret,
)
from storage.template_store import MODEL_ID_BYTES, SEALED_BYTES

MOST_CONSENTS = 8
_LONGEST_CONSENT_ID = 32
_LARGEST_PROFILE = 65535


class SealedResidentRecords:
    """Keeps residents and finds their templates. Lives in the desk; safe from any thread."""

    def __init__(
        self,
        stores: Stores,
        ledger: Ledger,
        clock: HighWaterClock,
        pepper: Secret,
        longest: timedelta,
        *,
        attempts: AttemptPolicy | None = None,
    ) -> None:
        """`pepper` is `KeyRing.pepper()`, `longest` `RetentionPolicy.longest_resident` (R-5)."""
        self._stores = stores
        self._ledger = ledger
        self._clock = clock
        self._pepper = pepper
        self._longest = longest
        self._attempts = attempts or AttemptPolicy()

    def may_start(self) -> None:
        """Raises `StorageError(DISK_FULL)` or `(CLOCK_SET_BACK)` when no new visit may begin."""
        self._stores.space.check()
        self._ledger.clock_ok()
        self._clock.check()

    def is_enrolled(self, claim: Claim) -> bool:
        """Whether the blind index knows this document or resident number."""
        return self._stores.identity.find(claim) is not None

    def blind_reference(self, claim: Claim) -> str:
        """What ledger entries call the resident of a claim; empty where it is nobody's."""
        row = self._stores.identity.find(claim)
        person = None if row is None else self._stores.keys.person_of(IDENTITY, row)
        return "" if person is None else to_text(person.commitment())

    def new_template(self) -> TemplateDraft:
        """Draw a template's id and secret and derive its keys."""
        return new_draft(self._pepper)

    def enrol(self, visit_id: VisitId, enrolment: Enrolment) -> str:
        """Keep a resident in all stores as one change; returns the resident number.

        Raises `StorageError`: ALREADY_ENROLLED, TOO_MANY_PORTRAITS, TEMPLATE_REFUSED (not made with
        the draft's keys); `ConfigError`: TERM_TOO_LONG, CONFIG_INVALID; `ConsentError`. What was
        begun is then undone.
        """
        expires_s = self._expires_s(enrolment.expires_at)
        _check(enrolment)
        document = Claim(ClaimKind.DOCUMENT, enrolment.identity.get("document_number"))
        if not normal_claim(document):
            raise ConfigError(ErrorCode.CONFIG_INVALID)
        with self._stores.writer:
            if self.is_enrolled(document):
                raise StorageError(ErrorCode.ALREADY_ENROLLED)
            number = self._free_number()
            new = _prepare(enrolment, number.value, expires_s)
            payload = _intent_payload(visit_id, enrolment, new)

            def effects(names: Mapping[str, bytes]) -> Mapping[str, int]:
                return self._write(names, new, (document, number))

            add_records(self._stores, self._ledger, Kind.ENROL, payload, effects)
        return number.value

    def reference(self, claim: Claim) -> TemplateReference:
        """The template of a claimed identity with the keys that open it.

        Raises `StorageError`: RESIDENT_UNKNOWN, RESIDENT_RESTRICTED, RESIDENT_LOCKED,
        TEMPLATE_REVOKED, RECALLED (no template, or its own term has ended).
        """
        now = self._clock.effective()
        stores, now_s = self._stores, int(now.timestamp())
        resident = find_resident(stores, claim, now)
        counted = stores.identity.attempts(resident.row.row)
        if counted.locked_until_s == RESTRICTED_UNTIL_S:
            raise StorageError(ErrorCode.RESIDENT_RESTRICTED)
        wait_s = self._attempts.wait_s(counted, now_s)
        if wait_s:
            raise StorageError(ErrorCode.RESIDENT_LOCKED, wait_s=wait_s)
        person = resident.person
        template = template_of(stores, person)
        ends_s = None if template is None else stores.template.expiry_s(template.pid)
        if template is None or ends_s is None or ends_s <= now_s:
            raise StorageError(ErrorCode.RECALLED)
        if stores.revocations is not None and stores.revocations.contains(template.pid):
            raise StorageError(ErrorCode.TEMPLATE_REVOKED)
        wrapped = stores.keys.wrapped_secret(TEMPLATE, template.pid)
        if wrapped is None:
            raise StorageError(ErrorCode.STORE_CORRUPT)
        secret = unwrap_secret(person.store_key(TEMPLATE), template.pid, wrapped)
        return TemplateReference(template, derive_template_keys(self._pepper, template.pid, secret))

    def attempted(self, claim: Claim, *, matched: bool) -> None:
        """Count an attempt: a match clears the count, too many failures lock the resident out.

        For someone erased in the meantime nothing is counted.
        """
        now_s = int(self._clock.effective().timestamp())
        with self._stores.writer:
            identity = self._stores.identity
            row = identity.find(claim)
            if row is None:
                return
            before = identity.attempts(row)
            after = self._attempts.after(before, now_s, matched=matched)
            if after == before:
                return
            identity.set_attempts(row, after)
            if after.locked_until_s:
                self._note_lock_out(row, after.failed)

    def _note_lock_out(self, row: bytes, failed: int) -> None:
        person = self._stores.keys.person_of(IDENTITY, row)
        if person is not None:
            minutes = int(self._attempts.lock_out.total_seconds()) // 60
            payload: dict[str, Json] = {
                "commitment": to_text(person.commitment()),
                "failures": failed,
                "minutes": minutes,
            }
            self._ledger.record(Kind.LOCK_OUT, payload)

    def _expires_s(self, text: str) -> int:
        expires, now = read_moment(text), datetime.now(UTC)
        if expires > now + self._longest:
            raise ConfigError(ErrorCode.TERM_TOO_LONG)
        if expires <= now:
            raise ConfigError(ErrorCode.CONFIG_INVALID)
        return int(expires.timestamp())

    def _free_number(self) -> Claim:
        while True:
            drawn = Claim(ClaimKind.RESIDENT_NUMBER, new_resident_number())
            if not self.is_enrolled(drawn):
                return drawn

    def _write(
        self, names: Mapping[str, bytes], new: "_New", claims: tuple[Claim, ...]
    ) -> Mapping[str, int]:
        stores = self._stores
        rows = {
            KEYS: stores.keys.add(names[KEYS], new.person, new.wrapped).rows,
            IDENTITY: stores.identity.add(names[IDENTITY], new.identity, claims).rows,
            TEMPLATE: stores.template.add(names[TEMPLATE], [(new.template, new.expires_s)]).rows,
        }
        if new.portraits:
            rows[PORTRAIT] = stores.portrait.add(names[PORTRAIT], new.portraits).rows
        return rows


@dataclass(frozen=True, slots=True)
class _New:
    """Everything of one enrolment, sealed and ready to be written."""

    person: Person
    wrapped: Wrapped
    identity: SealedIdentity
    template: SealedTemplate
    portraits: tuple[SealedPortrait, ...]
    expires_s: int


def check_consents(record_ids: tuple[str, ...]) -> None:
    """Nothing is kept without the consent it rests on. Raises `ConsentError(CONSENT_MISSING)`."""
    usable = all(0 < len(one) <= _LONGEST_CONSENT_ID and one.isascii() for one in record_ids)
    if not 1 <= len(record_ids) <= MOST_CONSENTS or not usable:
        raise ConsentError(ErrorCode.CONSENT_MISSING)


def _check(enrolment: Enrolment) -> None:
    check_consents(enrolment.consent_record_ids)
    if len(enrolment.portraits) > MOST_PER_PERSON:
        raise StorageError(ErrorCode.TOO_MANY_PORTRAITS, most=MOST_PER_PERSON)
    template, keys = enrolment.template, enrolment.draft.keys
    lengths = (len(template.sealed), len(template.model_id), len(enrolment.draft.secret.reveal()))
    whole = lengths == (SEALED_BYTES, MODEL_ID_BYTES, SECRET_BYTES)
    if not whole or template.pid != keys.pid or not 0 <= template.profile <= _LARGEST_PROFILE:
        raise StorageError(ErrorCode.TEMPLATE_REFUSED)


def _prepare(enrolment: Enrolment, number: str, expires_s: int) -> _New:
    row, template = token_bytes(ROW_BYTES), enrolment.template
    portrait_rows = [token_bytes(ROW_BYTES) for _ in enrolment.portraits]
    person = new_person(
        [
            (IDENTITY, row, 1),
            (TEMPLATE, template.pid, template.version),
            *((PORTRAIT, one, 1) for one in portrait_rows),
        ]
    )
    own = (
        ("resident_number", number),
        ("consent_records", ",".join(enrolment.consent_record_ids)),
        *(((CONSENT_NOTICE, enrolment.notice_digest),) if enrolment.notice_digest else ()),
    )
    record = IdentityRecord((*enrolment.identity.fields, *own))
    pid, secret = template.pid, enrolment.draft.secret
    wrapped: dict[RowRef, bytes] = {
        (TEMPLATE, pid): wrap_secret(person.store_key(TEMPLATE), pid, secret)
    }
    portraits = []
    for portrait_row, portrait in zip(portrait_rows, enrolment.portraits, strict=True):
        sealed, wrapped_key = new_portrait(person, portrait_row, portrait, expires_s)
        wrapped[PORTRAIT, portrait_row] = wrapped_key
        portraits.append(sealed)
    identity = seal_identity(record, row, person.key, expires_s)
    return _New(person, wrapped, identity, template, tuple(portraits), expires_s)


def new_portrait(
    person: Person, row: bytes, portrait: bytes, expires_s: int
) -> tuple[SealedPortrait, bytes]:
    """Seal a portrait under a fresh secret of its own; also the secret, wrapped for keys.db."""
    secret = Secret(token_bytes(SECRET_BYTES))
    wrapped = wrap_secret(person.store_key(PORTRAIT), row, secret)
    return seal_portrait(portrait, row, secret, expires_s), wrapped


def _intent_payload(visit_id: VisitId, enrolment: Enrolment, new: _New) -> dict[str, Json]:
    sealed = [new.identity.sealed, new.template.sealed, *(one.sealed for one in new.portraits)]
    touched = {KEYS, *(store for store, _, _ in new.person.rows)}
    return {
        "visit": visit_id,
        "stores": [store for store in EFFECT_STORES if store in touched],
        "files": 0,
        "portraits": len(new.portraits),
        "consents": list(enrolment.consent_record_ids),
        "commitment": to_text(new.person.commitment()),
        # Salted: a bare digest of the rows would point from the ledger to them.
        "digest": to_text(keyed_digest(new.person.salt, b"".join(sealed))),
    }
