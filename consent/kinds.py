"""What an entry of the ledger can be about, and how a change can have ended."""

from enum import StrEnum


class Phase(StrEnum):
    """Place of an entry in the order of writes (crypto.md 5.2)."""

    INTENT = "INTENT"
    COMPLETION = "COMPLETION"
    SINGLE = "SINGLE"


class CompletionResult(StrEnum):
    """How an intended change ended."""

    DONE = "DONE"
    FINISHED_ON_START = "FINISHED_ON_START"
    UNDONE = "UNDONE"
    UNDONE_ON_START = "UNDONE_ON_START"


class Kind(StrEnum):
    """Kinds of entries. A kind once written is never renamed."""

    CONSENT_GIVEN = "CONSENT_GIVEN"
    CONSENT_REFUSED = "CONSENT_REFUSED"
    CONSENT_OTHER_ROUTE = "CONSENT_OTHER_ROUTE"
    WITHDRAW = "WITHDRAW"
    VISIT_OUTCOME = "VISIT_OUTCOME"
    PURGE = "PURGE"
    RECEIPT = "RECEIPT"
    """What the visitor was told at the end, without personal data (`consent.visit_receipt`)."""
    PAD_REJECT = "PAD_REJECT"
    KEEP_IDENTITY = "KEEP_IDENTITY"
    ENROL = "ENROL"
    UPDATE = "UPDATE"
    """Something was added to a resident's records (a portrait)."""
    LOCK_OUT = "LOCK_OUT"
    """Too many failed attempts at one resident."""
    RESTRICT = "RESTRICT"
    """A resident's records are kept and not compared, or that was lifted (PIPL 44)."""
    RECORD_READ = "RECORD_READ"
    """Somebody looked at a resident's fields in clear, with a reason."""
    RENEW = "RENEW"
    EXPIRE = "EXPIRE"
    ERASE = "ERASE"
    SWEEP = "SWEEP"
    REWRAP = "REWRAP"
    """Every key of a person was wrapped under a new key of the keys store."""
    REKEY = "REKEY"
    """The file of one store was encrypted under a new key."""
    BACKUP = "BACKUP"
    RESTORE = "RESTORE"
    OFFICERS_CHANGED = "OFFICERS_CHANGED"
    """The two officers hold new codes, and a new key to which portraits and backups are sealed."""
    TPM_SEALED = "TPM_SEALED"
    """The machine's security chip opens the station from now on, in its present state."""
    TPM_REMOVED = "TPM_REMOVED"
    STATION_START = "STATION_START"
    STATION_STOP = "STATION_STOP"
    FAULT = "FAULT"
    LOCKED = "LOCKED"
    CLOCK_SET_BACK = "CLOCK_SET_BACK"
    DEVICE_CHANGED = "DEVICE_CHANGED"
    NOTICE_PUBLISHED = "NOTICE_PUBLISHED"
    CONFIG_CHANGED = "CONFIG_CHANGED"
    SIGN_IN = "SIGN_IN"
    AUDIT_READ = "AUDIT_READ"
    AUDIT_EXPORT = "AUDIT_EXPORT"


ERASING = frozenset({Kind.ERASE, Kind.EXPIRE, Kind.WITHDRAW})
"""Kinds whose completion must report that nothing remains (crypto.md 5.4)."""
