"""What a sealed portrait looks like from outside, on both sides of the wall.

All have one length. The form is that of `storage.hybrid` with a single chunk: "SH1" ‖ receiver
(8) ‖ length (2) ‖ SM2 ciphertext ‖ nonce ‖ body ‖ tag. A booth that went wrong could put a picture
where the sealed body belongs; the bytes of a picture are never as even as those of a cipher, and
the desk looks.
"""

from collections import Counter

from cryptography.hazmat.primitives import hashes

PORTRAIT_BYTES = 64 * 1024
"""Length of every sealed portrait, whatever it shows."""
PUBLIC_KEY_BYTES = 64
PRIVATE_KEY_BYTES = 96
"""Private ‖ public."""
AAD = b"station/portrait/1"
MAGIC = b"SH1"
RECEIVER_BYTES = 8
HEAD_BYTES = len(MAGIC) + RECEIVER_BYTES + 2
KEY_BYTES, NONCE_BYTES, TAG_BYTES = 16, 12, 16
SHORTEST_CIPHER_BYTES, LONGEST_CIPHER_BYTES = 100, 160
MOST_CHI_SQUARED = 500.0
"""Of the body's byte values: 255 ± 23 for a cipher's, so this is eleven deviations away. 200
photographs of faces gave 11,000 and more as pixels, 1.4 million as JPEG with zeros behind
(measured). Against a booth that means to deceive, and encrypts for itself, no look helps."""


def digest(data: bytes) -> bytes:
    """SM3."""
    hashing = hashes.Hash(hashes.SM3())
    hashing.update(data)
    return hashing.finalize()


def receiver_of(public_key: bytes) -> bytes:
    """The 8 bytes that name a receiver in a header."""
    return digest(public_key)[:RECEIVER_BYTES]


def place(index: int = 0, *, last: bool = True) -> bytes:
    """The additional data of a chunk, as `storage.hybrid` binds it."""
    return b"station hybrid v1|" + digest(AAD) + index.to_bytes(8, "big") + bytes([last])


def parts(sealed: bytes) -> tuple[bytes, bytes, bytes] | None:
    """(receiver, SM2 ciphertext, sealed chunk); None where the form is another."""
    if len(sealed) != PORTRAIT_BYTES or not sealed.startswith(MAGIC):
        return None
    receiver = sealed[len(MAGIC) : HEAD_BYTES - 2]
    length = int.from_bytes(sealed[HEAD_BYTES - 2 : HEAD_BYTES], "big")
    if not SHORTEST_CIPHER_BYTES <= length <= LONGEST_CIPHER_BYTES:
        return None
    encrypted = sealed[HEAD_BYTES : HEAD_BYTES + length]
    return (receiver, encrypted, sealed[HEAD_BYTES + length :]) if is_cipher(encrypted) else None


def is_sealed_portrait(sealed: bytes, public_key: bytes) -> bool:
    """Whether this is sealed to that key, as far as can be seen without the private one."""
    found = parts(sealed)
    if found is None or found[0] != receiver_of(public_key):
        return False
    return chi_squared(found[2]) <= MOST_CHI_SQUARED


def chi_squared(data: bytes) -> float:
    """How far the byte values are from being equally frequent."""
    expected = len(data) / 256
    counted = Counter(data)
    return sum((counted[value] - expected) ** 2 for value in range(256)) / expected


def is_cipher(der: bytes) -> bool:
    """Whether `der` is SEQUENCE { x, y, digest, key } with x and y on the SM2 curve (GM/T 0009).

    A point off the curve would let a forger learn the private key from refused and taken files.
    """
    if len(der) < SHORTEST_CIPHER_BYTES or der[0] != 0x30 or der[1] != len(der) - 2:
        return False
    found, position = [], 2
    for tag in (0x02, 0x02, 0x04, 0x04):
        if position + 2 > len(der) or der[position] != tag:
            return False
        end = position + 2 + der[position + 1]
        found.append(der[position + 2 : end])
        position = end
    if position != len(der) or (len(found[2]), len(found[3])) != (32, KEY_BYTES):
        return False
    if not all(_is_natural(one) for one in found[:2]):
        return False
    return _is_on_curve(*(int.from_bytes(one, "big") for one in found[:2]))


def is_public_key(key: bytes) -> bool:
    """Whether these 64 bytes are a point of the SM2 curve."""
    if len(key) != PUBLIC_KEY_BYTES:
        return False
    return _is_on_curve(int.from_bytes(key[:32], "big"), int.from_bytes(key[32:], "big"))


def _is_natural(integer: bytes) -> bool:
    """A non-negative DER integer in minimal form, of at most 256 bits."""
    if not 1 <= len(integer) <= 33 or integer[0] & 0x80:
        return False
    return integer[0] != 0 or len(integer) == 1 or bool(integer[1] & 0x80)


# GB/T 32918.5, recommended curve.
_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93


def _is_on_curve(x: int, y: int) -> bool:
    return max(x, y) < _P and (y * y - (x * x * x - 3 * x + _B)) % _P == 0
