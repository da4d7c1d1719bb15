"""Strangers' pictures: formats by magic bytes, sizes before pixels, nothing else accepted."""

import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.face.pictures import PictureHeader, decode_picture, read_header


def encoded(ending: str, width: int = 90, height: int = 120) -> bytes:
    """A smooth picture of that format."""
    rows = np.linspace(0, 255, height)[:, None] * np.ones((1, width))
    picture = np.repeat(rows[..., None], 3, axis=2).astype(np.uint8)
    return bytes(cv2.imencode(ending, picture)[1])


def png_claiming(width: int, height: int) -> bytes:
    """A PNG of one row whose header claims another size."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    data = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(4))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


@pytest.mark.parametrize(
    ("ending", "name"), [(".jpg", "jpeg"), (".jp2", "jpeg2000"), (".png", "png")]
)
def test_the_three_formats_are_read(ending: str, name: str) -> None:
    data = encoded(ending)
    assert read_header(data) == PictureHeader(name, 90, 120)
    picture = decode_picture(memoryview(data))
    assert picture is not None
    assert picture.shape == (120, 90, 3)


def test_a_bare_jpeg_2000_code_stream_is_read() -> None:
    data = encoded(".jp2")
    stream = data[data.index(b"\xff\x4f\xff\x51") :]
    assert read_header(stream) == PictureHeader("jpeg2000", 90, 120)
    assert decode_picture(stream) is not None


@pytest.mark.parametrize("ending", [".bmp", ".tiff", ".webp", ".ppm"])
def test_other_formats_are_refused(ending: str) -> None:
    assert decode_picture(encoded(ending)) is None


@pytest.mark.parametrize("size", [(100_000, 100_000), (8192, 8192), (0, 10), (10, 9000)])
def test_a_size_beyond_the_limits_is_refused_before_decoding(size: tuple[int, int]) -> None:
    assert decode_picture(png_claiming(*size)) is None


@pytest.mark.parametrize("ending", [".jpg", ".jp2", ".png"])
def test_a_picture_cut_short_does_not_raise(ending: str) -> None:
    data = encoded(ending)
    for length in (0, 3, 12, 20, len(data) // 4):
        picture = decode_picture(data[:length])
        assert picture is None or picture.shape == (120, 90, 3)


@given(
    st.sampled_from([b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\x89PNG\r\n\x1a\n", b""]), st.binary()
)
def test_no_header_raises(start: bytes, rest: bytes) -> None:
    header = read_header(start + rest)
    assert header is None or header.format in ("jpeg", "jpeg2000", "png")


@given(st.binary(max_size=300))
def test_no_jp2_box_sequence_raises_or_loops(rest: bytes) -> None:
    read_header(b"\x00\x00\x00\x0cjP  \r\n\x87\n" + rest)
