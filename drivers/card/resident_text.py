"""The 256-byte text block of PRC identity cards: four layouts, UTF-16LE, space padded.

The block comes from a SAM that has authenticated the card; nothing in it lets this product check
that itself, so its fields are `READER_VOUCHED` (cards.md 3.2). It is parsed as hostile input.
"""

import unicodedata
from dataclasses import dataclass
from datetime import date

from drivers.card.sam_frames import TEXT_BYTES, FrameFault
from station.errors import CardError, ErrorCode
from station.model import DocumentKind

LONG_TERM = "长期"
"""A card without an end of validity says so in this word; it is passed on as printed."""

_KIND_OFFSET = 248
_SEXES = {"0": "未知", "1": "男", "2": "女", "9": "未说明"}
# GB/T 3304, codes 01 to 56, then the two that GA 450 adds.
_NATION_WORDS = (
    "汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 "
    "畲 高山 拉祜 水 东乡 纳西 景颇 柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 "
    "阿昌 普米 塔吉克 怒 乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京 塔塔尔 独龙 鄂伦春 赫哲 "
    "门巴 珞巴 基诺"
)
_NATIONS = dict(enumerate(_NATION_WORDS.split(), start=1)) | {97: "其他", 98: "外国血统中国籍人士"}


# Field name -> (offset, length) pieces in bytes; pieces are joined before the padding is removed.
_Pieces = tuple[tuple[int, int], ...]
_RESIDENT: dict[str, _Pieces] = {
    "name": ((0, 30),),
    "sex": ((30, 2),),
    "nation": ((32, 4),),
    "birth_date": ((36, 16),),
    "address": ((52, 70),),
    "document_number": ((122, 36),),
    "issuer": ((158, 30),),
    "valid_from": ((188, 16),),
    "valid_until": ((204, 16),),
}
_LAYOUTS: dict[DocumentKind, dict[str, _Pieces]] = {
    DocumentKind.RESIDENT_ID: _RESIDENT,
    # The nation's place is reserved on these cards.
    DocumentKind.HMT_RESIDENCE_PERMIT: {n: p for n, p in _RESIDENT.items() if n != "nation"},
    DocumentKind.FOREIGNER_ID_2023: {
        "name": ((0, 30),),
        "sex": ((30, 2),),
        "birth_date": ((36, 16),),
        "name_latin": ((52, 70), (220, 22)),
        "document_number": ((122, 36),),
        "valid_from": ((188, 16),),
        "valid_until": ((204, 16),),
        "nationality": ((242, 6),),
    },
    DocumentKind.FOREIGNER_ID_2017: {
        "name_latin": ((0, 120),),
        "sex": ((120, 2),),
        "document_number": ((122, 30),),
        "nationality": ((152, 6),),
        "name": ((158, 30),),
        "valid_from": ((188, 16),),
        "valid_until": ((204, 16),),
        "birth_date": ((220, 16),),
        "issuer": ((240, 8),),
    },
}
_KIND_MARKS = {
    b"J\x00": DocumentKind.HMT_RESIDENCE_PERMIT,
    b"Y\x00": DocumentKind.FOREIGNER_ID_2023,
    b"I\x00": DocumentKind.FOREIGNER_ID_2017,
}
_UNSHOWABLE = ("Cc", "Cf", "Cs", "Zl", "Zp")
_DATES = ("birth_date", "valid_from", "valid_until")
_REQUIRED = ("document_number", "birth_date", "valid_until")


@dataclass(frozen=True, slots=True)
class ResidentText:
    """Fields of one card; keys are from `IDENTITY_FIELDS`, dates ISO 8601 or `LONG_TERM`."""

    kind: DocumentKind
    fields: dict[str, str]

    def expired(self, today: date) -> bool:
        """Whether the last day of validity lies before `today`."""
        until = self.fields["valid_until"]
        return until != LONG_TERM and date.fromisoformat(until) < today

    def __repr__(self) -> str:
        return f"ResidentText({self.kind}, {len(self.fields)} fields)"


def parse_text(block: bytes | bytearray) -> ResidentText:
    """Fields of a 256-byte text block; empty fields are left out.

    Raises `CardError(CARD_UNREADABLE)` for a wrong size, undecodable text, control characters, an
    impossible date or a missing number, birth date or validity.
    """
    if len(block) != TEXT_BYTES:
        raise _unreadable()
    mark = bytes(block[_KIND_OFFSET : _KIND_OFFSET + 2])
    kind = _KIND_MARKS.get(mark, DocumentKind.RESIDENT_ID)
    raw = {name: _text(block, pieces) for name, pieces in _LAYOUTS[kind].items()}
    words = {name: _in_words(name, value) for name, value in raw.items() if value}
    fields = {name: value for name, value in words.items() if value}
    if any(name not in fields for name in _REQUIRED):
        raise _unreadable()
    if "name" not in fields and "name_latin" in fields:
        fields["name"] = fields["name_latin"]
    return ResidentText(kind, fields)


def _text(block: bytes | bytearray, pieces: _Pieces) -> str:
    raw = b"".join(bytes(block[start : start + length]) for start, length in pieces)
    try:
        text = raw.decode("utf-16-le")
    except UnicodeDecodeError as error:
        raise _unreadable() from error
    text = text.strip(" \x00\u3000")
    # Private-use characters stay: rare name characters are stored there. Controls, line separators
    # and invisible format characters (bidirectional overrides) could make a screen show another
    # name.
    if any(unicodedata.category(character) in _UNSHOWABLE for character in text):
        raise _unreadable()
    return text


def _in_words(name: str, value: str) -> str:
    if name in _DATES:
        return value if name == "valid_until" and value == LONG_TERM else _iso_date(value)
    if name == "sex":
        return _SEXES.get(value, _SEXES["0"])
    if name == "nation":
        return _nation(value)
    return value


def _nation(code: str) -> str:
    if len(code) == 2 and code.isascii() and code.isdigit():
        return _NATIONS.get(int(code), "")
    return ""


def _iso_date(value: str) -> str:
    if len(value) != 8 or not (value.isascii() and value.isdigit()):
        raise _unreadable()
    try:
        return date(int(value[:4]), int(value[4:6]), int(value[6:])).isoformat()
    except ValueError as error:
        raise _unreadable() from error


def _unreadable() -> CardError:
    return CardError(ErrorCode.CARD_UNREADABLE, frame=int(FrameFault.CONTENT))
