"""The Logical Data Structure of an eMRTD (ICAO 9303-10): EF.COM, DG1, DG2 and EF.SOD.

Nothing here believes the chip: every length is checked against the bytes that are there.
"""

from dataclasses import dataclass
from enum import Enum, IntEnum

from drivers.card import mrz, tlv
from drivers.card.apdu import wipe
from station.errors import CardError, ErrorCode

AID_EMRTD = bytes.fromhex("A0000002471001")


class ElementaryFile(IntEnum):
    """File identifiers read by this product (ICAO 9303-10 §4.6, table 39)."""

    CARD_ACCESS = 0x011C
    COM = 0x011E
    SOD = 0x011D
    DG1 = 0x0101
    DG2 = 0x0102


class FileTag(IntEnum):
    """Outer tags of those files."""

    COM = 0x60
    DG1 = 0x61
    DG2 = 0x75
    SOD = 0x77


LONGEST_FILE = 0xFFFF
"""Files beyond 64 KiB are not supported: no eMRTD needs one for DG2 or EF.SOD."""

MAX_FILE_LENGTH = {
    ElementaryFile.COM: 512,
    ElementaryFile.DG1: 512,
    ElementaryFile.DG2: LONGEST_FILE,
    ElementaryFile.SOD: LONGEST_FILE,
}
"""Bytes accepted per file."""

EXPECTED_TAG = {
    ElementaryFile.COM: FileTag.COM,
    ElementaryFile.DG1: FileTag.DG1,
    ElementaryFile.DG2: FileTag.DG2,
    ElementaryFile.SOD: FileTag.SOD,
}

_DATA_GROUP_TAGS = {0x61: 1, 0x75: 2, 0x63: 3, 0x76: 4, 0x65: 5, 0x66: 6, 0x67: 7, 0x68: 8} | {
    0x69: 9, 0x6A: 10, 0x6B: 11, 0x6C: 12, 0x6D: 13, 0x6E: 14, 0x6F: 15, 0x70: 16
}  # fmt: skip
_TAG_MRZ, _TAG_LDS_VERSION, _TAG_UNICODE_VERSION, _TAG_LIST = 0x5F1F, 0x5F01, 0x5F36, 0x5C
_TAG_BIOMETRIC_GROUP, _TAG_BIOMETRIC, _TAG_COUNT = 0x7F61, 0x7F60, 0x02
_TAG_BIOMETRIC_DATA, _TAG_BIOMETRIC_DATA_CONSTRUCTED = 0x5F2E, 0x7F2E


class PortraitFormat(Enum):
    """How the portrait in DG2 is encoded, told by its first bytes."""

    JPEG = b"\xff\xd8\xff"
    JPEG2000_FILE = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
    JPEG2000_CODESTREAM = b"\xff\x4f\xff\x51"


@dataclass(frozen=True, slots=True)
class CommonData:
    """EF.COM: the LDS version ("0107") and the data groups the chip says it has.

    EF.COM is not signed, so nothing is decided by it.
    """

    lds_version: str
    data_groups: frozenset[int]


@dataclass(slots=True)
class FacePortrait:
    """The first face of DG2: its encoded picture, which the receiver wipes."""

    encoded: bytearray
    format: PortraitFormat
    width: int
    """Pixels as the record says, 0 where it does not; the picture itself decides."""
    height: int

    def __repr__(self) -> str:
        return f"FacePortrait({self.format.name}, {len(self.encoded)} bytes)"


class PortraitNotSupportedError(CardError):
    """DG2 holds another biometric than a face, or a picture that is neither JPEG nor JPEG 2000."""


def parse_com(data: tlv.Buffer) -> CommonData:
    """EF.COM (ICAO 9303-10 §4.6.1). Raises `CardError(CARD_UNREADABLE)`."""
    version = bytes(tlv.find(data, FileTag.COM, _TAG_LDS_VERSION).value(data))
    tags = bytes(tlv.find(data, FileTag.COM, _TAG_LIST).value(data))
    if len(version) != 4 or not version.isdigit():
        raise CardError(ErrorCode.CARD_UNREADABLE, length=len(version))
    groups = frozenset(_DATA_GROUP_TAGS[t] for t in tags if t in _DATA_GROUP_TAGS)
    return CommonData(version.decode("ascii"), groups)


def parse_dg1(data: tlv.Buffer) -> mrz.MachineReadableZone:
    """DG1: the checked MRZ (ICAO 9303-10 §4.7.1). Raises `CardError(CARD_UNREADABLE)`."""
    raw = bytes(tlv.find(data, FileTag.DG1, _TAG_MRZ).value(data))
    if not raw.isascii():
        raise CardError(ErrorCode.CARD_UNREADABLE, length=len(raw))
    return mrz.parse(raw.decode("ascii"))


def parse_dg2(data: tlv.Buffer) -> FacePortrait:
    """DG2: the first face as encoded picture (ICAO 9303-10 §4.7.2).

    The record inside CBEFF is of ISO/IEC 19794-5 or 39794-5.

    Raises `PortraitNotSupportedError` for another record or picture format, and
    `CardError(CARD_UNREADABLE)` where lengths do not add up.
    """
    group = tlv.find(data, FileTag.DG2, _TAG_BIOMETRIC_GROUP)
    for child in tlv.children(data, group.value_start, group.end):
        if child.tag == _TAG_BIOMETRIC:
            return _parse_biometric(data, child)
    raise CardError(ErrorCode.CARD_UNREADABLE, missing_tag=_TAG_BIOMETRIC)


def _parse_biometric(data: tlv.Buffer, template: tlv.DataObject) -> FacePortrait:
    for child in tlv.children(data, template.value_start, template.end):
        if child.tag in (_TAG_BIOMETRIC_DATA, _TAG_BIOMETRIC_DATA_CONSTRUCTED):
            record = child.value(data)
            if record[:1] == _ISO_39794_START:
                return _parse_face_block(record)
            return _parse_face_record(record)
    raise CardError(ErrorCode.CARD_UNREADABLE, missing_tag=_TAG_BIOMETRIC_DATA)


_ISO_39794_START = b"\xa1"
_FACE_BLOCK_PICTURE = (0xA1, 0x65, 0xA1, 0x30, 0xA1, 0xA0, 0xA0, 0x80)
"""FaceImageBlock, its representation blocks, the first one, image representation, base, 2D, data
(ISO/IEC 39794-5:2019 annex A in DER)."""


def _parse_face_block(block: memoryview) -> FacePortrait:
    """ISO/IEC 39794-5, the successor of 19794-5 in travel documents."""
    picture = tlv.find(block, *_FACE_BLOCK_PICTURE).value(block)
    # Before the copy: an unsupported picture leaves none behind.
    kind = _format_of(picture)
    return FacePortrait(bytearray(picture), kind, 0, 0)


def _format_of(picture: memoryview) -> PortraitFormat:
    kind = next((k for k in PortraitFormat if bytes(picture[: len(k.value)]) == k.value), None)
    if kind is None:
        raise PortraitNotSupportedError(ErrorCode.CARD_PHOTO_NOT_SUPPORTED, length=len(picture))
    return kind


_RECORD_HEADER = 14
_FACE_HEADER = 20
_FEATURE_POINT = 8
_IMAGE_HEADER = 12


def _parse_face_record(record: memoryview) -> FacePortrait:
    """ISO/IEC 19794-5:2005 §5: record header, facial information, feature points, image."""
    if bytes(record[:8]) != b"FAC\x00010\x00":
        raise PortraitNotSupportedError(ErrorCode.CARD_PHOTO_NOT_SUPPORTED, length=len(record))
    face = record[_RECORD_HEADER:]
    if _number(record[12:14]) < 1 or len(face) < _FACE_HEADER + _IMAGE_HEADER:
        raise CardError(ErrorCode.CARD_UNREADABLE, length=len(record))
    # The length field of the face block counts from its own start; extra faces follow it.
    block_length = _number(face[0:4])
    image_at = _FACE_HEADER + _FEATURE_POINT * _number(face[4:6])
    picture_at = image_at + _IMAGE_HEADER
    if not picture_at < block_length <= len(face):
        raise CardError(ErrorCode.CARD_UNREADABLE, length=block_length)
    picture = face[picture_at:block_length]
    width = _number(face[image_at + 2 : image_at + 4])
    height = _number(face[image_at + 4 : image_at + 6])
    kind = _format_of(picture)
    return FacePortrait(bytearray(picture), kind, width, height)


def _number(raw: memoryview) -> int:
    return int.from_bytes(raw, "big")


def sod_content(data: tlv.Buffer) -> bytes:
    """The CMS SignedData inside EF.SOD (ICAO 9303-10 §4.6.2). Raises `CardError`."""
    return bytes(tlv.find(data, FileTag.SOD).value(data))


def wipe_all(*buffers: bytearray) -> None:
    """Overwrite every buffer in place."""
    for buffer in buffers:
        wipe(buffer)
