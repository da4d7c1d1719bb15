"""Entries, lines, signatures and keys: the one form each has, and what is refused."""

import json
from typing import Any

import pytest

from consent import signing
from consent.sm2_encoding import ORDER
from tests.unit import bundle_maker as maker
from tests.unit.bundle_maker import Selection, Taken, compact, sixty

PROGRAM = maker.verifier()
REAL_SIGNED = PROGRAM.signed
SMALL: Taken = sixty().cut(12)

# Entries


def spoiled(body: Selection, **fields: Any) -> str:  # noqa: ANN401
    return compact(body | fields).decode()


def body() -> Selection:
    found: Selection = json.loads(SMALL.bodies[3])
    return found


BODIES = {
    "number 1e999": compact(body()).decode().replace('"seq":3', '"seq":1e999'),
    "NaN": compact(body()).decode().replace('"seq":3', '"seq":NaN'),
    "no seq": compact({key: value for key, value in body().items() if key != "seq"}).decode(),
    "more": spoiled(body(), more=1),
    "seq text": spoiled(body(), seq="3"),
    "seq true": spoiled(body(), seq=True),
    "kind": spoiled(body(), kind="erase"),
    "phase": spoiled(body(), phase="LATER"),
    "op": spoiled(body(), op="not hex"),
    "day": spoiled(body(), time="2026-02-30T09:00:00.000Z"),
    "hour": spoiled(body(), time="2026-03-01T24:00:00.000Z"),
    "zone": spoiled(body(), time="2026-03-01T09:00:00.000+08:00"),
    "digits": spoiled(body(), time="２026-03-01T09:00:00.000Z"),
    "hash": spoiled(body(), prev_hash="A" * 42 + "B"),
    "demo": spoiled(body(), demo=1),
    "payload": spoiled(body(), payload=[]),
    "null": spoiled(body(), payload={"a": None}),
    "float": spoiled(body(), payload={"a": 1.5}),
    "long": spoiled(body(), payload={"a": (1 << 53) + 1}),
    "longer": spoiled(body(), payload={"a": int("9" * 4000)}),
    "key": spoiled(body(), payload={"é": 1}),
    "twice": compact(body()).decode().replace('"payload":{', '"payload":{"z":1,"z":1,'),
    "order": compact(body()).decode().replace('"payload":{', '"payload":{"zz":1,'),
    "space": compact(body()).decode().replace('"seq":', '"seq": '),
    "escape": spoiled(body(), payload={"a": "§"}).replace("§", "\\u00e9"),
    "surrogate": spoiled(body(), payload={"a": "§"}).replace("§", "\\ud800"),
    "deep": spoiled(body(), payload={"a": "§"}).replace('"§"', "[" * 17 + "]" * 17),
    "deeper": spoiled(body(), payload={"a": "§"}).replace('"§"', "[" * 99999 + "]" * 99999),
    "control": spoiled(body(), payload={"a": "§"}).replace("§", "\x01"),
}


@pytest.mark.parametrize("name", BODIES)
def test_an_entry_out_of_form_is_named(name: str) -> None:
    with pytest.raises((ValueError, RecursionError)):
        PROGRAM.read_entry(BODIES[name])
    assert PROGRAM.read_entry(compact(body()).decode()).seq == 3


LINE = compact({"body": SMALL.bodies[3].decode(), "seq": 3}) + b"\n"


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        LINE[:-1],
        LINE + b"\n",
        b" " + LINE,
        LINE.replace(b'"seq":3}', b'"seq":3,"a":1}'),
        b'{"body":"a","body":"b","seq":3}\n',
        b'{"body":1,"seq":3}\n',
        b'{"seq":3,"body":"a"}\n',
        b'{"body":"\xff","seq":3}\n',
        b'{"body":"\\ud800","seq":3}\n',
        b'{"body":"a\nb","seq":3}\n',
        b'{"body":"a","seq":03}\n',
        b'{"body":"a","seq":-3}\n',
        b'{"body":"a","seq":3.0}\n',
        b'{"body":"' + b"a" * 300000 + b'","seq":3}\n',
        b'{"body":"a","seq":\xd9\xa3}\n',
    ],
    ids=lambda line: ascii(line[:24]),
)
def test_a_line_out_of_form_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError):
        PROGRAM.read_line(line)
    assert PROGRAM.read_line(LINE)[0] == 3


# Keys and signatures: the program's own


MESSAGE = maker.head_bytes(SMALL, 12)
GOOD = SMALL.signatures[11]


def der(r: int, s: int) -> bytes:
    body = b""
    for value in (r, s):
        raw = value.to_bytes(value.bit_length() // 8 + 1, "big")
        body += bytes([2, len(raw)]) + raw
    return bytes([0x30, len(body)]) + body


def numbers(signature: bytes) -> tuple[int, int]:
    cut = 4 + signature[3]
    return int.from_bytes(signature[4:cut], "big"), int.from_bytes(signature[cut + 2 :], "big")


R, S = numbers(GOOD)
ODD = {
    "empty": b"",
    "zeros": bytes(70),
    "r 0": der(0, S),
    "s 0": der(R, 0),
    "r n": der(R + ORDER, S) if R + ORDER < 1 << 256 else der(ORDER, S),
    "s n": der(R, ORDER),
    "r + s = n": der(R, ORDER - R),
    "swapped": der(S, R),
    "other s": der(R, ORDER - S),
    "third integer": bytes([0x30, len(GOOD) + 1]) + GOOD[2:] + b"\x02\x01\x01",
    "tail": GOOD + b"\x00",
    "long length": b"\x30\x81" + GOOD[1:],
    "indefinite": b"\x30\x80" + GOOD[2:] + b"\x00\x00",
    "padded": bytes([0x30, GOOD[1] + 1, 2, GOOD[3] + 1, 0]) + GOOD[4:],
    "negative": bytes([0x30, 0x44, 2, 0x20]) + b"\xff" * 32 + bytes([2, 0x20]) + b"\xff" * 32,
    "length beyond": GOOD[:3] + b"\xff" + GOOD[4:],
    "raw": R.to_bytes(32, "big") + S.to_bytes(32, "big"),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_signature_is_refused(name: str) -> None:
    assert not REAL_SIGNED(SMALL.key, MESSAGE, ODD[name])


def test_a_good_signature_is_accepted_and_only_for_its_message() -> None:
    assert REAL_SIGNED(SMALL.key, MESSAGE, GOOD)
    assert not REAL_SIGNED(SMALL.key, MESSAGE + b" ", GOOD)


@pytest.mark.parametrize(
    "key",
    [
        bytes(64),
        b"\xff" * 64,
        SMALL.key[:32] + bytes(32),
        SMALL.key[:-1],
        SMALL.key + b"\x00",
        b"\x04" + SMALL.key,
        SMALL.key[32:] + SMALL.key[:32],
        b"",
    ],
    ids=["zero", "ones", "off", "short", "long", "prefixed", "swapped", "none"],
)
def test_a_key_that_is_no_point_signs_nothing(key: bytes) -> None:
    assert not PROGRAM.on_curve(key)
    assert not REAL_SIGNED(key, MESSAGE, GOOD)


def test_keys_that_begin_with_04_keep_their_digits() -> None:
    """gmssl 3.2.2 strips every leading 0 and 4 of them."""
    while True:
        signer = signing.HeadSigner.generate()
        if signer.public_key[0] == 0x04:
            break
    assert REAL_SIGNED(signer.public_key, b"message", signer.sign(b"message"))
