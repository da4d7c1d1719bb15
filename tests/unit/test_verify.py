"""The auditor's verification: every single row of a ledger touched in every way is named."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent import export as exporting
from consent import signing, verify_heads, verify_second
from consent.canonical import Json
from consent.digest import sm3, to_text
from consent.entry import Entry, TreeHead, parse_entry, parse_head
from consent.export import (
    LedgerExport,
    from_json,
    head_document,
    read_rows,
    take_export,
    to_json,
)
from consent.kinds import CompletionResult, Kind, Phase
from consent.ledger_port import StoredEntry, StoredHead
from consent.merkle import Frontier, leaf_hash
from consent.signing import HeadSigner
from consent.verify import LedgerReport, main, verify_export, verify_rows
from consent.verify_chain import Fault, Finding, Walk, walk_chain
from consent.verify_heads import check_head, check_heads
from consent.verify_text import report_json, report_lines
from station.errors import ErrorCode, LedgerError, StorageError
from tests.ledger_fakes import ORIGIN, FakeLedgerStore, new_ledger

Rows = list[StoredEntry]
ERASED: dict[str, Json] = {"identity": {"rows": 1, "remaining": 0, "wal_bytes": 0}}


@cache
def fifty() -> tuple[tuple[StoredEntry, ...], tuple[StoredHead, ...], HeadSigner]:
    """50 entries: visits with consent, an identity kept and erased, outcomes."""
    ledger, store, signer, _ = new_ledger()
    ledger.record(Kind.STATION_START, {"version": "0.1.0"})
    for visit in range(7):
        ledger.record(Kind.CONSENT_GIVEN, {"visit": visit})
        keep = ledger.intent(Kind.KEEP_IDENTITY, {"visit": visit})
        ledger.complete(keep, CompletionResult.DONE, {"identity": {"rows": 1}})
        ledger.record(Kind.VISIT_OUTCOME, {"visit": visit})
        erase = ledger.intent(Kind.ERASE, {"visit": visit})
        ledger.complete(erase, CompletionResult.DONE, ERASED)
        ledger.record(Kind.PURGE, {"visit": visit})
    assert len(store.rows) == 50
    return tuple(store.rows), tuple(store.head_rows), signer


@cache
def roots() -> dict[int, bytes]:
    return {stored.size: parse_head(stored.body).root for stored in fifty()[1]}


def renumbered(bodies: list[bytes]) -> Rows:
    """As a store shows them: row numbers without gaps."""
    return [StoredEntry(seq, body) for seq, body in enumerate(bodies)]


def rechained(entries: list[Entry]) -> Rows:
    """As a careful forger leaves them: seq and prev_hash made right again."""
    rows: Rows = []
    previous = sm3(b"")
    for seq, entry in enumerate(entries):
        body = replace(entry, seq=seq, prev_hash=previous).to_bytes()
        rows.append(StoredEntry(seq, body))
        previous = sm3(body)
    return rows


def bodies() -> list[bytes]:
    return [row.body for row in fifty()[0]]


def parsed() -> list[Entry]:
    return [parse_entry(body) for body in bodies()]


def first_of(rows: Rows) -> Finding:
    findings = walk_chain(rows, roots()).findings
    assert len(findings) == 1
    return findings[0]


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


def signed(signer: HeadSigner, head: TreeHead, size: int | None = None) -> StoredHead:
    body = head.to_bytes()
    return StoredHead(head.size if size is None else size, body, signer.sign(body))


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


def test_progress_is_told_and_an_empty_ledger_verifies() -> None:
    _, heads, signer = fifty()
    told: list[tuple[int, int]] = []
    check_heads(heads[:3], signer.public_key, 0, lambda done, every: told.append((done, every)))
    assert told == [(1, 3), (2, 3), (3, 3)]
    report = verify_rows([], [], signer.public_key)
    assert report.ok and report.origin == ""


def flow(*steps: tuple[Phase, str, Kind, dict[str, Json]]) -> LedgerReport:
    """A ledger of these entries, signed properly: only its content can be at fault."""
    signer = HeadSigner.generate()
    entries = [
        Entry(0, "2026-03-01T09:00:00.000Z", op, phase, kind, payload, b"")
        for phase, op, kind, payload in steps
    ]
    return verify_rows(*signed_rows(signer, rechained(entries)), signer.public_key)


def signed_rows(signer: HeadSigner, rows: Rows) -> tuple[Rows, list[StoredHead]]:
    frontier, heads = Frontier(), []
    for row in rows:
        frontier.append(leaf_hash(row.body))
        head = TreeHead(
            ORIGIN, frontier.size, frontier.root(), "2026-03-01T09:00:00.000Z", signer.key_id
        )
        heads.append(signed(signer, head))
    return rows, heads


INTENT, COMPLETION = Phase.INTENT, Phase.COMPLETION
DONE: Json = "DONE"


def test_open_intents_are_listed_and_no_fault() -> None:
    report = flow((INTENT, "a", Kind.ERASE, {}), (INTENT, "b", Kind.ENROL, {}))
    assert report.ok
    assert [(one.seq, one.op, one.kind) for one in report.open_intents] == [
        (0, "a", Kind.ERASE),
        (1, "b", Kind.ENROL),
    ]


def test_completions_must_answer_an_intent_once() -> None:
    done: dict[str, Json] = {"result": DONE, "counts": {}}
    begun, ended = (INTENT, "a", Kind.ENROL, {}), (COMPLETION, "a", Kind.ENROL, done)
    assert flow(begun, ended).ok
    assert flow(ended).findings == (Finding(Fault.NOT_INTENDED, 0),)
    assert flow(begun, ended, ended).findings == (Finding(Fault.COMPLETED_TWICE, 2),)
    other = (COMPLETION, "a", Kind.ERASE, done)
    assert flow(begun, other).findings == (Finding(Fault.COMPLETED_TWICE, 1),)
    assert flow(begun, begun).findings == (Finding(Fault.MALFORMED, 1),)
    assert flow((INTENT, "", Kind.ENROL, {})).findings == (Finding(Fault.MALFORMED, 0),)


@pytest.mark.parametrize(
    ("payload", "faulty"),
    [
        ({"result": "DONE", "counts": ERASED}, False),
        ({"result": "FINISHED_ON_START", "counts": {"rows_remaining": 0}}, False),
        ({"result": "UNDONE", "counts": {}}, False),
        ({"result": "DONE", "counts": {"rows_remaining": 1}}, True),
        ({"result": "DONE", "counts": {"keys": {"remaining": 0, "wal_bytes": 512}}}, True),
        ({"result": "DONE", "counts": {"rows": 1, "wal_bytes": 0}}, True),
        ({"result": "DONE"}, True),
    ],
)
def test_an_erasure_must_report_that_nothing_remains(
    payload: dict[str, Json], faulty: bool
) -> None:
    report = flow((INTENT, "a", Kind.EXPIRE, {}), (COMPLETION, "a", Kind.EXPIRE, payload))
    assert report.findings == ((Finding(Fault.REMAINDER, 1),) if faulty else ())


def test_a_signed_row_against_the_rules_is_malformed() -> None:
    signer = HeadSigner.generate()
    later = Entry(0, "2026-03-01T09:00:01.000Z", "", Phase.SINGLE, Kind.FAULT, {}, b"")
    sooner = replace(later, time="2026-03-01T09:00:00.000Z")
    rows, heads = signed_rows(signer, rechained([later, sooner]))
    assert verify_rows(rows, heads, signer.public_key).findings == (Finding(Fault.MALFORMED, 1),)
    rows, heads = signed_rows(signer, [StoredEntry(0, b"{}")])
    assert verify_rows(rows, heads, signer.public_key).findings == (Finding(Fault.MALFORMED, 0),)
    assert walk_chain([], {}) == Walk(roots=[sm3(b"")])


def tampered(text: str, change: Callable[[dict[str, Json]], object]) -> str:
    document = json.loads(text)
    change(document)
    return json.dumps(document)


def exported(since: int = 10) -> LedgerExport:
    rows, heads, signer = fifty()
    store = FakeLedgerStore()
    store.rows, store.head_rows = list(rows), list(heads)
    return take_export(store, signer.public_key, since)


def test_an_export_reads_back_and_verifies() -> None:
    taken = exported()
    assert from_json(to_json(taken)) == taken
    assert verify_export(taken, second_opinions=1).ok
    other = HeadSigner.generate().public_key
    assert not verify_export(taken, other, second_opinions=0).ok
    assert exported(0).consistency is None and exported(51).consistency is None
    assert from_json(to_json(exported(0))).consistency is None


def test_an_export_holds_nothing_in_the_shape_of_an_identity_number() -> None:
    import re

    assert re.search(r"\d{17}[\dXx]", to_json(exported())) is None


def test_a_wrong_consistency_proof_is_named() -> None:
    taken = exported()
    assert taken.consistency is not None
    for proof in (
        replace(taken.consistency, path=(sm3(b"x"),)),
        replace(taken.consistency, first=60),
        replace(taken.consistency, second=60),
    ):
        report = verify_export(replace(taken, consistency=proof), second_opinions=0)
        assert [found.fault for found in report.findings] == [Fault.PROOF_WRONG]
    forged = [replace(head, signature=b"") if head.size == 10 else head for head in taken.heads]
    report = verify_export(replace(taken, heads=tuple(forged)), second_opinions=0)
    assert Finding(Fault.PROOF_WRONG, 9) in report.findings


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document.update(format="another"),
        lambda document: document.pop("heads"),
        lambda document: document.update(entries={}),
        lambda document: document.update(entries=[1]),
        lambda document: document["entries"].append({"seq": -1, "body": ""}),
        lambda document: document["entries"].append({"seq": True, "body": ""}),
        lambda document: document["entries"].append({"seq": 1, "body": 1}),
        lambda document: document["heads"].append({"size": 1, "body": "", "signature": 1}),
        lambda document: document["heads"].append({"size": 1, "body": "", "signature": "?"}),
        lambda document: document.update(consistency={"first": 1, "second": 2, "path": "x"}),
        lambda document: document.update(public_key=3),
    ],
)
def test_a_hostile_export_is_refused(change: Callable[[dict[str, Json]], object]) -> None:
    with pytest.raises(LedgerError):
        from_json(tampered(to_json(exported()), change))


def test_text_that_is_no_export_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for text in ("", "[]", "[" * 100_000, '"x"'):
        with pytest.raises(LedgerError):
            from_json(text)
        with pytest.raises(LedgerError):
            exporting.head_from_json(text)
    monkeypatch.setattr(exporting, "MAX_ENTRIES", 10)
    with pytest.raises(LedgerError):
        from_json(to_json(exported()))


def write_files(folder: Path) -> tuple[Path, Path]:
    export_file, head_file = folder / "export.json", folder / "head.json"
    export_file.write_text(to_json(exported()), "utf-8")
    head_file.write_text(json.dumps(head_document(fifty()[1][30])), "utf-8")
    return export_file, head_file


def test_the_auditor_s_program_runs_alone(tmp_path: Path) -> None:
    export_file, head_file = write_files(tmp_path)
    ran = subprocess.run(
        [
            *(sys.executable, "-W", "error", "-m", "consent.verify", str(export_file)),
            *("--last-head", str(head_file), "--json"),
        ],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    document = json.loads(ran.stdout)
    assert document["verified"] and document["entries"] == 50 and document["first_bad"] is None


def test_the_program_names_the_first_bad_entry(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    export_file, head_file = write_files(tmp_path)
    text = export_file.read_text("utf-8").replace('\\"visit\\":3', '\\"visit\\":4', 1)
    export_file.write_text(text, "utf-8")
    key = to_text(fifty()[2].public_key)
    arguments = [str(export_file), "--public-key", key, "--last-head", str(head_file)]
    assert main([*arguments, "--all-heads"]) == 1
    said = capfd.readouterr()
    assert "entry 22 was altered" in said.out and "NOT verified" in said.out
    # GmSSL writes C traces about bad signatures; none may reach the terminal or a log.
    assert said.err == ""
    assert main([*arguments, "--lang", "zh_CN"]) == 1
    assert "第 22 条被改过" in capfd.readouterr().out


def test_the_program_says_what_it_cannot_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export_file, _ = write_files(tmp_path)
    assert main([str(tmp_path / "absent.json")]) == 2
    assert main([str(export_file), "--public-key", "?"]) == 2
    assert main([str(export_file), "--last-head", str(export_file)]) == 2
    assert "not readable" in capsys.readouterr().err


def test_every_fault_has_its_words_in_both_languages() -> None:
    report = flow((INTENT, "a", Kind.ERASE, {}))
    report = replace(report, findings=tuple(Finding(fault, 7) for fault in Fault), origin="")
    chinese, english = report_lines(report, "zh_CN"), report_lines(report, "en")
    assert len(chinese) == len(english) == 3 + 1 + 1 + len(Fault) + 1
    assert len(set(chinese)) == len(chinese) and len(set(english)) == len(english)
    assert json.loads(report_json(report))["first_bad"] == {"seq": 7, "fault": "ALTERED"}
    fine = replace(report, findings=(), last_head_held=True)
    assert report_lines(fine, "zh_CN")[-1] == "核验通过"
    assert report_lines(fine, "en")[-1] == "verified"


def der(*numbers: bytes, tail: bytes = b"") -> bytes:
    body = b"".join(b"\x02" + bytes([len(one)]) + one for one in numbers) + tail
    return b"\x30" + bytes([len(body)]) + body


ORDER = bytes.fromhex("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123")


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"\x30\x00",
        der(b"\x01" * 32),
        der(b"\x01" * 32, b"\x01" * 31, b"\x01"),
        der(b"\x01" * 32, b"\x01" * 31, tail=b"\x00"),
        der(b"\x00" + b"\x01" * 31, b"\x01" * 31),
        der(b"\x81" * 32, b"\x01" * 31),
        der(b"", b"\x01" * 31),
        der(b"\x00", b"\x01" * 31),
        der(b"\x00" + ORDER, b"\x01" * 31),
        der(b"\x01" * 31, b"\x00" + ORDER),
        der(b"\x01", b"\x00" + (int.from_bytes(ORDER, "big") - 1).to_bytes(32, "big")),
        b"\x30\x08\x02\x02\x01\x01\x02\x09\x01\x01",
        b"\x30\x08\x02\x03\x01\x01\x01\x03\x01\x01",
        b"\x30\x08\x02\x06\x01\x01\x01\x01\x01\x01",
        b"\x31" + der(b"\x01" * 32, b"\x01" * 32)[1:],
        b"\x01" * 80,
    ],
)
def test_a_signature_out_of_form_is_refused_by_both(bad: bytes) -> None:
    _, _, signer = fifty()
    assert not signing.verify(signer.public_key, b"message", bad)
    assert not verify_second.verify(signer.public_key, b"message", bad)


def test_both_verifiers_agree_on_good_and_altered_signatures() -> None:
    for index in range(6):
        signer = HeadSigner.generate()
        message = b"head %d" % index
        signature = signer.sign(message)
        for verify in (signing.verify, verify_second.verify):
            assert verify(signer.public_key, message, signature)
            assert not verify(signer.public_key, message + b"x", signature)


def key_beginning_with(prefix: bytes) -> HeadSigner:
    while not (signer := HeadSigner.generate()).public_key.startswith(prefix):
        pass
    return signer


def test_a_key_that_begins_with_04_is_not_corrupted() -> None:
    signer = key_beginning_with(b"\x04")
    assert verify_second.verify(signer.public_key, b"m", signer.sign(b"m"))


def test_keys_off_the_curve_are_refused() -> None:
    _, heads, signer = fifty()
    key = signer.public_key
    for bad in (key[:-1], bytes(64), b"\xff" * 64, key[:32] + b"\xff" * 32, key[::-1]):
        assert check_head(heads[0], bad) == (None, True)
        with pytest.raises(StorageError) as caught:
            HeadSigner.from_private(signer.export_private().reveal()[:32] + bad)
        assert caught.value.code is ErrorCode.KEY_WRONG


def test_a_private_key_of_another_public_key_is_refused() -> None:
    one, other = HeadSigner.generate(), HeadSigner.generate()
    private = one.export_private().reveal()[:32]
    for half in (private, bytes(32), b"\xff" * 32):
        with pytest.raises(StorageError):
            HeadSigner.from_private(half + other.public_key)


def test_a_second_verifier_that_fails_means_invalid(monkeypatch: pytest.MonkeyPatch) -> None:
    _, heads, signer = fifty()

    def fail(*_: object) -> bool:
        raise TypeError

    monkeypatch.setattr("gmssl.sm2.CryptSM2.verify_with_sm3", fail)
    assert not verify_second.verify(signer.public_key, heads[0].body, heads[0].signature)


def test_second_opinions_are_spread_and_take_the_last() -> None:
    assert verify_heads._spread(10, 0) == frozenset()
    assert verify_heads._spread(0, 5) == frozenset()
    assert verify_heads._spread(10, 20) == set(range(10))
    spread = verify_heads._spread(1000, 4)
    assert spread == {999, 749, 499, 249}
    assert verify_heads._spread(5, 5) == {0, 1, 2, 3, 4}


def test_both_verifiers_accept_the_standard_s_example() -> None:
    # GB/T 32918.5-2017 appendix A.2, the default signer id.
    public = bytes.fromhex(
        "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
        "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
    )
    r = bytes.fromhex("F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3")
    s = bytes.fromhex("B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA")
    signature = der(b"\x00" + r, b"\x00" + s)
    for verify in (signing.verify, verify_second.verify):
        assert verify(public, b"message digest", signature)
        assert not verify(public, b"message digesT", signature)


def test_rows_read_while_the_station_writes_still_verify() -> None:
    ledger, store, signer, _ = new_ledger()
    ledger.record(Kind.SWEEP, {})

    class Busy(FakeLedgerStore):
        """Another entry is written after each read of the heads, and its head comes late."""

        reads = 0

        def heads(self) -> Iterator[StoredHead]:
            self.reads += 1
            found = list(store.heads())[: -1 if self.reads == 2 else None]
            if self.reads <= 2:
                ledger.record(Kind.SWEEP, {"read": self.reads})
            return iter(found)

        def entries(self, start: int = 0) -> Iterator[StoredEntry]:
            return store.entries(start)

    busy = Busy()
    entries, heads = read_rows(busy)
    assert len(entries) == len(heads) == 2 and busy.reads == 3
    assert verify_rows(entries, heads, signer.public_key).ok


def test_a_head_that_never_comes_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, heads, signer = fifty()
    monkeypatch.setattr(exporting, "_HEAD_WAIT_S", 0)
    store = FakeLedgerStore()
    store.rows, store.head_rows = list(rows[:3]), list(heads[:2])
    report = verify_rows(*read_rows(store), signer.public_key, second_opinions=0)
    assert report.findings == (Finding(Fault.HEAD_MISSING, 2),)
    store.rows, store.head_rows = list(rows[:2]), list(heads[:3])
    report = verify_rows(*read_rows(store), signer.public_key, second_opinions=0)
    assert report.findings == (Finding(Fault.TRUNCATED, 2),)
    store.rows, store.head_rows = [], list(heads[:3])
    report = verify_rows(*read_rows(store), signer.public_key, second_opinions=0)
    assert report.findings == (Finding(Fault.TRUNCATED, 0),)
