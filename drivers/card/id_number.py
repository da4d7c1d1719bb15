"""Rules of PRC identity numbers: check character, birth date, sequence, class by prefix.

GB 11643 for 18 characters (check character by ISO/IEC 7064 MOD 11-2). The region is never a reason
to refuse: abolished counties stay in the numbers of the people born there.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_EARLIEST_BIRTH = date(1850, 1, 1)
_PROVINCE_CODES = (
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 "
    "61 62 63 64 65 71 81 82 83"
)
_PROVINCES = frozenset(_PROVINCE_CODES.split())


class NumberClass(StrEnum):
    """Who carries a number of this form."""

    RESIDENT = "RESIDENT"
    HMT = "HMT"
    """810000, 820000, 830000: residence permits of Hong Kong, Macau and Taiwan residents."""
    FOREIGNER = "FOREIGNER"
    """9 + accepting province + numeric country code, since 2023-12-01."""
    FOREIGNER_2017 = "FOREIGNER_2017"
    """15 characters, three letters first; its check character has no agreed rule."""
    UNKNOWN = "UNKNOWN"


class NumberFault(StrEnum):
    """Why a number cannot be right."""

    FORM = "FORM"
    BIRTH_DATE = "BIRTH_DATE"
    CHECK_CHARACTER = "CHECK_CHARACTER"


@dataclass(frozen=True, slots=True)
class NumberCheck:
    """What a number says. `sex` is "男", "女" or empty; `region_known` False is only a warning."""

    number_class: NumberClass
    faults: tuple[NumberFault, ...]
    birth_date: date | None = None
    sex: str = ""
    region_known: bool = True

    @property
    def possible(self) -> bool:
        """Whether no rule is broken."""
        return not self.faults

    def __repr__(self) -> str:
        return f"NumberCheck({self.number_class}, {len(self.faults)} faults)"


def check_character(first_17: str) -> str:
    """The 18th character: MOD 11-2 over 17 ASCII digits."""
    total = sum(int(digit) * weight for digit, weight in zip(first_17, _WEIGHTS, strict=True))
    return _CHECK_CHARACTERS[total % 11]


def examine(number: str, today: date) -> NumberCheck:
    """Check an identity number; a lower-case x is accepted. Never raises."""
    number = number.upper()
    if re.fullmatch(r"[A-Z]{3}[0-9]{12}", number, re.ASCII):
        return _examine_2017(number)
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number, re.ASCII):
        return NumberCheck(NumberClass.UNKNOWN, (NumberFault.FORM,))
    faults = []
    birth = _birth(number[6:14], today)
    if birth is None:
        faults.append(NumberFault.BIRTH_DATE)
    if check_character(number[:17]) != number[17]:
        faults.append(NumberFault.CHECK_CHARACTER)
    number_class = _class_of(number)
    province = number[1:3] if number_class is NumberClass.FOREIGNER else number[:2]
    sex = "男" if int(number[16]) % 2 else "女"
    return NumberCheck(number_class, tuple(faults), birth, sex, province in _PROVINCES)


def _class_of(number: str) -> NumberClass:
    if number[0] == "9":
        return NumberClass.FOREIGNER
    if number[:6] in ("810000", "820000", "830000"):
        return NumberClass.HMT
    return NumberClass.RESIDENT


def _birth(digits: str, today: date) -> date | None:
    try:
        birth = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return birth if _EARLIEST_BIRTH <= birth <= today else None


def _examine_2017(number: str) -> NumberCheck:
    # Year of two digits: only month and day can be judged, against a leap year.
    try:
        date(2000, int(number[9:11]), int(number[11:13]))
    except ValueError:
        return NumberCheck(NumberClass.FOREIGNER_2017, (NumberFault.BIRTH_DATE,))
    return NumberCheck(NumberClass.FOREIGNER_2017, (), region_known=number[3:5] in _PROVINCES)
