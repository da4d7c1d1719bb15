"""Sealing to the officers' public key: only the private key, kept offline, opens it (crypto.md 4).

A fresh SM4 key is encrypted with SM2 (GB/T 32918.4, ciphertext DER as in GM/T 0009) and seals the
data with SM4-GCM in chunks of 1 MiB. Index and last flag of every chunk are bound in, so that a
chunk removed, moved or cut off at the end is found. Whoever holds the public key can seal: who
sealed it must be shown by a signature elsewhere.

Layout: "SH1" ‖ key id (8) ‖ length (2) ‖ SM2 ciphertext ‖ chunks, each nonce ‖ body ‖ tag.
"""

import secrets
from collections.abc import Iterator
from io import BytesIO
from typing import Protocol

import gmssl_pyx

from consent.digest import sm3
from consent.signing import quiet_stderr
from consent.sm2_encoding import PRIVATE_BYTES, PUBLIC_BYTES, is_public_key
from station.errors import ErrorCode, StorageError
from station.model import Secret
from storage.sealing import KEY_BYTES, OVERHEAD_BYTES, seal, unseal

CHUNK_BYTES = 1024 * 1024
"""Plain bytes of every chunk but the last, which has 0 to this many."""
_MAGIC = b"SH1"
_KEY_ID_BYTES = 8
_HEAD_BYTES = len(_MAGIC) + _KEY_ID_BYTES + 2
_SHORTEST_CIPHER_BYTES, _LONGEST_CIPHER_BYTES = 100, 160


class ByteSource(Protocol):
    """What is read from: a file or a part of one. Fewer bytes than asked for mean its end."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes."""
        ...


class ByteSink(Protocol):
    """What is written to."""

    def write(self, data: bytes, /) -> object:
        """Take all of `data`."""
        ...


class SealingWriter:
    """A stream that seals what is written; not readable before `close` has written the last chunk.

    Lives in the desk, on one thread.
    """

    def __init__(self, sink: ByteSink, public_key: bytes, aad: bytes) -> None:
        """Writes the header at once. Raises `StorageError(OFFICER_KEY_WRONG)` for a bad key."""
        if not is_public_key(public_key):
            raise StorageError(ErrorCode.OFFICER_KEY_WRONG)
        self._sink = sink
        self._key = secrets.token_bytes(KEY_BYTES)
        self._aad = sm3(aad)
        self._index = 0
        self._pending = bytearray()
        encrypted: bytes = gmssl_pyx.sm2_encrypt(public_key, self._key)
        head = _MAGIC + receiver_id(public_key) + len(encrypted).to_bytes(2, "big")
        sink.write(head + encrypted)

    def write(self, data: bytes) -> None:
        """Take any number of bytes; full chunks are sealed and passed on."""
        self._pending += data
        # More than one chunk must be there: which one is the last is only known at the end.
        while len(self._pending) > CHUNK_BYTES:
            self._put(bytes(self._pending[:CHUNK_BYTES]), last=False)
            del self._pending[:CHUNK_BYTES]

    def close(self) -> None:
        """Seal the last chunk; the sink stays open and is the caller's to sync."""
        self._put(bytes(self._pending), last=True)
        self._pending.clear()

    def _put(self, plain: bytes, *, last: bool) -> None:
        self._sink.write(seal(self._key, plain, _chunk_place(self._aad, self._index, last)))
        self._index += 1


def open_chunks(source: ByteSource, private_key: Secret, aad: bytes) -> Iterator[bytes]:
    """The plain chunks of a sealed stream that ends where `source` ends, each proven by its tag.

    What was read stays provisional until the iterator ended: only then is the stream complete.
    Raises `StorageError`: OFFICER_KEY_WRONG for another receiver, STORE_CORRUPT for anything else.
    """
    key = _open_key(source, private_key)
    bound, index = sm3(aad), 0
    sealed = source.read(CHUNK_BYTES + OVERHEAD_BYTES)
    while True:
        following = source.read(CHUNK_BYTES + OVERHEAD_BYTES)
        yield unseal(key, sealed, _chunk_place(bound, index, not following))
        if not following:
            return
        sealed, index = following, index + 1


def seal_to(public_key: bytes, plain: bytes, aad: bytes) -> bytes:
    """Seal one value, such as a portrait, to the holder of the private key."""
    sink = BytesIO()
    writer = SealingWriter(sink, public_key, aad)
    writer.write(plain)
    writer.close()
    return sink.getvalue()


def open_with(private_key: Secret, sealed: bytes, aad: bytes) -> bytes:
    """The plain text of `seal_to`. Raises as `open_chunks` does.

    `private_key` is private ‖ public, 96 bytes, as `HeadSigner.export_private` gives it.
    """
    return b"".join(open_chunks(BytesIO(sealed), private_key, aad))


def receiver_id(public_key: bytes) -> bytes:
    """The 8 bytes that name a receiver in a header."""
    return sm3(public_key)[:_KEY_ID_BYTES]


def _chunk_place(bound: bytes, index: int, last: bool) -> bytes:
    return b"station hybrid v1|" + bound + index.to_bytes(8, "big") + bytes([last])


def _open_key(source: ByteSource, private_key: Secret) -> bytes:
    head = source.read(_HEAD_BYTES)
    if len(head) != _HEAD_BYTES or not head.startswith(_MAGIC):
        raise StorageError(ErrorCode.STORE_CORRUPT)
    held = private_key.reveal()
    private, public = held[:PRIVATE_BYTES], held[PRIVATE_BYTES:]
    if len(public) != PUBLIC_BYTES or head[len(_MAGIC) : -2] != receiver_id(public):
        raise StorageError(ErrorCode.OFFICER_KEY_WRONG)
    length = int.from_bytes(head[-2:], "big")
    if not _SHORTEST_CIPHER_BYTES <= length <= _LONGEST_CIPHER_BYTES:
        raise StorageError(ErrorCode.STORE_CORRUPT)
    encrypted = source.read(length)
    if not _is_ciphertext(encrypted):
        raise StorageError(ErrorCode.STORE_CORRUPT)
    try:
        with quiet_stderr():
            key: bytes = gmssl_pyx.sm2_decrypt(private, encrypted)
    except (gmssl_pyx.GmsslInnerError, ValueError) as error:
        raise StorageError(ErrorCode.STORE_CORRUPT) from error
    if len(key) != KEY_BYTES:
        raise StorageError(ErrorCode.STORE_CORRUPT)
    return key


def _is_ciphertext(der: bytes) -> bool:
    """Whether `der` is SEQUENCE { x, y, digest, text } with its point on the curve.

    A point off the curve would let a forger learn the private key from refused and taken files.
    """
    if len(der) < _SHORTEST_CIPHER_BYTES or der[0] != 0x30 or der[1] != len(der) - 2:
        return False
    parts, position = [], 2
    for tag in (0x02, 0x02, 0x04, 0x04):
        if position + 2 > len(der) or der[position] != tag:
            return False
        end = position + 2 + der[position + 1]
        parts.append(der[position + 2 : end])
        position = end
    if position != len(der) or len(parts[2]) != 32 or len(parts[3]) != KEY_BYTES:
        return False
    coordinates = [_coordinate(part) for part in parts[:2]]
    return all(coordinates) and is_public_key(b"".join(coordinates))


def _coordinate(integer: bytes) -> bytes:
    """A non-negative DER integer as 32 bytes; empty when it is not one in minimal form."""
    if not integer or integer[0] & 0x80 or len(integer) > 33:
        return b""
    if len(integer) > 1 and integer[0] == 0:
        if not integer[1] & 0x80:
            return b""
        integer = integer[1:]
    return integer.rjust(32, b"\x00") if len(integer) <= 32 else b""
