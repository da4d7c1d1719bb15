"""The auditor's verification: every single row of a ledger touched in every way is named."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent import verify_second
from consent.digest import sm3
from consent.entry import parse_head
from consent.kinds import Kind
from consent.ledger_port import StoredEntry, StoredHead
from consent.signing import HeadSigner
from consent.verify import verify_rows
from consent.verify_chain import Fault, Finding, walk_chain
from consent.verify_heads import check_heads
from tests.ledger_fakes import ORIGIN, new_ledger
from tests.unit.ledger_kit import (
    bodies,
    fifty,
    first_of,
    parsed,
    rechained,
    renumbered,
    roots,
    signed,
)


def test_the_untouched_ledger_verifies() -> None:
    rows, heads, signer = fifty()
    report = verify_rows(rows, heads, signer.public_key, last_head=heads[-1], second_opinions=5)
    assert report.ok and report.first_bad is None
    assert (report.entries, report.heads, report.second_opinions) == (50, 50, 5)
    assert report.root == roots()[50]
    assert report.origin == ORIGIN and report.key_id == signer.key_id
    assert report.open_intents == () and report.last_head_held


@pytest.mark.parametrize("seq", range(50))
def test_each_row_altered_removed_inserted_reordered_truncated_is_named(seq: int) -> None:
    original = bodies()
    altered = [*original]
    altered[seq] = original[seq].replace(b'"demo":true', b'"clock_back":true')
    assert first_of(renumbered(altered)) == Finding(Fault.ALTERED, seq)

    garbage = [*original]
    garbage[seq] = b"\x00" + original[seq]
    assert first_of(renumbered(garbage)) == Finding(Fault.ALTERED, seq)

    removed = original[:seq] + original[seq + 1 :]
    fault = Fault.TRUNCATED if seq == 49 else Fault.REMOVED
    assert first_of(renumbered(removed)) == Finding(fault, seq)
    gap = [row for row in fifty()[0] if row.seq != seq]
    assert first_of(gap) == Finding(fault, seq)

    forged = replace(parsed()[seq], op="f" * 32).to_bytes()
    inserted = [*original[:seq], forged, *original[seq:]]
    assert walk_chain(renumbered(inserted), roots()).findings[0] == Finding(Fault.INSERTED, seq)

    assert first_of(renumbered(original[:seq])) == Finding(Fault.TRUNCATED, seq)
    if seq < 49:
        swapped = [*original]
        swapped[seq], swapped[seq + 1] = swapped[seq + 1], swapped[seq]
        assert first_of(renumbered(swapped)) == Finding(Fault.REORDERED, seq)


@pytest.mark.parametrize("seq", [0, 1, 2, 24, 48, 49])
def test_a_forger_who_mends_seq_and_chain_is_named_all_the_same(seq: int) -> None:
    entries = parsed()
    altered = [*entries]
    altered[seq] = replace(entries[seq], payload={"another": "text"})
    assert first_of(rechained(altered)) == Finding(Fault.ALTERED, seq)
    removed = entries[:seq] + entries[seq + 1 :]
    fault = Fault.TRUNCATED if seq == 49 else Fault.REMOVED
    assert first_of(rechained(removed)) == Finding(fault, seq)


@settings(max_examples=60, deadline=None)
@given(st.permutations(range(50)))
def test_any_other_order_is_named_at_its_first_wrong_row(order: list[int]) -> None:
    original = bodies()
    rows = renumbered([original[index] for index in order])
    findings = walk_chain(rows, roots()).findings
    wrong = [place for place, index in enumerate(order) if place != index]
    assert findings == ([Finding(Fault.REORDERED, wrong[0])] if wrong else [])


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 49), st.data())
def test_any_flipped_bit_is_named(seq: int, data: st.DataObject) -> None:
    original = bodies()
    position = data.draw(st.integers(0, len(original[seq]) * 8 - 1))
    body = bytearray(original[seq])
    body[position // 8] ^= 1 << (position % 8)
    original[seq] = bytes(body)
    assert first_of(renumbered(original)) == Finding(Fault.ALTERED, seq)


def test_an_inserted_row_at_the_end_has_no_head() -> None:
    rows, heads, signer = fifty()
    more = rechained([*parsed(), parsed()[0]])
    more[-1] = StoredEntry(
        50, replace(parsed()[49], seq=50, prev_hash=sm3(rows[49].body)).to_bytes()
    )
    report = verify_rows(more, heads, signer.public_key, second_opinions=0)
    assert report.first_bad == Finding(Fault.HEAD_MISSING, 50)


@pytest.mark.parametrize("size", [1, 25, 50])
def test_a_removed_or_forged_head_is_named(size: int) -> None:
    rows, heads, signer = fifty()
    fewer = [head for head in heads if head.size != size]
    report = verify_rows(rows, fewer, signer.public_key, second_opinions=0)
    assert report.findings == (Finding(Fault.HEAD_MISSING, size - 1),)
    forged = [
        replace(head, signature=heads[0 if size > 1 else 1].signature)
        if head.size == size
        else head
        for head in heads
    ]
    report = verify_rows(rows, forged, signer.public_key, second_opinions=1)
    assert report.findings == (Finding(Fault.HEAD_FORGED, size - 1),)


def test_without_its_head_an_altered_row_is_still_named() -> None:
    rows, heads, signer = fifty()
    fewer = [head for head in heads if head.size != 25]
    changed = bodies()
    changed[24] = replace(parsed()[24], prev_hash=bytes(32)).to_bytes()
    report = verify_rows(renumbered(changed), fewer, signer.public_key, second_opinions=0)
    assert report.findings == (Finding(Fault.ALTERED, 24), Finding(Fault.HEAD_MISSING, 24))
    assert rows[24].body != changed[24]


def test_the_last_head_of_the_auditor_shows_rollback_and_rewriting() -> None:
    rows, heads, signer = fifty()
    key = signer.public_key
    report = verify_rows(rows[:40], heads[:40], key, second_opinions=0)
    assert report.ok
    report = verify_rows(rows[:40], heads[:40], key, last_head=heads[44], second_opinions=0)
    assert report.findings == (Finding(Fault.ROLLED_BACK, 40),)

    other, other_store, _, _ = new_ledger(signer=signer)
    for _ in range(50):
        other.record(Kind.SWEEP, {})
    report = verify_rows(
        other_store.rows, other_store.head_rows, key, last_head=heads[44], second_opinions=0
    )
    assert report.findings == (Finding(Fault.REWRITTEN, 44),)

    forged = replace(heads[44], signature=heads[43].signature)
    report = verify_rows(rows, heads, key, last_head=forged, second_opinions=0)
    assert report.findings == (Finding(Fault.HEAD_FORGED, 44),)

    altered = bodies()
    altered[10] += b" "
    report = verify_rows(renumbered(altered), heads, key, last_head=heads[44], second_opinions=0)
    assert report.findings == (Finding(Fault.ALTERED, 10),)


def test_heads_that_contradict_each_other_or_belong_elsewhere_are_named() -> None:
    rows, heads, signer = fifty()
    good = parse_head(heads[9].body)
    for wrong in (
        signed(signer, replace(good, root=bytes(32))),
        signed(signer, replace(good, origin="another")),
        signed(signer, replace(good, key_id="0" * 16)),
        signed(signer, good, size=11),
        StoredHead(10, b"{}", signer.sign(b"{}")),
        signed(HeadSigner.generate(), good),
    ):
        checked = check_heads([*heads[:12], wrong], signer.public_key, 0)
        assert [found.fault for found in checked.findings] == [Fault.HEAD_FORGED]
    empty = check_heads([signed(signer, replace(good, size=0))], signer.public_key, 0)
    assert empty.findings == [Finding(Fault.HEAD_FORGED, 0)]
    twice = check_heads([heads[0], heads[0]], signer.public_key, 0)
    assert twice.findings == []
    assert len(rows) == 50


def test_verifiers_that_disagree_are_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, heads, signer = fifty()
    monkeypatch.setattr(verify_second, "verify", lambda *_: False)
    report = verify_rows(rows, heads, signer.public_key, second_opinions=1)
    assert report.findings == (
        Finding(Fault.HEAD_FORGED, 49),
        Finding(Fault.VERIFIERS_DISAGREE, 49),
    )
    report = verify_rows(rows, heads, signer.public_key, last_head=heads[3], second_opinions=0)
    assert report.findings == (Finding(Fault.HEAD_FORGED, 3),)


def test_progress_is_told_and_an_empty_ledger_proves_nothing() -> None:
    _, heads, signer = fifty()
    told: list[tuple[int, int]] = []
    check_heads(heads[:3], signer.public_key, 0, lambda done, every: told.append((done, every)))
    assert told == [(1, 3), (2, 3), (3, 3)]
    report = verify_rows([], [], signer.public_key)
    assert report.findings == (Finding(Fault.HEAD_MISSING, 0),) and report.origin == ""
