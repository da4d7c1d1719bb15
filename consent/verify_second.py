"""Second SM2 verifier, for the auditor only: pure-Python gmssl behind strict checks.

Verification needs public keys only; this library never sees a private key (it draws its nonces
from a predictable generator). About 55 signatures a second. A difference from the first verifier
is itself a finding.
"""

from gmssl import sm2

from consent.sm2_encoding import is_public_key, parse_signature


def verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Is `signature` (DER) the key's signature of `message`, default signer id?"""
    numbers = parse_signature(signature)
    if numbers is None or not is_public_key(public_key):
        return False
    key = public_key.hex()
    checker = sm2.CryptSM2(private_key=None, public_key=key)
    # The constructor strips every leading "0" and "4" of a key that begins with "04".
    checker.public_key = key
    raw = f"{numbers[0]:064x}{numbers[1]:064x}"
    try:
        return bool(checker.verify_with_sm3(raw, message))
    except (TypeError, ValueError, IndexError, AttributeError):
        # The library fails on a point at infinity instead of refusing the signature.
        return False
