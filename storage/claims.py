"""What a resident claims to be: numbers in one form, and the resident number itself."""

import secrets
import unicodedata

from station.model import Claim
from station.resident_number import check_digit

LONGEST_CLAIM = 64
"""Longest number, in characters after normalising; a longer one is nobody's."""
_DROPPED = str.maketrans("", "", " -‐‑–—_·.\t\r\n\u3000")


def normal_claim(claim: Claim) -> str:
    """The number in the one form that is indexed: NFKC, upper case, no spaces and hyphens.

    Empty for what cannot be anybody's number.
    """
    if len(claim.value) > 4 * LONGEST_CLAIM:
        return ""
    # Once more after upper case, which takes some letters apart: one number has one form.
    upper = unicodedata.normalize("NFKC", claim.value).upper()
    text = unicodedata.normalize("NFKC", upper).upper().translate(_DROPPED)
    return text if 0 < len(text) <= LONGEST_CLAIM else ""


def new_resident_number() -> str:
    """Ten random digits, the last a check digit: nothing of the person is in it.

    No eighteen digits, so that no scan takes it for an identity number (GB 11643).
    """
    body = str(secrets.randbelow(9 * 10**8) + 10**8)
    return body + check_digit(body)
