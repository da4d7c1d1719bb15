"""The machine readable zone (ICAO 9303-3 §4.9): check digits, the access key, TD1, TD2 and TD3.

**Century rule.** The MRZ gives two digits of the year. A birth date is taken as the latest such
date that is not after the day of reading (so ages 0 to 99 are right); a date of expiry is always
in 2000..2099, because no eMRTD was issued before 2004.
"""

from dataclasses import dataclass
from datetime import date

from station.booth.ports import AccessKey
from station.errors import CardError, ErrorCode

_VALUES = {c: i for i, c in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}
_WEIGHTS = (7, 3, 1)


@dataclass(frozen=True, slots=True)
class MachineReadableZone:
    """The fields of a checked MRZ; fillers are removed. Dates stay YYMMDD, `<` where unknown."""

    document_type: str
    issuer: str
    surname: str
    given_names: str
    document_number: str
    nationality: str
    birth_date: str
    sex: str
    """M, F or X."""
    expiry_date: str

    def __repr__(self) -> str:
        return "MachineReadableZone(…)"


def check_digit(text: str) -> str:
    """The check digit of `text` (ICAO 9303-3 §4.9): weights 7 3 1, modulo 10.

    Raises `ValueError` for a character an MRZ cannot hold.
    """
    try:
        total = sum(_VALUES[c] * _WEIGHTS[i % 3] for i, c in enumerate(text))
    except KeyError:
        raise ValueError("not an MRZ character") from None
    return str(total % 10)


def mrz_information(access: AccessKey) -> str:
    """What BAC keys are made of: number, birth date and expiry, each with its check digit.

    Raises `CardError(CARD_ACCESS_DENIED)` where the items cannot come from an MRZ: such a key
    opens no chip.
    """
    number = access.document_number.strip().upper().ljust(9, "<")
    birth, expiry = access.birth_date.strip(), access.expiry_date.strip()
    if len(number) > 22 or len(birth) != 6 or len(expiry) != 6:
        raise CardError(ErrorCode.CARD_ACCESS_DENIED)
    try:
        return "".join(item + check_digit(item) for item in (number, birth, expiry))
    except ValueError:
        raise CardError(ErrorCode.CARD_ACCESS_DENIED) from None


def parse(text: str) -> MachineReadableZone:
    """The MRZ in `text`: 90 characters (TD1), 72 (TD2) or 88 (TD3), without line breaks.

    Raises `CardError(CARD_UNREADABLE)` for another length or a wrong check digit.
    """
    layouts = {90: _parse_td1, 72: _parse_td2, 88: _parse_td3}
    if len(text) not in layouts or not set(text) <= _VALUES.keys():
        raise CardError(ErrorCode.CARD_UNREADABLE, length=len(text))
    return layouts[len(text)](text)


def birth_date(yymmdd: str, today: date) -> date | None:
    """The full date by the century rule, or None where the MRZ leaves a part unknown."""
    recent = _date(2000, yymmdd)
    return recent if recent and recent <= today else _date(1900, yymmdd)


def expiry_date(yymmdd: str) -> date | None:
    """The full date in 2000..2099, or None where it is unknown or no calendar date."""
    return _date(2000, yymmdd)


def _date(century: int, yymmdd: str) -> date | None:
    if len(yymmdd) != 6 or not (yymmdd.isascii() and yymmdd.isdigit()):
        return None
    try:
        return date(century + int(yymmdd[:2]), int(yymmdd[2:4]), int(yymmdd[4:]))
    except ValueError:
        return None


def _parse_td3(text: str) -> MachineReadableZone:
    one, two = text[:44], text[44:]
    _check(two[0:9], two[9])
    # ICAO 9303-4 §4.2.2.2: an empty optional field may have `<` as its check digit.
    if two[28:42].strip("<") or two[42] != "<":
        _check(two[28:42], two[42])
    _check(two[0:10] + two[13:20] + two[21:43], two[43])
    return _zone(one[0:2], one[2:5], one[5:44], two[0:9].strip("<"), two[10:])


def _parse_td2(text: str) -> MachineReadableZone:
    one, two = text[:36], text[36:]
    number, _ = _document_number(two[0:9], two[9], two[28:35])
    _check(two[0:10] + two[13:20] + two[21:35], two[35])
    return _zone(one[0:2], one[2:5], one[5:36], number, two[10:])


def _parse_td1(text: str) -> MachineReadableZone:
    one, two, three = text[:30], text[30:60], text[60:]
    number, _ = _document_number(one[5:14], one[14], one[15:30])
    _check(one[5:30] + two[0:7] + two[8:15] + two[18:29], two[29])
    # TD1 puts the nationality behind the dates; bring it to the order of TD2 and TD3.
    rest = two[15:18] + two[0:15]
    return _zone(one[0:2], one[2:5], three, number, rest)


def _document_number(field: str, digit: str, optional: str) -> tuple[str, str]:
    """A number of up to nine characters, or a longer one continued in the optional data.

    ICAO 9303-5 §4.2.4 note j: `<` as check digit says that the rest of the number, its check
    digit and a filler begin the optional data.
    """
    if digit != "<" or not field.strip("<"):
        _check(field, digit)
        return field.strip("<"), optional
    rest, _, remainder = optional.partition("<")
    if len(rest) < 2:
        raise CardError(ErrorCode.CARD_UNREADABLE)
    _check(field + rest[:-1], rest[-1])
    return field + rest[:-1], remainder


def _zone(kind: str, issuer: str, names: str, number: str, rest: str) -> MachineReadableZone:
    """`rest` begins nationality, birth date, digit, sex, expiry, digit (18 characters)."""
    nationality, birth, sex, expiry = rest[0:3], rest[3:9], rest[10], rest[11:17]
    _check(birth, rest[9])
    _check(expiry, rest[17])
    surname, _, given = names.partition("<<")
    return MachineReadableZone(
        document_type=kind.strip("<"),
        issuer=issuer.strip("<"),
        surname=_words(surname),
        given_names=_words(given),
        document_number=number,
        nationality=nationality.strip("<"),
        birth_date=birth,
        sex=sex if sex in ("M", "F") else "X",
        expiry_date=expiry,
    )


def _words(field: str) -> str:
    return " ".join(field.replace("<", " ").split())


def _check(text: str, digit: str) -> None:
    if check_digit(text) != (digit if digit != "<" else "0"):
        raise CardError(ErrorCode.CARD_UNREADABLE)
