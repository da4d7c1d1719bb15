"""Bundles of a part of the ledger: what they prove, and how one that lies is found."""

import json
from pathlib import Path

import pytest

from consent.digest import sm3
from consent.signing import verify
from tests.unit import bundle_maker as maker
from tests.unit.bundle_maker import Selection, check, sixty, times


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signatures by GmSSL here; the program's own are in test_verify_bundle_alone.py."""
    monkeypatch.setattr(maker.verifier(), "signed", verify)


def selections() -> list[Selection]:
    at = times()
    return [
        {"kinds": ["SIGN_IN", "ERASE"]},
        {"from": at[10], "to": at[30]},
        {"from": at[20]},
        {"to": at[5]},
        {"from": "2030-01-01T00:00:00.000Z"},
        {"to": "2001-01-01T00:00:00.000Z"},
        {"from": at[10], "to": at[30], "actors": ["zhao"]},
        {"person": [maker.PERSON, "nobody"]},
        {"person": [json.loads(sixty().bodies[3])["op"]]},
        {"text": "É"},
        {"text": "match", "from": at[33]},
    ]


# Numbered: ids of operations are random, and every worker must collect the same names.
@pytest.mark.parametrize("number", range(len(selections())))
def test_a_selection_verifies_and_continues_an_earlier_head(number: int, tmp_path: Path) -> None:
    folder = maker.write(tmp_path / "bundle", sixty(), selections()[number], since=33)
    told = check(folder, maker.head_file(sixty(), 33), sixty().key)
    assert told["ok"], told


def test_what_rests_on_the_stations_word_alone_is_said(tmp_path: Path) -> None:
    part = maker.write(tmp_path / "part", sixty(), {"kinds": ["SIGN_IN", "ERASE"]})
    shown = len((part / "entries.jsonl").read_text("utf-8").splitlines())
    told = maker.detail(check(part), "complete")
    assert f"{60 - shown} " in told and "not shown" in told
    span = maker.write(tmp_path / "span", sixty(), {"from": times()[20]})
    assert "not shown" not in maker.detail(check(span), "complete")


# Selections that lie


WANTED = {"kinds": ["ERASE", "PURGE"]}


def test_a_leaf_that_was_swapped_is_found(tmp_path: Path) -> None:
    folder = maker.write(tmp_path / "bundle", sixty(), WANTED)
    hidden = json.loads((folder / "entries.jsonl").read_text().splitlines()[0])["seq"] - 1
    leaves = bytearray((folder / "leaves.bin").read_bytes())
    leaves[32 * hidden : 32 * hidden + 32] = sm3(b"\x00something else")
    (folder / "leaves.bin").write_bytes(leaves)
    maker.seal(folder, sixty().sign)
    assert check(folder)["bad"] == {"complete"}


def test_a_shown_entry_that_is_not_its_leaf_is_named(tmp_path: Path) -> None:
    folder = maker.write(tmp_path / "bundle", sixty(), WANTED)
    rows = [json.loads(line) for line in (folder / "entries.jsonl").read_text("utf-8").splitlines()]
    body = json.loads(rows[3]["body"])
    body["payload"]["note"] = "another"
    rows[3]["body"] = maker.compact(body).decode()
    (folder / "entries.jsonl").write_bytes(b"".join(maker.compact(row) + b"\n" for row in rows))
    maker.seal(folder, sixty().sign)
    told = check(folder)
    assert "entries" in told["bad"]
    assert told["first_bad"] == rows[3]["seq"]


def test_an_entry_withheld_inside_a_range_of_time_is_named(tmp_path: Path) -> None:
    wanted = {"from": times()[10], "to": times()[30]}
    folder = maker.write(tmp_path / "bundle", sixty(), wanted, hide=frozenset({20}))
    told = check(folder)
    assert {"entries", "complete"} <= told["bad"]
    assert told["first_bad"] == 20


@pytest.mark.parametrize("span", [(12, 31), (9, 28)], ids=["begins late", "ends early"])
def test_a_range_that_is_shorter_than_asked_is_found(span: tuple[int, int], tmp_path: Path) -> None:
    wanted = {"from": times()[10], "to": times()[30]}
    assert check(maker.write(tmp_path / "bundle", sixty(), wanted, span=span))["bad"] == {
        "selection"
    }


@pytest.mark.parametrize("wanted", [None, {"kinds": ["ERASE"]}])
@pytest.mark.parametrize("span", [(5, 60), (0, 50)])
def test_without_times_the_range_is_everything(
    wanted: Selection | None, span: tuple[int, int], tmp_path: Path
) -> None:
    told = check(maker.write(tmp_path / "bundle", sixty(), wanted, span=span))
    assert "selection" in told["bad"]


@pytest.mark.parametrize(
    "lie",
    [
        {"kinds": ["ERASE"]},
        {**WANTED, "actors": ["zhao"]},
        {**WANTED, "text": "nowhere"},
        {**WANTED, "person": [maker.PERSON]},
        {**WANTED, "from": "2026-03-01T09:00:00.200Z"},
    ],
    ids=str,
)
def test_a_selection_that_is_not_what_is_shown_is_found(lie: Selection, tmp_path: Path) -> None:
    told = check(maker.write(tmp_path / "bundle", sixty(), WANTED, lies={"selection": lie}))
    assert "selection" in told["bad"]


@pytest.mark.parametrize("count", [-1, 1])
def test_pruned_hashes_are_counted(count: int, tmp_path: Path) -> None:
    folder = maker.write(tmp_path / "bundle", sixty(), {"from": times()[10], "to": times()[30]})
    manifest = maker.manifest_of(folder)
    manifest["pruned"] = (manifest["pruned"] * 2)[: len(manifest["pruned"]) + count]
    maker.seal(folder, sixty().sign, manifest)
    assert check(folder)["bad"] == {"complete"}
