"""A bundle is written by the adversary: nothing in one may hang, crash or mislead the verifier."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent import signing
from tests.unit import bundle_maker as maker
from tests.unit.bundle_maker import Taken, compact, sixty

PROGRAM = maker.verifier()
SMALL: Taken = sixty().cut(12)
FIXTURES = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signatures by GmSSL; the program's own are in test_verify_bundle_forms.py."""
    monkeypatch.setattr(PROGRAM, "signed", signing.verify)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return maker.write(tmp_path_factory.mktemp("clean") / "bundle", SMALL)


@pytest.fixture
def bundle(clean: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(clean, tmp_path / "bundle"))


def bad(folder: Path) -> set[str]:
    """Names of the checks that failed; {"bundle"} where it is none."""
    try:
        told = PROGRAM.verify(folder, None, None).document()
    except PROGRAM.NotABundle:
        return {"bundle"}
    return {check["name"] for check in told["checks"] if not check["ok"]}


def test_what_is_not_touched_verifies(clean: Path) -> None:
    """The other tests would pass on a verifier that always refuses."""
    assert bad(clean) == set()


# Any byte


NAMES = ["README.txt", "bundle.json", "bundle.sig", "consents.jsonl", "entries.csv"]
NAMES += ["entries.jsonl", "head.json", "signatures.bin", "summary.pdf", "verify_bundle.py"]


@FIXTURES
@given(name=st.sampled_from(NAMES), place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_any_single_flipped_bit_is_found(clean: Path, name: str, place: float, bit: int) -> None:
    path = clean / name
    data = path.read_bytes()
    at = int(place * len(data))
    path.write_bytes(data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :])
    try:
        # The line end of bundle.sig is no part of anything.
        assert bad(clean) or (name, at) == ("bundle.sig", len(data) - 1)
    finally:
        path.write_bytes(data)


@pytest.mark.parametrize("name", NAMES)
def test_an_export_cut_short_is_found(clean: Path, name: str) -> None:
    path = clean / name
    data = path.read_bytes()
    try:
        for step in range(12):
            path.write_bytes(data[: len(data) * step // 12])
            assert bad(clean), step
        path.write_bytes(data[:-1])
        assert bad(clean) or name == "bundle.sig"
        path.unlink()
        assert bad(clean)
    finally:
        path.write_bytes(data)


@pytest.mark.parametrize("cut", range(0, 12))
def test_entries_cut_short_name_where_under_a_true_manifest_of_the_rest(
    bundle: Path, cut: int
) -> None:
    path = bundle / "entries.jsonl"
    data = path.read_bytes()
    lines = data.splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:cut]) + lines[cut][: len(lines[cut]) // 2])
    maker.seal(bundle, SMALL.sign)
    told = PROGRAM.verify(bundle, None, None).document()
    assert not told["ok"]
    assert told["first_bad"] == cut


# Files that are not what they seem


def test_a_link_is_not_followed(bundle: Path, tmp_path: Path) -> None:
    shutil.move(bundle / "entries.jsonl", tmp_path / "elsewhere")
    (bundle / "entries.jsonl").symlink_to(tmp_path / "elsewhere")
    assert {"files", "entries"} <= bad(bundle)


def test_a_linked_manifest_is_no_bundle(bundle: Path, tmp_path: Path) -> None:
    shutil.move(bundle / "bundle.json", tmp_path / "elsewhere")
    (bundle / "bundle.json").symlink_to(tmp_path / "elsewhere")
    assert bad(bundle) == {"bundle"}


@pytest.mark.parametrize("name", ["entries.jsonl", "head.json", "bundle.sig", "signatures.bin"])
def test_a_pipe_is_not_waited_for(bundle: Path, name: str) -> None:
    (bundle / name).unlink()
    os.mkfifo(bundle / name)
    assert bad(bundle)


def test_a_folder_in_a_file_s_place_is_found(bundle: Path) -> None:
    (bundle / "summary.pdf").unlink()
    (bundle / "summary.pdf").mkdir()
    assert bad(bundle) == {"files"}


@pytest.mark.parametrize("name", ["more.txt", "\u202egpj.exe", ".hidden", "a\nb", "__pycache__"])
def test_an_extra_file_is_found(bundle: Path, name: str) -> None:
    (bundle / name).write_bytes(b"")
    told = PROGRAM.verify(bundle, None, None).document()
    text = next(check["detail"] for check in told["checks"] if check["name"] == "files")
    assert ascii(name) in text
    assert "\u202e" not in text


@pytest.mark.parametrize(
    "name",
    [
        "../../outside",
        "/dev/zero",
        "a/b",
        "..",
        ".",
        ".hidden",
        "",
        "a\x00b",
        "C:\\x",
        "x" * 65,
        "con\n",
        "文件",
        "bundle.json/../head.json",
    ],
)
def test_a_name_that_leads_elsewhere_is_no_bundle(bundle: Path, name: str) -> None:
    manifest = maker.manifest_of(bundle)
    manifest["files"].append({"bytes": 0, "name": name, "sm3": "sm3:" + "0" * 64})
    (bundle / "bundle.json").write_bytes(compact(manifest))
    assert bad(bundle) == {"bundle"}


def test_a_file_that_stands_twice_is_no_bundle(bundle: Path) -> None:
    manifest = maker.manifest_of(bundle)
    manifest["files"] *= 2
    (bundle / "bundle.json").write_bytes(compact(manifest))
    assert bad(bundle) == {"bundle"}


@pytest.mark.parametrize("name", ["entries.csv", "entries.jsonl", "signatures.bin", "head.json"])
def test_a_file_larger_than_stated_is_not_read_to_its_end(bundle: Path, name: str) -> None:
    os.truncate(bundle / name, 1 << 40)
    assert "files" in bad(bundle)


def test_a_size_nobody_has_is_not_believed(bundle: Path) -> None:
    manifest = maker.manifest_of(bundle)
    for row in manifest["files"]:
        row["bytes"] = 1 << 50
    (bundle / "bundle.json").write_bytes(compact(manifest))
    assert "files" in bad(bundle)


@pytest.mark.parametrize("size", [13, 20_000_000, 20_000_001, 1 << 53])
def test_numbers_beyond_the_files_cost_nothing(bundle: Path, size: int) -> None:
    fields = {"tree_size": size, "last": size, "shown": size}
    manifest = maker.manifest_of(bundle) | fields
    (bundle / "bundle.json").write_bytes(compact(manifest))
    assert bad(bundle) >= {"manifest", "complete"} or size > 20_000_000


# JSON


@pytest.mark.parametrize(
    "text",
    ["", "{", "null", "[]", "1e999", "NaN", "[" * 100_000, '{"a":' * 50_000, "\ufeff{}", '"x"'],
    ids=lambda text: text[:8],
)
@pytest.mark.parametrize("name", ["bundle.json", "head.json", "entries.jsonl"])
def test_json_that_is_none_of_ours_is_refused(bundle: Path, name: str, text: str) -> None:
    (bundle / name).write_text(text, "utf-8")
    assert bad(bundle)


@pytest.mark.parametrize(
    "old, new",
    [
        ('"masked":true', '"masked":true,"masked":true'),
        ('"shown":12', '"shown":12.0'),
        ('"shown":12', '"shown": 12'),
        ('"shown":12', '"shown":1e1'),
        ('"shown":12', '"shown":-12'),
        ('"since":null', '"since":NaN'),
        ('"shown":12', '"shown":' + "9" * 400),
        ('"shown":12', '"shown":true'),
        ('"first":0', '"first":-0'),
    ],
)
def test_a_manifest_has_one_form(bundle: Path, old: str, new: str) -> None:
    text = (bundle / "bundle.json").read_text("utf-8")
    assert text.count(old) == 1
    (bundle / "bundle.json").write_text(text.replace(old, new), "utf-8")
    assert bad(bundle) == {"bundle"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@FIXTURES
@given(field=st.sampled_from(sorted(PROGRAM.FIELDS.split())), value=JSON)
def test_a_field_of_any_type_is_refused_quietly(clean: Path, field: str, value: object) -> None:
    path = clean / "bundle.json"
    kept = path.read_bytes()
    manifest = maker.manifest_of(clean)
    if manifest[field] == value and type(manifest[field]) is type(value):
        return
    text = json.dumps(manifest | {field: value}, sort_keys=True, separators=(",", ":"))
    path.write_text(text, "utf-8")
    try:
        assert bad(clean)
    finally:
        path.write_bytes(kept)


@FIXTURES
@given(value=JSON | st.fixed_dictionaries({"body": JSON, "signature": JSON, "size": JSON}))
def test_a_head_of_any_type_is_refused_quietly(clean: Path, value: object) -> None:
    with pytest.raises(PROGRAM.UNREADABLE):
        PROGRAM.Head(json.dumps(value).encode())


def test_one_endless_line_is_not_held_in_memory(bundle: Path) -> None:
    (bundle / "entries.jsonl").write_bytes(b'{"body":"' + b"a" * (8 << 20))
    maker.seal(bundle, SMALL.sign)
    assert {"entries", "complete"} <= bad(bundle)


# Consent records

Line = dict[str, Any]
ANSWER, OTHER = 2, 9
"""Entries with an answer in the small bundle."""


def records(folder: Path) -> list[Line]:
    return [json.loads(line) for line in (folder / "consents.jsonl").read_bytes().splitlines()]


def told_of(folder: Path, lines: list[Line] | bytes) -> tuple[set[str], str]:
    """What is bad, and what is said of it, once these are the bundle's consent records."""
    data = lines if isinstance(lines, bytes) else b"".join(compact(one) + b"\n" for one in lines)
    (folder / "consents.jsonl").write_bytes(data)
    maker.seal(folder, SMALL.sign)
    told = PROGRAM.verify(folder, None, None).document()
    details = {check["name"]: check["detail"] for check in told["checks"] if not check["ok"]}
    return set(details), details.get("consents", "")


def test_a_consent_record_that_is_missing_or_too_many_is_named(clean: Path, bundle: Path) -> None:
    first, second = records(clean)
    assert told_of(bundle, [first, second]) == (set(), "")
    for lines, seq, why in (
        ([], ANSWER, "missing"),
        ([second], ANSWER, "missing"),
        ([first], OTHER, "missing"),
        ([second, first], ANSWER, "missing"),
        ([first, first, second], ANSWER, "belongs to no answer"),
        ([first, second, second], OTHER, "belongs to no answer"),
        ([first, moved(first, 5), second], 5, "belongs to no answer"),
    ):
        bad_ones, detail = told_of(bundle, lines)
        assert bad_ones == {"consents"}
        assert f"entry {seq}: " in detail and why in detail, detail


def moved(line: Line, seq: int) -> Line:
    return {**line, "ledger": {**line["ledger"], "seq": seq}}


def of(line: Line, name: str, **fields: object) -> Line:
    return {**line, name: {**line[name], **fields}}


LATER = {"event_time": "2026-03-01T09:00:00.000Z", "event_state": "withdrawn"}
FORGED: list[Callable[[Line], Line]] = [
    lambda one: {**one, "record_id": "R-9"},
    lambda one: of(one, "house", operator="wang.wei"),
    lambda one: of(one, "pii_processing", purpose="RETAIN_TEMPLATE"),
    lambda one: of(one, "ledger", salt="A" * 43),
    lambda one: of(one, "ledger", salt="AAAA"),
    lambda one: of(one, "ledger", salt=7),
    lambda one: of(one, "ledger", evidence="kept"),
    lambda one: of(one, "ledger", evidence="key_destroyed"),
    lambda one: {"record_id": one["record_id"], "ledger": {"seq": ANSWER, "evidence": "altered"}},
    lambda one: {
        "record_id": one["record_id"],
        "ledger": {"seq": ANSWER, "evidence": "key_destroyed", "name": "张小明"},
    },
    lambda one: of(one, "ledger", principal={"name": "张小明", "document_number": ""}),
    lambda one: of(one, "ledger", principal={"name": "张*", "document_number": "E12345678"}),
    lambda one: of(one, "ledger", principal="张小明"),
    lambda one: {**one, "events": []},
    lambda one: {**one, "events": {}},
    lambda one: {**one, "events": [{**one["events"][0], "event_state": "refused"}]},
    lambda one: {**one, "events": [*one["events"], {**LATER, "entity_id": "b" * 32}]},
    lambda one: {**one, "events": [*one["events"], {**LATER, **entity(one)}]},
    lambda one: {**one, "events": [*one["events"], None]},
    lambda one: {**one, "note": "added"},
    lambda one: {key: value for key, value in one.items() if key != "house"},
    lambda one: {**one, "house": {**one["house"], "ledger": one["ledger"]}},
]


def entity(line: Line) -> Line:
    return {"entity_id": line["events"][0]["entity_id"]}


@pytest.mark.parametrize("forge", FORGED, ids=range(len(FORGED)))
def test_a_record_that_is_not_what_its_entry_commits_to_is_named(
    forge: Callable[[Line], Line], clean: Path, bundle: Path
) -> None:
    first, second = records(clean)
    bad_ones, detail = told_of(bundle, [forge(first), second])
    assert bad_ones == {"consents"} and f"entry {ANSWER}: " in detail, detail


def test_a_later_event_stands_where_an_entry_says_so(clean: Path, bundle: Path) -> None:
    first, second = records(clean)
    erased = json.loads(SMALL.bodies[3])["time"]
    end = {**LATER, **entity(first), "event_state": "terminated", "event_time": erased}
    assert told_of(bundle, [{**first, "events": [*first["events"], end]}, second])[0] == set()


@pytest.mark.parametrize(
    "junk",
    [
        b"{}\n",
        b"\xff\xfe\n",
        b"null\n",
        b"[" * 100_000,
        b'{"ledger":{"seq":1e9}}\n',
        b'{"ledger":{"seq":2,"seq":2}}\n',
        b'{"ledger":{"seq":2}}\n' * 300,
        b'{"ledger":[{"seq":2}]}\n',
        b"\n" * 300,
        b"x" * 700_000,
    ],
    ids=range(10),
)
def test_junk_among_consent_records_is_found_and_hurts_nothing(
    junk: bytes, clean: Path, bundle: Path
) -> None:
    data = (clean / "consents.jsonl").read_bytes()
    for content in (junk + data, data + junk):
        assert told_of(bundle, content)[0] == {"consents"}
    (bundle / "consents.jsonl").unlink()
    (bundle / "consents.jsonl").symlink_to(clean / "consents.jsonl")
    assert {"consents", "files"} <= bad(bundle)


def test_a_key_that_was_destroyed_is_the_station_s_word_and_counted(
    clean: Path, bundle: Path
) -> None:
    first, second = records(clean)
    ledger = {"seq": ANSWER, "evidence": "key_destroyed"}
    closed = {"record_id": first["record_id"], "ledger": ledger}
    assert told_of(bundle, [closed, second])[0] == set()
    told = PROGRAM.verify(bundle, None, None).document()
    (note,) = [check["detail"] for check in told["checks"] if check["name"] == "consents"]
    assert note.startswith("1 ") and "1 more without a key" in note
