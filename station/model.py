"""Value objects of a visit, shared by every room of the desk. Nothing here can hold a face."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

VisitId = NewType("VisitId", str)
"""32 hex characters, random per visit; joins nothing outside the ledger."""

SubjectRef = NewType("SubjectRef", str)
"""32 hex characters: the random row id of a person in one store (never shared between stores)."""


class Language(StrEnum):
    """Languages of the kiosk; the first is the default."""

    ZH_CN = "zh_CN"
    EN = "en"


class Purpose(StrEnum):
    """Purposes of processing; each needs its own answer (PIPL art. 29, separate consent)."""

    VERIFY = "VERIFY"
    RETAIN_TEMPLATE = "RETAIN_TEMPLATE"
    RETAIN_PORTRAIT = "RETAIN_PORTRAIT"
    """Keep at most two live portraits, sealed to the recovery officers, to renew templates from."""
    UPLOAD = "UPLOAD"
    PAD_TRIAL = "PAD_TRIAL"
    """A bench trial of attack detection: pictures are judged at once, none is kept or compared."""


class Answer(StrEnum):
    """What the person chose at the notice."""

    GIVEN = "GIVEN"
    REFUSED = "REFUSED"
    OTHER_ROUTE = "OTHER_ROUTE"


class Outcome(StrEnum):
    """How a visit ended. None of these is an error."""

    MATCH = "MATCH"
    NON_MATCH = "NON_MATCH"
    ATTACK = "ATTACK"
    DOCUMENT_REFUSED = "DOCUMENT_REFUSED"
    DECLINED = "DECLINED"
    MANUAL = "MANUAL"
    UNDECIDED = "UNDECIDED"
    CANCELLED = "CANCELLED"
    TIMED_OUT = "TIMED_OUT"
    FAILED = "FAILED"
    ENROLLED = "ENROLLED"
    ALREADY_ENROLLED = "ALREADY_ENROLLED"
    NOT_ENROLLED = "NOT_ENROLLED"
    WITHDRAWN = "WITHDRAWN"


class DocumentKind(StrEnum):
    """Documents the station knows by name."""

    EMRTD = "EMRTD"
    RESIDENT_ID = "RESIDENT_ID"
    HMT_RESIDENCE_PERMIT = "HMT_RESIDENCE_PERMIT"
    FOREIGNER_ID_2017 = "FOREIGNER_ID_2017"
    FOREIGNER_ID_2023 = "FOREIGNER_ID_2023"


class Authenticity(StrEnum):
    """What is known of a document's authenticity, and from where."""

    VERIFIED = "VERIFIED"
    """Passive authentication succeeded up to a trusted CSCA (ICAO 9303-11 §5.1)."""
    UNKNOWN_ISSUER = "UNKNOWN_ISSUER"
    """Digests and signature are right, but no trusted CSCA issued the document signer."""
    FAILED = "FAILED"
    """A digest, the signature or the certificate chain is wrong."""
    READER_VOUCHED = "READER_VOUCHED"
    """A SAM reader vouches for the card; this product checks nothing itself (cards.md 3.2)."""


@dataclass(frozen=True, slots=True)
class DocumentCheck:
    """Result of reading one document. Dates are ISO 8601 calendar dates or empty."""

    kind: DocumentKind
    authenticity: Authenticity
    expired: bool
    access: str
    """"BAC", "PACE", "SAM" or "NONE": how the chip was opened."""


@dataclass(frozen=True, slots=True)
class IdentityRecord:
    """Document fields the notice lists, and nothing else; keys are from `IDENTITY_FIELDS`."""

    fields: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str:
        """The field's value, or the empty string."""
        return dict(self.fields).get(name, "")

    def __repr__(self) -> str:
        return f"IdentityRecord({len(self.fields)} fields)"


IDENTITY_FIELDS = (
    "name",
    "name_latin",
    "sex",
    "nation",
    "birth_date",
    "address",
    "document_number",
    "nationality",
    "issuer",
    "valid_from",
    "valid_until",
)


class PadResult(StrEnum):
    """Result of presentation attack detection (ISO/IEC 30107-3 terms)."""

    BONA_FIDE = "BONA_FIDE"
    ATTACK = "ATTACK"
    UNDECIDED = "UNDECIDED"


@dataclass(frozen=True, slots=True)
class LayerVerdict:
    """One PAD layer's figure: `measure` beside the `gate` it was held against."""

    layer: str
    passed: bool
    measure: float
    gate: float
    judged: bool = True
    """False where the layer had nothing to judge by: an empty slot, a camera without control."""
    species: str = ""
    """Not empty: positive evidence of this kind of artefact."""


@dataclass(frozen=True, slots=True)
class PadReport:
    """What the PAD layers said about one attempt; numbers only, no pixels."""

    result: PadResult
    decided_by: str
    species_guess: str
    layers: tuple[LayerVerdict, ...]


class ComparisonDecision(StrEnum):
    """ISO/IEC 2382-37: the decision of a 1:1 comparison."""

    MATCH = "MATCH"
    NON_MATCH = "NON_MATCH"


@dataclass(frozen=True, slots=True)
class ComparisonResult:
    """One 1:1 comparison. `score` is cosine similarity in -1..1 and stays on the operator's screen:
    it is never logged or exported (32 score queries break a template, face.md B.4)."""

    decision: ComparisonDecision
    score: float
    threshold: float
    fmr: float
    matcher_id: str
    runtime: str


@dataclass(frozen=True, slots=True)
class BoothEnd:
    """Proof that a visit's booth is gone."""

    pid: int
    reaped: bool
    ring_zeroed: bool
    ended_at: str
    """ISO 8601 UTC with milliseconds."""
    kill_to_reaped_ms: float


class Secret:
    """A secret byte string that never shows in a repr and can be wiped."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes | bytearray) -> None:
        self._value = bytearray(value)

    def reveal(self) -> bytes:
        """A copy of the secret, for the one call that needs it."""
        return bytes(self._value)

    def wipe(self) -> None:
        """Overwrite the secret in place."""
        self._value[:] = bytes(len(self._value))

    def __repr__(self) -> str:
        return "Secret(…)"


@dataclass(frozen=True, slots=True)
class TemplateKeys:
    """The keys of one template, for the one booth that seals, opens or compares it (face.md B.7).

    They come from the template's secret and the pepper; neither of these crosses the wall.
    """

    pid: bytes
    """Pseudonymous identifier: 16 random bytes, the template's row id."""
    rotation: Secret
    """2112 bytes that drive the keyed rotation."""
    seal_key: Secret
    """SM4 key, 16 bytes; it seals exactly one message."""


@dataclass(frozen=True, slots=True)
class TemplateDraft:
    """A template about to be made: its secret stays in the desk, its keys go to one booth."""

    secret: Secret
    """32 random bytes, wrapped under the person's key once the template is kept."""
    keys: TemplateKeys


@dataclass(frozen=True, slots=True)
class SealedTemplate:
    """One protected template as it is stored (ISO/IEC 24745 renewable reference)."""

    sealed: bytes
    """175 bytes: algorithm, version, pid, nonce, ciphertext, tag (face.md B.7)."""
    model_id: bytes
    """First 16 bytes of SM3 over the model file; bound by the additional data."""
    profile: int
    """Number of the threshold profile the reference may be compared at; bound likewise."""

    @property
    def version(self) -> int:
        """How often the reference was renewed, from 1."""
        return int.from_bytes(self.sealed[1:3], "little")

    @property
    def pid(self) -> bytes:
        """The template's pseudonymous identifier, 16 bytes."""
        return self.sealed[3:19]

    def __repr__(self) -> str:
        return f"SealedTemplate(version={self.version})"


@dataclass(frozen=True, slots=True)
class TemplateReference:
    """A stored template with the keys that open it, on its way to one booth."""

    template: SealedTemplate
    keys: TemplateKeys


class ClaimKind(StrEnum):
    """How a resident says who they are, before the face is looked at (C3-1)."""

    DOCUMENT = "DOCUMENT"
    """The number of the document that was read or typed."""
    RESIDENT_NUMBER = "RESIDENT_NUMBER"
    """The number the station gave at enrolment, typed or in a QR code."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A claimed identity. Found by a blind index, never by a face."""

    kind: ClaimKind
    value: str

    def __repr__(self) -> str:
        return f"Claim({self.kind.value})"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """All that is kept of a resident, to be written as one change."""

    identity: IdentityRecord
    draft: TemplateDraft
    template: SealedTemplate
    portraits: tuple[bytes, ...]
    """At most two, each sealed in the booth to the recovery officers' public key (M-1)."""
    expires_at: str
    """ISO 8601 UTC: end of the term of everything above."""
    consent_record_ids: tuple[str, ...]
    """The consent records this rests on."""
    notice_digest: str = ""
    """Of the notice they name, hexadecimal: whoever reads another one has to be asked anew."""

    def __repr__(self) -> str:
        return f"Enrolment({len(self.portraits)} portraits)"
