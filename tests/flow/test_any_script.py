"""Whatever readers, cameras, booths, stores and people do: every flow ends whole, or not at all."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from station.errors import (
    BoothError,
    CameraError,
    CardError,
    ErrorCode,
    PurgeError,
    StorageError,
)
from station.events import State
from station.model import (
    Answer,
    Authenticity,
    Claim,
    ComparisonDecision,
    Outcome,
    PadResult,
    Purpose,
)
from tests.flow.resident_fakes import (
    BOTH,
    BY_NUMBER,
    PlayedResident,
    ResidentScript,
    check,
    enrol,
    withdraw,
)

DEVICES = {"read_document", "capture", "compare", "enrol_template", "compare_template"}
CALLS = ("ask_consent", "ask_claim", "ask_check_only", "ask_erasure", *sorted(DEVICES))
VERIFY, RETAIN = Purpose.VERIFY, Purpose.RETAIN_TEMPLATE


Disturbance = tuple[str, object]
"""A field of the script, and what it is instead of what goes well."""

DISTURBANCES: tuple[Disturbance, ...] = (
    *(("answer", answer) for answer in Answer),
    *(("agreed", agreed) for agreed in (frozenset(), *map(frozenset, ({VERIFY}, {RETAIN})))),
    *(("cards", card) for card in (Authenticity.FAILED, Authenticity.UNKNOWN_ISSUER)),
    ("cards", CardError(ErrorCode.CARD_REMOVED)),
    ("cards", CardError(ErrorCode.READER_NOT_FOUND)),
    ("claims", None),
    ("claims", Claim(BY_NUMBER.kind, "")),
    ("claims", Claim(BY_NUMBER.kind, "1111111111")),
    *(("captures", result) for result in PadResult),
    ("captures", CameraError(ErrorCode.CAMERA_LOST)),
    ("decision", ComparisonDecision.NON_MATCH),
    ("birth_date", ""),
    ("photo_fault", ErrorCode.CARD_PHOTO_UNUSABLE),
    ("check_only", True),
    ("erase", False),
    ("enrolled", True),
    ("compare", BoothError(ErrorCode.TEMPLATE_REFUSED)),
    ("compare", BoothError(ErrorCode.BOOTH_LOST)),
    ("seal", BoothError(ErrorCode.BOOTH_LOST)),
    ("enrol", StorageError(ErrorCode.DISK_FULL)),
    ("enrol", StorageError(ErrorCode.ALREADY_ENROLLED)),
    ("reference", StorageError(ErrorCode.RESIDENT_LOCKED)),
    ("reference", StorageError(ErrorCode.STORE_CORRUPT)),
    ("attempted", StorageError(ErrorCode.DISK_FULL)),
    ("withdraw", StorageError(ErrorCode.DISK_FULL)),
    ("purge", PurgeError(ErrorCode.PURGE_FAILED)),
    *(("cancel_in", call) for call in CALLS),
)


def disturbed(disturbances: list[Disturbance]) -> ResidentScript:
    """What goes well, with these changes; those of a list come before what goes well there."""
    script = ResidentScript(
        cards=[Authenticity.VERIFIED] * 12,
        claims=[BY_NUMBER] * 3,
        captures=[PadResult.BONA_FIDE] * 2,
    )
    for name, value in disturbances:
        before = getattr(script, name)
        setattr(script, name, [value, *before] if isinstance(before, list) else value)
    return script


# Most examples get far: a script in which everything may fail hardly ever reaches the stores.
scripts = st.lists(st.sampled_from(DISTURBANCES), max_size=3).map(disturbed)


def holds_for_every_flow(played: PlayedResident, script: ResidentScript) -> None:
    kinds = [json.loads(row.body)["kind"] for row in played.store.rows]
    assert kinds.count("VISIT_OUTCOME") == 1
    assert played.diary.count("end") == 1 and "forget" in played.diary
    locked = script.purge is not None
    assert played.states[-1] is (State.LOCKED if locked else State.IDLE)
    assert played.report.locked is locked
    opened = [step for step in played.diary if step in DEVICES]
    assert not opened or played.diary.index("begin") < played.diary.index(opened[0])
    for draft in played.residents.drafts:
        for secret in (draft.secret, draft.keys.rotation, draft.keys.seal_key):
            assert not any(secret.reveal())


@settings(max_examples=100, deadline=None)
@given(scripts)
def test_an_enrolment_keeps_everything_or_nothing(script: ResidentScript) -> None:
    agreed = script.agreed or frozenset()
    played = enrol(script)
    holds_for_every_flow(played, script)
    assert bool(played.residents.kept) is (played.report.outcome is Outcome.ENROLLED)
    assert bool(played.report.resident_number) is bool(played.residents.kept)
    if played.residents.kept:
        assert agreed >= BOTH and script.answer is Answer.GIVEN
        assert script.decision is ComparisonDecision.MATCH
    if script.enrolled and agreed >= BOTH:
        assert "capture" not in played.diary


@settings(max_examples=100, deadline=None)
@given(scripts)
def test_a_check_counts_every_comparison_before_it_is_told(script: ResidentScript) -> None:
    played = check(script)
    holds_for_every_flow(played, script)
    told = played.report.outcome in (Outcome.MATCH, Outcome.NON_MATCH, Outcome.ATTACK)
    assert ("matched" in played.diary or "failed" in played.diary) is told
    assert ("show_comparison" in played.diary) <= told
    assert not {"compare", "enrol_template", "keep", "withdraw"} & set(played.diary)


@settings(max_examples=100, deadline=None)
@given(scripts)
def test_a_withdrawal_erases_after_a_yes_and_says_so(script: ResidentScript) -> None:
    played = withdraw(script)
    holds_for_every_flow(played, script)
    erased = not played.residents.enrolled
    assert erased is (played.report.outcome is Outcome.WITHDRAWN)
    assert erased is (played.report.erased is not None)
    if erased:
        assert script.erase and "ask_erasure" in played.diary
        assert "matched" in played.diary or "read_document" in played.diary
