"""Invented residents for `bench records`: the rows an enrolment writes, thousands in one change.

Label SIM. Row for row what `SealedResidentRecords.enrol` keeps, through the same sealing, the same
stores and the same INTENT and COMPLETION; only the syncs are shared by a whole batch. Every
template is a real one, of a face of nobody.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from consent.canonical import Json
from consent.kinds import Kind
from consent.ledger import Ledger
from drivers.face.sealed_rotation import seal_template
from station.booth.ports import FeatureVector
from station.model import Claim, ClaimKind, IdentityRecord, SealedTemplate, Secret
from storage.changes import add_records
from storage.claims import new_resident_number
from storage.identity_store import SealedIdentity, seal_identity
from storage.person import ID_BYTES, Person, new_person
from storage.registry import IDENTITY, KEYS, TEMPLATE, RowRef
from storage.sealed_rows import ROW_BYTES
from storage.stores import Stores
from storage.template_keys import SECRET_BYTES, derive_template_keys, wrap_secret

BATCH = 5000
"""Residents written as one change."""
PROFILE = 1


@dataclass(frozen=True, slots=True)
class Sealing:
    """What the templates are sealed with: the station's pepper, a face, the matcher's id."""

    pepper: Secret
    features: FeatureVector
    model_id: bytes


@dataclass(frozen=True, slots=True)
class _Row:
    person: Person
    wrapped: Mapping[RowRef, bytes]
    identity: SealedIdentity
    claims: tuple[Claim, Claim]
    template: SealedTemplate


def document(number: int) -> Claim:
    """The claim of an invented resident by document number."""
    return Claim(ClaimKind.DOCUMENT, f"SIM{number:08d}")


def face() -> FeatureVector:
    """A feature vector of nobody: 128 floats of length 1."""
    drawn = np.random.default_rng(20261122).standard_normal(128).astype(np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn), np.float32)


def load(
    stores: Stores,
    ledger: Ledger,
    numbers: Sequence[int],
    expires_s: Callable[[int], int],
    sealing: Sealing,
) -> None:
    """Keep one resident per number, until `expires_s` of it (seconds since the epoch).

    Raises `StorageError`; what was begun is then undone.
    """
    for start in range(0, len(numbers), BATCH):
        step = numbers[start : start + BATCH]
        drawn = _free_numbers(stores, len(step))
        made = [_row(n, expires_s(n), own, sealing) for n, own in zip(step, drawn, strict=True)]
        # In the order of the pages, so that a batch touches each page once.
        made.sort(key=lambda row: row.person.person)
        payload: dict[str, Json] = {
            "stores": [KEYS, IDENTITY, TEMPLATE],
            "files": 0,
            "templates": len(made),
        }

        def effects(
            names: Mapping[str, bytes], made: Sequence[_Row] = tuple(made)
        ) -> Mapping[str, int]:
            return _write(stores, names, made)

        add_records(stores, ledger, Kind.ENROL, payload, effects)
        stores.truncate()


def _write(stores: Stores, names: Mapping[str, bytes], made: Sequence[_Row]) -> Mapping[str, int]:
    kept = [(row.person, row.wrapped) for row in made]
    identities = sorted(((row.identity, row.claims) for row in made), key=lambda pair: pair[0].row)
    templates = sorted(
        ((row.template, row.identity.expires_s) for row in made), key=lambda pair: pair[0].pid
    )
    return {
        KEYS: stores.keys.add_all(names[KEYS], kept).rows,
        IDENTITY: stores.identity.add_all(names[IDENTITY], identities).rows,
        TEMPLATE: stores.template.add(names[TEMPLATE], templates).rows,
    }


def _free_numbers(stores: Stores, count: int) -> list[Claim]:
    """Resident numbers nobody has: among many, chance draws one twice."""
    free: dict[Claim, None] = {}
    while len(free) < count:
        drawn = Claim(ClaimKind.RESIDENT_NUMBER, new_resident_number())
        if stores.identity.find(drawn) is None:
            free[drawn] = None
    return list(free)


def _row(number: int, expires_s: int, resident: Claim, sealing: Sealing) -> _Row:
    row, pid = secrets.token_bytes(ROW_BYTES), secrets.token_bytes(ID_BYTES)
    secret = Secret(secrets.token_bytes(SECRET_BYTES))
    keys = derive_template_keys(sealing.pepper, pid, secret)
    template = seal_template(sealing.features, keys, sealing.model_id, PROFILE)
    person = new_person([(IDENTITY, row, 1), (TEMPLATE, template.pid, template.version)])
    claim = document(number)
    record = IdentityRecord(
        (
            ("name", "SIM"),
            ("document_number", claim.value),
            ("birth_date", "1990-01-01"),
            ("address", "SIM " * 16),
            ("resident_number", resident.value),
            ("consent_records", "SIM-SIM-SIM"),
        )
    )
    return _Row(
        person,
        {(TEMPLATE, pid): wrap_secret(person.store_key(TEMPLATE), pid, secret)},
        seal_identity(record, row, person.key, expires_s),
        (claim, resident),
        template,
    )
