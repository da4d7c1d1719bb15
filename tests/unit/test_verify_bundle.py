"""Every way of tampering with a ledger, and what the standalone verifier says of it."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from consent.signing import HeadSigner, verify
from tests.unit import bundle_maker as maker
from tests.unit.bundle_maker import (
    Selection,
    Taken,
    chained,
    changed,
    check,
    detail,
    sixty,
    times,
    with_heads,
)

Bodies = list[bytes]


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signatures by GmSSL here; the program's own are in test_verify_bundle_alone.py."""
    monkeypatch.setattr(maker.verifier(), "signed", verify)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return maker.write(tmp_path_factory.mktemp("clean") / "bundle", sixty())


@pytest.fixture
def bundle(clean: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(clean, tmp_path / "bundle"))


# What is whole verifies


def test_a_whole_ledger_verifies(clean: Path) -> None:
    told = check(clean, maker.head_file(sixty(), 17), sixty().key)
    assert told["ok"]
    assert told["first_bad"] is None
    assert "17" in detail(told, "last_head")
    assert "known" not in detail(told, "manifest")


def test_a_key_and_a_head_that_were_not_given_are_spoken_of(clean: Path) -> None:
    told = check(clean)
    assert told["ok"]
    assert "--key" in detail(told, "manifest")
    assert "rollback" in detail(told, "last_head")


def test_unmasked_is_said_with_names(tmp_path: Path) -> None:
    who = {"by": "chen", "second": "li.hua", "reason": "complaint 7"}
    lies = {"masked": False, "unmasked": who}
    told = check(maker.write(tmp_path / "bundle", sixty(), lies=lies))
    assert told["ok"]
    assert "unmasked by ['chen', 'li.hua']" in detail(told, "manifest")


def test_one_entry_is_a_ledger(tmp_path: Path) -> None:
    told = check(maker.write(tmp_path / "bundle", sixty().cut(1)), maker.head_file(sixty(), 1))
    assert told["ok"]


# Tampering with the entries by somebody who holds the key of the bundle, but did not have that
# of the heads when they were signed: only what the ledger itself proves is left.


def _edited(body: bytes) -> bytes:
    return changed(body, {"payload": {"visit": "another"}})


def edit(rows: Bodies) -> Bodies:
    return [*rows[:30], _edited(rows[30]), *rows[31:]]


def delete(rows: Bodies) -> Bodies:
    return [*rows[:30], *rows[31:]]


def insert(rows: Bodies) -> Bodies:
    return [*rows[:30], _edited(rows[30]), *rows[30:]]


def reorder(rows: Bodies) -> Bodies:
    return [*rows[:30], rows[31], rows[30], *rows[32:]]


def truncate(rows: Bodies) -> Bodies:
    return rows[:30]


def garble(rows: Bodies) -> Bodies:
    return [*rows[:30], rows[30].replace(b'"op":', b'"OP":'), *rows[31:]]


CHANGES: list[Callable[[Bodies], Bodies]] = [edit, delete, insert, reorder, truncate, garble]


@pytest.mark.parametrize(
    "change, renumber",
    # What cannot be read cannot be chained anew.
    [(change, False) for change in CHANGES] + [(change, True) for change in CHANGES[:-1]],
    ids=lambda value: value.__name__ if callable(value) else ["plain", "rechained"][value],
)
def test_the_first_changed_entry_is_named(
    change: Callable[[Bodies], Bodies], renumber: bool, bundle: Path
) -> None:
    rows = change(list(sixty().bodies))
    rows = list(chained(rows)) if renumber else rows
    lines = [
        maker.compact({"body": row.decode(), "seq": json.loads(row)["seq"]}) + b"\n" for row in rows
    ]
    (bundle / "entries.jsonl").write_bytes(b"".join(lines))
    maker.seal(bundle, sixty().sign)
    told = check(bundle, key=sixty().key)
    assert not told["bad"] & {"manifest", "files"}
    assert "complete" in told["bad"]
    assert told["first_bad"] == 30


@pytest.mark.parametrize("place", [0, 1, 29, 30, 31, 58, 59])
def test_where_all_that_follows_was_rechained_the_heads_name_the_entry(
    place: int, tmp_path: Path
) -> None:
    forger = HeadSigner.generate()
    rows = list(sixty().bodies)
    rows[place] = _edited(rows[place])
    forged = with_heads(sixty(), chained(rows), forger.sign, place)
    told = check(maker.write(tmp_path / "bundle", forged), key=sixty().key)
    assert told["first_bad"] == place
    assert {"head", "complete", "history"} <= told["bad"]
    assert not told["bad"] & {"manifest", "files", "entries"}


def test_a_forger_s_key_in_the_manifest_is_caught_by_the_older_heads(tmp_path: Path) -> None:
    forger = HeadSigner.generate()
    rows = list(sixty().bodies)
    rows[30] = _edited(rows[30])
    # The head of size 60 says whose key it is.
    forged = replace(sixty(), key=forger.public_key, key_id=forger.key_id, sign=forger.sign)
    forged = with_heads(forged, chained(rows), forger.sign, 30)
    folder = maker.write(tmp_path / "bundle", forged)
    assert "history" in check(folder)["bad"]
    told = check(folder, key=sixty().key)
    assert {"manifest", "head", "history"} <= told["bad"]
    # The heads name the key they were signed with, so under the right one the first 30 stand.
    assert told["first_bad"] is None or told["first_bad"] == 30


@pytest.mark.parametrize("how", ["key", "last_head"])
def test_a_ledger_signed_anew_is_another_key_s(how: str, tmp_path: Path) -> None:
    forger = HeadSigner.generate()
    mine = replace(sixty(), key=forger.public_key, key_id=forger.key_id, sign=forger.sign)
    folder = maker.write(tmp_path / "bundle", with_heads(mine, sixty().bodies, forger.sign))
    assert check(folder)["ok"], "without anything of the station's own it cannot be known"
    if how == "key":
        told = check(folder, key=sixty().key)
        assert {"manifest", "head"} <= told["bad"]
        assert told["first_bad"] is None
    else:
        assert check(folder, maker.head_file(sixty(), 20))["bad"] == {"last_head"}


# The whole file, or the whole database, replaced by yesterday's


def test_yesterday_s_ledger_is_caught_by_the_last_head(tmp_path: Path) -> None:
    folder = maker.write(tmp_path / "bundle", sixty().cut(50))
    assert check(folder)["ok"], "an earlier state is a right state: only the auditor's head tells"
    told = check(folder, maker.head_file(sixty(), 60))
    assert told["bad"] == {"last_head"}
    assert told["first_bad"] == 50
    assert "rolled back" in detail(told, "last_head")


def test_yesterday_s_entries_under_today_s_manifest_are_caught(
    bundle: Path, tmp_path: Path
) -> None:
    old = maker.write(tmp_path / "old", sixty().cut(50))
    shutil.copy(old / "entries.jsonl", bundle / "entries.jsonl")
    maker.seal(bundle, sixty().sign)
    told = check(bundle)
    assert told["bad"] >= {"entries", "complete"}
    assert told["first_bad"] == 50


@pytest.mark.parametrize(
    "wanted", [None, {"kinds": ["ERASE"]}, {"from": "2026-03-01T09:00:00.240Z"}]
)
def test_another_history_of_the_same_length_is_not_the_auditor_s(
    wanted: Selection | None, tmp_path: Path
) -> None:
    """Written anew by who holds every key: only the auditor's head tells."""
    rows = list(sixty().bodies)
    rows[29] = _edited(rows[29])
    forged = with_heads(sixty(), chained(rows), sixty().sign_head, 29)
    folder = maker.write(tmp_path / "bundle", forged, wanted, since=40 if wanted else 0)
    assert check(folder)["ok"]
    assert check(folder, maker.head_file(sixty(), 40))["bad"] == {"last_head"}
    kept = check(folder, maker.head_file(sixty(), 25))
    assert kept["ok"] or "no proof" in detail(kept, "last_head")


def test_a_head_of_another_ledger_is_refused(clean: Path) -> None:
    other = maker.compact(json.loads(maker.head_bytes(sixty(), 20)) | {"origin": "elsewhere"})
    head = {"body": other.decode(), "signature": sixty().sign_head(other).hex(), "size": 20}
    assert check(clean, maker.compact(head))["bad"] == {"last_head"}


@pytest.mark.parametrize("path", ["short", "long", "swapped", "none"])
def test_a_wrong_proof_of_consistency_is_refused(path: str, tmp_path: Path) -> None:
    wanted = {"from": times()[30]}
    folder = maker.write(tmp_path / "bundle", sixty(), wanted, since=20)
    manifest = maker.manifest_of(folder)
    nodes = manifest["since"]["path"]
    wrong = {"short": nodes[:-1], "long": [*nodes, nodes[0]], "swapped": nodes[::-1], "none": []}
    manifest["since"]["path"] = wrong[path]
    maker.seal(folder, sixty().sign, manifest)
    assert check(folder, maker.head_file(sixty(), 20))["bad"] == {"last_head"}


# Time


def test_time_that_goes_backwards_is_named_though_it_was_signed(tmp_path: Path) -> None:
    rows = list(sixty().bodies)
    rows[30] = changed(rows[30], {"time": times()[10]})
    forged = with_heads(sixty(), chained(rows), sixty().sign_head, 30)
    told = check(maker.write(tmp_path / "bundle", forged))
    assert told["bad"] == {"entries"}
    assert told["first_bad"] == 30
    assert "backwards" in detail(told, "entries")


def test_a_clock_set_back_repeats_the_time_before(tmp_path: Path) -> None:
    rows = list(sixty().bodies)
    rows[30] = changed(rows[30], {"clock_back": True})
    forged = with_heads(sixty(), chained(rows), sixty().sign_head, 30)
    told = check(maker.write(tmp_path / "bundle", forged))
    assert told["bad"] == {"entries"}
    assert told["first_bad"] == 30


# Files


@pytest.mark.parametrize(
    "name", ["entries.csv", "summary.pdf", "consents.jsonl", "verify_bundle.py"]
)
def test_another_file_in_the_place_of_one_is_named(name: str, bundle: Path) -> None:
    (bundle / name).write_bytes(b"another\n")
    told = check(bundle)
    assert told["bad"] - {"consents"} == {"files"}
    assert name in detail(told, "files")


@pytest.mark.parametrize(
    "field",
    [
        {"masked": False, "unmasked": {"by": "a", "second": "b", "reason": "c"}},
        {"made_at": "2026-03-03T08:00:00.000Z"},
        {"selection": {"kinds": ["ERASE"]}},
        {"origin": "elsewhere"},
        {"tree_size": 61},
        {"since": {"size": 3, "path": []}},
    ],
    ids=lambda field: next(iter(field)),
)
def test_a_changed_manifest_is_not_the_signed_one(field: Selection, bundle: Path) -> None:
    changed_one = maker.manifest_of(bundle) | field
    (bundle / "bundle.json").write_bytes(maker.compact(changed_one))
    assert "manifest" in check(bundle)["bad"]


def test_a_wrong_head_file_is_refused(bundle: Path) -> None:
    (bundle / "head.json").write_bytes(maker.head_file(sixty(), 59))
    maker.seal(bundle, sixty().sign)
    assert {"head", "complete"} <= check(bundle)["bad"]


def test_signatures_that_are_another_key_s_are_found_though_the_entries_stand(bundle: Path) -> None:
    forger = HeadSigner.generate()
    forged: Taken = with_heads(sixty(), sixty().bodies, forger.sign)
    (bundle / "signatures.bin").write_bytes(b"".join(map(maker.record, forged.signatures)))
    maker.seal(bundle, sixty().sign)
    assert check(bundle)["bad"] == {"history"}
