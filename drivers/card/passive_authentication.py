"""Passive authentication (ICAO 9303-11 §5.1): is what the chip says what its issuer signed?

Checked: the digests of the data groups against EF.SOD, the signed attributes, the signature, that
a trusted CSCA issued the document signer, that CSCA, signer and document name the same country
where they name one this product knows, and that the signer is none for master lists. Not checked:
revocation lists, the validity periods of the certificates, and their key usage.
"""

import hmac
import logging
from collections.abc import Mapping

from asn1crypto import algos, cms, core, x509

from drivers.card import lds, signature
from drivers.card.country_codes import certificate_country
from drivers.card.tlv import Buffer
from drivers.card.trust_store import TrustStore
from station.model import Authenticity

_log = logging.getLogger(__name__)

OID_LDS_SECURITY_OBJECT = "2.23.136.1.1.1"
OID_MASTER_LIST_SIGNER = "2.23.136.1.1.3"


class DataGroupHash(core.Sequence):  # type: ignore[misc]
    """DataGroupHash (ICAO 9303-10 §4.6.2.3)."""

    _fields = [  # noqa: RUF012
        ("data_group_number", core.Integer),
        ("data_group_hash_value", core.OctetString),
    ]


class DataGroupHashes(core.SequenceOf):  # type: ignore[misc]
    """SEQUENCE OF DataGroupHash."""

    _child_spec = DataGroupHash


class LdsSecurityObject(core.Sequence):  # type: ignore[misc]
    """LDSSecurityObject, the signed content of EF.SOD."""

    _fields = [  # noqa: RUF012
        ("version", core.Integer),
        ("hash_algorithm", algos.DigestAlgorithm),
        ("data_group_hash_values", DataGroupHashes),
        ("lds_version_info", core.Any, {"optional": True}),
    ]


class _WrongError(Exception):
    """Something signed does not hold."""


def authenticate(
    sod_content: bytes, data_groups: Mapping[int, Buffer], trust: TrustStore
) -> Authenticity:
    """The document's authenticity from the CMS inside EF.SOD and the data groups that were read.

    `data_groups` maps the number to the whole file as read, and every one of them must be signed.
    Damaged structures count as FAILED. Raises `SignatureNotSupportedError` (a `CardError`
    CARD_NOT_SUPPORTED) where an algorithm is none this product can check.
    """
    try:
        signed = _signed_data(sod_content)
        content = bytes(signed["encap_content_info"]["content"])
        _check_digests(LdsSecurityObject.load(content, strict=True), data_groups)
        signer = _check_signature(signed, content)
        _check_use(signer)
        return _issuer(signer, trust, _issuing_state(data_groups))
    # The ASN.1 parser reports damage as ValueError, TypeError or KeyError, depending on the place.
    except (
        _WrongError,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        OverflowError,
        RecursionError,
    ):
        return Authenticity.FAILED


def _signed_data(raw: bytes) -> cms.SignedData:
    info = cms.ContentInfo.load(raw, strict=True)
    if info["content_type"].native != "signed_data":
        raise _WrongError
    signed = info["content"]
    if signed["encap_content_info"]["content_type"].dotted != OID_LDS_SECURITY_OBJECT:
        raise _WrongError
    return signed


def _check_digests(security_object: LdsSecurityObject, data_groups: Mapping[int, Buffer]) -> None:
    name = security_object["hash_algorithm"]["algorithm"].native
    signed = {
        entry["data_group_number"].native: entry["data_group_hash_value"].native
        for entry in security_object["data_group_hash_values"]
    }
    for number, data in data_groups.items():
        expected = signed.get(number)
        if not expected or not hmac.compare_digest(signature.digest(name, data), expected):
            raise _WrongError


def _check_signature(signed: cms.SignedData, content: bytes) -> x509.Certificate:
    """The document signer's certificate, once the signature over `content` holds."""
    if len(signed["signer_infos"]) != 1:
        raise _WrongError
    info = signed["signer_infos"][0]
    attributes = info["signed_attrs"]
    digest_name = info["digest_algorithm"]["algorithm"].native
    values = {a["type"].native: a["values"] for a in attributes}
    # RFC 5652 §5.3: with a content type other than id-data both attributes must be there, once.
    content_type, message_digest = values["content_type"], values["message_digest"]
    if len(values) != len(attributes) or len(content_type) != 1 or len(message_digest) != 1:
        raise _WrongError
    if content_type[0].dotted != OID_LDS_SECURITY_OBJECT:
        raise _WrongError
    expected = message_digest[0].native
    if not hmac.compare_digest(signature.digest(digest_name, content), expected):
        raise _WrongError
    signer = _signer_certificate(signed, info["sid"])
    # RFC 5652 §5.4: the signature is over the attributes as a plain SET, without the [0] tag.
    message = attributes.untag().dump()
    algorithm, value = info["signature_algorithm"], info["signature"].native
    if not signature.verifies(signer.public_key, algorithm, digest_name, message, value):
        raise _WrongError
    return signer


def _check_use(signer: x509.Certificate) -> None:
    """A key for master lists signs no document (ICAO 9303-12 §7.1, extended key usage)."""
    uses = signer.extended_key_usage_value
    if uses is not None and any(use.dotted == OID_MASTER_LIST_SIGNER for use in uses):
        raise _WrongError


def _issuing_state(data_groups: Mapping[int, Buffer]) -> str:
    """What DG1 says, now that its digest holds; empty without a DG1."""
    return lds.parse_dg1(data_groups[1]).issuer if 1 in data_groups else ""


def _signer_certificate(signed: cms.SignedData, sid: cms.SignerIdentifier) -> x509.Certificate:
    for choice in signed["certificates"]:
        certificate = choice.chosen
        if not isinstance(certificate, x509.Certificate):
            continue
        if sid.name == "subject_key_identifier":
            if certificate.key_identifier == sid.chosen.native:
                return certificate
        elif (
            sid.chosen["serial_number"].native == certificate.serial_number
            and sid.chosen["issuer"] == certificate.issuer
        ):
            return certificate
    raise _WrongError


def _issuer(signer: x509.Certificate, trust: TrustStore, state: str) -> Authenticity:
    """VERIFIED under a trusted CSCA of `state`.

    FAILED where a CSCA's very key is named and did not sign, or one country signs for another.
    Countries change keys under one name, so a name alone does not make the chain wrong.
    """
    named_key = signer.authority_key_identifier
    wrong = False
    unsupported: signature.SignatureNotSupportedError | None = None
    for csca in trust.candidates(signer):
        try:
            if _issued(csca, signer):
                return (
                    Authenticity.VERIFIED
                    if len(_countries(signer, csca, state)) <= 1
                    else Authenticity.FAILED
                )
        except signature.SignatureNotSupportedError as error:
            unsupported = error
            continue
        except (ValueError, TypeError, KeyError):
            # One damaged certificate must not stop the others from being asked.
            _log.warning("a trusted certificate or the signature to check with it is damaged")
        wrong = wrong or bool(named_key and csca.key_identifier == named_key)
    if wrong:
        return Authenticity.FAILED
    if unsupported is not None:
        raise unsupported
    return Authenticity.UNKNOWN_ISSUER


def _countries(signer: x509.Certificate, csca: x509.Certificate, state: str) -> set[str]:
    """The known countries that signer, CSCA and document name; more than one is a contradiction.

    ICAO 9303-12 §7.1: the country in both subjects, in capitals (not everywhere so in the field).
    """
    named = {certificate_country(state)}
    for certificate in (signer, csca):
        country = certificate.subject.native.get("country_name")
        named.add(country.upper() if isinstance(country, str) else None)
    return {country for country in named if country is not None}


def _issued(csca: x509.Certificate, signer: x509.Certificate) -> bool:
    algorithm = signer["signature_algorithm"]
    # The inner copy is the signed one; a differing outer one is an attack or damage.
    if algorithm.dump() != signer["tbs_certificate"]["signature"].dump():
        return False
    return signature.verifies(
        csca.public_key,
        algorithm,
        "",
        signer["tbs_certificate"].dump(),
        signer["signature_value"].native,
    )
