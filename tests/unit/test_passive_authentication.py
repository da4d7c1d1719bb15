"""Passive authentication: digests, signature, issuer, and certificates as they are in the wild."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from asn1crypto import algos, cms, core, keys, pem, x509
from cryptography import x509 as certificates
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.card import country_codes, lds, signature
from drivers.card import passive_authentication as pa
from drivers.card.curve_table import CURVES
from drivers.card.elliptic_curve import Curve
from drivers.card.trust_store import (
    OID_CSCA_MASTER_LIST,
    CscaMasterList,
    TrustStore,
    load_trust_folder,
)
from drivers.simulated.chip_files import EF_DG1, EF_DG2, EF_SOD, Holder, ImageType
from drivers.simulated.chip_issuer import Personalisation, SignatureKind, personalise
from station.model import Authenticity
from tests.card_desk import shared_data

HOLDER = Holder("DOE", "JO", "X1", "UTO", "UTO", date(1990, 1, 2), date(2030, 1, 2))


def _document(options: Personalisation | None = None) -> tuple[bytes, dict[int, bytes], bytes]:
    """EF.SOD's content, the data groups and the CSCA certificate."""
    chip, csca = personalise(HOLDER, b"\xff\xd8\xff" + bytes(64), ImageType.JPEG, options)
    files = chip._files
    return lds.sod_content(files[EF_SOD]), {1: files[EF_DG1], 2: files[EF_DG2]}, csca


def _trusting(*certificates: bytes) -> TrustStore:
    store = TrustStore()
    for der in certificates:
        store.add(x509.Certificate.load(der))
    return store


@pytest.mark.parametrize("kind", list(SignatureKind))
def test_a_genuine_document_is_verified(kind: SignatureKind) -> None:
    sod, groups, csca = _document(Personalisation(signature=kind))
    assert pa.authenticate(sod, groups, _trusting(csca)) is Authenticity.VERIFIED
    assert pa.authenticate(sod, groups, TrustStore()) is Authenticity.UNKNOWN_ISSUER


@pytest.mark.parametrize("number", [1, 2])
def test_a_tampered_data_group_fails(number: int) -> None:
    sod, groups, csca = _document(Personalisation(tampered_data_group=number))
    assert pa.authenticate(sod, groups, _trusting(csca)) is Authenticity.FAILED


def test_a_data_group_that_is_not_signed_fails() -> None:
    sod, groups, csca = _document()
    assert pa.authenticate(sod, {**groups, 11: b"x"}, _trusting(csca)) is Authenticity.FAILED


def test_a_broken_signature_fails_even_with_an_unknown_issuer() -> None:
    sod, groups, csca = _document(Personalisation(broken_signature=True))
    assert pa.authenticate(sod, groups, _trusting(csca)) is Authenticity.FAILED
    assert pa.authenticate(sod, groups, TrustStore()) is Authenticity.FAILED


def test_another_countrys_csca_leaves_the_issuer_unknown() -> None:
    sod, groups, other = _document(Personalisation(unknown_issuer=True))
    assert pa.authenticate(sod, groups, _trusting(other)) is Authenticity.UNKNOWN_ISSUER


def test_a_signer_that_only_claims_the_trusted_key_fails() -> None:
    sod, groups, csca = _document(Personalisation(forged_issuer=True))
    assert pa.authenticate(sod, groups, _trusting(csca)) is Authenticity.FAILED


def test_a_new_key_under_an_old_name_is_found_among_several() -> None:
    sod, groups, csca = _document()
    _, _, namesake = _document()
    assert pa.authenticate(sod, groups, _trusting(namesake, csca)) is Authenticity.VERIFIED
    # The namesake alone has another key than the one the signer names.
    assert pa.authenticate(sod, groups, _trusting(namesake)) is Authenticity.UNKNOWN_ISSUER


def test_a_document_signer_is_no_trust_anchor() -> None:
    sod, groups, _ = _document()
    signer = pa._signed_data(sod)["certificates"][0].chosen
    assert pa.authenticate(sod, groups, _trusting(signer.dump())) is Authenticity.UNKNOWN_ISSUER


@pytest.mark.parametrize(
    ("state", "country", "result"),
    [
        ("FRA", "FR", Authenticity.VERIFIED),
        ("FRA", "fr", Authenticity.VERIFIED),
        ("D", "DE", Authenticity.VERIFIED),
        ("UNO", "UN", Authenticity.VERIFIED),
        ("GBD", "GB", Authenticity.VERIFIED),  # no state of its own: not judged
        ("CHN", "FR", Authenticity.FAILED),
        ("D", "DK", Authenticity.FAILED),
    ],
)
def test_one_country_does_not_sign_for_another(
    state: str, country: str, result: Authenticity, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = certificates.NameAttribute

    def named(oid: certificates.ObjectIdentifier, value: str) -> certificates.NameAttribute[str]:
        # cryptography refuses to make the lower-case codes that some countries use.
        return real(oid, country if value == "UT" else value, _validate=country.isupper())

    monkeypatch.setattr(certificates, "NameAttribute", named)
    chip, csca = personalise(replace(HOLDER, issuer=state), b"\xff\xd8\xff", ImageType.JPEG)
    sod, groups = lds.sod_content(chip._files[EF_SOD]), {1: chip._files[EF_DG1]}
    assert pa.authenticate(sod, groups, _trusting(csca)) is result


@pytest.mark.parametrize(
    ("use", "result"),
    [("2.23.136.1.1.3", Authenticity.FAILED), ("2.23.136.1.1.99", Authenticity.VERIFIED)],
)
def test_a_signer_of_master_lists_signs_no_document(
    use: str, result: Authenticity, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = certificates.CertificateBuilder.sign
    usage = certificates.ExtendedKeyUsage([certificates.ObjectIdentifier(use)])

    def sign(
        self: certificates.CertificateBuilder,
        key: ec.EllipticCurvePrivateKey,
        algorithm: hashes.SHA256,
        **_: None,
    ) -> certificates.Certificate:
        return real(self.add_extension(usage, True), key, algorithm)

    monkeypatch.setattr(certificates.CertificateBuilder, "sign", sign)
    sod, groups, csca = _document()
    assert pa.authenticate(sod, groups, _trusting(csca)) is result


def test_the_country_table_knows_every_country_once_and_all_of_a_real_list() -> None:
    known = country_codes._TWO_LETTERS
    iso = country_codes._ISO_3166_1.split()
    assert len(iso) == len({pair[:3] for pair in iso}) == len({pair[3:] for pair in iso}) == 249
    assert all(len(pair) == 5 and pair.isalpha() and pair.isupper() for pair in iso)
    store = load_trust_folder(shared_data("cards", "masterlists"))
    named = {c.subject.native["country_name"].upper() for c in store.certificates}
    assert named <= set(known.values())
    for certificate in store.certificates:
        pa._check_use(certificate)


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 5000), change=st.integers(1, 255))
def test_no_changed_byte_of_the_security_object_stays_verified(at: int, change: int) -> None:
    sod, groups, trust = _FIXED
    position = at % len(sod)
    changed = sod[:position] + bytes([sod[position] ^ change]) + sod[position + 1 :]
    try:
        result = pa.authenticate(changed, groups, trust)
    except signature.SignatureNotSupportedError:
        return
    if result is Authenticity.VERIFIED:
        # CMS signs neither versions, the signer's name nor the parameters of a digest algorithm.
        assert not any(first <= position < last for first, last in _signed_ranges(sod))


def _signed_ranges(sod: bytes) -> list[tuple[int, int]]:
    """Where content, signer certificate, signed attributes and signature stand in the file."""
    signed = pa._signed_data(sod)
    info = signed["signer_infos"][0]
    parts = [
        signed["encap_content_info"].dump(),
        signed["certificates"][0].chosen["tbs_certificate"].dump(),
        info["signed_attrs"].dump(),
        info["signature"].native,
    ]
    return [(sod.index(part), sod.index(part) + len(part)) for part in parts]


_sod, _groups, _csca = _document()
_FIXED = (_sod, _groups, _trusting(_csca))


@given(st.binary(max_size=200))
def test_random_bytes_fail(raw: bytes) -> None:
    assert pa.authenticate(raw, {}, TrustStore()) is Authenticity.FAILED


def _with_explicit_parameters(der: bytes, curve: Curve) -> bytes:
    """`der` with its named curve spelt out; the signature on a trust anchor is not checked."""
    size = (curve.p.bit_length() + 7) // 8
    x, y = (c.to_bytes(size, "big") for c in curve.base)
    domain = keys.SpecifiedECDomain(
        {
            "version": 1,
            "field_id": {"field_type": "prime_field", "parameters": core.Integer(curve.p)},
            "curve": {
                "a": curve.a.to_bytes(size, "big"),
                "b": curve.b.to_bytes(size, "big"),
            },
            "base": b"\x04" + x + y,
            "order": curve.n,
            "cofactor": 1,
        }
    )
    certificate = x509.Certificate.load(der)
    key = certificate["tbs_certificate"]["subject_public_key_info"]
    key["algorithm"]["parameters"] = keys.ECDomainParameters("specified", domain)
    return bytes(certificate.dump(force=True))


def _curve(name: str) -> Curve:
    return next(c for c in CURVES if c.name == name)


def test_a_csca_with_explicit_curve_parameters_verifies() -> None:
    sod, groups, csca = _document(Personalisation(signature=SignatureKind.ECDSA_BRAINPOOL256))
    explicit = _with_explicit_parameters(csca, _curve("brainpoolP256r1"))
    assert explicit != csca
    assert pa.authenticate(sod, groups, _trusting(explicit)) is Authenticity.VERIFIED


def test_a_curve_of_the_certificates_own_making_is_not_supported() -> None:
    sod, groups, csca = _document()
    real = _curve("secp256r1")
    x, y = real.base
    own = Curve("own", real.p, real.a, real.b, (x, real.p - y), real.n)
    explicit = _with_explicit_parameters(csca, own)
    with pytest.raises(signature.SignatureNotSupportedError):
        pa.authenticate(sod, groups, _trusting(explicit))


@pytest.mark.parametrize("curve", CURVES, ids=lambda c: c.name)
def test_every_curve_of_the_table_is_a_group_of_its_order(curve: Curve) -> None:
    assert curve.contains(*curve.base)
    assert curve.multiply(curve.n, curve.base) is None
    assert curve.multiply(curve.n - 1, curve.base) == (curve.base[0], curve.p - curve.base[1])


@pytest.mark.parametrize("message", [b"one", b"another"])
def test_our_curve_arithmetic_agrees_with_the_library(message: bytes) -> None:
    key = ec.generate_private_key(ec.BrainpoolP384R1())
    numbers = key.public_key().public_numbers()
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA512())))
    curve, point = _curve("brainpoolP384r1"), (numbers.x, numbers.y)
    digest = signature.digest("sha512", message)
    assert curve.verifies(point, digest, r, s)
    assert not curve.verifies(point, signature.digest("sha512", b"x"), r, s)
    assert not curve.verifies(point, digest, s, r)
    assert not curve.verifies((numbers.x, numbers.y ^ 1), digest, r, s)
    assert not curve.verifies(point, digest, 0, s)


def _public_key(key: ec.EllipticCurvePrivateKey) -> keys.PublicKeyInfo:
    encoding, form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    return keys.PublicKeyInfo.load(key.public_key().public_bytes(encoding, form))


@pytest.mark.parametrize(
    ("arc", "hash_type"), [(1, hashes.SHA1), (2, hashes.SHA224), (3, hashes.SHA256),
                           (4, hashes.SHA384), (5, hashes.SHA512)]
)  # fmt: skip
def test_a_plain_ecdsa_signature_is_r_and_s_side_by_side(
    arc: int, hash_type: type[hashes.HashAlgorithm]
) -> None:
    key = ec.generate_private_key(ec.BrainpoolP256R1())
    r, s = decode_dss_signature(key.sign(b"message", ec.ECDSA(hash_type())))
    side_by_side = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    algorithm = algos.SignedDigestAlgorithm({"algorithm": f"0.4.0.127.0.7.1.1.4.1.{arc}"})

    def verifies(message: bytes) -> bool:
        return signature.verifies(_public_key(key), algorithm, "", message, side_by_side)

    assert verifies(b"message")
    assert not verifies(b"another message")


@pytest.mark.parametrize("identifier", ["1.2.156.10197.1.501", "1.3.101.112", "1.2.3"])
def test_an_unknown_kind_of_signature_is_not_called_a_forgery(identifier: str) -> None:
    key = _public_key(ec.generate_private_key(ec.SECP256R1()))
    algorithm = algos.SignedDigestAlgorithm({"algorithm": identifier})
    with pytest.raises(signature.SignatureNotSupportedError):
        signature.verifies(key, algorithm, "sha256", b"message", bytes(64))


def test_the_trust_folder_takes_der_and_pem_and_counts_the_rest(tmp_path: Path) -> None:
    sod, groups, csca = _document()
    (tmp_path / "one.pem").write_bytes(pem.armor("CERTIFICATE", csca))
    (tmp_path / "broken.der").write_bytes(b"\x30\x03abc")
    (tmp_path / "list.ml").write_bytes(csca)
    (tmp_path / "readme.txt").write_text("not a certificate")
    store = load_trust_folder(tmp_path)
    assert (len(store.certificates), store.refused) == (1, 2)
    assert pa.authenticate(sod, groups, store) is Authenticity.VERIFIED


def _master_list(*certificates: bytes) -> bytes:
    """An unsigned master list; its signature is not what makes it trusted."""
    content = CscaMasterList(
        {"version": 0, "cert_list": [x509.Certificate.load(der) for der in certificates]}
    ).dump()
    signed = {
        "version": "v3",
        "digest_algorithms": [],
        "encap_content_info": {"content_type": OID_CSCA_MASTER_LIST, "content": content},
        "signer_infos": [],
    }
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())


def test_one_damaged_certificate_does_not_cost_the_rest_of_its_list(tmp_path: Path) -> None:
    sod, groups, csca = _document()
    (tmp_path / "list.ml").write_bytes(_master_list(b"\x30\x05\x30\x03abc", csca))
    store = load_trust_folder(tmp_path)
    assert (len(store.certificates), store.refused) == (1, 1)
    assert pa.authenticate(sod, groups, store) is Authenticity.VERIFIED


def test_a_trust_folder_that_may_not_be_listed_trusts_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(_: Path) -> list[Path]:
        raise PermissionError

    monkeypatch.setattr(Path, "iterdir", forbidden)
    store = load_trust_folder(tmp_path)
    assert (store.certificates, store.refused) == ([], 1)


def test_a_missing_trust_folder_trusts_nobody(tmp_path: Path) -> None:
    assert not load_trust_folder(tmp_path / "none").certificates


def test_a_document_of_the_german_bsi_holds_up_to_its_unknown_issuer() -> None:
    # SHA-1, ECDSA on brainpoolP224r1, explicit parameters; its test CSCA is not published with it.
    folder = shared_data("cards", "bsi2008")
    sod = lds.sod_content((folder / "EF_SOD.bin").read_bytes())
    groups = {n: (folder / f"Datagroup{n}.bin").read_bytes() for n in (1, 2)}
    assert pa.authenticate(sod, groups, TrustStore()) is Authenticity.UNKNOWN_ISSUER
    groups[2] = groups[2][:-1] + bytes([groups[2][-1] ^ 1])
    assert pa.authenticate(sod, groups, TrustStore()) is Authenticity.FAILED


def test_every_certificate_of_the_german_master_list_can_be_used() -> None:
    """588 real CSCA and link certificates: RSA, PSS, ECDSA, 160 of them with explicit curves."""
    store = load_trust_folder(shared_data("cards", "masterlists"))
    assert len(store.certificates) == 588
    issued = unknown = 0
    for certificate in store.certificates:
        issuers = [certificate, *store.candidates(certificate)]
        if any(pa._issued(issuer, certificate) for issuer in issuers):
            issued += 1
        else:
            # A link certificate whose older issuer is not on the list any more.
            assert certificate.authority_key_identifier != certificate.key_identifier
            unknown += 1
    assert (issued, unknown) == (574, 14)
