"""SAM frames: published byte examples, any split of the line, hostile lengths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.card.sam_frames import (
    HEAD,
    CardContent,
    FrameFault,
    ReplyAssembler,
    checksum,
    decode_reply,
    encode_command,
    split_content,
)
from station.errors import CardError, ErrorCode


def reply_frame(status: int, data: bytes = b"") -> bytes:
    body = (len(data) + 4).to_bytes(2, "big") + bytes((0, 0, status)) + data
    return HEAD + body + bytes((checksum(body),))


@pytest.mark.parametrize(
    ("command", "parameter", "published"),
    [
        (0x10, 0xFF, "000310FFEC"),
        (0x11, 0xFF, "000311FFED"),
        (0x20, 0x01, "0003200122"),
        (0x20, 0x02, "0003200221"),
        (0x30, 0x01, "0003300132"),
        (0x30, 0x10, "0003301023"),
        (0x30, 0x03, "0003300330"),
    ],
)
def test_requests_are_the_published_bytes(command: int, parameter: int, published: str) -> None:
    assert encode_command(command, parameter) == HEAD + bytes.fromhex(published)


def test_replies_are_the_published_bytes() -> None:
    found = decode_reply(HEAD + bytes.fromhex("000800009F0000000097"))
    assert (found.status, bytes(found.data)) == (0x9F, bytes(4))
    absent = decode_reply(HEAD + bytes.fromhex("00040000 8084"))
    assert (absent.status, bytes(absent.data)) == (0x80, b"")
    selected = decode_reply(HEAD + bytes.fromhex("000C000090") + bytes(8) + b"\x9c")
    assert (selected.status, len(selected.data)) == (0x90, 8)


def test_read_replies_have_the_published_sizes() -> None:
    blocks = bytes(1280)
    assert len(reply_frame(0x90, bytes.fromhex("01000400") + blocks)) == 1295
    for size, total in ((1024, 2321), (512, 1809), (0, 1297)):
        lengths = bytes.fromhex("01000400") + size.to_bytes(2, "big")
        assert len(reply_frame(0x90, lengths + blocks + bytes(size))) == total


def test_request_data_is_bounded() -> None:
    with pytest.raises(ValueError, match="too long"):
        encode_command(0x60, 0, bytes(257))


@given(
    status=st.integers(0, 255),
    data=st.binary(max_size=600),
    cuts=st.lists(st.integers(1, 50), max_size=40),
    noise=st.binary(max_size=60).filter(lambda b: 0xAA not in b),
)
def test_any_split_of_the_line_gives_the_reply(
    status: int, data: bytes, cuts: list[int], noise: bytes
) -> None:
    assembler = ReplyAssembler()
    rest = noise + reply_frame(status, data)
    for cut in cuts:
        piece = rest[: min(cut, assembler.missing)]
        assembler.feed(piece)
        rest = rest[len(piece) :]
    while rest:
        assert assembler.take() is None
        piece = rest[: assembler.missing]
        assembler.feed(piece)
        rest = rest[len(piece) :]
    reply = assembler.take()
    assert reply is not None
    assert (reply.status, bytes(reply.data)) == (status, data)


@given(st.binary(max_size=3000))
def test_hostile_bytes_give_a_reply_or_a_typed_error(junk: bytes) -> None:
    try:
        decode_reply(junk)
    except CardError as error:
        assert error.code is ErrorCode.CARD_UNREADABLE
        assert error.numbers["frame"] in set(FrameFault)


@pytest.mark.parametrize("length", [0, 3, 0x090B, 0x7FFF, 0xFFFF])
def test_hostile_lengths_are_refused_before_the_data_is_read(length: int) -> None:
    assembler = ReplyAssembler()
    with pytest.raises(CardError) as caught:
        assembler.feed(HEAD + length.to_bytes(2, "big"))
    assert caught.value.numbers == {"frame": FrameFault.LENGTH}


@given(st.integers(7, 18), st.integers(1, 255))
def test_one_damaged_byte_is_noticed(position: int, flip: int) -> None:
    frame = bytearray(reply_frame(0x90, bytes(range(8))))
    frame[position] ^= flip
    with pytest.raises(CardError):
        decode_reply(bytes(frame))


def test_bytes_after_the_frame_are_refused() -> None:
    with pytest.raises(CardError) as caught:
        decode_reply(reply_frame(0x90) + b"\x00")
    assert caught.value.numbers == {"frame": FrameFault.LENGTH}


def test_endless_noise_is_refused() -> None:
    assembler = ReplyAssembler()
    with pytest.raises(CardError) as caught:
        for _ in range(100):
            assembler.feed(b"\x00")
    assert caught.value.numbers == {"frame": FrameFault.HEAD}


@pytest.mark.parametrize("fingerprint", [None, 0, 512, 1024])
def test_content_is_split_and_the_fingerprint_dropped(fingerprint: int | None) -> None:
    lengths = bytes.fromhex("01000400")
    if fingerprint is not None:
        lengths += fingerprint.to_bytes(2, "big")
    data = bytearray(lengths + b"T" * 256 + b"P" * 1024 + b"F" * (fingerprint or 0))
    content = split_content(data)
    assert (bytes(content.text), bytes(content.photo)) == (b"T" * 256, b"P" * 1024)
    assert not any(data)
    content.wipe()
    assert not any(content.text)
    assert not any(content.photo)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes.fromhex("01000400"),
        bytes.fromhex("02000400") + bytes(1280),
        bytes.fromhex("01000400") + bytes(1279),
        bytes.fromhex("010004000300") + bytes(1280 + 768),
        bytes.fromhex("010004000400") + bytes(1280 + 512),
    ],
)
def test_content_of_other_sizes_is_refused_and_wiped(data: bytes) -> None:
    wiped = bytearray(data)
    with pytest.raises(CardError):
        split_content(wiped)
    assert not any(wiped)


def test_nothing_personal_shows_in_a_repr() -> None:
    assert "redacted" in repr(CardContent(bytearray(b"name"), bytearray(b"face")))
    assert repr(decode_reply(reply_frame(0x90, b"name"))) == "SamReply(status=0x90, 4 bytes)"
