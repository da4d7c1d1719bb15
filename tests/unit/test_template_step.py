"""The TEMPLATE steps in the booth: when they are allowed, and which templates are refused."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import pytest
from template_kit import keys_of, near, unit_vectors

from drivers.face.calibration import read_calibration
from drivers.face.engine import FaceEngine
from drivers.face.sealed_rotation import seal_template
from drivers.face.sealed_rotation_profiles import FMR_BY_PROFILE, fmr_of, profile_for
from station.booth import process
from station.booth.capture_step import CaptureOutcome
from station.booth.frames import FrameRing
from station.booth.messages import (
    Action,
    Begin,
    BoothMessage,
    CameraChoice,
    Captured,
    CapturePolicy,
    ChallengePlan,
    Compare,
    Compared,
    ConsentProof,
    DeskMessage,
    DocumentRead,
    ReadDocument,
    ReaderChoice,
    StartCapture,
)
from station.booth.ports import FeatureVector
from station.booth.process import BoothServer
from station.booth.template_messages import (
    CompareTemplate,
    EnrolTemplate,
    RecordKeys,
    RenewTemplate,
    TemplateSealed,
)
from station.booth.template_step import ENROLMENT_FRAMES, mean_vector
from station.booth.wire import Received, booth_wire
from station.errors import BoothError, ConfigError, ErrorCode, StationError
from station.model import TemplateKeys

MATCHER = read_calibration().tables[0].matcher_id
CAPTURE = StartCapture(
    CameraChoice("feed"),
    ChallengePlan("2" * 32, (Action.BLINK,), 1),
    CapturePolicy(5, 5, 0.15, 90),
)
READ = ReadDocument(ReaderChoice("feed"))
FACE, STRANGER = unit_vectors(2, seed=20)


@dataclass(frozen=True)
class FakeEngine:
    matcher_id: str = MATCHER
    runtime: str = "opencv 5.0.0"


def wire_keys(keys: TemplateKeys) -> RecordKeys:
    return RecordKeys(keys.pid, keys.rotation.reveal(), keys.seal_key.reveal())


KEYS, NEW_KEYS = wire_keys(keys_of(21)), wire_keys(keys_of(22))
ENROL = EnrolTemplate(KEYS, 1e-4)


@dataclass
class Booth:
    """A server without processes: the document and the live frames are what the test says."""

    server: BoothServer
    document: FeatureVector | None = field(default_factory=lambda: near(FACE, 0.6, seed=23))
    frames: list[FeatureVector] = field(default_factory=list)

    def obey(self, *messages: DeskMessage) -> BoothMessage:
        answers = [self.server._obey(Received(message, ())) for message in messages]
        return answers[-1]

    def refuses(self, message: DeskMessage) -> ErrorCode:
        with pytest.raises(StationError) as caught:
            self.obey(message)
        return caught.value.code

    def ready_to_enrol(self) -> None:
        self.obey(begin("VERIFY", "RETAIN_TEMPLATE"), READ, CAPTURE, Compare(1e-4))


def live(count: int = 5) -> list[FeatureVector]:
    return [near(FACE, 0.9, seed=30 + index) for index in range(count)]


def begin(*purposes: str) -> Begin:
    return Begin("1" * 32, ConsentProof("ABCD-EFGH-JKMN", "0" * 64, purposes), True)


@pytest.fixture
def booth(monkeypatch: pytest.MonkeyPatch) -> Iterator[Booth]:
    own, far = socket.socketpair()
    with own, far:
        engine = cast(FaceEngine, FakeEngine())
        made = Booth(BoothServer(booth_wire(own), cast(FrameRing, None), engine), frames=live())

        def read(*_: object) -> tuple[FeatureVector | None, DocumentRead]:
            return made.document, DocumentRead("EMRTD", "VERIFIED", False, "BAC", (), "")

        def capture(*_: object) -> CaptureOutcome:
            result = "BONA_FIDE" if made.frames else "ATTACK"
            copies = [frame.copy() for frame in made.frames]
            return CaptureOutcome(Captured(result, "", "", (), 1.0), copies)

        monkeypatch.setattr(process, "read_document", read)
        monkeypatch.setattr(process, "capture", capture)
        yield made


def enrolled(booth: Booth) -> TemplateSealed:
    booth.ready_to_enrol()
    answer = booth.obey(ENROL)
    assert isinstance(answer, TemplateSealed)
    return answer


# Order


def test_a_resident_is_enrolled_and_recognised_without_a_document(booth: Booth) -> None:
    template = enrolled(booth)
    assert len(template.sealed) == 175
    assert template.model_id == bytes.fromhex(MATCHER)[:16]
    assert fmr_of(template.profile) == 1e-4
    later = booth.obey(CAPTURE, CompareTemplate(KEYS, template))
    assert isinstance(later, Compared)
    assert (later.decision, later.threshold, later.fmr) == ("MATCH", 0.415, 1e-4)
    assert later.score == pytest.approx(0.95, abs=0.04)
    booth.frames = [STRANGER]
    stranger = booth.obey(CAPTURE, CompareTemplate(KEYS, template))
    assert isinstance(stranger, Compared) and stranger.decision == "NON_MATCH"


@pytest.mark.parametrize(
    "message", [ENROL, CompareTemplate(KEYS, TemplateSealed(b"\1" * 175, b"m" * 16, 1))]
)
def test_nothing_before_begin(booth: Booth, message: DeskMessage) -> None:
    assert booth.refuses(message) is ErrorCode.BOOTH_PROTOCOL


def test_enrolment_needs_a_consent_of_its_own(booth: Booth) -> None:
    booth.obey(begin("VERIFY"), READ, CAPTURE, Compare(1e-4))
    assert booth.refuses(ENROL) is ErrorCode.CONSENT_MISSING


def test_enrolment_needs_a_capture_that_passed_and_a_document_that_matched(booth: Booth) -> None:
    booth.obey(begin("VERIFY", "RETAIN_TEMPLATE"), READ)
    assert booth.refuses(ENROL) is ErrorCode.BOOTH_PROTOCOL
    booth.obey(CAPTURE)
    assert booth.refuses(ENROL) is ErrorCode.BOOTH_PROTOCOL
    booth.document = STRANGER
    answer = booth.obey(READ, CAPTURE, Compare(1e-4))
    assert isinstance(answer, Compared) and answer.decision == "NON_MATCH"
    assert booth.refuses(ENROL) is ErrorCode.BOOTH_PROTOCOL


def test_a_claim_without_a_document_is_compared_with_its_template_and_with_nothing_else(
    booth: Booth,
) -> None:
    sealed = seal_template(FACE, keys_of(21), bytes.fromhex(MATCHER)[:16], 2)
    template = TemplateSealed(sealed.sealed, sealed.model_id, sealed.profile)
    booth.obey(begin("VERIFY", "RETAIN_TEMPLATE"), CAPTURE)
    assert booth.refuses(Compare(1e-4)) is ErrorCode.BOOTH_PROTOCOL
    assert booth.refuses(ENROL) is ErrorCode.BOOTH_PROTOCOL
    answer = booth.obey(CompareTemplate(KEYS, template))
    assert isinstance(answer, Compared) and answer.decision == "MATCH"


@pytest.mark.parametrize("again", [READ, CAPTURE])
def test_a_match_counts_for_its_own_document_and_frames_only(
    booth: Booth, again: DeskMessage
) -> None:
    booth.ready_to_enrol()
    booth.obey(again)
    assert booth.refuses(ENROL) is ErrorCode.BOOTH_PROTOCOL


def test_an_attack_is_neither_enrolled_nor_compared(booth: Booth) -> None:
    template = enrolled(booth)
    booth.frames = []
    booth.obey(CAPTURE)
    assert booth.refuses(ENROL) is ErrorCode.BOOTH_PROTOCOL
    assert booth.refuses(CompareTemplate(KEYS, template)) is ErrorCode.BOOTH_PROTOCOL


def test_one_capture_serves_one_enrolment_or_one_stored_template(booth: Booth) -> None:
    """A booth cannot be made to look for a face among many."""
    template = enrolled(booth)
    compare = CompareTemplate(KEYS, template)
    assert booth.refuses(ENROL) is ErrorCode.BOOTH_PROTOCOL
    assert booth.refuses(compare) is ErrorCode.BOOTH_PROTOCOL
    booth.obey(CAPTURE, compare)
    assert booth.refuses(compare) is ErrorCode.BOOTH_PROTOCOL
    # A refused one has had its frames too.
    booth.obey(CAPTURE)
    assert booth.refuses(CompareTemplate(NEW_KEYS, template)) is ErrorCode.TEMPLATE_REFUSED
    assert booth.refuses(compare) is ErrorCode.BOOTH_PROTOCOL


def test_a_bench_trial_keeps_and_compares_nothing(booth: Booth) -> None:
    booth.obey(begin("PAD_TRIAL"), CAPTURE)
    assert booth.refuses(ENROL) is ErrorCode.CONSENT_MISSING
    template = TemplateSealed(b"\1" * 175, b"m" * 16, 1)
    assert booth.refuses(CompareTemplate(KEYS, template)) is ErrorCode.BOOTH_PROTOCOL


def test_frames_are_overwritten_once_they_have_served(booth: Booth) -> None:
    booth.ready_to_enrol()
    held = booth.server._probes
    assert all(frame.any() for frame in held)
    booth.obey(ENROL)
    assert not any(frame.any() for frame in held)


# Enrolment


def test_a_template_is_the_middle_of_several_frames(booth: Booth) -> None:
    """The noise of single frames goes: it is nearer to the face than any one of them."""
    booth.frames = live(12)
    template = enrolled(booth)
    booth.frames = [FACE]
    answer = booth.obey(CAPTURE, CompareTemplate(KEYS, template))
    assert isinstance(answer, Compared)
    assert answer.score > 0.97
    middle = mean_vector(live(12))
    assert float(np.linalg.norm(middle)) == pytest.approx(1.0, abs=1e-6)
    assert answer.score == pytest.approx(float(middle @ FACE), abs=0.01)


def test_too_few_frames_are_said_so(booth: Booth) -> None:
    booth.frames = live(ENROLMENT_FRAMES - 1)
    booth.ready_to_enrol()
    with pytest.raises(BoothError) as caught:
        booth.obey(ENROL)
    assert caught.value.code is ErrorCode.TEMPLATE_REFUSED
    assert caught.value.numbers == {"frames": 2, "needed": 3}


def test_a_template_that_would_not_match_its_own_frames_is_not_kept(booth: Booth) -> None:
    """The document matched most of the frames, and these have little in common."""
    booth.frames = [near(FACE, 0.3, seed=40 + index) for index in range(12)]
    booth.document = mean_vector(booth.frames)
    answer = booth.obey(begin("VERIFY", "RETAIN_TEMPLATE"), READ, CAPTURE, Compare(1e-3))
    assert isinstance(answer, Compared) and answer.decision == "MATCH"
    assert booth.refuses(EnrolTemplate(KEYS, 1e-6)) is ErrorCode.TEMPLATE_REFUSED


def test_enrolments_of_the_same_frames_differ(booth: Booth) -> None:
    one = enrolled(booth)
    other = booth.obey(READ, CAPTURE, Compare(1e-4), EnrolTemplate(NEW_KEYS, 1e-4))
    assert isinstance(other, TemplateSealed)
    assert one.sealed[31:] != other.sealed[31:]


# What is refused


@pytest.mark.parametrize(
    "changed",
    [
        lambda t: TemplateSealed(t.sealed, bytes(16), t.profile),
        lambda t: TemplateSealed(t.sealed, t.model_id, 1),
        lambda t: TemplateSealed(t.sealed, t.model_id, 999),
        lambda t: TemplateSealed(b"\2" + t.sealed[1:], t.model_id, t.profile),
        lambda t: TemplateSealed(t.sealed[:1] + b"\2" + t.sealed[2:], t.model_id, t.profile),
        lambda t: TemplateSealed(t.sealed[:-1] + b"\0", t.model_id, t.profile),
    ],
    ids=["model", "looser profile", "unknown profile", "algorithm", "version", "tag"],
)
def test_a_template_that_is_not_what_was_sealed_is_refused(booth: Booth, changed: object) -> None:
    template = enrolled(booth)
    booth.obey(CAPTURE)
    message = CompareTemplate(KEYS, changed(template))  # type: ignore[operator]
    assert booth.refuses(message) is ErrorCode.TEMPLATE_REFUSED


def test_an_authentic_template_of_another_model_is_refused_before_it_is_opened(
    booth: Booth, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = enrolled(booth)
    other = cast(FaceEngine, FakeEngine(matcher_id="ab" * 32))
    monkeypatch.setattr(booth.server, "_engine", other)
    booth.obey(CAPTURE)
    assert booth.refuses(CompareTemplate(KEYS, template)) is ErrorCode.TEMPLATE_REFUSED


# Renewal


def test_a_booth_renews_without_a_visit_and_then_begins_none(booth: Booth) -> None:
    old = TemplateSealed(b"\1" * 175, bytes.fromhex(MATCHER)[:16], 2)
    assert booth.refuses(RenewTemplate(KEYS, old, NEW_KEYS)) is ErrorCode.TEMPLATE_REFUSED
    # Even a refused one: the keys were here.
    assert booth.refuses(begin("VERIFY")) is ErrorCode.BOOTH_PROTOCOL


def test_a_booth_in_a_visit_renews_nothing(booth: Booth) -> None:
    template = enrolled(booth)
    assert booth.refuses(RenewTemplate(KEYS, template, NEW_KEYS)) is ErrorCode.BOOTH_PROTOCOL


def test_a_renewed_template_is_recognised_and_of_another_model_is_not_renewed(
    booth: Booth, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = enrolled(booth)
    monkeypatch.setattr(booth.server, "_begun", None)
    foreign = TemplateSealed(template.sealed, bytes(16), template.profile)
    assert booth.refuses(RenewTemplate(KEYS, foreign, NEW_KEYS)) is ErrorCode.TEMPLATE_REFUSED
    renewed = booth.obey(RenewTemplate(KEYS, template, NEW_KEYS))
    assert isinstance(renewed, TemplateSealed)
    assert (renewed.sealed[1:3], renewed.sealed[3:19]) == (b"\2\0", NEW_KEYS.pid)
    assert (renewed.model_id, renewed.profile) == (template.model_id, template.profile)
    monkeypatch.setattr(booth.server, "_begun", begin("VERIFY"))
    answer = booth.obey(CAPTURE, CompareTemplate(NEW_KEYS, renewed))
    assert isinstance(answer, Compared) and answer.decision == "MATCH"


# Profiles


def test_every_profile_is_a_measured_row_and_looser_ones_come_first() -> None:
    rows = [point.fmr for point in read_calibration().tables[0].points]
    assert list(FMR_BY_PROFILE.values()) == rows
    assert rows == sorted(rows, reverse=True)


@pytest.mark.parametrize(
    ("fmr", "profile"), [(0.5, 1), (1e-3, 1), (9e-4, 2), (1e-4, 2), (2e-5, 3), (1e-6, 4)]
)
def test_the_profile_is_never_looser_than_the_wanted_rate(fmr: float, profile: int) -> None:
    assert profile_for(fmr) == profile


@pytest.mark.parametrize("fmr", [9e-7, 0.0, -1.0, 1.0, float("nan"), float("inf")])
def test_a_rate_no_profile_keeps_is_refused(fmr: float) -> None:
    with pytest.raises(ConfigError):
        profile_for(fmr)


@pytest.mark.parametrize("profile", [0, 5, 0xFFFF])
def test_an_unknown_profile_is_refused(profile: int) -> None:
    with pytest.raises(BoothError) as caught:
        fmr_of(profile)
    assert caught.value.code is ErrorCode.TEMPLATE_REFUSED
