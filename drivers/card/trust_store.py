"""Country signing certificates (CSCA) the operator trusts: certificates and master lists.

They lie in one folder: `.der`, `.cer`, `.crt` and `.pem` files hold certificates, `.ml` files hold
ICAO master lists (ICAO 9303-12 §8). Whoever may write into the folder decides whom the station
trusts; a master list's own signature is therefore not what makes it trusted and is not checked.
Nothing is bundled.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from asn1crypto import cms, core, pem, x509

_log = logging.getLogger(__name__)

OID_CSCA_MASTER_LIST = "2.23.136.1.1.2"
_MAX_FILE_LENGTH = 16 * 1024 * 1024
_CERTIFICATE_SUFFIXES = frozenset({".der", ".cer", ".crt", ".pem"})


class CertificateSet(core.SetOf):  # type: ignore[misc]
    """SET OF Certificate."""

    _child_spec = x509.Certificate


class CscaMasterList(core.Sequence):  # type: ignore[misc]
    """CscaMasterList (ICAO 9303-12 §8.1)."""

    _fields = [("version", core.Integer), ("cert_list", CertificateSet)]  # noqa: RUF012


@dataclass
class TrustStore:
    """Trusted certificates. Lives in the booth; extensions are parsed only when one is needed."""

    certificates: list[x509.Certificate] = field(default_factory=list)
    refused: int = 0
    """Files, and single certificates of them, that could not be used: damaged or too long."""
    _by_subject: dict[bytes, list[x509.Certificate]] = field(default_factory=dict)

    def add(self, certificate: x509.Certificate) -> None:
        """Trust `certificate`. Raises `ValueError` where it is damaged."""
        # The parser is lazy: asking for the name is what finds damage.
        subject = certificate.subject.dump()
        self.certificates.append(certificate)
        self._by_subject.setdefault(subject, []).append(certificate)

    def candidates(self, signer: x509.Certificate) -> list[x509.Certificate]:
        """Certification authorities that may have issued `signer`.

        By exact name first; only where that finds none by key identifier or by a name that differs
        in string type, case or spaces, because that has to look at every certificate.
        """
        exact = self._by_subject.get(signer.issuer.dump(), [])
        found = exact or [c for c in self.certificates if _may_have_issued(c, signer)]
        return [c for c in found if _is_authority(c)]


def _may_have_issued(issuer: x509.Certificate, signer: x509.Certificate) -> bool:
    try:
        wanted = signer.authority_key_identifier
        return bool(wanted and issuer.key_identifier == wanted) or issuer.subject == signer.issuer
    except (ValueError, TypeError, KeyError):
        return False


def _is_authority(certificate: x509.Certificate) -> bool:
    """Whether nothing in `certificate` says that it is not a certification authority's."""
    try:
        constraints = certificate.basic_constraints_value
        return constraints is None or bool(constraints["ca"].native)
    except (ValueError, TypeError, KeyError):
        return False


def load_trust_folder(folder: Path) -> TrustStore:
    """Every usable certificate below `folder`; a missing or forbidden folder is an empty store.

    What is damaged is counted in `refused` and stops neither the reader nor what lies beside it.
    """
    store = TrustStore()
    try:
        paths = sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError:
        paths = []
        _refuse(store)
    for path in paths:
        try:
            certificates = list(_certificates(path))
        except (OSError, ValueError, TypeError, KeyError):
            certificates = []
            _refuse(store)
        for certificate in certificates:
            try:
                store.add(certificate)
            except (ValueError, TypeError, KeyError):
                _refuse(store)
    return store


def _refuse(store: TrustStore) -> None:
    store.refused += 1
    _log.warning("the trust folder, a file or a certificate of it cannot be read")


def _certificates(path: Path) -> Iterator[x509.Certificate]:
    suffix = path.suffix.lower()
    if suffix not in _CERTIFICATE_SUFFIXES | {".ml"}:
        return
    if path.stat().st_size > _MAX_FILE_LENGTH:
        raise ValueError("trust file too long")
    raw = path.read_bytes()
    if suffix == ".ml":
        yield from master_list(raw)
    elif pem.detect(raw):
        for _, _, der in pem.unarmor(raw, multiple=True):
            yield x509.Certificate.load(der, strict=True)
    else:
        yield x509.Certificate.load(raw, strict=True)


def master_list(raw: bytes) -> list[x509.Certificate]:
    """The certificates of a CSCA master list. Raises `ValueError` for anything else."""
    info = cms.ContentInfo.load(raw, strict=True)
    if info["content_type"].native != "signed_data":
        raise ValueError("not a CMS SignedData")
    content = info["content"]["encap_content_info"]
    if content["content_type"].dotted != OID_CSCA_MASTER_LIST:
        raise ValueError("not a CSCA master list")
    return list(CscaMasterList.load(content["content"].native, strict=True)["cert_list"])
