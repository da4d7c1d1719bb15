"""SM4-GCM, HKDF-SM3 and places: known answers and refusals."""

import gmssl_pyx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.errors import ErrorCode, StationBug, StorageError
from storage.sealing import OVERHEAD_BYTES, derive, encrypt, keyed_digest, place, seal, unseal

KEY = bytes(range(16))


def test_sm4_gcm_is_the_vector_of_rfc_8998_a_1():
    key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
    nonce = bytes.fromhex("00001234567800000000ABCD")
    aad = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
    plain = bytes.fromhex(
        "AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDD"
        "EEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA"
    )
    body, tag = encrypt(key, nonce, plain, aad)
    assert body.hex().upper() == (
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
        "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
    )
    assert tag.hex().upper() == "83DE3541E4C2B58177E065A9BF7B62EC"
    assert unseal(key, nonce + body + tag, aad) == plain


@given(plain=st.binary(max_size=600), aad=st.binary(max_size=60))
def test_what_was_sealed_opens_and_nothing_else(plain, aad):
    sealed = seal(KEY, plain, aad)
    assert len(sealed) == len(plain) + OVERHEAD_BYTES
    assert unseal(KEY, sealed, aad) == plain
    with pytest.raises(StorageError):
        unseal(KEY, sealed, aad + b"x")
    with pytest.raises(StorageError):
        unseal(KEY[::-1], sealed, aad)


@given(bit=st.integers(min_value=0, max_value=(40 + OVERHEAD_BYTES) * 8 - 1))
def test_one_flipped_bit_anywhere_is_refused(bit):
    sealed = bytearray(seal(KEY, b"p" * 40, b"a"))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(StorageError) as raised:
        unseal(KEY, bytes(sealed), b"a")
    assert raised.value.code is ErrorCode.STORE_CORRUPT


@given(data=st.binary(max_size=OVERHEAD_BYTES - 1))
def test_too_short_is_refused(data):
    with pytest.raises(StorageError):
        unseal(KEY, data, b"")


def test_nonces_are_fresh_and_labels_part_keys():
    assert seal(KEY, b"same", b"") != seal(KEY, b"same", b"")
    assert derive(KEY, "one") != derive(KEY, "two")
    assert len(derive(KEY, "one", 32)) == 32


def test_hmac_sm3_agrees_with_gmssl():
    assert keyed_digest(KEY * 2, b"message") == bytes(gmssl_pyx.sm3_hmac(KEY * 2, b"message"))


def test_a_place_cannot_be_forged_by_its_parts():
    assert place("identity", "ab", 1) != place("identity", "ab", 11)
    with pytest.raises(StationBug):
        place("identity|ab", "c", 1)
