"""Security keys as second factor: registered, signed in with, and refused where they must be."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from consent.kinds import Kind
from station.access import Role
from station.account_keys import AccountKeys
from station.account_sheets import AccountShelf
from station.errors import AccessError, ErrorCode
from station.gate import Session
from station.key_process import KeyReader
from station.key_wire import KeyStep
from station.model import Secret
from station.security_key import (
    KeyAnswer,
    KeyFactor,
    KeyProof,
    KeyQuestion,
    KeyTerms,
    SecurityKeys,
    question_for,
    registered,
)
from tests.soft_key import DirectKeys, SoftKey
from tests.staff_kit import Member, StaffKit

TERMS = KeyTerms.draw()
ROOT = Path(__file__).resolve().parents[2]


class Holder:
    """Somebody of the staff who has put a key in place of their codes."""

    def __init__(self, key: SoftKey | None = None) -> None:
        self.kit = StaffKit()
        self.member: Member = self.kit.hire(Role.OPERATOR)
        self.key = key or SoftKey()
        session = self.kit.sign_in(self.member)
        self.kit.accounts.take_key(session, self.password(), DirectKeys(self.key))
        self.kit.accounts.sign_out(session)

    def password(self) -> Secret:
        return Secret(self.member.password.encode())

    def sign_in(self, keys: SecurityKeys, password: str = "", user: str = "") -> Session:
        secret = Secret((password or self.member.password).encode())
        return self.kit.accounts.sign_in(user or self.member.user, secret, keys)

    def refused(self) -> dict[str, object]:
        entries = [one for one in self.kit.entries() if one.kind is Kind.SIGN_IN_REFUSED]
        return dict(entries[-1].payload)

    def failed(self) -> int:
        return AccountShelf(self.kit.book).known(self.member.user)[1].failed


@pytest.fixture
def holder() -> Holder:
    return Holder()


def test_a_key_takes_the_place_of_codes(holder: Holder) -> None:
    session = holder.sign_in(DirectKeys(holder.key))
    assert holder.kit.accounts.roles_of(session) == {Role.OPERATOR}
    changes = [e.payload for e in holder.kit.entries() if e.kind is Kind.ACCOUNT_CHANGED]
    assert (changes[-1]["change"], changes[-1]["actor"]) == ("KEY", holder.member.user)
    # The codes of before open nothing.
    with pytest.raises(AccessError, match=ErrorCode.SIGN_IN_FAILED):
        holder.kit.sign_in(holder.member)
    written = b"".join(row.body for row in holder.kit.store.rows)
    credential = next(iter(holder.key.credentials))
    assert credential.hex().encode() not in written


def test_a_wrong_password_and_a_wrong_key_are_told_the_same_and_counted(holder: Holder) -> None:
    for keys, password in (
        (DirectKeys(holder.key), "Wrong-but-long-7"),
        (DirectKeys(SoftKey()), ""),
        (DirectKeys(SoftKey(misbehave="other station", credentials=holder.key.credentials)), ""),
        (DirectKeys(SoftKey(misbehave="wrong signature", credentials=holder.key.credentials)), ""),
    ):
        with pytest.raises(AccessError, match=ErrorCode.SIGN_IN_FAILED):
            holder.sign_in(keys, password)
        assert "why" not in holder.refused()
    assert holder.failed() == 4
    with pytest.raises(AccessError, match=ErrorCode.SIGN_IN_FAILED):
        holder.sign_in(DirectKeys(SoftKey(misbehave="nobody there")))
    # The sixth is refused even with everything right.
    with pytest.raises(AccessError, match=ErrorCode.ACCOUNT_LOCKED):
        holder.sign_in(DirectKeys(holder.key))


def test_an_answer_serves_once(holder: Holder) -> None:
    keys = DirectKeys(holder.key)
    holder.kit.accounts.sign_out(holder.sign_in(keys))

    class Replaying(DirectKeys):
        def show(self, question: KeyQuestion) -> KeyAnswer | None:
            return keys.answers[-1]

    with pytest.raises(AccessError, match=ErrorCode.SIGN_IN_FAILED):
        holder.sign_in(Replaying(holder.key))
    # The same on the wire, by a key that repeats itself.
    holder.key.misbehave = "replays"
    with pytest.raises(AccessError, match=ErrorCode.SIGN_IN_FAILED):
        holder.sign_in(DirectKeys(holder.key))


def test_a_copied_key_is_refused_and_in_the_ledger(holder: Holder) -> None:
    copied = holder.key.copy()
    holder.kit.accounts.sign_out(holder.sign_in(DirectKeys(holder.key)))
    with pytest.raises(AccessError, match=ErrorCode.SIGN_IN_FAILED):
        holder.sign_in(DirectKeys(copied))
    found = holder.refused()
    assert (found["why"], found["alarm"], found["actor"]) == (
        "KEY_COPIED",
        True,
        holder.member.user,
    )
    assert found["code"] == ErrorCode.SIGN_IN_FAILED.value
    holder.sign_in(DirectKeys(holder.key))


def test_a_key_that_does_not_count_says_nought_every_time() -> None:
    holder = Holder(SoftKey(counts=False))
    holder.kit.accounts.sign_out(holder.sign_in(DirectKeys(holder.key)))
    holder.sign_in(DirectKeys(holder.key))


def test_what_a_key_is_asked_does_not_tell_who_has_one(holder: Holder) -> None:
    with_codes = holder.kit.hire(Role.MANAGER)
    asked: dict[str, list[bytes]] = {}
    for user in (holder.member.user, with_codes.user, "no.such", "Bad Name", holder.member.user):
        probe = SoftKey()
        with pytest.raises(AccessError, match=ErrorCode.SIGN_IN_FAILED):
            holder.sign_in(DirectKeys(probe), user=user)
        assert asked.setdefault(user, probe.asked_for[0]) == probe.asked_for[0]
    assert len({one[0] for one in asked.values()}) == len(asked)
    assert {len(one[0]) for one in asked.values()} == {holder.key.id_bytes}
    # A station opened again asks the same.
    again = SoftKey()
    with pytest.raises(AccessError, match=ErrorCode.SIGN_IN_FAILED):
        holder.kit.another().sign_in("no.such", holder.password(), DirectKeys(again))
    assert again.asked_for[0] == asked["no.such"]


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (SoftKey(misbehave="wants PIN"), ErrorCode.KEY_NEEDS_PIN),
        (SoftKey(touches_after=None), ErrorCode.KEY_NOT_TOUCHED),
        (SoftKey(misbehave="never ends"), ErrorCode.KEY_UNREADABLE),
        (SoftKey(misbehave="other station"), ErrorCode.KEY_UNREADABLE),
        (SoftKey(misbehave="wrong signature"), ErrorCode.KEY_UNREADABLE),
        (SoftKey(misbehave="nobody there"), ErrorCode.KEY_UNREADABLE),
    ],
    ids=lambda value: value.misbehave or "untouched" if isinstance(value, SoftKey) else "",
)
def test_a_key_that_does_not_work_replaces_nothing(key: SoftKey, code: ErrorCode) -> None:
    kit = StaffKit()
    member = kit.hire(Role.OPERATOR)
    session = kit.sign_in(member)
    password = Secret(member.password.encode())
    with pytest.raises(AccessError, match=code):
        kit.accounts.take_key(session, password, DirectKeys(key, wait_s=0.4))
    kit.accounts.sign_out(session)
    kit.sign_in(member)


def test_a_fault_of_the_key_is_no_failed_try(holder: Holder) -> None:
    holder.key.touches_after = None
    with pytest.raises(AccessError, match=ErrorCode.KEY_NOT_TOUCHED):
        holder.sign_in(DirectKeys(holder.key, wait_s=0.3), "Wrong-but-long-7")
    assert holder.failed() == 0


def test_another_factor_needs_a_sign_in_of_just_now(holder: Holder) -> None:
    accounts = holder.kit.accounts
    session = holder.sign_in(DirectKeys(holder.key))
    other = SoftKey()
    with pytest.raises(AccessError, match=ErrorCode.SIGN_IN_FAILED):
        accounts.take_key(session, Secret(b"Wrong-but-long-7"), DirectKeys(other))
    assert holder.failed() == 1 and not other.credentials
    holder.kit.ticks_s += 301
    with pytest.raises(AccessError, match=ErrorCode.SIGN_IN_AGAIN):
        accounts.take_key(session, holder.password(), DirectKeys(other))
    session = holder.sign_in(DirectKeys(holder.key))
    accounts.take_key(session, holder.password(), DirectKeys(other))
    # This session goes on; the former key is over.
    assert accounts.roles_of(session) == {Role.OPERATOR}
    with pytest.raises(AccessError, match=ErrorCode.SIGN_IN_FAILED):
        holder.sign_in(DirectKeys(holder.key))
    holder.sign_in(DirectKeys(other))


def test_nothing_of_an_answer_or_a_decoy_is_shown() -> None:
    shown = repr(
        (TERMS, KeyProof(KeyQuestion("x", (), b"c"), KeyAnswer(b"\x07" * 9, b"", b"\x07" * 9)))
    )
    assert "\\x07" not in shown and repr(TERMS.decoy) not in shown


def test_the_emergency_and_a_first_password_have_no_key(holder: Holder) -> None:
    glass = holder.kit.accounts.break_glass(holder.kit.glass.first, holder.kit.glass.second)
    with pytest.raises(AccessError, match=ErrorCode.ACCESS_DENIED):
        holder.kit.accounts.take_key(glass, Secret(b"x"), DirectKeys(SoftKey()))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_changed_answer_is_taken(data: st.DataObject) -> None:
    key = SoftKey()
    state = registered(TERMS, DirectKeys(key))
    question = question_for(TERMS, "li.wei", state, ())
    answer = DirectKeys(key).show(question)
    assert answer is not None
    assert KeyFactor().prove(state, KeyProof(question, answer), 0) is not None
    name = data.draw(st.sampled_from(["credential_id", "auth_data", "signature"]))
    right = getattr(answer, name)
    bit, other = data.draw(st.integers(0, 4095)), data.draw(st.binary(max_size=100))
    flipped = int.from_bytes(right, "big") ^ (1 << bit % (len(right) * 8))
    wrong = other if data.draw(st.booleans()) else flipped.to_bytes(len(right), "big")
    assume(wrong != right)
    changed = KeyProof(question, replace(answer, **{name: wrong}))
    assert KeyFactor().prove(state, changed, 0) is None


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=400), st.booleans())
def test_a_new_credential_in_no_form_is_refused(raw: bytes, cut: bool) -> None:
    whole = DirectKeys(SoftKey()).make(KeyQuestion(TERMS.rp_id))

    class Making(DirectKeys):
        def make(self, question: KeyQuestion) -> bytes:
            return whole[: len(raw) % len(whole)] if cut else whole[:37] + raw

    with pytest.raises(AccessError, match=ErrorCode.KEY_UNREADABLE):
        registered(TERMS, Making(SoftKey()))


def test_a_station_without_keys_loads_nothing_of_them() -> None:
    script = "import sys, station.staffroom, ui.office.office; print('fido2' in sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert found.stdout == "False\n"


def _reader(script: str, cancel: threading.Event | None = None, wait_s: float = 5.0) -> KeyReader:
    return KeyReader(cancel=cancel, wait_s=wait_s, command=(sys.executable, "-c", script))


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("", ErrorCode.KEY_UNREADABLE),
        ("print('x' * 20000)", ErrorCode.KEY_UNREADABLE),
        ("print('{}')", ErrorCode.KEY_UNREADABLE),
        ("""print('{"type":"MADE","auth_data":""}')""", ErrorCode.KEY_UNREADABLE),
        ("""print('{"type":"FAILED","code":"FID-03"}')""", ErrorCode.KEY_LOST),
        ("""print('{"type":"FAILED","code":"no code"}')""", ErrorCode.KEY_UNREADABLE),
    ],
)
def test_whatever_the_other_process_says_is_bounded(script: str, code: ErrorCode) -> None:
    with pytest.raises(AccessError, match=code):
        _reader(script).show(KeyQuestion("x.invalid", (b"1",)))


def test_whoever_says_the_same_step_for_ever_is_not_passed_on_for_ever() -> None:
    steps: list[KeyStep] = []
    script = """
while True:
    print('{"type":"STEP","step":"TOUCH"}', flush=True)
"""
    command = (sys.executable, "-c", script)
    reader = KeyReader(steps.append, wait_s=1.0, command=command)
    with pytest.raises(AccessError, match=ErrorCode.KEY_UNREADABLE):
        reader.show(KeyQuestion("x.invalid", (b"1",)))
    assert len(steps) < 20


def test_a_question_can_be_cancelled_and_has_its_time() -> None:
    cancel = threading.Event()
    steps: list[KeyStep] = []

    def told(step: KeyStep) -> None:
        steps.append(step)
        if step is KeyStep.TOUCH:
            cancel.set()

    script = """
import time
print('{"type":"STEP","step":"TOUCH"}', flush=True)
time.sleep(60)"""
    reader = KeyReader(told, cancel, command=(sys.executable, "-c", script))
    with pytest.raises(AccessError, match=ErrorCode.KEY_NOT_TOUCHED):
        reader.show(KeyQuestion("x.invalid", (b"1",)))
    assert steps == [KeyStep.INSERT, KeyStep.TOUCH]


def test_two_first_keys_at_once_are_bound_to_one_station() -> None:
    kit = StaffKit()
    shelf = AccountShelf(kit.book)
    keys, looked = AccountKeys(shelf), threading.Event()
    keep = shelf.keep_key_terms

    def slowly(terms: KeyTerms) -> None:
        # The other has looked by now, unless it has to wait for its turn.
        looked.wait(0.3)
        keep(terms)

    shelf.keep_key_terms = slowly  # type: ignore[method-assign]
    first = threading.Thread(target=keys.register, args=(DirectKeys(SoftKey()),))
    first.start()
    keys.register(DirectKeys(SoftKey()))
    looked.set()
    first.join(10.0)
    # Two would leave nobody a way in: which of them the keys are bound to, no sheet says.
    assert shelf.key_terms() is not None


def test_no_key_is_registered_for_somebody_who_has_left_meanwhile() -> None:
    kit = StaffKit()
    member = kit.hire(Role.OPERATOR)
    session = kit.sign_in(member)

    class Left(DirectKeys):
        def make(self, question: KeyQuestion) -> bytes:
            # The desk stood open, and its owner signs out while somebody else's key is touched.
            kit.accounts.sign_out(session)
            return super().make(question)

    with pytest.raises(AccessError, match=ErrorCode.SIGNED_OUT):
        kit.accounts.take_key(session, Secret(member.password.encode()), Left(SoftKey()))
    assert not [e for e in kit.entries() if e.payload.get("change") == "KEY"]
    kit.sign_in(member)
