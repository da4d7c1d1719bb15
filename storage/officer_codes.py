"""One 256-bit secret as two codes on paper; neither alone says anything about it (crypto.md 4.2).

The secret is random, the first share is random, the second is their XOR. A code is four rows of
four groups of four letters. The last two letters of a row are its check: a wrong letter or two
neighbours swapped are always found, anything else 1020 times out of 1021. So a slip of the pen is
told from a wrong code, row by row, before anything is opened.
"""

import secrets
from dataclasses import dataclass

from station.errors import ErrorCode, StorageError
from station.model import Secret

SECRET_BYTES = 32
ROWS = 4
"""Rows of a code; each stands on its own line and is checked on its own."""
ROW_LETTERS = 16
_CHECK_LETTERS = 2
_DATA_LETTERS = ROW_LETTERS - _CHECK_LETTERS
# Without I, L, O and U: they are read as 1, 1, 0 and V from a hand-written page.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans("ILOU", "110V", " -\t\r\n")
_BITS = 5
# A prime above 32 in which 2 has an order far above a row's length: every place has its own weight.
_MODULUS = 1021
_VERSION = 1
_SET_BYTES = 2


@dataclass(frozen=True, slots=True)
class OfficerCodes:
    """The secret and the two codes it was split into, as ASCII text with one row per line."""

    secret: Secret
    first: Secret
    second: Secret

    def wipe(self) -> None:
        """Overwrite all three."""
        for part in (self.secret, self.first, self.second):
            part.wipe()


@dataclass(frozen=True, slots=True)
class Share:
    """One officer's half: `officer` is 1 or 2, `issue` names the pair it was issued with."""

    officer: int
    issue: bytes
    share: Secret


def new_codes() -> OfficerCodes:
    """A fresh secret and its two codes, to be shown once."""
    secret, first = secrets.token_bytes(SECRET_BYTES), secrets.token_bytes(SECRET_BYTES)
    second = _xor(secret, first)
    issue = secrets.token_bytes(_SET_BYTES)
    return OfficerCodes(
        Secret(secret), Secret(_written(1, issue, first)), Secret(_written(2, issue, second))
    )


def check_row(row: int, text: str) -> str:
    """The 16 letters of row `row` (0 to 3) as typed; case, spaces and hyphens do not matter.

    Raises `StorageError(OFFICER_CODE_MISTYPED)` with the row, counted from 1, when it has a slip.
    """
    letters = text.upper().translate(_READ_AS)
    if len(letters) != ROW_LETTERS or any(letter not in _LETTERS for letter in letters):
        raise StorageError(ErrorCode.OFFICER_CODE_MISTYPED, row=row + 1)
    if letters[_DATA_LETTERS:] != _check_of(row, letters[:_DATA_LETTERS]):
        raise StorageError(ErrorCode.OFFICER_CODE_MISTYPED, row=row + 1)
    return letters


def read_code(code: Secret) -> Share:
    """One officer's code as typed, all rows.

    Raises `StorageError(OFFICER_CODE_MISTYPED)` with the first row that has a slip, `row=0` when
    there are not 64 letters; `(OFFICER_KEY_WRONG)` for rows of another kind of code.
    """
    try:
        text = code.reveal().decode("ascii")
    except UnicodeDecodeError as error:
        raise StorageError(ErrorCode.OFFICER_CODE_MISTYPED, row=0) from error
    letters = text.upper().translate(_READ_AS)
    if len(letters) != ROWS * ROW_LETTERS:
        raise StorageError(ErrorCode.OFFICER_CODE_MISTYPED, row=0)
    value = 0
    for row in range(ROWS):
        checked = check_row(row, letters[row * ROW_LETTERS : (row + 1) * ROW_LETTERS])
        for letter in checked[:_DATA_LETTERS]:
            value = value << _BITS | _LETTERS.index(letter)
    data = value.to_bytes(1 + _SET_BYTES + SECRET_BYTES, "big")
    version, officer = divmod(data[0], 16)
    if version != _VERSION or officer not in (1, 2):
        raise StorageError(ErrorCode.OFFICER_KEY_WRONG)
    return Share(officer, data[1 : 1 + _SET_BYTES], Secret(data[1 + _SET_BYTES :]))


def join(one: Share, other: Share) -> Secret:
    """The secret, from both officers' shares in either order.

    Raises `StorageError(OFFICER_KEY_WRONG)` for the same code twice or codes of two issues.
    """
    if one.officer == other.officer or one.issue != other.issue:
        raise StorageError(ErrorCode.OFFICER_KEY_WRONG)
    return Secret(_xor(one.share.reveal(), other.share.reveal()))


def rows_to_show(code: Secret) -> tuple[str, ...]:
    """The rows of a code from `new_codes`, each as four groups."""
    return tuple(code.reveal().decode("ascii").split("\n"))


def _written(officer: int, issue: bytes, share: bytes) -> bytes:
    data = bytes((_VERSION * 16 + officer,)) + issue + share
    value = int.from_bytes(data, "big")
    total = ROWS * _DATA_LETTERS
    letters = "".join(
        _LETTERS[value >> _BITS * (total - 1 - at) & (1 << _BITS) - 1] for at in range(total)
    )
    rows = []
    for row in range(ROWS):
        part = letters[row * _DATA_LETTERS : (row + 1) * _DATA_LETTERS]
        full = part + _check_of(row, part)
        rows.append(" ".join(full[at : at + 4] for at in range(0, ROW_LETTERS, 4)))
    return "\n".join(rows).encode("ascii")


def _check_of(row: int, letters: str) -> str:
    # The row's number goes in: two rows in each other's place must not pass.
    total = row + 1
    for letter in letters:
        total = (total * 2 + _LETTERS.index(letter)) % _MODULUS
    high, low = divmod(total, 1 << _BITS)
    return _LETTERS[high] + _LETTERS[low]


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
