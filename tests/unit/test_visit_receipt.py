"""The visit receipt: what it says, that it is short, and that every character counts."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent import receipt_code, verify_receipt
from consent.canonical import decode_object
from consent.digest import sm3, to_text
from consent.entry import parse_head
from consent.kinds import Kind
from consent.ledger import Ledger
from consent.merkle import leaf_hash as leaf
from consent.merkle import verify_inclusion
from consent.receipt_check import Checked, ReceiptFault, check_receipt
from consent.receipt_code import from_base41, open_receipt, pack, to_base41
from consent.signing import HeadSigner
from consent.verify import verify_rows
from consent.verify_chain import Fault
from consent.visit_receipt import (
    MAX_PLACE_BYTES,
    Compared,
    Kept,
    ReceiptDraft,
    find_receipt,
    make_receipt,
    read_receipt,
)
from station.errors import LedgerError, StationBug
from station.model import IDENTITY_FIELDS, BoothEnd, Language, Outcome
from tests.ledger_fakes import FakeClock, FakeLedgerStore, new_ledger
from tests.unit.ledger_kit import signed
from tests.unit.receipt_kit import GONE, NUMBER, UNTIL, facts, full, issued, notice, usual

VERIFIER = Path(verify_receipt.__file__)
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*+-./"


def refused_by_both(text: str, key: bytes) -> bool:
    try:
        open_receipt(text, key)
    except LedgerError:
        try:
            verify_receipt.check(text, key)
        except verify_receipt.Refused:
            return True
    return False


# What it says


def test_it_says_what_happened_by_names_alone() -> None:
    receipt = read_receipt(usual().proved.body)
    assert receipt.number == NUMBER and receipt.demo
    assert set(receipt.fields_read) == set(notice().fields)
    assert receipt.compared is Compared.CARD_PORTRAIT and receipt.outcome is Outcome.MATCH
    assert receipt.pid == 4711 and receipt.gone_at == "2026-03-01T09:00:00.250Z"
    assert receipt.kept_until[Kept.IDENTITY] == "2026-03-02T09:00:00.000Z"
    assert receipt.withdraw_at == "人工窗口"
    assert receipt.notice_digest.hex() == notice().digest
    entry = decode_object(usual().proved.body)
    payload = entry["payload"]
    assert isinstance(payload, dict)
    # No key could carry a value of a field: this is all there is.
    assert set(payload) == {
        "receipt",
        "language",
        "outcome",
        "read",
        "compared",
        "gone",
        "kept",
        "withdraw_at",
        "notice",
        "outcome_seq",
        "purge_seq",
    }


def test_the_consent_record_is_kept_three_years_after_the_last_term() -> None:
    receipt = read_receipt(usual().proved.body)
    assert receipt.kept_until[Kept.CONSENT_RECORD] == "2029-03-02T09:00:00.000Z"
    leap = issued(kept_until={Kept.IDENTITY: datetime(2028, 2, 29, 9, tzinfo=UTC)})
    until = read_receipt(leap.proved.body).kept_until[Kept.CONSENT_RECORD]
    assert until == "2031-02-28T09:00:00.000Z"
    nothing = read_receipt(issued(kept_until={}).proved.body).kept_until
    assert set(nothing) == {Kept.CONSENT_RECORD}
    assert nothing[Kept.CONSENT_RECORD].startswith("2029-03-01")


@pytest.mark.parametrize(
    "booth", [replace(GONE, reaped=False), replace(GONE, ring_zeroed=False)], ids=["runs", "ring"]
)
def test_no_receipt_without_proof_that_the_images_are_gone(booth: BoothEnd) -> None:
    ledger, store, _, _ = new_ledger()
    with pytest.raises(StationBug):
        make_receipt(ledger, facts(0, 0, booth=booth))
    assert store.rows == []


def test_a_draft_issues_nothing_before_consent_or_without_an_outcome_on_record() -> None:
    ledger, store, _, _ = new_ledger()
    for draft in (ReceiptDraft(outcome_seq=0), ReceiptDraft(number=NUMBER)):
        assert draft.issue(ledger, notice(), Outcome.FAILED, GONE, 1) is None
    assert store.rows == []
    ledger.record(Kind.VISIT_OUTCOME, {"visit": "v"})
    ledger.record(Kind.PURGE, {"visit": "v"})
    draft = ReceiptDraft(number=NUMBER, outcome_seq=0)
    proved = draft.issue(ledger, notice(), Outcome.CANCELLED, GONE, 1)
    assert proved is not None
    receipt = read_receipt(proved.body)
    assert receipt.fields_read == () and receipt.compared is Compared.NOTHING


def test_a_long_place_ends_in_an_ellipsis_and_control_characters_are_gone() -> None:
    text = notice().text(Language.ZH_CN)
    long = replace(text, rights_place="很\n长" * 60)
    other = replace(notice(), languages={**notice().languages, Language.ZH_CN: long})
    place = read_receipt(issued(notice=other).proved.body).withdraw_at
    assert place.endswith("…") and place.startswith("很 长") and place.isprintable()
    assert len(place.encode()) <= MAX_PLACE_BYTES
    unnamed = replace(text, rights_place="")
    other = replace(notice(), languages={**notice().languages, Language.ZH_CN: unnamed})
    assert read_receipt(issued(notice=other).proved.body).withdraw_at == text.handler_address


# Its proof


def test_the_head_names_the_receipt_as_its_newest_entry_and_the_path_leads_to_its_root() -> None:
    for before in (0, 1, 5, 6, 13, 60):
        proved = issued(before).proved
        head = parse_head(proved.head.body)
        assert head.last == sm3(proved.body) and head.size == proved.seq + 1
        assert len(proved.path) == proved.seq.bit_count()
        assert verify_inclusion(leaf(proved.body), proved.seq, head.size, proved.path, head.root)


def test_it_is_found_again_in_the_ledger_with_the_same_proof() -> None:
    made = issued(5)
    made.ledger.record(Kind.SWEEP, {"number": 1})
    assert find_receipt(made.store, NUMBER) == made.proved
    with pytest.raises(LedgerError):
        find_receipt(made.store, "AAAA-AAAA-AAAA")


def test_a_reopened_ledger_issues_receipts_under_its_first_name() -> None:
    made = issued(3)
    again = Ledger(made.store, made.signer, "renamed", FakeClock(), demo=True)
    proved = make_receipt(again, facts(3, 4))
    assert open_receipt(pack(proved), made.key).body == proved.body
    assert parse_head(proved.head.body).origin == "station-demo-0001"


def test_an_audit_finds_a_head_that_names_another_entry() -> None:
    made = issued(3)
    rows, heads = list(made.store.rows), list(made.store.head_rows)
    assert verify_rows(rows, heads, made.key).ok
    head = parse_head(heads[2].body)
    heads[2] = signed(made.signer, replace(head, last=sm3(rows[1].body)))
    report = verify_rows(rows, heads, made.key)
    assert [(found.fault, found.seq) for found in report.findings] == [(Fault.HEAD_FORGED, 2)]
    # Heads of early ledgers name none; they stay good.
    heads[2] = signed(made.signer, replace(head, last=b""))
    assert verify_rows(rows, heads, made.key).ok


# Its code


def test_it_fits_a_small_code_whatever_the_length_of_the_ledger() -> None:
    assert len(usual().text) <= 420
    assert set(usual().text) <= set(ALPHABET + ":")
    large = replace_seq(10_000_000)
    assert len(large) - len(usual().text) <= 6
    assert len(full().text) <= 483, "QR version 13-M"


def replace_seq(seq: int) -> str:
    """The length only: nobody signed this one."""
    made = usual()
    entry = json.loads(made.proved.body)
    entry["seq"], entry["payload"]["outcome_seq"], entry["payload"]["purge_seq"] = (
        seq,
        seq - 2,
        seq - 1,
    )
    body = verify_receipt.canonical(entry)
    head = replace(parse_head(made.proved.head.body), size=seq + 1, last=sm3(body))
    return pack(replace(made.proved, seq=seq, body=body, head=signed(made.signer, head)))


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("demo", [True, False])
def test_both_verifiers_read_the_very_entry_and_head(language: Language, demo: bool) -> None:
    made = issued(demo=demo, language=language, compared=Compared.TEMPLATE)
    proved = open_receipt(made.text, made.key)
    assert (proved.body, proved.head) == (made.proved.body, made.proved.head)
    checked = verify_receipt.check(made.text, made.key, made.path)
    assert verify_receipt.canonical(checked.entry) == made.proved.body
    assert verify_receipt.canonical(checked.head) == made.proved.head.body
    assert checked.path_checked


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_can_be_packed_and_read_by_both(outcome: Outcome) -> None:
    made = issued(0, outcome=outcome)
    assert read_receipt(open_receipt(made.text, made.key).body).outcome is outcome
    payload = verify_receipt.check(made.text, made.key).entry["payload"]
    assert isinstance(payload, dict) and payload["outcome"] == outcome.value


def test_the_verifiers_know_the_same_names() -> None:
    assert verify_receipt.FIELDS == IDENTITY_FIELDS
    assert tuple(outcome.value for outcome in Outcome) == verify_receipt.OUTCOMES
    assert tuple(receipt_code._COMPARED) == verify_receipt.COMPARED
    assert tuple(receipt_code._KEPT) == verify_receipt.KEPT
    assert set(receipt_code._COMPARED) == set(Compared) and set(receipt_code._KEPT) == set(Kept)


def test_any_one_changed_character_is_refused_by_both() -> None:
    """Every position for the first verifier, every fourth for the slow second one."""
    made, draws = usual(), np.random.default_rng(20261122)
    for place, was in enumerate(made.text):
        others = [character for character in ALPHABET + ":" if character != was]
        character = others[int(draws.integers(len(others)))]
        text = made.text[:place] + character + made.text[place + 1 :]
        with pytest.raises(LedgerError):
            open_receipt(text, made.key)
        assert place % 4 or refused_by_both(text, made.key), place


def test_at_the_ends_every_character_but_the_right_one_is_refused() -> None:
    made = usual()
    for place in (0, 4, 17, 19, len(made.text) - 2, len(made.text) - 1):
        for character in ALPHABET[:: 1 if place > 19 else 6] + ":a \n*":
            text = made.text[:place] + character + made.text[place + 1 :]
            assert text == made.text or refused_by_both(text, made.key), (place, character)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-1],
        lambda text: text + "0",
        lambda text: text + "000",
        lambda text: text.lower(),
        lambda text: " " + text,
        lambda text: text + "\n",
        lambda text: text[:19] + text[22:],
        lambda text: "VR2" + text[3:],
        lambda _: "",
        lambda _: "VR1:",
        lambda text: text[:19] + "0" * 2000,
    ],
)
def test_other_texts_are_refused(change) -> None:  # type: ignore[no-untyped-def]
    assert refused_by_both(change(usual().text), usual().key)


def test_another_key_and_keys_off_the_curve_are_refused() -> None:
    made = usual()
    for key in (HeadSigner.generate().public_key, bytes(64), b"", made.key[:-1], b"\xff" * 64):
        assert refused_by_both(made.text, key)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_at_all_break_either_verifier(data: bytes) -> None:
    text = f"VR1:{NUMBER}:{to_base41(data)}"
    assert refused_by_both(text, usual().key)


@given(st.binary(max_size=70))
def test_base_41_has_one_form(data: bytes) -> None:
    assert from_base41(to_base41(data)) == data


@pytest.mark.parametrize("text", ["0", "000000000A", "///", "//", "-A:", "a00", "00é"])
def test_base_41_refuses_other_forms(text: str) -> None:
    with pytest.raises(ValueError, match=r"form|group|substring"):
        from_base41(text)


# Checked with the ledger, the export, the path


def test_it_is_held_against_the_ledger() -> None:
    made = issued(6)
    made.ledger.record(Kind.SWEEP, {"number": 1})
    check = check_receipt(made.text, made.key, made.path, made.store.rows)
    assert check.ok and check.checked == (Checked.SIGNATURE, Checked.PATH, Checked.LEDGER)
    short = check_receipt(made.text, made.key, rows=made.store.rows[:5])
    assert short.faults == (ReceiptFault.NOT_IN_LEDGER,)
    altered = list(made.store.rows)
    altered[2] = replace(altered[2], body=altered[3].body)
    check = check_receipt(made.text, made.key, rows=altered)
    assert check.faults == (ReceiptFault.ROOT_WRONG,)


@pytest.mark.parametrize(
    ("outcome", "purge"),
    [
        ({"visit": "v", "outcome": "NON_MATCH"}, {}),
        ({"visit": "w", "outcome": "MATCH"}, {}),
        ({"outcome": "MATCH"}, {}),
        ({"visit": "v", "outcome": "MATCH"}, {"reaped": False}),
    ],
)
def test_a_receipt_that_tells_another_story_than_its_visit_is_found(
    outcome: dict[str, str], purge: dict[str, bool]
) -> None:
    ledger, store, signer, _ = new_ledger()
    ledger.record(Kind.VISIT_OUTCOME, outcome)
    ledger.record(Kind.PURGE, {"visit": "v", "reaped": True, "ring_zeroed": True} | purge)
    proved = make_receipt(ledger, facts(0, 1))
    check = check_receipt(pack(proved), signer.public_key, rows=store.rows)
    assert check.faults == (ReceiptFault.ENTRIES_DIFFER,)


def test_a_changed_path_is_refused() -> None:
    made = issued(13)
    for text in (made.path[:-1] + ("0" if made.path[-1] != "0" else "1"), made.path[:-3], "VP1:"):
        check = check_receipt(made.text, made.key, text)
        assert check.faults == (ReceiptFault.PATH_WRONG,)
    other = made.path.replace(NUMBER, "AAAA-AAAA-AAAA")
    assert check_receipt(made.text, made.key, other).faults == (ReceiptFault.PATH_WRONG,)


# The verifier alone


def run_alone(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Without this project on the path: an import of the station would fail."""
    return subprocess.run(
        [sys.executable, "-I", str(VERIFIER), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        cwd="/",
        check=False,
    )


def test_the_verifier_runs_alone_and_answers_in_json(tmp_path: Path) -> None:
    made, file = usual(), tmp_path / "receipt.txt"
    file.write_text(f"{made.text}\n{made.path}\n", "utf-8")
    good = run_alone(str(file), "--key", to_text(made.key))
    document = json.loads(good.stdout)
    assert good.returncode == 0 and document["verified"] and document["path_checked"]
    assert document["payload"]["receipt"] == NUMBER and document["demo"] is True
    flipped = made.text[:-1] + ("0" if made.text[-1] != "0" else "1")
    bad = run_alone(flipped, "--key", made.key.hex())
    assert bad.returncode == 1 and json.loads(bad.stdout)["verified"] is False
    assert run_alone(made.text).returncode == 2
    assert run_alone("/no/such/file", "--key", made.key.hex()).returncode == 1
    assert run_alone(made.text, "--key", "short").returncode == 1


def test_the_verifier_imports_nothing_of_the_station() -> None:
    source = VERIFIER.read_text("utf-8")
    assert "import consent" not in source and "from consent" not in source
    assert "from station" not in source and "from resources" not in source


def test_the_times_of_a_clock_set_back_are_kept_as_they_are() -> None:
    clock = FakeClock()
    ledger, _, signer, _ = new_ledger(FakeLedgerStore(), clock=clock)
    ledger.record(Kind.SWEEP, {})
    clock.moment -= timedelta(hours=5)
    proved = make_receipt(ledger, facts(0, 0, kept_until={Kept.IDENTITY: UNTIL}))
    assert decode_object(proved.body)["clock_back"] is True
    assert verify_receipt.check(pack(proved), signer.public_key).entry["clock_back"] is True


def test_a_key_that_begins_with_a_hyphen_is_a_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = usual()
    other = to_text(bytes(byte ^ 1 for byte in made.key))
    for key in ("-" + other[1:], to_text(made.key)):
        monkeypatch.setattr("sys.argv", ["verify_receipt.py", made.text, "--key", key])
        assert verify_receipt.main() == (0 if key == to_text(made.key) else 1)
    assert "NOT verified" in capsys.readouterr().err
