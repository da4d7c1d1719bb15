"""Time-based one-time codes as the second factor: RFC 6238 with HMAC-SHA-256 (T-3 forbids SHA-1).

A code counts once, whatever the clock says. What came before a code that was used is void as well,
but for one case: a clock that once was far ahead and was put right must not lock anybody out until
its time comes. The other factor of the same shape is a FIDO2 key (`station.security_key`).
"""

import base64
import hmac
import secrets
from collections.abc import Iterator, Mapping
from typing import Protocol
from urllib.parse import quote, urlencode

from consent.canonical import Json
from station.errors import AccessError, ErrorCode
from station.model import Secret
from station.security_key import FIDO2, KeyFactor, KeyProof

STEP_S = 30
DIGITS = 6
SECRET_BYTES = 32
"""As long as the digest (RFC 6238, 5.1 and errata)."""
WINDOW = 1
"""Steps before and after the present one that are accepted as well."""
LEAD = 120
"""How many steps (an hour) a code that was used can lie ahead of the clock and still void what came
before it. What lies further ahead was used by a clock that has been put right since."""
MOST_USED = 16
"""Used steps an account remembers; what is before the oldest of them is void for good."""
TOTP = "TOTP"


class SecondFactor(Protocol):
    """A kind of second factor. Its state is part of the account's sealed sheet."""

    def prove(
        self, state: Mapping[str, Json], proof: str | KeyProof, now_s: int
    ) -> dict[str, Json] | None:
        """The state after a right proof, which is used up by it; None for a wrong one."""
        ...


class TotpFactor:
    """Codes of an authenticator app or token."""

    def __init__(self, issuer: str = "Station") -> None:
        self._issuer = issuer

    def enrol(self, user: str) -> tuple[dict[str, Json], Secret]:
        """A new secret; shown once, as an otpauth URI for a QR code."""
        secret = secrets.token_bytes(SECRET_BYTES)
        state: dict[str, Json] = {"kind": TOTP, "secret": secret.hex(), "step": 0}
        return state, Secret(self._uri(user, secret).encode())

    def prove(
        self, state: Mapping[str, Json], proof: str | KeyProof, now_s: int
    ) -> dict[str, Json] | None:
        """The state with the step of this code as its last; None for a wrong or used code."""
        kept, low = state["secret"], state.get("low", 0)
        if not isinstance(proof, str) or not isinstance(kept, str) or not isinstance(low, int):
            return None
        used, ahead = used_steps(state, now_s // STEP_S)
        step = matching_step(bytes.fromhex(kept), proof, now_s, max(low, *used, 0))
        if step is None or step in ahead or len(ahead) > MOST_USED:
            return None
        # What lay ahead is behind by now: it takes its place among the others.
        used = sorted({*used, step, *(one for one in ahead if one <= step)})
        return {
            **state,
            "step": step,
            "used": used[-MOST_USED:],
            "ahead": [one for one in ahead if one > step],
            "low": max(low, *used[:-MOST_USED], 0),
        }

    def _uri(self, user: str, secret: bytes) -> str:
        label = quote(f"{self._issuer}:{user}")
        shown = base64.b32encode(secret).decode().rstrip("=")
        query = {
            "secret": shown,
            "issuer": self._issuer,
            "algorithm": "SHA256",
            "digits": DIGITS,
            "period": STEP_S,
        }
        return f"otpauth://totp/{label}?{urlencode(query)}"


def code_at(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """The code of one step (RFC 4226, 5.3, with SHA-256; RFC 6238, 4.2)."""
    mac = hmac.digest(secret, step.to_bytes(8, "big"), "sha256")
    at = mac[-1] & 0x0F
    number = int.from_bytes(mac[at : at + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def matching_step(secret: bytes, proof: str, now_s: int, after: int) -> int | None:
    """The step a code is of: within the window of `now_s`, and later than step `after`.

    Every candidate is compared, each in constant time.
    """
    typed = proof.encode("utf-8", "replace")[: DIGITS + 1]
    found = None
    present = now_s // STEP_S
    for step in range(max(present - WINDOW, 0), present + WINDOW + 1):
        same = hmac.compare_digest(code_at(secret, step).encode(), typed)
        if same and step > after:
            found = step
    return found


def used_steps(state: Mapping[str, Json], present: int) -> tuple[list[int], list[int]]:
    """Steps that were used, each list rising: those that void what came before them, and those that
    lie more than `LEAD` ahead of step `present` and are void by themselves alone."""
    used = set(_steps(state, "used")) or {one for one in [state["step"]] if isinstance(one, int)}
    ahead = set(_steps(state, "ahead"))
    far = {one for one in used if one > present + LEAD}
    return sorted(used - far), sorted(ahead | far)


def _steps(state: Mapping[str, Json], name: str) -> Iterator[int]:
    value = state.get(name)
    return (one for one in value if isinstance(one, int)) if isinstance(value, list) else iter(())


def factor_of(kind: str) -> SecondFactor:
    """The factor of that kind. Raises `AccessError(FACTOR_NOT_SUPPORTED)`: PIV, SMS and others."""
    if kind == FIDO2:
        return KeyFactor()
    if kind != TOTP:
        raise AccessError(ErrorCode.FACTOR_NOT_SUPPORTED)
    return TotpFactor()
