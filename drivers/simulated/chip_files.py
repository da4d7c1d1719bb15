"""The files of a simulated eMRTD (ICAO 9303-10), built from a holder and an encoded portrait.

Written apart from the reader: it shares no code with `drivers.card`, so that a mistake cannot be
on both sides and cancel out.
"""

from dataclasses import dataclass
from datetime import date
from enum import IntEnum

EF_CARD_ACCESS, EF_COM, EF_SOD = 0x011C, 0x011E, 0x011D
EF_DG1, EF_DG2, EF_DG3 = 0x0101, 0x0102, 0x0103


class ImageType(IntEnum):
    """Image data type of a face record (ISO/IEC 19794-5:2005 table 11)."""

    JPEG = 0
    JPEG2000 = 1


@dataclass(frozen=True, slots=True)
class Holder:
    """The invented person a simulated document is issued to; text in MRZ letters A-Z only."""

    surname: str
    given_names: str
    document_number: str
    nationality: str
    issuer: str
    birth: date
    expiry: date
    sex: str = "X"

    def __repr__(self) -> str:
        return "Holder(…)"

    def access_items(self) -> tuple[str, str, str]:
        """Document number, birth date and expiry date (YYMMDD): what opens the chip."""
        return self.document_number, f"{self.birth:%y%m%d}", f"{self.expiry:%y%m%d}"


def node(tag: str, *parts: bytes) -> bytes:
    """A data object from its tag in hex and its concatenated content."""
    content = b"".join(parts)
    size = len(content)
    if size <= 127:
        length = bytes([size])
    elif size <= 255:
        length = bytes([0x81, size])
    elif size <= 65535:
        length = bytes([0x82, size // 256, size % 256])
    else:
        raise ValueError("no simulated file is longer than 64 KiB")
    return bytes.fromhex(tag) + length + content


def digit_for(field: str) -> str:
    """The MRZ check digit: characters count 0-9, A=10 … Z=35, weights 7 3 1 in turn."""
    total = 0
    for position, character in enumerate(field):
        if character.isdigit():
            worth = ord(character) - ord("0")
        elif character == "<":
            worth = 0
        else:
            worth = ord(character) - ord("A") + 10
        total += worth * [7, 3, 1][position % 3]
    return "0123456789"[total % 10]


def td3_lines(holder: Holder) -> str:
    """The 88 characters of a passport's MRZ (ICAO 9303-4 §4.2.2)."""
    names = holder.surname.replace(" ", "<") + "<<" + holder.given_names.replace(" ", "<")
    upper = ("P<" + holder.issuer.ljust(3, "<") + names)[:44].ljust(44, "<")
    number, birth, expiry = holder.access_items()
    number = number.ljust(9, "<")
    if len(number) != 9:
        raise ValueError("a passport number has at most nine characters")
    numbered, born, ends = (f + digit_for(f) for f in (number, birth, expiry))
    optional = "<" * 14 + "0"
    sex = holder.sex if holder.sex in "MF" else "<"
    total = digit_for(numbered + born + ends + optional)
    return (
        upper + numbered + holder.nationality.ljust(3, "<") + born + sex + ends + optional + total
    )


def ef_com(tags: bytes) -> bytes:
    """EF.COM for LDS 1.7 and Unicode 4.0 with the given data group tags."""
    return node("60", node("5f01", b"0107"), node("5f36", b"040000"), node("5c", tags))


def ef_dg1(lines: str) -> bytes:
    """DG1 around an MRZ."""
    return node("61", node("5f1f", lines.encode("ascii")))


def ef_dg2(picture: bytes, kind: ImageType, width: int = 0, height: int = 0) -> bytes:
    """DG2 with one face record around `picture` (ISO/IEC 19794-5 in a CBEFF template)."""
    record = face_record(picture, kind, width, height)
    header = node(
        "a1",
        node("81", b"\x02"),  # Biometric type: facial features.
        node("82", b"\x00"),
        node("87", b"\x01\x01"),  # Format owner: ISO/IEC JTC 1/SC 37.
        node("88", b"\x00\x08"),  # Format type: face image.
    )
    template = node("7f60", header, node("5f2e", record))
    return node("75", node("7f61", node("02", b"\x01"), template))


def face_record(picture: bytes, kind: ImageType, width: int, height: int) -> bytes:
    """A face record with no feature points (ISO/IEC 19794-5:2005 §5)."""
    image_information = (
        b"\x01"  # Full frontal.
        + bytes([kind])
        + width.to_bytes(2, "big")
        + height.to_bytes(2, "big")
        + b"\x01\x02\x00\x00\x00\x00"  # sRGB24, still camera, no device, no quality.
    )
    facial_information = b"".join(
        (
            (20 + len(image_information) + len(picture)).to_bytes(4, "big"),
            b"\x00\x00",  # No feature points.
            bytes(14),  # Gender, eyes, hair, properties, expression, pose: all unspecified.
        )
    )
    body = facial_information + image_information + picture
    return b"FAC\x00010\x00" + (14 + len(body)).to_bytes(4, "big") + b"\x00\x01" + body
