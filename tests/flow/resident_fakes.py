"""Scripted residents and the person in front of the machine, for the flows of residents."""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from consent.notice import Notice
from consent.notice_source import read_notice
from station.config import Policy
from station.enrolment import ResidentEnrolment
from station.errors import ErrorCode, StationError, StorageError
from station.model import (
    Claim,
    ClaimKind,
    Enrolment,
    Purpose,
    SealedTemplate,
    Secret,
    TemplateDraft,
    TemplateKeys,
    TemplateReference,
    VisitId,
)
from station.ports import Erased, Publish
from station.resident_check import ResidentCheck
from station.visit import Visit, VisitDesk
from station.withdrawal import Withdrawal
from tests.flow.visit_fakes import (
    NOTICES,
    FakePerson,
    Played,
    Script,
    fake_desk,
    play_flow,
)
from tests.ledger_fakes import FakeLedgerStore

RESIDENT_NOTICE: Notice = read_notice(NOTICES, "resident", NOTICES / "demo_site.toml")
CHECK_NOTICE: Notice = read_notice(NOTICES, "resident_check", NOTICES / "demo_site.toml")
BOTH = frozenset({Purpose.VERIFY, Purpose.RETAIN_TEMPLATE})
NUMBER = "1234567890"
OFFICERS_KEY = bytes(range(64))
DOCUMENT = Claim(ClaimKind.DOCUMENT, "X0000000")
BY_NUMBER = Claim(ClaimKind.RESIDENT_NUMBER, NUMBER)


@dataclass
class ResidentScript(Script):
    """What the residents' ports do beside a visit's."""

    agreed: frozenset[Purpose] | None = BOTH
    claims: list[Claim | None] = field(default_factory=lambda: [BY_NUMBER])
    """What the person claims, one after the other; None is "with my document"."""
    check_only: bool = False
    erase: bool = True
    silent: bool = False
    """The last question of a withdrawal is left unanswered."""
    enrolled: bool = False
    enrol: StationError | None = None
    reference: StationError | None = None
    attempted: StationError | None = None
    withdraw: StationError | None = None


class FakeResidents:
    """One resident at most, in memory; counts what was asked of the stores."""

    def __init__(self, script: ResidentScript, diary: list[str]) -> None:
        self._script = script
        self._diary = diary
        self.kept: list[Enrolment] = []
        self.drafts: list[TemplateDraft] = []
        self.enrolled = {DOCUMENT, BY_NUMBER} if script.enrolled else set()

    def may_start(self) -> None:
        """The desk's own records are asked."""

    def is_enrolled(self, claim: Claim) -> bool:
        self._diary.append("is_enrolled")
        return claim in self.enrolled

    def blind_reference(self, claim: Claim) -> str:
        return "Q" * 43 if claim in self.enrolled else ""

    def new_template(self) -> TemplateDraft:
        draft = new_draft()
        self.drafts.append(draft)
        return draft

    def enrol(self, visit_id: VisitId, enrolment: Enrolment) -> str:
        self._diary.append("enrol")
        if self._script.enrol is not None:
            raise self._script.enrol
        assert enrolment.template.pid == enrolment.draft.keys.pid
        assert any(enrolment.draft.secret.reveal()), "the secret is needed here"
        self.kept.append(enrolment)
        self.enrolled = {DOCUMENT, BY_NUMBER}
        return NUMBER

    def reference(self, claim: Claim) -> TemplateReference:
        self._diary.append("reference")
        if self._script.reference is not None:
            raise self._script.reference
        assert claim in self.enrolled
        keys = new_draft().keys
        return TemplateReference(SealedTemplate(bytes(175), bytes(16), 1), keys)

    def attempted(self, claim: Claim, *, matched: bool) -> None:
        if self._script.attempted is not None:
            raise self._script.attempted
        self._diary.append("matched" if matched else "failed")

    def withdraw(self, claim: Claim) -> Erased:
        self._diary.append("withdraw")
        if self._script.withdraw is not None:
            raise self._script.withdraw
        if claim not in self.enrolled:
            raise StorageError(ErrorCode.RESIDENT_UNKNOWN)
        self.enrolled = set()
        return Erased("a" * 32, (("identity", 1), ("keys", 1), ("template", 1)), 0, 0)


class FakeResident(FakePerson):
    """Answers the residents' questions at once."""

    def __init__(self, script: ResidentScript, diary: list[str], cancel: threading.Event) -> None:
        super().__init__(script, diary, cancel)
        self._resident = script
        self._log = diary

    def ask_claim(self, cancel: threading.Event) -> Claim | None:
        self._log.append("ask_claim")
        self.maybe_cancel("ask_claim", cancel)
        return self._resident.claims.pop(0)

    def ask_check_only(self, cancel: threading.Event) -> bool:
        self._log.append("ask_check_only")
        self.maybe_cancel("ask_check_only", cancel)
        return self._resident.check_only

    def ask_erasure(self, cancel: threading.Event) -> bool:
        self._log.append("ask_erasure")
        if self._resident.silent:
            assert cancel.wait(5), "the time-out never came"
        self.maybe_cancel("ask_erasure", cancel)
        return self._resident.erase


def new_draft() -> TemplateDraft:
    """Keys of nothing, drawn at random."""
    rotation, seal_key = Secret(secrets.token_bytes(2112)), Secret(secrets.token_bytes(16))
    keys = TemplateKeys(secrets.token_bytes(16), rotation, seal_key)
    return TemplateDraft(Secret(secrets.token_bytes(32)), keys)


Make = Callable[[VisitDesk, FakeResidents, FakeResident, Publish], Visit]


@dataclass
class PlayedResident(Played):
    """One resident's visit played to its end."""

    residents: FakeResidents


def play_resident(
    make: Make,
    script: ResidentScript,
    notice: Notice,
    policy: Policy | None = None,
    store: FakeLedgerStore | None = None,
) -> PlayedResident:
    """Run one flow of residents on the script."""
    diary: list[str] = []
    cancel = threading.Event()
    residents = FakeResidents(script, diary)
    person = FakeResident(script, diary, cancel)
    desk = fake_desk(script, diary, cancel, notice, policy=policy, store=store)
    played = play_flow(
        lambda at, publish: make(at, residents, person, publish), person, desk, diary, cancel
    )
    return PlayedResident(
        played.report, played.diary, played.events, played.store, played.person, residents
    )


def enrol(
    script: ResidentScript,
    *,
    notice: Notice = RESIDENT_NOTICE,
    term: timedelta | None = None,
    policy: Policy | None = None,
    store: FakeLedgerStore | None = None,
) -> PlayedResident:
    """One enrolment."""

    def make(
        desk: VisitDesk, residents: FakeResidents, person: FakeResident, publish: Publish
    ) -> Visit:
        key = OFFICERS_KEY if notice.portraits else b""
        return ResidentEnrolment(desk, residents, person, publish, term=term, officers_key=key)

    return play_resident(make, script, notice, policy, store)


def check(script: ResidentScript) -> PlayedResident:
    """One resident verification."""
    script.enrolled, script.agreed = True, None
    return play_resident(ResidentCheck, script, CHECK_NOTICE)


def withdraw(
    script: ResidentScript, policy: Policy | None = None, store: FakeLedgerStore | None = None
) -> PlayedResident:
    """One withdrawal."""
    script.enrolled, script.agreed = True, None

    def make(
        desk: VisitDesk, residents: FakeResidents, person: FakeResident, publish: Publish
    ) -> Visit:
        return Withdrawal(desk, residents, residents.withdraw, person, publish)

    return play_resident(make, script, CHECK_NOTICE, policy, store)
