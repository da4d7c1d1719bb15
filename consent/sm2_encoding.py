"""Strict encodings of SM2 (GB/T 32918): the curve, raw public keys, DER signatures.

Both signature verifiers stand behind these checks: a library that is lax about DER or about points
off the curve never sees such input.
"""

PUBLIC_BYTES = 64
PRIVATE_BYTES = 32
SIGNATURE_MAX_BYTES = 72

# GB/T 32918.5-2017, recommended curve.
_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_A = _P - 3
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123


def is_public_key(key: bytes) -> bool:
    """Is `key` X‖Y of a point on the curve? (The point at infinity has no such form.)"""
    if len(key) != PUBLIC_BYTES:
        return False
    x, y = int.from_bytes(key[:32], "big"), int.from_bytes(key[32:], "big")
    if x >= _P or y >= _P:
        return False
    return (y * y - (x * x * x + _A * x + _B)) % _P == 0


def parse_signature(der: bytes) -> tuple[int, int] | None:
    """(r, s) of a DER SEQUENCE of exactly two INTEGERs with 1 <= r, s < n and r + s not 0 mod n."""
    if not 8 <= len(der) <= SIGNATURE_MAX_BYTES or der[0] != 0x30 or der[1] != len(der) - 2:
        return None
    first = _integer(der, 2)
    if first is None:
        return None
    r, position = first
    second = _integer(der, position)
    if second is None or second[1] != len(der):
        return None
    s = second[0]
    if not (1 <= r < ORDER and 1 <= s < ORDER) or (r + s) % ORDER == 0:
        return None
    return r, s


def _integer(der: bytes, at: int) -> tuple[int, int] | None:
    """The non-negative, minimally encoded INTEGER at `at`, and the position after it."""
    if at + 2 > len(der) or der[at] != 0x02:
        return None
    start, end = at + 2, at + 2 + der[at + 1]
    body = der[start:end]
    if not body or end > len(der) or body[0] & 0x80:
        return None
    if len(body) > 1 and body[0] == 0 and not body[1] & 0x80:
        return None
    return int.from_bytes(body, "big"), end
