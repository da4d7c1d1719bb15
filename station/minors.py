"""A child is registered only at the staffed desk, with a guardian who agrees and a willing child.

The usual way for a child is another credential (X-6; GB/T 41819 would rather not identify children
at all); this route exists where the deployment profile and its assessment say so. Name and contact
of the guardian are sealed once more inside the sealed record: auditors take records away.
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from threading import Event
from typing import Protocol

from consent.canonical import Json
from consent.notice import Notice
from consent.receipt import ConsentReceipt
from station.access import Act
from station.enrolment import ResidentEnrolment
from station.errors import AccessError, ConsentError, ErrorCode
from station.events import Flow
from station.gate import Permit, check_text
from station.model import Answer, IdentityRecord, Language, VisitId
from station.ports import Publish, ResidentDialogue, ResidentRecords
from station.reconsent import NEEDED
from station.refusals import Refusals
from station.visit import VisitDesk

MOST_NAME, MOST_CONTACT, MOST_NUMBER = 100, 100, 64
"""Longest name and contact of a guardian, and number of a child's document, in characters."""


class Relation(StrEnum):
    """What the guardian is to the child (民法典 27)."""

    PARENT = "PARENT"
    GRANDPARENT = "GRANDPARENT"
    SIBLING = "SIBLING"
    OTHER_PERSON = "OTHER_PERSON"
    ORGANISATION = "ORGANISATION"


class GuardianDocument(StrEnum):
    """The document by which staff saw who the guardian is."""

    RESIDENT_ID = "RESIDENT_ID"
    PASSPORT = "PASSPORT"
    HMT_PERMIT = "HMT_PERMIT"
    FOREIGNER_ID = "FOREIGNER_ID"


class Proof(StrEnum):
    """What showed staff that this is the guardian of this child."""

    HOUSEHOLD_REGISTER = "HOUSEHOLD_REGISTER"
    BIRTH_CERTIFICATE = "BIRTH_CERTIFICATE"
    GUARDIANSHIP_PAPER = "GUARDIANSHIP_PAPER"
    COURT_DECISION = "COURT_DECISION"


@dataclass(frozen=True, slots=True)
class Guardian:
    """Who agrees for the child, and what staff were shown. No number of any document is kept."""

    name: str = field(repr=False)
    document: GuardianDocument
    relation: Relation
    proof: Proof
    contact: str = field(repr=False)

    def check(self) -> None:
        """Raises `AccessError(TEXT_UNUSABLE)` for a name or contact that says nothing."""
        for text, most in ((self.name, MOST_NAME), (self.contact, MOST_CONTACT)):
            if not text.strip():
                raise AccessError(ErrorCode.TEXT_UNUSABLE)
            check_text(text, most)


@dataclass(frozen=True, slots=True)
class MinorCase:
    """One child at the desk, as staff have written it down."""

    guardian: Guardian
    child_document: str = field(repr=False)
    """Number of the child's document: it has to be the one that is read, and is not kept."""


class SealGuardian(Protocol):
    """Seals what names the guardian, for one visit (`storage.guardian_seal`)."""

    def seal(self, visit_id: VisitId, name: str, contact: str) -> str:
        """Text that says nothing without the station's key."""
        ...


@dataclass(frozen=True, slots=True)
class MinorKeeping:
    """Who is not to be asked again, and how the guardian is kept."""

    refusals: Refusals
    seal: SealGuardian


class MinorDialogue(ResidentDialogue, Protocol):
    """What is asked at the desk beside an enrolment; the guardian answers the notice itself."""

    def ask_child(self, notice: Notice, language: Language, cancel: Event) -> bool:
        """Show the child its own summary and ask whether it is willing. Raises `Cancelled`."""
        ...


class MinorEnrolment(ResidentEnrolment):
    """One child from the guardian's notice to the resident number."""

    flow = Flow.ENROLMENT

    def __init__(
        self,
        desk: VisitDesk,
        residents: ResidentRecords,
        dialogue: MinorDialogue,
        publish: Publish,
        *,
        permit: Permit,
        case: MinorCase,
        keeping: MinorKeeping,
        term: timedelta | None = None,
    ) -> None:
        """Raises before anybody is asked: `ConsentError(REFUSED_RECENTLY)`, `ConfigError` for a
        term too long, `AccessError(TEXT_UNUSABLE)`.
        """
        permit.for_act(Act.MINOR_ENROL)
        case.guardian.check()
        number = case.child_document.strip()
        if not 1 <= len(number) <= MOST_NUMBER:
            raise AccessError(ErrorCode.TEXT_UNUSABLE)
        if not keeping.refusals.may_ask(number):
            raise ConsentError(ErrorCode.REFUSED_RECENTLY)
        super().__init__(desk, residents, dialogue, publish, term=term)
        self._permit = permit
        self._case = case
        self._refusals = keeping.refusals
        self._seal = keeping.seal
        self._both_asked = dialogue

    def _ask_consent(self) -> ConsentReceipt | None:
        """The guardian first, then the child; without either nothing is opened."""
        notice = self._desk.notice
        reply = self._show_notice(notice)
        willing = False
        if reply.answer is Answer.GIVEN and (reply.agreed or frozenset()) >= NEEDED:
            self._deadline.restart(self._desk.policy.consent_timeout_s)
            willing = self._both_asked.ask_child(notice, reply.language, self._cancel)
        elif reply.answer is Answer.GIVEN:
            reply = replace(reply, answer=Answer.REFUSED)
        minor = self._minor(agreed=reply.answer is Answer.GIVEN, willing=willing)
        if reply.answer is Answer.GIVEN and not willing:
            # The child's no counts as much: no record may say that this was agreed to.
            reply = replace(reply, answer=Answer.REFUSED)
        receipt = self._record_reply(notice, reply, operator=self._permit.user, minor=minor)
        if receipt is None:
            self._refusals.note(self._case.child_document)
            self._declined(reply.answer)
            return None
        self._report = replace(self._report, receipt_id=receipt.receipt_id)
        self._draft.number, self._draft.language = receipt.receipt_id, receipt.language
        return receipt

    def _minor(self, *, agreed: bool, willing: bool) -> dict[str, Json]:
        """What each record says of it (5.1 I of the outline)."""
        guardian = self._case.guardian
        return {
            "guardian": {
                "person": self._seal.seal(self._id, guardian.name, guardian.contact),
                "document": guardian.document.value,
                "relation": guardian.relation.value,
                "proof": guardian.proof.value,
            },
            "seen_by": self._permit.user,
            "guardian_agreed": agreed,
            "child_willing": willing,
        }

    def _is_of_age(self, identity: IdentityRecord) -> bool:
        """Here the child has to be one, and the one staff wrote down."""
        read, written = identity.get("document_number"), self._case.child_document
        if not self._refusals.same_person(read, written):
            self._hand_over(ErrorCode.OTHER_DOCUMENT)
            return False
        if not self._is_child(identity):
            self._hand_over(ErrorCode.NOT_A_MINOR)
            return False
        return True
