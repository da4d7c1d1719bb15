"""Fills a ledger with invented entries for `bench audit`, as fast as it goes. Label SIM.

Entries, chain, tree, heads and sealed consent evidence are the station's own forms; only the way in
is another: many rows to a transaction, and signatures whose nonces follow one another. Such a
signature verifies like any other and gives its key away: this key is made for the measurement and
thrown away with it.
"""

import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from consent.canonical import Json, encode
from consent.digest import SALT_BYTES, commitment, sm3, to_text
from consent.entry import Entry, TreeHead, time_text
from consent.kinds import Kind, Phase
from consent.ledger import new_id
from consent.merkle import Frontier, leaf_hash
from consent.signing import key_id
from consent.sm2_encoding import ORDER, PRIVATE_BYTES
from station.errors import StationBug
from storage.database import Transaction
from storage.keys import KeyRing
from storage.person import ID_BYTES
from storage.registry import KEYS
from storage.sealing import KEY_BYTES, place, seal
from storage.stores import Stores

ORIGIN = "bench-sim"
PEOPLE = 500
"""Invented residents that visits name."""
_BATCH = 5000
_BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
_STEP = timedelta(seconds=31)
"""A million entries fill a year."""
# GB/T 32918.5-2017, recommended curve.
_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_GX = 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7
_GY = 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0
_IDENTITY = b"1234567812345678"
_Point = tuple[int, int]


class QuickSigner:
    """SM2 signatures (GB/T 32918.2) at one point addition each, for a key that protects nothing."""

    def __init__(self, private: bytes, public: bytes) -> None:
        self._d = int.from_bytes(private, "big")
        self._inverse = pow(1 + self._d, -1, ORDER)
        curve = b"".join(one.to_bytes(32, "big") for one in (_P - 3, _B, _GX, _GY))
        self._z = sm3(len(_IDENTITY * 8).to_bytes(2, "big") + _IDENTITY + curve + public)
        self._k = secrets.randbelow(ORDER >> 1) + 1
        self._point = _times(self._k)

    def sign(self, message: bytes) -> bytes:
        """DER signature of `message`."""
        digest = int.from_bytes(sm3(self._z + message), "big")
        while True:
            self._k += 1
            self._point = _add(self._point, (_GX, _GY))
            r = (digest + self._point[0]) % ORDER
            s = self._inverse * (self._k - r * self._d) % ORDER
            if r and s and (r + self._k) % ORDER:
                return _der(r, s)


def fill_ledger(
    stores: Stores, keyring: KeyRing, entries: int, tell: Callable[[int], None]
) -> None:
    """Write `entries` into an empty ledger; `tell` is called with how many there are."""
    key = keyring.ledger_signing_key(create=True).reveal()
    private, public = key[:PRIVATE_BYTES], key[PRIVATE_BYTES:]
    if stores.ledger.size():
        raise StationBug("only an empty ledger is filled")
    rows = _rows(entries, QuickSigner(private, public), key_id(public))
    kek = keyring.record_kek(KEYS).reveal()
    for start in range(0, entries, _BATCH):
        count = min(_BATCH, entries - start)
        with (
            stores.keys.database.transaction() as keys,
            stores.ledger.database.transaction() as ledger,
        ):
            for _ in range(count):
                _write(ledger, keys, kek, *next(rows))
        tell(start + count)


def _write(
    ledger: Transaction,
    keys: Transaction,
    kek: bytes,
    seq: int,
    body: bytes,
    head: tuple[bytes, bytes],
    consent: tuple[str, bytes] | None,
) -> None:
    ledger.write("INSERT INTO entry VALUES (?, ?)", (seq, body))
    ledger.write("INSERT INTO head VALUES (?, ?, ?)", (seq + 1, *head))
    if consent is not None:
        record_id, plain = consent
        evidence, key = secrets.token_bytes(ID_BYTES), secrets.token_bytes(KEY_BYTES)
        wrapped = seal(kek, key, place("evidence", evidence.hex(), 1))
        keys.write("INSERT INTO evidence VALUES (?, ?)", (evidence, wrapped))
        sealed = evidence + seal(key, plain, place("consent", record_id, 1))
        ledger.write("INSERT INTO evidence VALUES (?, ?)", (seq, sealed))


_Made = tuple[int, bytes, tuple[bytes, bytes], tuple[str, bytes] | None]


def _rows(entries: int, signer: QuickSigner, key: str) -> Iterator[_Made]:
    frontier, last = Frontier(), sm3(b"")
    for seq, (kind, payload, consent) in zip(range(entries), _story(), strict=False):
        moment = time_text(_BEGIN + seq * _STEP)
        body = Entry(seq, moment, "", Phase.SINGLE, kind, payload, last, demo=True).to_bytes()
        frontier.append(leaf_hash(body))
        last = sm3(body)
        head = TreeHead(ORIGIN, seq + 1, frontier.root(), moment, key, last).to_bytes()
        yield seq, body, (head, signer.sign(head)), consent


def _story() -> Iterator[tuple[Kind, dict[str, Json], tuple[str, bytes] | None]]:
    """Visits without end, with what staff does in between: about six entries a visit."""
    outcomes = ("MATCH",) * 6 + ("NON_MATCH", "ATTACK", "MANUAL", "FAILED")
    people = [to_text(sm3(b"SIM%d" % at)) for at in range(PEOPLE)]
    number = 0
    while True:
        number += 1
        visit, outcome = new_id(), outcomes[number % len(outcomes)]
        yield _consent(visit, f"SIM{number:09d}")
        if outcome == "ATTACK":
            yield Kind.PAD_REJECT, {"visit": visit, "species": "print"}, None
        told: dict[str, Json] = {"visit": visit, "flow": "RESIDENT_CHECK", "outcome": outcome}
        told["resident"] = people[number * 7919 % PEOPLE]
        told["pad"] = {
            "result": "BONA_FIDE",
            "decided_by": "ALL",
            "layers": [
                {"name": f"L{at}", "judged": True, "passed": True, "measure": 700 + at, "gate": 500}
                for at in range(4)
            ],
        }
        yield Kind.VISIT_OUTCOME, told, None
        yield Kind.PURGE, {"visit": visit, "reaped": True, "ring_zeroed": True}, None
        if number % 20 == 0:
            staff = f"sim.{number % 7}"
            yield Kind.SIGN_IN, {"actor": staff}, None
            granted: dict[str, Json] = {"actor": staff, "act": "AUDIT_READ", "role": "AUDITOR"}
            yield Kind.ACCESS_GRANTED, granted, None
            yield Kind.AUDIT_READ, {"actor": staff, "selection": {"all": True}}, None
        if number % 97 == 0:
            yield Kind.RECORD_READ, {"actor": "sim.rare", "reason": f"SIM-{number}"}, None


def _consent(visit: str, record_id: str) -> tuple[Kind, dict[str, Json], tuple[str, bytes]]:
    event: dict[str, Json] = {
        "event_time": time_text(_BEGIN),
        "event_type": "explicit",
        "event_state": "given",
        "entity_id": visit,
        "validity_duration": "this visit",
    }
    document: dict[str, Json] = {
        "schema_version": "ISO/IEC TS 27560:2023",
        "record_id": record_id,
        "pii_principal_id": visit,
        "pii_processing": {
            "privacy_notice": "SIM",
            "language": "zh_CN",
            "purpose": "VERIFY",
            "lawful_basis": "separate_consent",
            "pii_controllers": ["handler"],
            "collection_method": "SCREEN",
            "retention_period": "PT24H",
            "withdrawal_method": "SIM " * 12,
        },
        "pii_information": [
            {"pii_type": name, "pii_optional": False, "sensitive_pii_category": True}
            for name in ("name", "document_number", "document_portrait", "live_face")
        ],
        "event": event,
        "house": {"notice_version": "1", "notice_digest": "SIM", "station_id": ORIGIN},
    }
    salt, body = secrets.token_bytes(SALT_BYTES), encode(document)
    payload: dict[str, Json] = {
        "visit_id": visit,
        "record_id": record_id,
        "purpose": "VERIFY",
        "notice_version": "1",
        "language": "zh_CN",
        "method": "SCREEN",
        "dwell_ms": 9000,
        "shown_to_end": True,
        "station_id": ORIGIN,
        "operator": "",
        "commitment": to_text(commitment(salt, body)),
    }
    return Kind.CONSENT_GIVEN, payload, (record_id, salt + body)


def _add(one: _Point, other: _Point) -> _Point:
    if one[0] == other[0]:
        raise StationBug("a doubling: a chance of 2 to the -255")
    slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, _P) % _P
    x = (slope * slope - one[0] - other[0]) % _P
    return x, (slope * (one[0] - x) - one[1]) % _P


def _double(one: _Point) -> _Point:
    slope = (3 * one[0] * one[0] - 3) * pow(2 * one[1], -1, _P) % _P
    x = (slope * slope - 2 * one[0]) % _P
    return x, (slope * (one[0] - x) - one[1]) % _P


def _times(k: int) -> _Point:
    """k times the base point, for k above 1."""
    found: _Point | None = None
    power = (_GX, _GY)
    for bit in bin(k)[:1:-1]:
        if bit == "1":
            found = power if found is None else _add(found, power)
        power = _double(power)
    if found is None:
        raise StationBug("nothing to multiply with")
    return found


def _der(r: int, s: int) -> bytes:
    both = b""
    for value in (r, s):
        whole = value.to_bytes(value.bit_length() // 8 + 1, "big")
        both += bytes((2, len(whole))) + whole
    return bytes((0x30, len(both))) + both
