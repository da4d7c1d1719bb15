"""Sealing to a key kept offline: what opens, and that nothing altered, moved or cut off does."""

import io
import secrets

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.signing import HeadSigner
from station.errors import ErrorCode, StorageError
from station.model import Secret
from storage import hybrid
from storage.hybrid import SealingWriter, open_chunks, open_with, seal_to

PAIR = HeadSigner.generate()
PRIVATE = PAIR.export_private()
OTHER = HeadSigner.generate().export_private()
AAD = b"portrait|17|1"


def refused(private: Secret, sealed: bytes, aad: bytes = AAD) -> ErrorCode:
    with pytest.raises(StorageError) as raised:
        open_with(private, sealed, aad)
    return raised.value.code


def sealed_stream(plain: bytes, step: int) -> bytes:
    sink = io.BytesIO()
    writer = SealingWriter(sink, PAIR.public_key, AAD)
    for start in range(0, len(plain), step):
        writer.write(plain[start : start + step])
    writer.close()
    return sink.getvalue()


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> int:
    """Chunks of 32 bytes, so that a short text has many."""
    monkeypatch.setattr(hybrid, "CHUNK_BYTES", 32)
    return 32


@pytest.mark.parametrize("size", [0, 1, 255, 4096, hybrid.CHUNK_BYTES, hybrid.CHUNK_BYTES + 1])
def test_what_was_sealed_opens_for_the_private_key_alone(size: int) -> None:
    plain = secrets.token_bytes(size)
    sealed = seal_to(PAIR.public_key, plain, AAD)
    assert open_with(PRIVATE, sealed, AAD) == plain
    assert refused(OTHER, sealed) is ErrorCode.OFFICER_KEY_WRONG
    assert refused(PRIVATE, sealed, b"portrait|18|1") is ErrorCode.STORE_CORRUPT
    assert size < 16 or plain not in sealed


def test_the_same_text_is_never_sealed_the_same_way() -> None:
    sealed = {seal_to(PAIR.public_key, b"one portrait", AAD) for _ in range(50)}
    assert len(sealed) == 50
    assert all(open_with(PRIVATE, one, AAD) == b"one portrait" for one in sealed)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 255))
def test_no_flipped_bit_opens(place: int, flip: int) -> None:
    sealed = bytearray(SEALED)
    sealed[place % len(sealed)] ^= flip
    with pytest.raises(StorageError) as raised:
        open_with(PRIVATE, bytes(sealed), AAD)
    assert raised.value.code in (ErrorCode.STORE_CORRUPT, ErrorCode.OFFICER_KEY_WRONG)


SEALED = seal_to(PAIR.public_key, b"a text to be damaged" * 3, AAD)


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=400))
def test_hostile_bytes_end_in_the_typed_error(data: bytes) -> None:
    for sealed in (data, SEALED[:11] + data, SEALED[:13] + data):
        if sealed != SEALED:
            with pytest.raises(StorageError):
                open_with(PRIVATE, sealed, AAD)


@settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(size=st.integers(0, 200), step=st.integers(1, 70))
def test_a_stream_gives_back_what_was_written_however_it_came(
    small_chunks: int, size: int, step: int
) -> None:
    plain = secrets.token_bytes(size)
    pieces = list(open_chunks(io.BytesIO(sealed_stream(plain, step)), PRIVATE, AAD))
    assert b"".join(pieces) == plain
    assert all(len(piece) == small_chunks for piece in pieces[:-1])


def test_a_stream_cut_at_any_place_is_refused(small_chunks: int) -> None:
    sealed = sealed_stream(secrets.token_bytes(5 * small_chunks), small_chunks)
    for end in range(len(sealed)):
        assert refused(PRIVATE, sealed[:end]) is ErrorCode.STORE_CORRUPT


def test_chunks_cannot_be_moved_removed_or_added(small_chunks: int) -> None:
    sealed = sealed_stream(secrets.token_bytes(4 * small_chunks), small_chunks)
    wide = small_chunks + 28
    head, chunks = sealed[: -4 * wide], sealed[-4 * wide :]
    parts = [chunks[at : at + wide] for at in range(0, len(chunks), wide)]
    for order in ([1, 0, 2, 3], [0, 2, 3], [1, 2, 3], [0, 1, 2], [0, 1, 2, 3, 3], [0, 1, 1, 2, 3]):
        forged = head + b"".join(parts[index] for index in order)
        assert refused(PRIVATE, forged) is ErrorCode.STORE_CORRUPT
    assert open_with(PRIVATE, head + b"".join(parts), AAD)


def test_a_key_that_is_no_point_seals_nothing() -> None:
    with pytest.raises(StorageError) as raised:
        seal_to(b"\x01" * 64, b"text", AAD)
    assert raised.value.code is ErrorCode.OFFICER_KEY_WRONG


def test_a_point_off_the_curve_never_meets_the_private_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """An invalid-curve attack learns the key from what the decryption answers."""

    def decrypt(*_: object) -> bytes:
        raise AssertionError("the private key was used")

    monkeypatch.setattr(hybrid.gmssl_pyx, "sm2_decrypt", decrypt)
    body = bytes.fromhex("0203010203") + bytes.fromhex("0203040506") + b"\x04\x20" + b"d" * 32
    body += b"\x04\x10" + b"k" * 16
    # Coordinates of full length, as a real ciphertext has them.
    point = b"\x02\x20" + b"\x11" * 32 + b"\x02\x20" + b"\x22" * 32
    for inside in (body, point + b"\x04\x20" + b"d" * 32 + b"\x04\x10" + b"k" * 16):
        der = b"\x30" + bytes([len(inside)]) + inside
        forged = SEALED[:11] + len(der).to_bytes(2, "big") + der + b"x" * 40
        assert refused(PRIVATE, forged) is ErrorCode.STORE_CORRUPT


def test_lengths_of_sm2_ciphertexts_stay_in_their_bounds() -> None:
    """DER integers vary; every ciphertext GmSSL makes must pass our strict reading."""
    for _ in range(300):
        sealed = seal_to(PAIR.public_key, b"", AAD)
        assert open_with(PRIVATE, sealed, AAD) == b""
