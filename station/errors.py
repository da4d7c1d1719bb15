"""Typed errors: what could not be done, one stable code each.

A detected attack, a non-match or a refusal is an `Outcome` (station.model), never an error.
The texts a person reads live in `resources/i18n/messages.toml`, keyed by the code; an error itself
carries no text that could hold personal data.
"""

from enum import StrEnum


class ErrorCode(StrEnum):
    """Stable codes: written to the ledger, shown small to staff, keys of the message table."""

    CAMERA_NOT_FOUND = "CAM-01"
    CAMERA_BUSY = "CAM-02"
    CAMERA_LOST = "CAM-03"
    CAMERA_BLACK = "CAM-04"
    CAMERA_FROZEN = "CAM-05"
    CAMERA_NOT_ALLOWED = "CAM-06"
    READER_NOT_FOUND = "CRD-01"
    READER_BUSY = "CRD-02"
    CARD_NOT_PRESENTED = "CRD-03"
    CARD_REMOVED = "CRD-04"
    CARD_WRONG_KIND = "CRD-05"
    CARD_ACCESS_DENIED = "CRD-06"
    CARD_UNREADABLE = "CRD-07"
    CARD_NOT_SUPPORTED = "CRD-08"
    CARD_PHOTO_NOT_SUPPORTED = "CRD-09"
    CARD_PHOTO_UNUSABLE = "CRD-10"
    READER_FAULTY = "CRD-11"
    SENSOR_NOT_FOUND = "SNS-01"
    SENSOR_LOST = "SNS-02"
    DOCUMENT_NOT_AUTHENTIC = "CRD-12"
    DOCUMENT_ISSUER_UNKNOWN = "CRD-13"
    READER_NOT_ALLOWED = "CRD-14"
    BOOTH_LOST = "BTH-01"
    BOOTH_TIMEOUT = "BTH-02"
    BOOTH_PROTOCOL = "BTH-03"
    PURGE_FAILED = "BTH-04"
    PORTRAIT_DESTROYED = "BTH-05"
    MODEL_MISSING = "MDL-01"
    MODEL_DAMAGED = "MDL-02"
    MODEL_SELF_TEST = "MDL-03"
    CONSENT_MISSING = "CNS-01"
    NOTICE_INCOMPLETE = "CNS-02"
    NOTICE_OUTDATED = "CNS-03"
    MINOR_NEEDS_GUARDIAN = "CNS-04"
    REFUSED_RECENTLY = "CNS-05"
    NOT_A_MINOR = "CNS-06"
    NOTICE_BEHIND = "CNS-07"
    OTHER_DOCUMENT = "CNS-08"
    NOTICE_DAY_PAST = "CNS-09"
    KEY_WRONG = "KEY-01"
    KEY_MISSING = "KEY-02"
    STORE_LOCKED = "STO-01"
    STORE_CORRUPT = "STO-02"
    STORE_ROLLED_BACK = "STO-03"
    DISK_FULL = "STO-04"
    ALREADY_ENROLLED = "RES-01"
    RESIDENT_UNKNOWN = "RES-02"
    RESIDENT_LOCKED = "RES-03"
    TOO_MANY_PORTRAITS = "RES-04"
    TERM_TOO_LONG = "RES-05"
    RECALLED = "RES-06"
    RESIDENT_RESTRICTED = "RES-07"
    CLAIM_MISSING = "RES-08"
    TEMPLATE_REFUSED = "TPL-01"
    TEMPLATE_REVOKED = "TPL-02"
    RECEIPT_INVALID = "RCP-01"
    BACKUP_INVALID = "BAK-01"
    BACKUP_EXPIRED = "BAK-02"
    BACKUP_OTHER_STATION = "BAK-03"
    OFFICER_KEY_WRONG = "KEY-03"
    TPM_UNAVAILABLE = "KEY-04"
    OFFICER_CODE_MISTYPED = "KEY-05"
    LEDGER_BROKEN = "LDG-01"
    RECOVERY_FAILED = "LDG-02"
    EXPORT_FAILED = "LDG-03"
    CLOCK_SET_BACK = "SYS-01"
    ALREADY_RUNNING = "SYS-02"
    CONFIG_INVALID = "SYS-03"
    PROFILE_FORBIDS = "SYS-04"
    FONT_MISSING = "SYS-05"
    LEGAL_BASIS_MISSING = "SYS-06"
    DEPLOYMENT_INVALID = "SYS-07"
    RESTART_NEEDED = "SYS-08"
    POLICY_INVALID = "POL-01"
    POLICY_NOT_SIGNED = "POL-02"
    SENSOR_MISSING = "POL-03"
    ACCESS_DENIED = "ACC-01"
    SIGN_IN_FAILED = "ACC-02"
    ACCOUNT_LOCKED = "ACC-03"
    SIGNED_OUT = "ACC-04"
    PASSWORD_WEAK = "ACC-05"  # noqa: S105 - a code
    PASSWORD_USED = "ACC-06"  # noqa: S105 - a code
    SECOND_PERSON_NEEDED = "ACC-07"
    REASON_NEEDED = "ACC-08"
    ROLES_EXCLUDE = "ACC-09"
    ACCOUNT_EXPIRED = "ACC-10"
    ROLES_INVALID = "ACC-11"
    CHANGED_MEANWHILE = "ACC-12"
    REQUEST_INVALID = "ACC-13"
    PASSWORD_CHANGE_NEEDED = "ACC-14"  # noqa: S105 - a code
    ACCOUNTS_MISSING = "ACC-15"
    TEXT_UNUSABLE = "ACC-16"
    SHEET_MISSING = "ACC-17"
    USER_NAME_INVALID = "ACC-20"
    ACCOUNT_END_NEEDED = "ACC-21"
    FACTOR_NOT_SUPPORTED = "ACC-22"
    BREAK_GLASS_VOID = "ACC-23"
    OPERATOR_MISSING = "ACC-24"
    REQUESTS_TOO_MANY = "ACC-25"
    DRAFT_CHANGED = "ACC-26"
    TRY_LATER = "ACC-27"
    FILTER_UNUSABLE = "ACC-28"
    ACCOUNTS_TOO_MANY = "ACC-29"
    KEY_ABSENT = "FID-01"
    KEY_NOT_TOUCHED = "FID-02"
    KEY_LOST = "FID-03"
    KEY_UNREADABLE = "FID-04"
    KEY_NEEDS_PIN = "FID-05"
    KEY_NOT_PERMITTED = "FID-06"
    SIGN_IN_AGAIN = "FID-07"
    KEY_NOT_IN_TURN = "FID-08"
    TICKET_CLOSED = "RGT-01"
    DEADLINE_TOO_LATE = "RGT-02"
    MINOR_NEEDS_APPROVAL = "RGT-03"
    FIELD_NOT_LISTED = "RGT-04"
    NOTHING_KEPT = "RGT-05"
    PAPER_NOT_WRITTEN = "RGT-06"
    RECEIPT_NOT_WRITTEN = "RGT-07"
    INCIDENT_CLOSED = "INC-01"
    INCIDENT_INCOMPLETE = "INC-02"
    PLACE_FORBIDDEN = "SGN-01"


class StationError(Exception):
    """Something could not be done; `code` says what, `numbers` may add harmless figures."""

    # Positional only: the names of the numbers come from the other process and may be any word.
    def __init__(self, code: ErrorCode, /, **numbers: int) -> None:
        super().__init__(code.value)
        self.code = code
        self.numbers = numbers


class DeviceError(StationError):
    """A camera or reader could not do its work."""


class CameraError(DeviceError):
    """The camera is missing, busy, lost, black, frozen or not on the allow-list."""


class SensorError(DeviceError):
    """The depth or near-infrared sensor is missing or gives nothing any more."""


class CardError(DeviceError):
    """The document or its reader could not be read."""


class BoothError(StationError):
    """The booth process ended, was silent too long, or broke the protocol."""


class ModelError(StationError):
    """A model file is missing, its digest is not the manifest's, or it fails its own test."""


class ConsentError(StationError):
    """Consent or the notice it rests on is missing, incomplete or outdated."""


class AccessError(StationError):
    """Somebody may not do what they asked for, or has not shown who they are."""


class OfficeError(StationError):
    """A ticket, an incident sheet or a sign cannot be made or changed like this."""


class StorageError(StationError):
    """A store or its key cannot be used."""


class LedgerError(StationError):
    """The ledger does not verify, or an open intent could not be settled."""


class ConfigError(StationError):
    """The configuration or profile forbids what was asked."""


class PurgeError(BoothError):
    """A visit's booth could not be shown to be gone: the station locks."""


class StationBug(Exception):
    """Our own fault; never shown as a device problem."""
