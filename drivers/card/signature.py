"""Signatures under eMRTD security objects and certificates: RSA (PKCS #1 v1.5, PSS) and ECDSA."""

import hashlib

from asn1crypto import algos, core, keys
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from drivers.card.curve_table import CURVE_OIDS, CURVES
from drivers.card.elliptic_curve import Curve
from station.errors import CardError, ErrorCode

# SHA-1 stands under documents issued in the past (ICAO 9303-12 of their time, requirements.md
# Amb-29); MD5 and anything else is refused.
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_LIBRARY_CURVES: dict[str, type[ec.EllipticCurve]] = {
    "secp224r1": ec.SECP224R1,
    "secp256r1": ec.SECP256R1,
    "secp384r1": ec.SECP384R1,
    "secp521r1": ec.SECP521R1,
    "brainpoolP256r1": ec.BrainpoolP256R1,
    "brainpoolP384r1": ec.BrainpoolP384R1,
    "brainpoolP512r1": ec.BrainpoolP512R1,
}
_PLAIN_ECDSA = {
    "0.4.0.127.0.7.1.1.4.1.1": "sha1",
    "0.4.0.127.0.7.1.1.4.1.2": "sha224",
    "0.4.0.127.0.7.1.1.4.1.3": "sha256",
    "0.4.0.127.0.7.1.1.4.1.4": "sha384",
    "0.4.0.127.0.7.1.1.4.1.5": "sha512",
}
"""BSI TR-03111 §5.2.1.1: the signature is r and s side by side instead of ASN.1."""
_MAX_RSA_BITS = 8192


class SignatureNotSupportedError(CardError):
    """The algorithm, hash or curve is none this product can check."""

    def __init__(self) -> None:
        super().__init__(ErrorCode.CARD_NOT_SUPPORTED)


def digest(name: str, data: bytes | bytearray | memoryview) -> bytes:
    """Hash `data`. Raises `SignatureNotSupportedError` for a hash that is not accepted."""
    if name not in _HASHES:
        raise SignatureNotSupportedError
    return hashlib.new(name, data, usedforsecurity=False).digest()


def verifies(
    key: keys.PublicKeyInfo,
    algorithm: algos.SignedDigestAlgorithm,
    digest_name: str,
    message: bytes,
    signature: bytes,
) -> bool:
    """Whether `signature` is `key`'s over `message`.

    `digest_name` is used where `algorithm` names no hash of its own. Raises
    `SignatureNotSupportedError` for what cannot be checked, `ValueError` for damaged encodings.
    """
    kind, digest_name = _scheme(algorithm, digest_name)
    if digest_name not in _HASHES:
        raise SignatureNotSupportedError
    if kind in ("ecdsa", "plain_ecdsa"):
        return _verifies_ecdsa(key, digest_name, message, signature, kind == "plain_ecdsa")
    if kind in ("rsassa_pkcs1v15", "rsassa_pss"):
        return _verifies_rsa(key, algorithm, digest_name, message, signature)
    raise SignatureNotSupportedError


def _scheme(algorithm: algos.SignedDigestAlgorithm, digest_name: str) -> tuple[str, str]:
    """Kind of signature, and its own hash or else `digest_name`."""
    identifier = algorithm["algorithm"].dotted
    if identifier in _PLAIN_ECDSA:
        return "plain_ecdsa", _PLAIN_ECDSA[identifier]
    try:
        kind = algorithm.signature_algo
    except ValueError as error:
        # An identifier the parser has no name for is not damage, and no proof of a forgery.
        raise SignatureNotSupportedError from error
    if algorithm["algorithm"].native not in ("rsassa_pkcs1v15", "ecdsa", "rsa"):
        digest_name = algorithm.hash_algo
    return kind, digest_name


def _verifies_rsa(
    key: keys.PublicKeyInfo,
    algorithm: algos.SignedDigestAlgorithm,
    digest_name: str,
    message: bytes,
    signature: bytes,
) -> bool:
    if key.algorithm not in ("rsa", "rsassa_pss"):
        return False
    numbers = key["public_key"].parsed
    modulus, exponent = numbers["modulus"].native, numbers["public_exponent"].native
    if modulus.bit_length() > _MAX_RSA_BITS:
        raise SignatureNotSupportedError
    scheme: padding.AsymmetricPadding = padding.PKCS1v15()
    if algorithm.signature_algo == "rsassa_pss":
        parameters = algorithm["parameters"]
        mask_hash = parameters["mask_gen_algorithm"]["parameters"]["algorithm"].native
        if mask_hash not in _HASHES:
            raise SignatureNotSupportedError
        scheme = padding.PSS(
            padding.MGF1(_HASHES[mask_hash]()), int(parameters["salt_length"].native)
        )
    try:
        public_key = rsa.RSAPublicNumbers(exponent, modulus).public_key()
        public_key.verify(signature, message, scheme, _HASHES[digest_name]())
    except InvalidSignature:
        return False
    except UnsupportedAlgorithm as error:
        raise SignatureNotSupportedError from error
    return True


def _verifies_ecdsa(
    key: keys.PublicKeyInfo, digest_name: str, message: bytes, signature: bytes, plain: bool
) -> bool:
    if key.algorithm != "ec":
        return False
    curve = _curve_of(key)
    point = bytes(key["public_key"])
    size = (curve.p.bit_length() + 7) // 8
    if len(point) != 1 + 2 * size or point[0] != 4:
        raise SignatureNotSupportedError
    x, y = int.from_bytes(point[1 : 1 + size], "big"), int.from_bytes(point[1 + size :], "big")
    r, s = _plain_pair(signature) if plain else _asn1_pair(signature)
    library_curve = _LIBRARY_CURVES.get(curve.name)
    if library_curve is None:
        return curve.verifies((x, y), digest(digest_name, message), r, s)
    if r < 0 or s < 0 or not curve.contains(x, y):
        return False
    try:
        public_key = ec.EllipticCurvePublicNumbers(x, y, library_curve()).public_key()
        public_key.verify(encode_dss_signature(r, s), message, ec.ECDSA(_HASHES[digest_name]()))
    except InvalidSignature:
        return False
    except UnsupportedAlgorithm as error:
        raise SignatureNotSupportedError from error
    return True


class _DssSignature(core.Sequence):  # type: ignore[misc]
    _fields = [("r", core.Integer), ("s", core.Integer)]  # noqa: RUF012


def _asn1_pair(signature: bytes) -> tuple[int, int]:
    pair = _DssSignature.load(signature, strict=True)
    return int(pair["r"].native), int(pair["s"].native)


def _plain_pair(signature: bytes) -> tuple[int, int]:
    half = len(signature) // 2
    return int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")


def _curve_of(key: keys.PublicKeyInfo) -> Curve:
    """The known curve a key is on, be it named or given by explicit parameters."""
    parameters = key["algorithm"]["parameters"]
    if parameters.name == "named":
        name = CURVE_OIDS.get(parameters.chosen.dotted)
        found = next((c for c in CURVES if c.name == name), None)
    elif parameters.name == "specified":
        found = _matching_curve(parameters.chosen)
    else:
        found = None
    if found is None:
        raise SignatureNotSupportedError
    return found


def _matching_curve(domain: keys.SpecifiedECDomain) -> Curve | None:
    """The curve whose every parameter equals `domain`'s: no other explicit curve is accepted."""
    if domain["field_id"]["field_type"].native != "prime_field":
        return None
    p = domain["field_id"]["parameters"].native
    a = int.from_bytes(bytes(domain["curve"]["a"]), "big")
    b = int.from_bytes(bytes(domain["curve"]["b"]), "big")
    base, n = bytes(domain["base"]), domain["order"].native
    for curve in CURVES:
        if (curve.p, curve.a, curve.b, curve.n) == (p, a, b, n) and _is_base(curve, base):
            return curve
    return None


def _is_base(curve: Curve, encoded: bytes) -> bool:
    size = (curve.p.bit_length() + 7) // 8
    x, y = (c.to_bytes(size, "big") for c in curve.base)
    return encoded in (b"\x04" + x + y, bytes((2 + (curve.base[1] & 1),)) + x)
