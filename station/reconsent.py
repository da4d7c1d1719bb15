"""Asking a resident anew where the notice has changed since they agreed (X-1, PIPL 14).

The port and its rule; the stores behind it are `storage.resident_consents`. Never more often than
`station.refusals` allows, and never a child alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from consent.notice import Notice
from consent.receipt import ConsentReceipt
from station.decision import is_under_age
from station.errors import ErrorCode
from station.model import Claim, IdentityRecord, Purpose
from station.refusals import Refusals

NEEDED = frozenset({Purpose.VERIFY, Purpose.RETAIN_TEMPLATE})
"""Both of these make a resident; one alone keeps nothing."""


@dataclass(frozen=True, slots=True)
class Due:
    """What stands between a resident and the comparison."""

    notice: Notice | None
    """To be read and answered first; None where nobody may be asked now."""
    code: ErrorCode = ErrorCode.NOTICE_OUTDATED
    """Why there is no comparison without it."""


class Reconsent(Protocol):
    """What a resident's check asks."""

    def due(self, claim: Claim) -> Due | None:
        """None where the consent names the notice in force. Raises `StorageError`."""
        ...

    def given(self, claim: Claim, receipt: ConsentReceipt) -> None:
        """They have agreed to the present notice."""
        ...

    def refused(self, claim: Claim) -> None:
        """They have said no, or want another route: not asked again for 48 hours."""
        ...


class KeptConsents(Protocol):
    """The consents as the stores have them."""

    def identity_of(self, claim: Claim) -> IdentityRecord:
        """The resident's fields. Raises `StorageError(RESIDENT_UNKNOWN)`."""
        ...

    def named_notice(self, claim: Claim) -> str:
        """Digest of the notice the consent names, hexadecimal; empty where none was noted yet."""
        ...

    def renew(self, claim: Claim, record_ids: tuple[str, ...], notice_digest: str) -> None:
        """Put another consent in its place."""
        ...


@dataclass(frozen=True, slots=True)
class NoticesOfResidents:
    """What a resident may have agreed to, as it is in force now."""

    enrolment: Notice
    guardian: Notice | None
    """For children; None where none are registered."""


class AskedAnew:
    """The rule over the stores. Lives in the desk, on the visit thread."""

    def __init__(
        self,
        kept: KeptConsents,
        refusals: Refusals,
        notices: Callable[[], NoticesOfResidents],
        today: Callable[[], date],
        limit_years: int,
    ) -> None:
        """`limit_years` is the age from which somebody decides alone."""
        self._kept = kept
        self._refusals = refusals
        self._notices = notices
        self._today = today
        self._limit_years = limit_years

    def due(self, claim: Claim) -> Due | None:
        """What has to be asked first. A consent of which nothing is noted counts as an older one.

        Raises `StorageError(RESIDENT_UNKNOWN)`.
        """
        identity, notices = self._kept.identity_of(claim), self._notices()
        named = self._kept.named_notice(claim)
        if named == notices.enrolment.digest:
            return None
        # The document read at enrolment shows the age; a child's consent is the guardian's.
        if is_under_age(identity.get("birth_date"), self._today(), self._limit_years):
            agreed = notices.guardian is not None and named == notices.guardian.digest
            return None if agreed else Due(None, ErrorCode.MINOR_NEEDS_GUARDIAN)
        if not self._refusals.may_ask(identity.get("document_number")):
            return Due(None, ErrorCode.REFUSED_RECENTLY)
        return Due(notices.enrolment)

    def given(self, claim: Claim, receipt: ConsentReceipt) -> None:
        """Note the new records with the resident's fields."""
        self._kept.renew(claim, receipt.record_ids, receipt.notice_digest)

    def refused(self, claim: Claim) -> None:
        """Do not ask again for 48 hours, whichever way they say who they are."""
        self._refusals.note(self._kept.identity_of(claim).get("document_number"))
