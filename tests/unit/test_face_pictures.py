"""Strangers' pictures: formats by magic bytes, sizes before pixels, nothing else accepted."""

import resource
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


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body


def jp2_with_palette(side: int, channels: int) -> bytes:
    """A black picture of one component whose palette turns it into `channels` of them."""
    grey = bytes(cv2.imencode(".jp2", np.zeros((side, side), np.uint8))[1])
    header = _box(b"ihdr", struct.pack(">IIHBBBB", side, side, 1, 7, 7, 0, 0))
    header += _box(b"colr", bytes([1, 0, 0]) + struct.pack(">I", 16))
    header += _box(b"pclr", struct.pack(">HB", 1, channels) + b"\x07" * channels + bytes(channels))
    header += _box(b"cmap", b"".join(struct.pack(">HBB", 0, 1, c) for c in range(channels)))
    start = b"\x00\x00\x00\x0cjP  \r\n\x87\n" + _box(b"ftyp", b"jp2 \x00\x00\x00\x00jp2 ")
    stream = grey[grey.index(b"\xff\x4f\xff\x51") :]
    return start + _box(b"jp2h", header) + _box(b"jp2c", stream)


def stream_of_tiny_precincts(side: int) -> bytes:
    """98 bytes: three components, one level, precincts of one pixel, no data."""
    size = (
        struct.pack(">HIIIIIIIIH", 0, side, side, 0, 0, side, side, 0, 0, 3) + b"\x07\x01\x01" * 3
    )
    coding = bytes([1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0])
    out = b"\xff\x4f"
    for mark, body in ((b"\xff\x51", size), (b"\xff\x52", coding), (b"\xff\x5c", b"\x40\x40")):
        out += mark + struct.pack(">H", len(body) + 2) + body
    tile = struct.pack(">HHIBB", 10, 0, 24, 0, 1) + b"\xff\x93" + bytes(10)
    return out + b"\xff\x90" + tile + b"\xff\xd9"


def test_a_palette_is_decoded_while_it_is_small() -> None:
    picture = decode_picture(jp2_with_palette(100, 3))
    assert picture is not None
    assert picture.shape == (100, 100, 3)


@pytest.mark.parametrize(
    "bomb",
    [jp2_with_palette(1000, 255), stream_of_tiny_precincts(1000)],
    ids=["palette", "precincts"],
)
def test_few_bytes_cannot_ask_for_gigabytes(bomb: bytes) -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    header = read_header(bomb)
    assert header is not None
    assert (header.width, header.height) == (1000, 1000)
    assert decode_picture(bomb) is None
    assert resource.getrlimit(resource.RLIMIT_AS) == before
