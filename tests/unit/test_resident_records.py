"""Residents as enrolment and verification see them: whole or not at all, found by number only."""

import json
import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stores_kit import Desk, document, resident

from consent.kinds import CompletionResult, Kind, Phase
from station.errors import ConfigError, ConsentError, ErrorCode, StationError, StorageError
from station.masked import masked
from station.model import Claim, ClaimKind, IdentityRecord, SealedTemplate, Secret, VisitId
from station.office_book import Shelf
from station.resident_number import is_resident_number
from storage.attempts import AttemptPolicy
from storage.claims import new_resident_number, normal_claim
from storage.identity_store import Attempts
from storage.template_keys import derive_template_keys

VISIT = VisitId("cd" * 16)
STORES = ("identity", "template", "portrait")


@pytest.fixture
def desk(tmp_path):
    opened = Desk(tmp_path)
    yield opened
    opened.stores.close()


def entries(desk):
    return [json.loads(entry.body) for entry in desk.stores.ledger.entries()]


def counts(desk):
    rows = {name: desk.stores.rows[name].count() for name in STORES}
    return {**rows, "keys": desk.stores.keys.count(), "secrets": desk.stores.keys.secrets_count()}


def code_of(call, *arguments, **more):
    with pytest.raises(StationError) as raised:
        call(*arguments, **more)
    return raised.value.code


def test_enrolled_is_found_by_document_and_by_resident_number(desk):
    enrolment = desk.enrolment("e-1234 5678", portraits=2)
    number = desk.residents.enrol(VISIT, enrolment)
    assert is_resident_number(number)
    for claim in (document("E12345678"), document("ｅ１２３４-5678"), resident(number)):
        assert desk.residents.is_enrolled(claim)
        found = desk.residents.reference(claim)
        assert found.template == enrolment.template
        assert found.keys.pid == enrolment.draft.keys.pid
        assert found.keys.rotation.reveal() == enrolment.draft.keys.rotation.reveal()
        assert found.keys.seal_key.reveal() == enrolment.draft.keys.seal_key.reveal()
    # A number of one kind is no number of the other.
    assert not desk.residents.is_enrolled(document(number))
    for claim in (resident("E12345678"), document("E12345679"), document(""), document("X" * 999)):
        assert not desk.residents.is_enrolled(claim)
        assert code_of(desk.residents.reference, claim) is ErrorCode.RESIDENT_UNKNOWN
    expected = {"identity": 1, "template": 1, "portrait": 2, "keys": 1, "secrets": 3}
    assert counts(desk) == expected


def test_what_was_kept_survives_a_restart_and_the_ledger_has_counts_and_generations(desk, tmp_path):
    number = desk.enrol("E1", portraits=1)
    intent, completion = entries(desk)[-2:]
    assert (intent["kind"], intent["phase"]) == (Kind.ENROL, Phase.INTENT)
    assert intent["payload"]["consents"] == ["AAAA-BBBB-CCCC"]
    assert intent["payload"]["stores"] == ["keys", "identity", "template", "portrait"]
    assert completion["payload"]["result"] == CompletionResult.DONE
    done = completion["payload"]["counts"]
    assert {store: figures["rows"] for store, figures in done.items()} == {
        "keys": 3,
        "identity": 1,
        "template": 1,
        "portrait": 1,
    }
    assert all(figures["generation"] == 1 for figures in done.values())
    desk.stores.close()
    again = Desk(tmp_path)
    assert (again.started.finished, again.started.undone) == (0, 0)
    assert again.residents.reference(resident(number)).template.version == 1
    again.stores.close()


def test_the_same_document_is_not_enrolled_twice(desk):
    desk.enrol("E12345678")
    size = desk.ledger.size
    assert code_of(desk.enrol, "e-1234-5678") is ErrorCode.ALREADY_ENROLLED
    assert desk.ledger.size == size
    # A visitor of the same document is no resident, and does not stand in the way of one.
    desk.keep(person=IdentityRecord((("name", "访客"), ("document_number", "V1"))))
    assert not desk.residents.is_enrolled(document("V1"))
    desk.enrol("V1")


def test_a_third_portrait_is_refused_at_once_and_later(desk):
    assert code_of(desk.enrol, "E1", portraits=3) is ErrorCode.TOO_MANY_PORTRAITS
    assert counts(desk)["identity"] == 0
    desk.enrol("E1", portraits=1)
    desk.register.add_portrait(document("E1"), b"second", "AAAA-BBBB-DDDD")
    add = desk.register.add_portrait
    assert code_of(add, document("E1"), b"x", "A-B") is ErrorCode.TOO_MANY_PORTRAITS
    assert code_of(add, document("E2"), b"x", "A-B") is ErrorCode.RESIDENT_UNKNOWN
    assert code_of(add, document("E1"), b"x", "") is ErrorCode.CONSENT_MISSING
    assert desk.register.portraits_of(document("E1"))[1] == b"second"
    assert counts(desk)["portrait"] == 2
    inventory = {found.store: found for found in desk.stores.inventory()}
    assert inventory["portrait"].images == inventory["portrait"].most_images_per_person == 2
    assert inventory["identity"].images == inventory["template"].images == 0
    assert inventory["identity"].records == inventory["template"].records == 1


@pytest.mark.parametrize("length", [0, 256 * 1024 + 1])
def test_an_empty_or_endless_portrait_is_refused_before_the_intent(desk, length):
    enrolment = replace(desk.enrolment("E1"), portraits=(bytes(length),))
    size = desk.ledger.size
    assert code_of(desk.residents.enrol, VISIT, enrolment) is ErrorCode.STORE_CORRUPT
    assert desk.ledger.size == size
    desk.residents.enrol(VISIT, replace(enrolment, portraits=(b"\xff" * 256 * 1024,)))
    assert desk.register.portraits_of(document("E1")) == (b"\xff" * 256 * 1024,)


def test_a_term_above_the_longest_or_in_the_past_is_refused(desk):
    assert code_of(desk.enrol, "E1", days=365.1) is ErrorCode.TERM_TOO_LONG
    assert code_of(desk.enrol, "E1", days=-1) is ErrorCode.CONFIG_INVALID
    for text in ("soon", "2026-01-01T00:00:00"):
        enrolment = replace(desk.enrolment("E1"), expires_at=text)
        with pytest.raises(ConfigError):
            desk.residents.enrol(VISIT, enrolment)
    assert counts(desk)["keys"] == 0


@pytest.mark.parametrize("ids", [(), ("",), ("A" * 33,), ("同意",), ("A",) * 9])
def test_nothing_is_kept_without_consent(desk, ids):
    enrolment = replace(desk.enrolment("E1"), consent_record_ids=ids)
    with pytest.raises(ConsentError):
        desk.residents.enrol(VISIT, enrolment)
    assert entries(desk) == []


def test_a_template_not_made_with_the_draft_is_refused(desk):
    good = desk.enrolment("E1")
    sealed = good.template.sealed
    for template in (
        SealedTemplate(sealed[:-1], good.template.model_id, 1),
        SealedTemplate(sealed, b"short", 1),
        SealedTemplate(sealed, good.template.model_id, 65536),
        SealedTemplate(sealed[:3] + bytes(16) + sealed[19:], good.template.model_id, 1),
    ):
        enrolment = replace(good, template=template)
        assert code_of(desk.residents.enrol, VISIT, enrolment) is ErrorCode.TEMPLATE_REFUSED
    nameless = replace(good, identity=IdentityRecord((("name", "无证"),)))
    assert code_of(desk.residents.enrol, VISIT, nameless) is ErrorCode.CONFIG_INVALID
    assert entries(desk) == []


@pytest.mark.parametrize("store", ["identity", "template", "portrait"])
def test_a_fault_in_the_middle_is_undone_at_once(desk, monkeypatch, store):
    desk.enrol("E0", portraits=1)
    before = counts(desk)

    def full(*_):
        raise StorageError(ErrorCode.DISK_FULL)

    with monkeypatch.context() as patched:
        patched.setattr(desk.stores.rows[store], "add", full)
        assert code_of(desk.enrol, "E1", portraits=2) is ErrorCode.DISK_FULL
    assert counts(desk) == before
    assert desk.ledger.open_intents() == ()
    assert entries(desk)[-1]["payload"]["result"] == CompletionResult.UNDONE
    desk.enrol("E1", portraits=2)


def test_a_fault_while_a_portrait_is_added_leaves_the_resident_as_before(desk, monkeypatch):
    desk.enrol("E1", portraits=1)
    before = counts(desk)

    def full(*_):
        raise StorageError(ErrorCode.DISK_FULL)

    with monkeypatch.context() as patched:
        patched.setattr(desk.stores.portrait, "add", full)
        add = desk.register.add_portrait
        assert code_of(add, document("E1"), b"x", "A-B") is ErrorCode.DISK_FULL
    assert counts(desk) == before
    assert len(desk.register.portraits_of(document("E1"))) == 1
    desk.register.add_portrait(document("E1"), b"x", "A-B")
    desk.residents.reference(document("E1"))


def test_too_many_failures_lock_out_and_a_match_clears(desk):
    number, other = desk.enrol("E1"), desk.enrol("E2")
    policy = AttemptPolicy()
    claim = resident(number)
    for _ in range(policy.failures - 1):
        desk.residents.attempted(claim, matched=False)
    desk.residents.attempted(claim, matched=True)
    for _ in range(policy.failures):
        desk.residents.reference(claim)
        desk.residents.attempted(document("E1"), matched=False)
    with pytest.raises(StorageError) as raised:
        desk.residents.reference(claim)
    assert raised.value.code is ErrorCode.RESIDENT_LOCKED
    assert 890 <= raised.value.numbers["wait_s"] <= 900
    assert desk.register.resident_of(claim).locked
    # A late match does not lift it, and nobody else is concerned.
    desk.residents.attempted(claim, matched=True)
    assert code_of(desk.residents.reference, document("E1")) is ErrorCode.RESIDENT_LOCKED
    desk.residents.reference(resident(other))
    locks = [entry for entry in entries(desk) if entry["kind"] == Kind.LOCK_OUT]
    assert [lock["payload"]["failures"] for lock in locks] == [5]
    again = desk.again()
    assert code_of(again.residents.reference, claim) is ErrorCode.RESIDENT_LOCKED
    again.clock.observe(datetime.now(UTC) + timedelta(minutes=16))
    again.residents.reference(claim)
    again.residents.attempted(claim, matched=False)
    again.residents.reference(claim)
    again.residents.attempted(resident("0000000000"), matched=False)
    again.stores.close()
    desk.stores = Desk(desk.folder).stores


@given(st.lists(st.booleans(), max_size=40), st.integers(1, 6))
def test_a_lock_out_comes_after_as_many_failures_in_a_row_and_not_before(results, failures):
    policy, counted, row = AttemptPolicy(failures), Attempts(), 0
    for matched in results:
        counted = policy.after(counted, 1000, matched=matched)
        row = 0 if matched else row + 1
        assert bool(policy.wait_s(counted, 1000)) == (row >= failures)
        if row >= failures:
            assert policy.wait_s(counted, 1000) == 900
            break


def test_attempt_policies_out_of_range_are_refused():
    for failures, minutes in ((0, 15), (101, 15), (5, 0)):
        with pytest.raises(ConfigError):
            AttemptPolicy(failures, timedelta(minutes=minutes))


class Revoked:
    """A list in memory, in place of the file."""

    def __init__(self):
        self.pids = set()

    def contains(self, pid):
        return pid in self.pids

    def append(self, pids):
        self.pids.update(pids)
        return len(self.pids)

    def counts(self):
        return {"count": len(self.pids)}


def test_a_revoked_template_is_refused_and_erasing_revokes(desk):
    desk.enrol("E1")
    desk.enrol("E2")
    pid = desk.residents.reference(document("E1")).template.pid
    other = desk.residents.reference(document("E2")).template.pid
    desk.stores.revocations = Revoked()
    desk.stores.revocations.append([pid])
    assert code_of(desk.residents.reference, document("E1")) is ErrorCode.TEMPLATE_REVOKED
    desk.register.move_out([document("E2")])
    assert desk.stores.revocations.contains(other)
    assert entries(desk)[-1]["payload"]["counts"]["revocations"] == {"count": 2}


def test_an_old_template_row_put_back_is_refused(desk):
    """The keys store knows the version: an older row, or another person's, does not open."""
    desk.enrol("E1")
    desk.enrol("E2")
    first, second = (desk.residents.reference(document(n)).template for n in ("E1", "E2"))
    database = desk.stores.template.database
    older = first.sealed[:1] + b"\x07\x00" + first.sealed[3:]
    for sealed in (older, second.sealed):
        with database.transaction() as change:
            change.write("UPDATE template SET sealed = ? WHERE pid = ?", (sealed, first.pid))
        assert code_of(desk.residents.reference, document("E1")) is ErrorCode.STORE_CORRUPT
    desk.residents.reference(document("E2"))


def test_a_template_secret_of_another_person_does_not_open(desk):
    desk.enrol("E1")
    desk.enrol("E2")
    with desk.stores.keys.database.transaction() as change:
        (a, first), (b, second) = change.read("SELECT ref, wrapped FROM secret")
        change.write("UPDATE secret SET wrapped = ? WHERE ref = ?", (second, a))
        change.write("UPDATE secret SET wrapped = ? WHERE ref = ?", (first, b))
    assert code_of(desk.residents.reference, document("E1")) is ErrorCode.STORE_CORRUPT


def test_keys_need_the_pepper(desk):
    enrolment = desk.enrolment("E1")
    keys = derive_template_keys(
        Secret(secrets.token_bytes(32)), enrolment.draft.keys.pid, enrolment.draft.secret
    )
    assert keys.seal_key.reveal() != enrolment.draft.keys.seal_key.reveal()


def test_no_number_is_on_disk_and_no_dump_of_one_store_joins_another(desk):
    """With every file key, but not the keys derived inside: no value occurs in two stores."""
    number = "999999199001010018"
    resident_number = desk.enrol(number, portraits=2)
    desk.enrol("E2", portraits=1)
    desk.residents.attempted(document(number), matched=False)
    desk.stores.office.add(Shelf.TICKET, number.encode())
    seen = {}
    for name, database in desk.stores.databases.items():
        cells = seen.setdefault(name, set())
        for table in set(database.tables()) - {"meta"}:
            for row in database.read(f"SELECT * FROM {table}"):
                cells.update(cell for cell in row if not isinstance(cell, int) or cell > 65535)
                for cell in row:
                    data = cell if isinstance(cell, bytes) else str(cell).encode()
                    assert number.encode() not in data
                    assert resident_number.encode() not in data
    names = sorted(seen)
    assert all(seen[name] for name in names)
    for name in names:
        for other in names[names.index(name) + 1 :]:
            assert not seen[name] & seen[other], (name, other)
    data = desk.all_bytes()
    assert number.encode() not in data
    assert resident_number.encode() not in data
    assert "住户".encode() not in data


def test_terms_in_clear_join_nothing(desk):
    """Everything of one resident ends in one hour; a visitor's follows from the time of a visit."""
    desk.enrol("E1", portraits=1)
    desk.keep()
    marks = set()
    for store in STORES:
        for (mark,) in desk.stores.databases[store].read(f"SELECT term_mark FROM {store}"):
            assert isinstance(mark, bytes)
            marks.add(mark)
    assert len(marks) == 4


@given(st.text(max_size=80))
def test_normalising_is_stable_and_bounded(text):
    once = normal_claim(Claim(ClaimKind.DOCUMENT, text))
    assert normal_claim(Claim(ClaimKind.DOCUMENT, once)) == once
    assert len(once) <= 64
    assert not set(once) & set(" -\t")


def test_resident_numbers_tell_every_single_wrong_digit():
    for _ in range(20):
        number = new_resident_number()
        assert is_resident_number(number)
        for place in range(10):
            for digit in "0123456789":
                changed = number[:place] + digit + number[place + 1 :]
                assert is_resident_number(changed) == (changed == number)
    assert not is_resident_number("١٢٣٤٥٦٧٨٩٠")


def test_masks_cover_more_than_nothing():
    assert masked("999999199001010018", 1, 2) == "9" + "*" * 15 + "18"
    assert masked("张三", 1, 0) == "张*"
    assert (masked("张", 1, 0), masked("", 1, 2), masked("AB", 1, 2)) == ("*", "", "**")
