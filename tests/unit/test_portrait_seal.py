"""A sealed portrait: one length, the stores' form, and nothing else passed off as one."""

import secrets

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from template_kit import unit_vectors

from consent.signing import HeadSigner
from drivers.face.portrait_encoder import HEIGHT_PX, crop_face, encode_jpeg
from station.booth.live_portrait import LivePortrait
from station.booth.portrait_form import (
    AAD,
    MOST_CHI_SQUARED,
    PORTRAIT_BYTES,
    chi_squared,
    is_public_key,
    is_sealed_portrait,
    parts,
)
from station.booth.portrait_seal import LONGEST_PICTURE_BYTES, open_picture, seal_picture
from station.booth.ports import DetectedFace
from station.errors import BoothError, ErrorCode, StationError
from storage.hybrid import open_with, seal_to

OFFICERS, OTHERS = HeadSigner.generate(), HeadSigner.generate()
POINTS = np.zeros((5, 2), np.float32)


def photograph(rows: int = 480, columns: int = 420) -> np.ndarray:
    """Smooth shades with a little noise, as a camera gives them."""
    rng = np.random.default_rng(4)
    coarse = rng.integers(40, 220, (12, 12, 3), dtype=np.uint8)
    picture = cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_CUBIC)
    noise = rng.normal(0, 3, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("length", [1, 20_000, LONGEST_PICTURE_BYTES])
def test_a_picture_comes_back_and_only_to_the_officers(length: int) -> None:
    picture = secrets.token_bytes(length)
    sealed = seal_picture(bytearray(picture), OFFICERS.public_key)
    assert len(sealed) == PORTRAIT_BYTES
    assert is_sealed_portrait(sealed, OFFICERS.public_key)
    assert not is_sealed_portrait(sealed, OTHERS.public_key)
    assert open_picture(sealed, OFFICERS.export_private()) == picture
    with pytest.raises(StationError) as caught:
        open_picture(sealed, OTHERS.export_private())
    assert caught.value.code is ErrorCode.OFFICER_KEY_WRONG


def test_the_form_is_that_of_the_stores_both_ways() -> None:
    sealed = seal_picture(bytearray(b"picture"), OFFICERS.public_key)
    plain = open_with(OFFICERS.export_private(), sealed, AAD)
    assert plain[:11] == b"\0\0\0\7picture" and not any(plain[11:])
    own = seal_to(OFFICERS.public_key, plain, AAD)
    found = parts(own.ljust(PORTRAIT_BYTES, b"\0")[:PORTRAIT_BYTES])
    assert found is not None and found[0] == parts(sealed)[0]


def test_every_changed_byte_is_refused() -> None:
    sealed = seal_picture(bytearray(b"picture"), OFFICERS.public_key)
    rng = np.random.default_rng(5)
    places = [*range(150), *rng.integers(150, PORTRAIT_BYTES, 40), PORTRAIT_BYTES - 1]
    for place in places:
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(BoothError) as caught:
            open_picture(bytes(changed), OFFICERS.export_private())
        assert caught.value.code in (ErrorCode.TEMPLATE_REFUSED, ErrorCode.OFFICER_KEY_WRONG)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_hostile_heads_are_refused_without_a_crash(head: bytes) -> None:
    sealed = (b"SH1" + head).ljust(PORTRAIT_BYTES, b"\x11")
    assert not is_sealed_portrait(sealed, OFFICERS.public_key)
    with pytest.raises(BoothError):
        open_picture(sealed, OFFICERS.export_private())


def test_a_point_off_the_curve_is_no_cipher_and_no_key() -> None:
    sealed = bytearray(seal_picture(bytearray(b"picture"), OFFICERS.public_key))
    sealed[20] ^= 1  # inside x
    assert parts(bytes(sealed)) is None
    assert is_public_key(OFFICERS.public_key)
    assert not is_public_key(bytes(64)) and not is_public_key(OFFICERS.public_key[:-1])


@pytest.mark.parametrize("kind", ["raw", "jpeg", "png", "zeros"])
def test_a_picture_behind_an_honest_head_is_seen_by_the_desk(kind: str) -> None:
    sealed = seal_picture(bytearray(b"picture"), OFFICERS.public_key)
    picture = photograph()
    body = {
        "raw": picture.tobytes(),
        "jpeg": bytes(cv2.imencode(".jpg", picture)[1]),
        "png": bytes(cv2.imencode(".png", picture)[1]),
        "zeros": b"",
    }[kind]
    chunk = parts(sealed)[2]
    passed_off = (sealed[: -len(chunk)] + body).ljust(PORTRAIT_BYTES, b"\0")[:PORTRAIT_BYTES]
    assert parts(passed_off) is not None, "the head is honest"
    assert chi_squared(chunk) < MOST_CHI_SQUARED / 1.2
    assert chi_squared(parts(passed_off)[2]) > MOST_CHI_SQUARED * 2, kind
    assert not is_sealed_portrait(passed_off, OFFICERS.public_key)


def test_too_long_a_picture_or_a_bad_key_is_refused() -> None:
    for picture, key in (
        (bytearray(LONGEST_PICTURE_BYTES + 1), OFFICERS.public_key),
        (bytearray(), OFFICERS.public_key),
        (bytearray(b"x"), bytes(64)),
    ):
        with pytest.raises(BoothError):
            seal_picture(picture, key)


def test_a_crop_has_a_margin_and_a_bounded_size_and_fits() -> None:
    frame = photograph(1080, 1920)
    crop = crop_face(frame, DetectedFace(800, 300, 300, 400, POINTS, 1.0))
    assert crop.shape == (HEIGHT_PX, 378, 3)
    edge = crop_face(frame, DetectedFace(-20, -30, 200, 260, POINTS, 1.0))
    assert edge.shape == (347, 290, 3)
    noise = np.random.default_rng(6).integers(0, 256, (480, 480, 3), dtype=np.uint8)
    for picture in (crop, edge):
        encoded = encode_jpeg(picture, LONGEST_PICTURE_BYTES)
        assert encoded.startswith(b"\xff\xd8") and len(encoded) <= LONGEST_PICTURE_BYTES
    with pytest.raises(BoothError):
        encode_jpeg(noise, 20_000)
    with pytest.raises(BoothError):
        crop_face(frame, DetectedFace(5000, 10, 50, 50, POINTS, 1.0))


def test_only_an_accepted_frame_is_held_and_the_more_frontal_one_wins() -> None:
    held, made = LivePortrait(), []

    def crop(shade: int) -> np.ndarray:
        made.append(np.full((2, 2, 3), shade, np.uint8))
        return made[-1]

    first, second, third = unit_vectors(3, seed=7)
    held.offer(lambda: crop(1), first, 0.05, [second])
    assert held.picture is None and made == []
    held.offer(lambda: crop(1), first, -0.05, [first])
    held.offer(lambda: crop(2), second, 0.08, [first, second])
    assert held.picture is made[0] and len(made) == 1
    held.offer(lambda: crop(3), second, 0.01, [first, second])
    assert held.picture is made[1] and not made[0].any()
    # The face was lost and another lock began: nothing of before counts.
    assert not held.is_of([third])
    held.offer(lambda: crop(4), third, 0.09, [third])
    assert held.picture is made[2] and not made[1].any()
    assert not held.is_of([third.copy()]), "the very frame, not an equal one"
    held.wipe()
    assert held.picture is None and not made[2].any()
