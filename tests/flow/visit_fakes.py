"""Scripted stand-ins at the visit's ports: a booth, a person, records. They keep a diary."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from consent.ledger import Ledger
from consent.notice import Notice
from consent.notice_source import read_notice
from consent.receipt import ConsentReceipt
from consent.signing import HeadSigner
from station.config import ROOT, Policy, load
from station.errors import BoothError, ErrorCode, StationError
from station.events import Event, State, StateChanged
from station.model import (
    Answer,
    Authenticity,
    BoothEnd,
    ComparisonDecision,
    ComparisonResult,
    DocumentCheck,
    DocumentKind,
    IdentityRecord,
    Language,
    LayerVerdict,
    PadReport,
    PadResult,
    Purpose,
    SealedTemplate,
    TemplateKeys,
    TemplateReference,
    VisitId,
)
from station.ports import AccessKeyReply, Cancelled, Dialogue, NoticeReply, Publish
from station.visit import Visit, VisitDesk, VisitReport
from station.visitor_check import VisitorCheck
from tests.ledger_fakes import ORIGIN, FakeClock, FakeLedgerStore


def identity(birth_date: str = "1990-01-01") -> IdentityRecord:
    """What the document says; an empty `birth_date` is left out, as readers do."""
    fields = (("name", "SPECIMEN PERSON"), ("document_number", "X0000000"))
    return IdentityRecord((*fields, *((("birth_date", birth_date),) if birth_date else ())))


LAYERS = (LayerVerdict("L3_PLANARITY", True, 0.091, 0.055),)
NOTICES = ROOT / "resources" / "notices"
NOTICE: Notice = read_notice(NOTICES, "visitor", NOTICES / "demo_site.toml")
Step = object


@dataclass
class Script:
    """What each port does; a `StationError` in a list is raised."""

    answer: Answer = Answer.GIVEN
    cards: list[Step] = field(default_factory=lambda: [Authenticity.VERIFIED])
    photo_fault: ErrorCode | None = None
    expired: bool = False
    birth_date: str = "1990-01-01"
    calm: bool = False
    captures: list[Step] = field(default_factory=lambda: [PadResult.BONA_FIDE])
    decision: ComparisonDecision = ComparisonDecision.MATCH
    take: StationError | None = None
    compare: StationError | None = None
    seal: StationError | None = None
    purge: StationError | None = None
    may_start: StationError | None = None
    keep: StationError | None = None
    cancel_in: str = ""
    """Name of the call during which the person cancels."""
    agreed: frozenset[Purpose] | None = None
    """What was ticked on a notice with several purposes."""
    absent: bool = False
    """Nobody answers the notice."""


class FakeBooth:
    """Plays `Script`; refuses anything before `begin`, as the real one does."""

    pid = 4711

    def __init__(self, script: Script, diary: list[str], cancel: threading.Event) -> None:
        self._script = script
        self._diary = diary
        self._cancel = cancel
        self._begun = False

    def begin(self, visit_id: VisitId, receipt: ConsentReceipt) -> None:
        assert receipt.receipt_id
        self._begun = True
        self._diary.append("begin")

    def read_document(
        self,
        key: AccessKeyReply,
        cancel: threading.Event,
        publish: Publish,
        fields: tuple[str, ...],
    ) -> tuple[IdentityRecord, DocumentCheck, ErrorCode | None]:
        self._enter("read_document")
        step = self._script.cards.pop(0)
        if isinstance(step, StationError):
            raise step
        if cancel.is_set():
            raise BoothError(ErrorCode.CARD_NOT_PRESENTED)
        assert isinstance(step, Authenticity)
        check = DocumentCheck(DocumentKind.EMRTD, step, self._script.expired, "BAC")
        return identity(self._script.birth_date), check, self._script.photo_fault

    def capture(
        self, dialogue: Dialogue, cancel: threading.Event, publish: Publish, *, calm: bool = False
    ) -> PadReport:
        self._enter("capture calm" if calm else "capture")
        step = self._script.captures.pop(0)
        if isinstance(step, StationError):
            raise step
        assert isinstance(step, PadResult)
        return PadReport(step, "L3_PLANARITY", "FLAT_ARTEFACT", LAYERS)

    def compare(self, publish: Publish) -> ComparisonResult:
        self._enter("compare")
        if self._script.compare is not None:
            raise self._script.compare
        return ComparisonResult(self._script.decision, 0.7, 0.415, 1e-4, "0" * 64, "test")

    def enrol_template(self, keys: TemplateKeys, fmr: float) -> SealedTemplate:
        self._enter("enrol_template")
        assert keys.seal_key.reveal() != bytes(16), "the keys are needed here"
        if self._script.seal is not None:
            raise self._script.seal
        return SealedTemplate(b"\x01\x01\x00" + keys.pid + bytes(156), bytes(16), 1)

    def seal_portrait(self, officers_key: bytes) -> bytes:
        self._enter("seal_portrait")
        return b"sealed to " + officers_key

    def compare_template(self, reference: TemplateReference, publish: Publish) -> ComparisonResult:
        self._enter("compare_template")
        if self._script.compare is not None:
            raise self._script.compare
        return ComparisonResult(self._script.decision, 0.7, 0.415, 1e-4, "0" * 64, "test")

    def end(self) -> BoothEnd:
        self._diary.append("end")
        if self._script.purge is not None:
            raise self._script.purge
        return BoothEnd(self.pid, True, True, "2026-01-01T00:00:00.000+00:00", 0.5)

    def _enter(self, name: str) -> None:
        assert self._begun, "no device before consent"
        self._diary.append(name)
        if self._script.cancel_in == name:
            self._cancel.set()


class FakeBooths:
    """Hands out one scripted booth per visit."""

    def __init__(self, script: Script, diary: list[str], cancel: threading.Event) -> None:
        self._make: Callable[[], FakeBooth] = lambda: FakeBooth(script, diary, cancel)
        self._script = script
        self._diary = diary

    def take(self) -> FakeBooth:
        if self._script.take is not None:
            raise self._script.take
        self._diary.append("take")
        return self._make()

    def warm_next(self) -> None:
        self._diary.append("warm")

    def close(self) -> None:
        self._diary.append("close")


class FakeRecords:
    """Counts what would be kept."""

    def __init__(self, script: Script, diary: list[str]) -> None:
        self._script = script
        self._diary = diary

    def may_start(self) -> None:
        if self._script.may_start is not None:
            raise self._script.may_start

    def keep_identity(self, visit_id: VisitId, kept: IdentityRecord, expires_at: str) -> None:
        if self._script.keep is not None:
            raise self._script.keep
        assert kept == identity(self._script.birth_date)
        self._diary.append("keep")


class FakePerson:
    """A dialogue that answers at once."""

    def __init__(self, script: Script, diary: list[str], cancel: threading.Event) -> None:
        self._script = script
        self._diary = diary
        self._cancel = cancel
        self.shown: IdentityRecord | None = None
        self.shown_s = 0.0

    def ask_consent(self, notice: Notice, cancel: threading.Event) -> NoticeReply:
        self._diary.append("ask_consent")
        if self._script.absent:
            assert cancel.wait(5), "the time-out never came"
        self.maybe_cancel("ask_consent", cancel)
        return NoticeReply(
            self._script.answer,
            Language.ZH_CN,
            "SCREEN",
            3.0,
            True,
            calm=self._script.calm,
            agreed=self._script.agreed,
        )

    def ask_access_key(self, cancel: threading.Event) -> AccessKeyReply:
        self.maybe_cancel("ask_access_key", cancel)
        return AccessKeyReply("X0000000", "900101", "300101")

    def show_light(self, light: str) -> int:
        return 0

    def show_prompt(self, index: int, action: str) -> int:
        return 1

    def show_identity(self, identity: IdentityRecord, check: DocumentCheck) -> None:
        self.shown = identity

    def show_comparison(self, comparison: ComparisonResult) -> None:
        self._diary.append("show_comparison")

    def acknowledge(self, cancel: threading.Event, timeout_s: float) -> None:
        self._diary.append("acknowledge")
        self.shown_s = timeout_s

    def forget(self) -> None:
        self.shown = None
        self._diary.append("forget")

    def maybe_cancel(self, name: str, cancel: threading.Event) -> None:
        if self._script.cancel_in == name:
            cancel.set()
        if cancel.is_set():
            raise Cancelled


@dataclass
class Played:
    """One visit played to its end."""

    report: VisitReport
    diary: list[str]
    events: list[Event]
    store: FakeLedgerStore
    person: FakePerson

    @property
    def states(self) -> list[State]:
        return [event.state for event in self.events if isinstance(event, StateChanged)]


def play(
    script: Script, policy: Policy | None = None, store: FakeLedgerStore | None = None
) -> Played:
    """Run one visitor's check on the script."""
    diary: list[str] = []
    cancel = threading.Event()
    person = FakePerson(script, diary, cancel)
    return play_flow(
        lambda desk, publish: VisitorCheck(desk, person, publish),
        person,
        fake_desk(script, diary, cancel, NOTICE, policy=policy, store=store),
        diary,
        cancel,
    )


def fake_desk(
    script: Script,
    diary: list[str],
    cancel: threading.Event,
    notice: Notice,
    *,
    policy: Policy | None = None,
    store: FakeLedgerStore | None = None,
) -> VisitDesk:
    """A desk whose ports all play the script."""
    rows = store or FakeLedgerStore()
    return VisitDesk(
        booths=FakeBooths(script, diary, cancel),
        records=FakeRecords(script, diary),
        ledger=Ledger(rows, HeadSigner.generate(), ORIGIN, FakeClock(), demo=True),
        notice=notice,
        policy=policy or load().policy,
        station_id="test-1",
        seal_evidence=lambda record_id, body: b"sealed",
        needs_access_key=True,
    )


def play_flow(
    make: Callable[[VisitDesk, Publish], Visit],
    person: FakePerson,
    desk: VisitDesk,
    diary: list[str],
    cancel: threading.Event,
) -> Played:
    """Run one visit of any flow at this desk."""
    events: list[Event] = []
    report = make(desk, events.append).run(cancel)
    return Played(report, diary, events, ledger_rows(desk), person)


def ledger_rows(desk: VisitDesk) -> FakeLedgerStore:
    """The rows under a fake desk's ledger."""
    store = vars(desk.ledger)["_store"]
    assert isinstance(store, FakeLedgerStore)
    return store
