"""The consent record: ISO/IEC TS 27560:2023 field names, one purpose per record (PIPL art. 29).

The body is sealed under an evidence key of its own; the ledger holds a salted commitment to it.
The salt is sealed with the body, so destroying the evidence key leaves the ledger valid and the
record unreadable. The field list was read through the W3C DPV guide, not in the standard itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from consent.canonical import Json, decode_object, encode
from consent.digest import SALT_BYTES, commitment, new_salt
from consent.notice import Notice, NoticeText
from station.errors import ErrorCode, LedgerError
from station.model import Answer, Language, Purpose

SCHEMA_VERSION = "ISO/IEC TS 27560:2023"
RETENTION_AFTER_END_YEARS = 3
"""Consent evidence is kept this long after processing ends (X-10)."""

_SEEN = dict.fromkeys(Purpose, ("document_portrait", "live_face")) | {
    # A bench trial reads no document.
    Purpose.PAD_TRIAL: ("live_face",),
    Purpose.RETAIN_TEMPLATE: ("protected_face_template",),
    Purpose.RETAIN_PORTRAIT: ("live_portrait",),
}
_KEEPING = frozenset({Purpose.RETAIN_TEMPLATE, Purpose.RETAIN_PORTRAIT})
_EVENT_STATE = {
    # The standard has no state for a refusal at the prompt; "refused" and "other_route" are ours.
    Answer.GIVEN: "given",
    Answer.REFUSED: "refused",
    Answer.OTHER_ROUTE: "other_route",
}


@dataclass(frozen=True, slots=True)
class Presentation:
    """How the notice was shown and answered (N-3, N-4)."""

    language: Language
    method: str
    """"SCREEN", "TERMINAL", "PAPER", "AUDIO" or "ASSISTED"."""
    dwell_ms: int
    shown_to_end: bool
    station_id: str
    operator: str
    read_aloud: str = "absent"
    """"absent" (this machine cannot read aloud), "offered" or "used"."""


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """One answer to one purpose. Holds no identity: the principal is a random reference."""

    record_id: str
    pii_principal_id: str
    notice: Notice
    purpose: Purpose
    answer: Answer
    event_time: str
    presentation: Presentation
    minor: Mapping[str, Json] = field(default_factory=dict, repr=False)
    """Who agreed for a child, and on what proof (PIPL 31); what names them is sealed once more."""

    def to_bytes(self) -> bytes:
        """Canonical bytes: what is committed to and sealed."""
        text = self.notice.text(self.presentation.language)
        document: dict[str, Json] = {
            "schema_version": SCHEMA_VERSION,
            "record_id": self.record_id,
            "pii_principal_id": self.pii_principal_id,
            "pii_processing": self._processing(text),
            "pii_information": [
                {
                    "pii_type": field,
                    "pii_optional": self.purpose is Purpose.RETAIN_PORTRAIT,
                    "sensitive_pii_category": True,
                }
                for field in self._fields()
            ],
            "party_identification": [
                {
                    "party_id": "handler",
                    "party_name": text.handler_name,
                    "party_contact": text.handler_contact,
                    "party_address": text.handler_address,
                    "party_role": "personal_information_handler",
                    "party_type": "organisation",
                }
            ],
            "event": {
                "event_time": self.event_time,
                "event_type": "explicit",
                "event_state": _EVENT_STATE[self.answer],
                "entity_id": self.pii_principal_id,
                "validity_duration": (
                    self.notice.retention_period if self.purpose in _KEEPING else "this visit"
                ),
            },
            "house": self._house(),
        }
        return encode(document)

    def _processing(self, text: NoticeText) -> dict[str, Json]:
        return {
            "privacy_notice": self.notice.notice_id,
            "language": self.presentation.language.value,
            "purpose": self.purpose.value,
            "lawful_basis": "separate_consent",
            "pii_controllers": ["handler"],
            "collection_method": self.presentation.method,
            "processing_method": "on_device",
            "storage_locations": [self.presentation.station_id],
            "retention_period": self._retention_period(),
            "jurisdiction": "CN",
            "recipient_third_parties": [text.recipients],
            "withdrawal_method": text.handler_contact,
        }

    def _fields(self) -> tuple[str, ...]:
        """What is used for this purpose: a portrait is kept without a word beside it."""
        document = () if self.purpose is Purpose.RETAIN_PORTRAIT else self.notice.fields
        return (*document, *_SEEN[self.purpose])

    def _retention_period(self) -> str:
        """Where keeping is asked for by itself, the check alone keeps nothing."""
        checks_only = self.purpose not in _KEEPING and _KEEPING & set(self.notice.purposes)
        return "PT0H" if checks_only else self.notice.retention_period

    def _house(self) -> dict[str, Json]:
        shown = self.presentation
        house: dict[str, Json] = {
            "notice_version": self.notice.version,
            "notice_digest": self.notice.digest,
            "station_id": shown.station_id,
            "operator": shown.operator,
            "method": shown.method,
            "dwell_ms": shown.dwell_ms,
            "shown_to_end": shown.shown_to_end,
            "read_aloud": shown.read_aloud,
            "evidence_retention": f"P{RETENTION_AFTER_END_YEARS}Y after processing ends",
        }
        if self.minor:
            house["minor"] = self.minor
        return house


@dataclass(frozen=True, slots=True)
class Evidence:
    """A record's bytes with the salt of their commitment; the two are sealed as one."""

    salt: bytes
    body: bytes

    @classmethod
    def of(cls, record: ConsentRecord) -> "Evidence":
        """Evidence of `record` under a fresh salt."""
        return cls(new_salt(), record.to_bytes())

    @classmethod
    def from_bytes(cls, plain: bytes) -> "Evidence":
        """Inverse of `to_bytes`. Raises `LedgerError(LEDGER_BROKEN)` for anything else."""
        if len(plain) <= SALT_BYTES:
            raise LedgerError(ErrorCode.LEDGER_BROKEN, length=len(plain))
        evidence = cls(plain[:SALT_BYTES], plain[SALT_BYTES:])
        decode_object(evidence.body)
        return evidence

    def to_bytes(self) -> bytes:
        """Salt ‖ body: the plaintext to seal."""
        return self.salt + self.body

    def commitment(self) -> bytes:
        """What the ledger entry holds."""
        return commitment(self.salt, self.body)
