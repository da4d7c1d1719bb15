"""Weak passwords are refused, good ones kept as Argon2id; one-time codes as RFC 6238 has them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.errors import AccessError, ErrorCode
from station.model import Secret
from station.one_time_code import STEP_S, TotpFactor, code_at, factor_of, matching_step
from station.passwords import PasswordCost, check_password, hash_password, is_password

CHEAP = PasswordCost(1, 64, 1)
WEAK = [
    "Password123!",
    "Qwerty123456!",
    "Admin@123456",
    "Welcome2026!!",
    "1qaz@WSX3edc",
    "Woaini1314520!",
    "Abcdefg12345!",
    "Iloveyou2026!",
    "Zhangwei1990!",
    "P@ssw0rd1234",
    "Aa123456789!",
    "Shanghai2026!",
    "Station12345!",
    "Aaaaaaaaaaa1!",
    "Summer2026!!!!",
    "Passw0rd!Passw0rd!",
    "Letmein12345!",
    "Changeme1234!",
    "Woaibeijing88!",
    "Xiaoming1234!",
    "Wuye12345678!",
    "Administrator1!",
    "Guanliyuan2026!",
    # Not of the form: too short, too few classes, the user's name in it, unprintable.
    "Yk7#mOtter1",
    "mirror-otter-violin",
    "YK7MIRROROTTER",
    "Yk7#li.wei-Otter-violin",
    "Yk7#LIWEI-Otter-violin",
    "Yk7#mirror\u202eOtter",
    "Yk7#mirror\x00Otter",
    "",
    "Ab1!" * 2621440,
]
GOOD = [
    "Yk7#mirror-Otter",
    "kupfer-Regal-17",
    "青瓷Kestrel-4辘轳harbour",
    "Ov9-" + "tulip banjo " * 10,
]


@pytest.mark.parametrize("text", WEAK, ids=range(len(WEAK)))
def test_a_weak_password_is_refused(text):
    with pytest.raises(AccessError) as raised:
        check_password(Secret(text.encode()), "li.wei", "李伟")
    assert raised.value.code is ErrorCode.PASSWORD_WEAK


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(AccessError):
        check_password(Secret(b"\xff\xfe" * 12), "li.wei")
    assert not is_password(Secret(b"\xff"), hash_password(Secret(b"x"), CHEAP, b"s" * 16))


@pytest.mark.parametrize("text", GOOD, ids=range(len(GOOD)))
def test_a_good_password_is_taken_and_known_again(text):
    check_password(Secret(text.encode()), "li.wei", "李伟")
    kept = hash_password(Secret(text.encode()), CHEAP, b"salt" * 4)
    assert kept.startswith("$argon2id$v=19$m=64,t=1,p=1$")
    assert is_password(Secret(text.encode()), kept)
    assert not is_password(Secret(text.encode() + b"x"), kept)
    assert text not in kept


@pytest.mark.parametrize("kept", ["", "$argon2id$", "x" * 300, "$argon2i$v=19$m=64,t=1,p=1$a$b"])
def test_a_hash_that_is_none_knows_no_password(kept):
    assert not is_password(Secret(b"x"), kept)


RFC = b"12345678901234567890123456789012"


@pytest.mark.parametrize(
    ("now_s", "code"),
    [
        (59, "46119246"),
        (1111111109, "68084774"),
        (1111111111, "67062674"),
        (1234567890, "91819424"),
        (2000000000, "90698825"),
        (20000000000, "77737706"),
    ],
)
def test_codes_are_those_of_the_standard(now_s, code):
    """RFC 6238, appendix B, the rows of SHA-256."""
    assert code_at(RFC, now_s // STEP_S, 8) == code


@settings(max_examples=60)
@given(now_s=st.integers(600, 1 << 33), off=st.integers(-4, 4), last=st.integers(-3, 3))
def test_a_code_counts_in_its_window_and_once(now_s, off, last):
    step = now_s // STEP_S
    after = max(step + last, 0)
    found = matching_step(RFC, code_at(RFC, step + off), now_s, after)
    if abs(off) <= 1 and step + off > after:
        assert found == step + off
    else:
        # Two steps may have the same six digits by chance.
        assert found is None or code_at(RFC, found) == code_at(RFC, step + off)


@pytest.mark.parametrize(
    "proof", ["", "12345", "1234567", "abcdef", "１２３４５６", "\ud800", "0" * 10**6]
)
def test_what_is_no_code_proves_nothing(proof):
    assert matching_step(RFC, proof, 59, 0) is None


def test_the_uri_names_sha256_and_is_shown_as_a_secret():
    state, offer = TotpFactor("Desk 1").enrol("li.wei")
    uri = offer.reveal().decode()
    assert uri.startswith("otpauth://totp/Desk%201%3Ali.wei?secret=")
    assert "algorithm=SHA256" in uri and "digits=6" in uri and "period=30" in uri
    assert state["secret"] not in repr(offer)


@pytest.mark.parametrize("kind", ["PIV", "SMS", ""])
def test_other_factors_are_refused_by_name(kind):
    with pytest.raises(AccessError) as raised:
        factor_of(kind)
    assert raised.value.code is ErrorCode.FACTOR_NOT_SUPPORTED
