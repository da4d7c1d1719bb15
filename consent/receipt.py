"""The receipt that opens the door to a visit, issued once consent is durable in the ledger."""

from dataclasses import dataclass

from station.model import Language, Purpose

_ISSUER = object()


@dataclass(frozen=True, slots=True)
class ConsentReceipt:
    """A capability: whoever holds it may begin a booth for exactly these purposes.

    Only `consent.recording.record_answer` issues it; the constructor is guarded.
    """

    receipt_id: str
    notice_digest: str
    purposes: frozenset[Purpose]
    language: Language
    given_at: str
    _issuer: object
    record_ids: tuple[str, ...] = ()
    """The consent records of these purposes, in the order of the notice."""

    def __post_init__(self) -> None:
        if self._issuer is not _ISSUER:
            raise TypeError("a ConsentReceipt is issued by consent.recording only")


def _issue(
    receipt_id: str,
    notice_digest: str,
    purposes: frozenset[Purpose],
    language: Language,
    *,
    given_at: str,
    record_ids: tuple[str, ...],
) -> ConsentReceipt:
    return ConsentReceipt(
        receipt_id, notice_digest, purposes, language, given_at, _ISSUER, record_ids
    )
