"""Passwords of staff: which are refused as weak, and how they are kept (U-5; RFC 9106, Argon2id).

Common passwords and words come with `zxcvbn` (MIT), which also counts keyboard runs, dates and
repeats; what staff here would choose first is added below.
"""

import base64
import secrets
import threading
import unicodedata
from dataclasses import dataclass

from argon2.exceptions import Argon2Error, InvalidHashError
from argon2.low_level import Type, hash_secret, verify_secret

from station.errors import AccessError, ErrorCode
from station.model import Secret

SHORTEST = 12
LONGEST = 128
"""Lengths in characters."""
CLASSES = 3
"""Of capitals, small letters, digits and signs, how many a password has at least."""
_LEAST_GUESSES_LOG10 = 10.0
"""A password found in fewer guesses is too common: the best score of zxcvbn begins here."""
_COUNTED = 72
"""zxcvbn looks at no more characters; a password whose beginning is strong is strong."""
# Longer ones than it has: an English list knows few of them.
_LOCAL = (
    "admin administrator station kiosk operator manager auditor security welcome changeme letmein "
    "secret summer winter spring autumn office building resident community guest default test "
    "woaini woai aini mima denglu guanli guanliyuan wuye xiaoqu yezhu zhuhu baoan menwei shequ "
    "jiedao zhongguo beijing shanghai guangzhou shenzhen chongqing tianjin hangzhou nanjing wuhan "
    "chengdu suzhou xian wang zhang zhao chen yang huang zhou zheng liang song tang deng feng "
    "xiaoming xiaohong xiaofang ming wei fang qiang jun jie lei hua hong jing ling ping ting yan "
    "laoban baobao mama baba gege jiejie didi meimei tongxue pengyou facai fafafa yishengyishi "
    "nihao niubi xingfu kuaile pingan jiankang shunli wode nide qwer asdf zxcv qaz wsx edc abc"
)
_LOCAL_WORDS = _LOCAL.split()
# It keeps the words of one call where the next one finds them.
_COUNTING = threading.Lock()


@dataclass(frozen=True, slots=True)
class PasswordCost:
    """What one guess costs: Argon2id passes, memory in KiB, lanes."""

    t: int = 3
    m_kib: int = 64 * 1024
    p: int = 4


_HASH_BYTES = 32
_LONGEST_KEPT = 256
# Each check takes `m_kib` of memory: a crowd of tries must not take the machine's.
_AT_ONCE = threading.BoundedSemaphore(2)


def check_password(password: Secret, user: str, *others: str) -> None:
    """Refuse a weak password; `others` are further words about its owner (the display name).

    Raises `AccessError(PASSWORD_WEAK)`.
    """
    text = _text(password)
    if not SHORTEST <= len(text) <= LONGEST or not text.isprintable() or _classes(text) < CLASSES:
        raise AccessError(ErrorCode.PASSWORD_WEAK)
    folded = text.casefold()
    if user in folded or _letters(user) in _letters(folded):
        raise AccessError(ErrorCode.PASSWORD_WEAK)
    if _guesses_log10(text, [user, _letters(user), *others]) < _LEAST_GUESSES_LOG10:
        raise AccessError(ErrorCode.PASSWORD_WEAK)


def hash_password(password: Secret, cost: PasswordCost, salt: bytes) -> str:
    """The password as it is kept, with its cost; `salt` is 16 random bytes."""
    with _AT_ONCE:
        kept = hash_secret(_bytes(password), salt, cost.t, cost.m_kib, cost.p, _HASH_BYTES, Type.ID)
    return kept.decode("ascii")


def hash_of_nobody(cost: PasswordCost) -> str:
    """A kept form that no password has; checking against it costs what any check costs."""

    def coded(length: int) -> str:
        return base64.b64encode(secrets.token_bytes(length)).decode().rstrip("=")

    head = f"$argon2id$v=19$m={cost.m_kib},t={cost.t},p={cost.p}"
    return f"{head}${coded(16)}${coded(_HASH_BYTES)}"


def is_password(password: Secret, kept: str) -> bool:
    """Whether this is the password kept as `kept`; takes the full cost either way."""
    if len(kept) > _LONGEST_KEPT:
        return False
    try:
        with _AT_ONCE:
            return bool(verify_secret(kept.encode(), _bytes(password), Type.ID))
    except (Argon2Error, InvalidHashError):
        return False


def _guesses_log10(text: str, others: list[str]) -> float:
    # Here, because its word lists take time and memory that a kiosk at work does not spend.
    from zxcvbn import zxcvbn

    with _COUNTING:
        found = zxcvbn(text[:_COUNTED], user_inputs=[*others, *_LOCAL_WORDS])
    return float(found["guesses_log10"])


def _classes(text: str) -> int:
    kinds = (str.isupper, str.islower, str.isdigit, lambda one: not one.isalnum())
    return sum(any(kind(one) for one in text) for kind in kinds)


def _letters(text: str) -> str:
    return "".join(one for one in text if one.isalnum())


def _text(password: Secret) -> str:
    """As typed, in the one form in which every keyboard writes it."""
    try:
        return unicodedata.normalize("NFC", password.reveal()[: LONGEST * 8].decode("utf-8"))
    except UnicodeDecodeError as error:
        raise AccessError(ErrorCode.PASSWORD_WEAK) from error


def _bytes(password: Secret) -> bytes:
    # Longer than any password: cut off, so that megabytes cost no more than a wrong one does.
    cut = password.reveal()[: LONGEST * 8 + 1]
    try:
        return unicodedata.normalize("NFC", cut.decode("utf-8")).encode()
    except UnicodeDecodeError:
        return cut
