"""EF.COM, DG1 and DG2: what is read, and what a lying chip cannot do."""

from datetime import date

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.card import lds
from drivers.simulated.chip_files import (
    Holder,
    ImageType,
    ef_com,
    ef_dg1,
    ef_dg2,
    face_record,
    node,
    td3_lines,
)
from station.errors import CardError, ErrorCode
from tests.card_desk import shared_data

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(200))
HOLDER = Holder("DOE", "JO", "X1", "UTO", "UTO", date(1990, 1, 2), date(2030, 1, 2))


def test_ef_com_lists_its_data_groups() -> None:
    common = lds.parse_com(ef_com(b"\x61\x75\x63\x6e"))
    assert common == lds.CommonData("0107", frozenset({1, 2, 3, 14}))


@pytest.mark.parametrize(
    "raw", [b"", b"\x60\x00", node("60", node("5f01", b"01"), node("5c", b"\x61"))]
)
def test_a_damaged_ef_com_is_unreadable(raw: bytes) -> None:
    with pytest.raises(CardError, match=ErrorCode.CARD_UNREADABLE):
        lds.parse_com(raw)


def test_dg1_gives_the_checked_mrz() -> None:
    zone = lds.parse_dg1(ef_dg1(td3_lines(HOLDER)))
    assert (zone.surname, zone.given_names, zone.document_number) == ("DOE", "JO", "X1")


@pytest.mark.parametrize("kind", list(ImageType))
@pytest.mark.parametrize("start", [f.value for f in lds.PortraitFormat])
def test_the_picture_is_told_by_its_first_bytes(kind: ImageType, start: bytes) -> None:
    portrait = lds.parse_dg2(ef_dg2(start + JPEG, kind, 413, 531))
    assert bytes(portrait.encoded) == start + JPEG
    assert portrait.format.value == start
    assert (portrait.width, portrait.height) == (413, 531)


def test_a_portrait_shows_no_pixels() -> None:
    portrait = lds.parse_dg2(ef_dg2(JPEG, ImageType.JPEG))
    assert repr(portrait) == f"FacePortrait(JPEG, {len(JPEG)} bytes)"


def test_feature_points_are_stepped_over() -> None:
    record = bytearray(face_record(JPEG, ImageType.JPEG, 10, 20))
    # Two feature points of eight bytes between facial and image information.
    points = b"\x01\x02" + bytes(6)
    record[34:34] = points * 2
    record[14:18] = (int.from_bytes(record[14:18], "big") + 16).to_bytes(4, "big")
    record[18:20] = b"\x00\x02"
    assert bytes(lds.parse_dg2(_dg2_around(bytes(record))).encoded) == JPEG


def _dg2_around(record: bytes, tag: str = "5f2e") -> bytes:
    template = node("7f60", node("a1", node("81", b"\x02")), node(tag, record))
    return node("75", node("7f61", node("02", b"\x01"), template))


def test_the_constructed_data_tag_is_read_as_well() -> None:
    record = face_record(JPEG, ImageType.JPEG, 10, 20)
    assert bytes(lds.parse_dg2(_dg2_around(record, "7f2e")).encoded) == JPEG


@pytest.mark.parametrize(
    "record",
    [
        b"IIR\x00010\x00" + bytes(80),
        face_record(b"GIF89a" + bytes(50), ImageType.JPEG, 1, 1),
    ],
)
def test_another_record_or_picture_is_not_supported(record: bytes) -> None:
    with pytest.raises(lds.PortraitNotSupportedError, match=ErrorCode.CARD_PHOTO_NOT_SUPPORTED):
        lds.parse_dg2(_dg2_around(record))


@given(st.integers(0, 60), st.binary(min_size=1, max_size=4))
def test_hostile_record_headers_never_read_beyond_the_record(at: int, change: bytes) -> None:
    record = bytearray(face_record(JPEG, ImageType.JPEG, 10, 20))
    record[at : at + len(change)] = change
    try:
        portrait = lds.parse_dg2(_dg2_around(bytes(record)))
    except CardError as error:
        assert error.code in (ErrorCode.CARD_UNREADABLE, ErrorCode.CARD_PHOTO_NOT_SUPPORTED)
        return
    assert bytes(portrait.encoded) in bytes(record)


@given(st.binary(max_size=120))
def test_random_files_are_refused(raw: bytes) -> None:
    for parse in (lds.parse_com, lds.parse_dg1, lds.parse_dg2, lds.sod_content):
        with pytest.raises(CardError):
            parse(raw)


def test_a_test_document_of_the_german_bsi_is_read_and_its_jpeg_2000_decodes() -> None:
    folder = shared_data("cards", "bsi2008")
    assert lds.parse_com((folder / "EF_COM.bin").read_bytes()).lds_version == "0107"
    assert lds.parse_dg1((folder / "Datagroup1.bin").read_bytes()).document_number == "C11T002JM"
    portrait = lds.parse_dg2((folder / "Datagroup2.bin").read_bytes())
    assert portrait.format is lds.PortraitFormat.JPEG2000_FILE
    picture = cv2.imdecode(np.frombuffer(portrait.encoded, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape == (531, 413, 3)
    assert picture.std() > 20


def _face_block(picture: bytes) -> bytes:
    image = node("a1", node("a0", node("a0", node("80", picture), node("a1", b"\x80\x00"))))
    blocks = node("a1", node("30", node("80", b"\x00"), image))
    return node("a1", node("65", node("a0", node("80", b"\x03")), blocks))


def test_an_iso_39794_record_is_read() -> None:
    portrait = lds.parse_dg2(_dg2_around(_face_block(JPEG), "7f2e"))
    assert (bytes(portrait.encoded), portrait.format) == (JPEG, lds.PortraitFormat.JPEG)


def test_a_damaged_iso_39794_record_is_unreadable() -> None:
    with pytest.raises(CardError, match=ErrorCode.CARD_UNREADABLE):
        lds.parse_dg2(_dg2_around(node("a1", node("65", b"")), "7f2e"))
    with pytest.raises(lds.PortraitNotSupportedError):
        lds.parse_dg2(_dg2_around(_face_block(b"GIF89a"), "7f2e"))


@pytest.mark.parametrize("sample", ["MandFields", "AllFields"])
def test_the_samples_of_the_icao_for_iso_39794_are_read(sample: str) -> None:
    folder = shared_data("cards", "iso39794")
    raw = (folder / f"ICAO_39794_5_AP_DG2_{sample}.dat").read_bytes()
    picture = (folder / "ICAO_39794_5_AP_DG2_Face.jpg").read_bytes()
    assert bytes(lds.parse_dg2(raw).encoded) == picture
