"""A throw-away issuing country for simulated documents: CSCA, document signer and EF.SOD.

Every personalisation makes new keys that exist only in this process, so no document signed here
can pass under any trust folder that was not given the certificate returned with it.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from asn1crypto import algos, cms, core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from drivers.simulated import chip_files
from drivers.simulated.chip import ChipQuirks, SimulatedChip
from drivers.simulated.chip_files import Holder, ImageType
from drivers.simulated.chip_secure_channel import access_keys

_LDS_SECURITY_OBJECT = "2.23.136.1.1.1"
_PSS_SALT_LENGTH = 32


class SignatureKind(StrEnum):
    """How the document signer signs EF.SOD, and the CSCA the document signer."""

    ECDSA_P256 = "ECDSA_P256"
    ECDSA_BRAINPOOL256 = "ECDSA_BRAINPOOL256"
    RSA_PKCS1 = "RSA_PKCS1"
    RSA_PSS = "RSA_PSS"


@dataclass(frozen=True, slots=True)
class Personalisation:
    """What is wrong or special about one simulated document; by default nothing is."""

    signature: SignatureKind = SignatureKind.ECDSA_P256
    tampered_data_group: int | None = None
    """1 or 2: one byte of it differs from what was signed."""
    unknown_issuer: bool = False
    """The certificate returned is that of another country's CSCA."""
    forged_issuer: bool = False
    """Another key signed the document signer, under the returned CSCA's name and key identifier."""
    broken_signature: bool = False
    """The signature in EF.SOD is not over its attributes."""
    quirks: ChipQuirks = field(default_factory=ChipQuirks)


PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def personalise(
    holder: Holder,
    portrait: bytes,
    image_type: ImageType,
    options: Personalisation | None = None,
) -> tuple[SimulatedChip, bytes]:
    """A chip for `holder` with `portrait` (encoded as `image_type`), and its CSCA as DER.

    An expired document is one whose `holder.expiry` is past.
    """
    chosen = options or Personalisation()
    files = {
        chip_files.EF_COM: chip_files.ef_com(b"\x61\x75"),
        chip_files.EF_DG1: chip_files.ef_dg1(chip_files.td3_lines(holder)),
        chip_files.EF_DG2: chip_files.ef_dg2(portrait, image_type),
        chip_files.EF_DG3: chip_files.node("63", b"\x00" * 16),
    }
    signed = {1: files[chip_files.EF_DG1], 2: files[chip_files.EF_DG2]}
    sod, csca = _security_object(signed, chosen)
    if not chosen.quirks.without_sod:
        files[chip_files.EF_SOD] = sod
    if chosen.tampered_data_group is not None:
        identifier = 0x0100 + chosen.tampered_data_group
        files[identifier] = _tampered(files[identifier], chosen.tampered_data_group)
    return SimulatedChip(files, access_keys(*holder.access_items()), chosen.quirks), csca


def _tampered(content: bytes, number: int) -> bytes:
    """Change DG1's first name letter (no check digit covers it) or the last byte of DG2."""
    at = 5 + 5 if number == 1 else len(content) - 1
    changed = ord("A") if content[at] != ord("A") else ord("B")
    return content[:at] + bytes([changed]) + content[at + 1 :]


def _security_object(signed: dict[int, bytes], chosen: Personalisation) -> tuple[bytes, bytes]:
    csca_key, signer_key = _new_key(chosen.signature), _new_key(chosen.signature)
    csca = _certificate("Simulated CSCA", csca_key, None, csca_key, chosen.signature)
    issuing_key = _new_key(chosen.signature) if chosen.forged_issuer else csca_key
    signer = _certificate("Simulated DS", signer_key, csca, issuing_key, chosen.signature)
    content = _lds_security_object(signed)
    sod = _signed_data(content, signer, signer_key, chosen)
    if chosen.unknown_issuer:
        other = _new_key(chosen.signature)
        csca = _certificate("Simulated CSCA of elsewhere", other, None, other, chosen.signature)
    return chip_files.node("77", sod), csca.public_bytes(serialization.Encoding.DER)


def _new_key(kind: SignatureKind) -> PrivateKey:
    if kind is SignatureKind.ECDSA_P256:
        return ec.generate_private_key(ec.SECP256R1())
    if kind is SignatureKind.ECDSA_BRAINPOOL256:
        return ec.generate_private_key(ec.BrainpoolP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _certificate(
    common_name: str,
    subject_key: PrivateKey,
    issuer: x509.Certificate | None,
    issuing_key: PrivateKey,
    kind: SignatureKind,
) -> x509.Certificate:
    """A CSCA's own certificate (no `issuer`), or a document signer's."""
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "UT"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
    own_identifier = x509.SubjectKeyIdentifier.from_public_key(subject_key.public_key())
    authority = own_identifier
    if issuer is not None:
        authority = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name if issuer is None else issuer.subject)
        .public_key(subject_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(issuer is None, 0 if issuer is None else None), True)
        .add_extension(own_identifier, False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority), False
        )
    )
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), _PSS_SALT_LENGTH)
    return builder.sign(
        issuing_key,
        hashes.SHA256(),
        rsa_padding=pss if kind is SignatureKind.RSA_PSS else None,
    )


class _HashEntry(core.Sequence):  # type: ignore[misc]
    _fields = [("number", core.Integer), ("value", core.OctetString)]  # noqa: RUF012


class _HashEntries(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _HashEntry


class _SecurityObject(core.Sequence):  # type: ignore[misc]
    _fields = [  # noqa: RUF012
        ("version", core.Integer),
        ("algorithm", algos.DigestAlgorithm),
        ("entries", _HashEntries),
    ]


def _lds_security_object(signed: dict[int, bytes]) -> bytes:
    entries = [
        {"number": number, "value": hashlib.sha256(content).digest()}
        for number, content in sorted(signed.items())
    ]
    made = _SecurityObject({"version": 0, "algorithm": {"algorithm": "sha256"}, "entries": entries})
    return bytes(made.dump())


def _signed_data(
    content: bytes, signer: x509.Certificate, key: PrivateKey, chosen: Personalisation
) -> bytes:
    attributes = cms.CMSAttributes(
        [
            {"type": "content_type", "values": [_LDS_SECURITY_OBJECT]},
            {"type": "message_digest", "values": [hashlib.sha256(content).digest()]},
        ]
    )
    message = attributes.dump() + (b"\x00" if chosen.broken_signature else b"")
    certificate = asn1_x509.Certificate.load(signer.public_bytes(serialization.Encoding.DER))
    info = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            {
                "issuer_and_serial_number": {
                    "issuer": certificate.issuer,
                    "serial_number": certificate.serial_number,
                }
            }
        ),
        "digest_algorithm": {"algorithm": "sha256"},
        "signed_attrs": attributes,
        "signature_algorithm": _signature_algorithm(chosen.signature),
        "signature": _sign(key, message, chosen.signature),
    }
    signed_data = {
        "version": "v3",
        "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": {
            "content_type": _LDS_SECURITY_OBJECT,
            "content": core.ParsableOctetString(content),
        },
        "certificates": [certificate],
        "signer_infos": [info],
    }
    wrapped = cms.ContentInfo(
        {"content_type": "signed_data", "content": cms.SignedData(signed_data)}
    )
    return bytes(wrapped.dump())


def _signature_algorithm(kind: SignatureKind) -> algos.SignedDigestAlgorithm:
    if kind is SignatureKind.RSA_PKCS1:
        return algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"})
    if kind is SignatureKind.RSA_PSS:
        mask = {"algorithm": "mgf1", "parameters": {"algorithm": "sha256"}}
        parameters = algos.RSASSAPSSParams(
            {
                "hash_algorithm": {"algorithm": "sha256"},
                "mask_gen_algorithm": mask,
                "salt_length": _PSS_SALT_LENGTH,
            }
        )
        return algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": parameters})
    return algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"})


def _sign(key: PrivateKey, message: bytes, kind: SignatureKind) -> bytes:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(message, ec.ECDSA(hashes.SHA256()))
    if kind is SignatureKind.RSA_PSS:
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), _PSS_SALT_LENGTH)
        return key.sign(message, pss, hashes.SHA256())
    return key.sign(message, padding.PKCS1v15(), hashes.SHA256())
