"""Signatures of tree heads: two independent verifiers, and keys that are none."""

import pytest

from consent import signing, verify_heads, verify_second
from consent.signing import HeadSigner
from consent.verify_heads import check_head
from station.errors import ErrorCode, StorageError
from tests.unit.ledger_kit import fifty


def der(*numbers: bytes, tail: bytes = b"") -> bytes:
    body = b"".join(b"\x02" + bytes([len(one)]) + one for one in numbers) + tail
    return b"\x30" + bytes([len(body)]) + body


ORDER = bytes.fromhex("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123")


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"\x30\x00",
        der(b"\x01" * 32),
        der(b"\x01" * 32, b"\x01" * 31, b"\x01"),
        der(b"\x01" * 32, b"\x01" * 31, tail=b"\x00"),
        der(b"\x00" + b"\x01" * 31, b"\x01" * 31),
        der(b"\x81" * 32, b"\x01" * 31),
        der(b"", b"\x01" * 31),
        der(b"\x00", b"\x01" * 31),
        der(b"\x00" + ORDER, b"\x01" * 31),
        der(b"\x01" * 31, b"\x00" + ORDER),
        der(b"\x01", b"\x00" + (int.from_bytes(ORDER, "big") - 1).to_bytes(32, "big")),
        b"\x30\x08\x02\x02\x01\x01\x02\x09\x01\x01",
        b"\x30\x08\x02\x03\x01\x01\x01\x03\x01\x01",
        b"\x30\x08\x02\x06\x01\x01\x01\x01\x01\x01",
        b"\x31" + der(b"\x01" * 32, b"\x01" * 32)[1:],
        b"\x01" * 80,
    ],
)
def test_a_signature_out_of_form_is_refused_by_both(bad: bytes) -> None:
    _, _, signer = fifty()
    assert not signing.verify(signer.public_key, b"message", bad)
    assert not verify_second.verify(signer.public_key, b"message", bad)


def test_both_verifiers_agree_on_good_and_altered_signatures() -> None:
    for index in range(6):
        signer = HeadSigner.generate()
        message = b"head %d" % index
        signature = signer.sign(message)
        for verify in (signing.verify, verify_second.verify):
            assert verify(signer.public_key, message, signature)
            assert not verify(signer.public_key, message + b"x", signature)


def key_beginning_with(prefix: bytes) -> HeadSigner:
    while not (signer := HeadSigner.generate()).public_key.startswith(prefix):
        pass
    return signer


def test_a_key_that_begins_with_04_is_not_corrupted() -> None:
    signer = key_beginning_with(b"\x04")
    assert verify_second.verify(signer.public_key, b"m", signer.sign(b"m"))


def test_keys_off_the_curve_are_refused() -> None:
    _, heads, signer = fifty()
    key = signer.public_key
    for bad in (key[:-1], bytes(64), b"\xff" * 64, key[:32] + b"\xff" * 32, key[::-1]):
        assert check_head(heads[0], bad) == (None, True)
        with pytest.raises(StorageError) as caught:
            HeadSigner.from_private(signer.export_private().reveal()[:32] + bad)
        assert caught.value.code is ErrorCode.KEY_WRONG


def test_a_private_key_of_another_public_key_is_refused() -> None:
    one, other = HeadSigner.generate(), HeadSigner.generate()
    private = one.export_private().reveal()[:32]
    for half in (private, bytes(32), b"\xff" * 32):
        with pytest.raises(StorageError):
            HeadSigner.from_private(half + other.public_key)


def test_a_second_verifier_that_fails_means_invalid(monkeypatch: pytest.MonkeyPatch) -> None:
    _, heads, signer = fifty()

    def fail(*_: object) -> bool:
        raise TypeError

    monkeypatch.setattr("gmssl.sm2.CryptSM2.verify_with_sm3", fail)
    assert not verify_second.verify(signer.public_key, heads[0].body, heads[0].signature)


def test_second_opinions_are_spread_and_take_the_last() -> None:
    assert verify_heads._spread(10, 0) == frozenset()
    assert verify_heads._spread(0, 5) == frozenset()
    assert verify_heads._spread(10, 20) == set(range(10))
    spread = verify_heads._spread(1000, 4)
    assert spread == {999, 749, 499, 249}
    assert verify_heads._spread(5, 5) == {0, 1, 2, 3, 4}


def test_both_verifiers_accept_the_standard_s_example() -> None:
    # GB/T 32918.5-2017 appendix A.2, the default signer id.
    public = bytes.fromhex(
        "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
        "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
    )
    r = bytes.fromhex("F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3")
    s = bytes.fromhex("B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA")
    signature = der(b"\x00" + r, b"\x00" + s)
    for verify in (signing.verify, verify_second.verify):
        assert verify(public, b"message digest", signature)
        assert not verify(public, b"message digesT", signature)
