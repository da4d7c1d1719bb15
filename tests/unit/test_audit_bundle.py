"""The exporter against the auditor's own program, which shares no code with it."""

import csv
import json
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from consent.bundle import BundleOrder, Unmasked
from consent.bundle_files import BundleFolder
from consent.bundle_text import safe_cell
from consent.digest import from_text, sm3, to_text
from consent.iso27560 import Principal, body_of, commitment_of, masked_name, masked_number
from consent.kinds import Kind
from consent.ledger_port import StoredEntry, StoredHead
from consent.merkle import LeafHashes, consistency_proof, leaf_hash, pruned_nodes, tree_root
from consent.record import Evidence
from consent.search import Selection, references_of
from station.access import Act
from station.audit_desk import AuditDesk, ExportOrder
from station.errors import ErrorCode, LedgerError, StationBug, StorageError
from tests.unit.audit_kit import (
    ANNA,
    BORIS,
    DIGITS,
    Town,
    evidence,
    no_summary,
    permit,
    town,
    verified,
)

MADE_AT = "2026-04-01T00:00:00.000Z"


@pytest.fixture(scope="module")
def ours() -> Town:
    return town()


def manifest(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "bundle.json").read_bytes())
    return found


def lines(folder: Path, name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / name).read_text("utf-8").splitlines()]


def kept_head(folder: Path, head: StoredHead) -> Path:
    path = folder / "kept.json"
    document = {"size": head.size, "body": head.body.decode(), "signature": head.signature.hex()}
    path.write_text(json.dumps(document), "utf-8")
    return path


def selections(made: Town) -> Iterator[tuple[str, Selection]]:
    times = [row.time for row in made.rows]
    yield "all", Selection()
    yield "kinds", Selection(kinds=(Kind.PAD_REJECT, Kind.VISIT_OUTCOME))
    yield "actor", Selection(actors=("li.na",))
    yield "person", Selection(person=references_of(made.store, ANNA))
    yield "text", Selection(text="关机")
    yield "middle", Selection(start=times[10], end=times[20])
    yield "start", Selection(end=times[5])
    yield "end", Selection(start=times[-2])
    yield "nothing", Selection(start=times[10], end=times[10])
    yield "beyond", Selection(start="2030-01-01T00:00:00.000Z")
    yield "both", Selection(start=times[10], end=times[30], kinds=(Kind.PURGE,))


CASES = dict(selections(town()))


@pytest.mark.parametrize("case", ["all", "kinds", "person", "middle", "both"])
def test_the_auditors_program_accepts_it_and_its_own_head(
    ours: Town, tmp_path: Path, case: str
) -> None:
    kept = ours.store.head_rows[16]
    wanted = CASES[case] if case != "person" else Selection(person=references_of(ours.store, ANNA))
    order = BundleOrder(wanted, MADE_AT, kept)
    ours.bundle(tmp_path / "out", order)
    code, report = verified(tmp_path / "out", "--last-head", str(kept_head(tmp_path, kept)))
    assert (code, report["ok"], report["first_bad"]) == (0, True, None), report


@pytest.mark.parametrize("case", list(CASES))
def test_what_is_shown_is_what_matches_and_the_neighbours_of_a_span(
    ours: Town, tmp_path: Path, case: str
) -> None:
    wanted = CASES[case] if case != "person" else Selection(person=references_of(ours.store, ANNA))
    written = ours.bundle(tmp_path / "out", wanted)
    shown = [line["seq"] for line in lines(tmp_path / "out", "entries.jsonl")]
    matching = [row.seq for row in ours.rows if wanted.matches(row)]
    beside = {written.first, written.last - 1} if wanted.is_timed else set()
    assert shown == sorted({*matching, *(one for one in beside if one in shown)})
    assert set(matching) <= set(shown)
    for seq in set(shown) - set(matching):
        time = ours.rows[seq].time
        assert not (wanted.start <= time and (not wanted.end or time < wanted.end))
    document = manifest(tmp_path / "out")
    assert document["shown"] == written.shown == len(shown)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert ("signatures.bin" in names) == (case == "all")
    assert ("leaves.bin" in names) == (written.shown < written.last - written.first)
    # From the range alone, without the store: the root that was signed.
    leaves = [leaf_hash(stored.body) for stored in ours.store.rows]
    assert document["pruned"] == [
        f"sm3:{node.hex()}" for node in pruned_nodes(leaves, written.first, written.last)
    ]
    assert written.root_stands


def test_bodies_are_the_exact_text_and_files_have_their_digests(ours: Town, tmp_path: Path) -> None:
    ours.bundle(tmp_path / "out")
    bodies = [str(line["body"]).encode() for line in lines(tmp_path / "out", "entries.jsonl")]
    assert bodies == [stored.body for stored in ours.store.rows]
    listed = manifest(tmp_path / "out")["files"]
    assert isinstance(listed, list)
    for file in listed:
        data = (tmp_path / "out" / file["name"]).read_bytes()
        assert (file["bytes"], file["sm3"]) == (len(data), f"sm3:{sm3(data).hex()}")
    on_disk = {path.name for path in (tmp_path / "out").iterdir()}
    assert on_disk - {file["name"] for file in listed} == {"bundle.json", "bundle.sig"}


def test_folder_and_files_are_private(ours: Town, tmp_path: Path) -> None:
    ours.bundle(tmp_path / "out")
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700
    for path in (tmp_path / "out").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name


def test_nothing_is_ever_overwritten(ours: Town, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("kept")
    with pytest.raises(LedgerError) as refused:
        ours.bundle(tmp_path / "out")
    assert refused.value.code is ErrorCode.EXPORT_FAILED
    assert (tmp_path / "out" / "mine").read_text() == "kept"
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LedgerError):
        ours.bundle(tmp_path / "link")
    assert not (tmp_path / "elsewhere").exists()


def test_a_fault_on_the_way_leaves_nothing(ours: Town, tmp_path: Path) -> None:
    broken = replace(ours, consents=replace(ours.consents, kept={}))
    with pytest.raises(KeyError):
        broken.bundle(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_full_disk_is_a_typed_error_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as full, BundleFolder(tmp_path / "out") as folder:
        folder.add("entries.jsonl", b"x")
        raise OSError(28, "no space")
    assert full.value.code is ErrorCode.DISK_FULL
    assert not (tmp_path / "out").exists()


def test_a_cut_short_export_has_no_manifest(ours: Town, tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:

        def cut(_path: Path, _summary: object) -> None:
            os._exit(9)

        from consent.bundle import write_bundle

        write_bundle(
            tmp_path / "out",
            ours.source,
            BundleOrder(Selection(), MADE_AT),
            verifier=b"",
            summarise=cut,
        )
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert "entries.jsonl" in names
    assert not names & {"bundle.json", "bundle.sig"}


def test_a_ledger_without_a_head_or_under_another_key_is_not_exported(tmp_path: Path) -> None:
    made = town()
    made.store.head_rows[-1] = replace(made.store.head_rows[-1], body=b"{}")
    with pytest.raises(LedgerError) as broken:
        made.bundle(tmp_path / "out")
    assert broken.value.code is ErrorCode.LEDGER_BROKEN
    made.store.head_rows.clear()
    with pytest.raises(LedgerError):
        made.bundle(tmp_path / "out")


def _edited(rows: list[StoredEntry]) -> None:
    rows[12] = StoredEntry(12, rows[12].body.replace(b"2026", b"2025"))


def _deleted(rows: list[StoredEntry]) -> None:
    del rows[12]


def _swapped(rows: list[StoredEntry]) -> None:
    rows[12], rows[13] = StoredEntry(12, rows[13].body), StoredEntry(13, rows[12].body)


def _truncated(rows: list[StoredEntry]) -> None:
    del rows[12:]


@pytest.mark.parametrize("tamper", [_edited, _deleted, _swapped, _truncated])
def test_a_ledger_tampered_with_is_exported_as_it_is_and_named_by_the_program(
    tmp_path: Path, tamper: Callable[[list[StoredEntry]], None]
) -> None:
    made = town()
    tamper(made.store.rows)
    written = made.bundle(tmp_path / "out")
    assert not written.root_stands
    code, report = verified(tmp_path / "out")
    assert (code, report["ok"], report["first_bad"]) == (1, False, 12), report


def test_the_table_is_safe_to_open(ours: Town, tmp_path: Path) -> None:
    ours.bundle(tmp_path / "out")
    raw = (tmp_path / "out" / "entries.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    table = list(csv.DictReader(raw.decode("utf-8-sig").splitlines()))
    assert [int(row["seq"]) for row in table] == list(range(len(ours.store.rows)))
    assert table[-1]["actor"] == "'=HYPERLINK(1)"
    assert table[-1]["reason"] == "'@关机"
    steering = [c for row in table for c in row.values() if c[:1] in tuple("=+-@\t\r") and c]
    assert not steering
    for cell in ("=1", "+1", "-1", "@a", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠a"):
        assert safe_cell(cell) == f"'{cell}"
    assert safe_cell("2026") == "2026"


def test_consent_records_hold_against_their_entries(ours: Town, tmp_path: Path) -> None:
    ours.bundle(tmp_path / "out")
    found = lines(tmp_path / "out", "consents.jsonl")
    assert len(found) == 6
    for line in found:
        ledger = line["ledger"]
        assert isinstance(ledger, dict)
        row = ours.rows[ledger["seq"]]
        assert ledger["evidence"] == "opened"
        salt = from_text(str(ledger["salt"]))
        assert to_text(commitment_of(line, salt)) == row.said("commitment")  # type: ignore[arg-type]
        assert body_of(line) == evidence(str(line["record_id"])).body  # type: ignore[arg-type]
    by_id = {line["record_id"]: line["events"] for line in found}
    states = {name: [event["event_state"] for event in by_id[name]] for name in by_id}  # type: ignore[attr-defined]
    assert states["R-anna-0"] == ["given", "withdrawn"]
    assert states["R-boris-0"] == ["given"]


def test_evidence_that_is_gone_or_altered_is_said_to_be() -> None:
    made = town()
    first, second, *_ = made.consents.kept
    made.consents.kept[first] = None
    made.consents.kept[second] = Evidence(bytes(32), evidence("another").body)
    from consent.iso27560 import ConsentRecords

    records = ConsentRecords(made.consents, masked=True)
    for row in made.rows:
        records.take(row)
    found = [json.loads(line) for line in records.lines(made.store)]
    assert [line["ledger"]["evidence"] for line in found[:3]] == [
        "key_destroyed",
        "altered",
        "opened",
    ]
    assert set(found[0]) == {"ledger", "record_id"}


def test_names_are_masked_unless_two_people_agreed(tmp_path: Path) -> None:
    made = town()
    made.consents.principals = (
        Principal(BORIS, "张小明", DIGITS, minor=False),
        Principal(ANNA, "李小红", "310" + "2" * 11 + "1234"),
    )
    made.bundle(tmp_path / "masked")
    made.bundle(
        tmp_path / "clear",
        BundleOrder(Selection(), MADE_AT, unmasked=Unmasked("li.na", "chen", "case 7")),
    )
    masked = (tmp_path / "masked" / "consents.jsonl").read_text("utf-8")
    assert '"name":"张*"' in masked
    assert '"310***********1234"' in masked
    for path in (tmp_path / "masked").iterdir():
        assert "小明".encode() not in path.read_bytes(), path.name
        assert DIGITS.encode() not in path.read_bytes(), path.name
    assert "unmasked" not in manifest(tmp_path / "masked")
    clear = (tmp_path / "clear" / "consents.jsonl").read_text("utf-8")
    assert "张小明" in clear
    # Who is a minor, or may be one, stays masked: that takes the manager, ticket by ticket.
    assert "李小红" not in clear and '"name":"李*"' in clear and "2" * 11 not in clear
    assert manifest(tmp_path / "clear")["masked"] is False
    assert manifest(tmp_path / "clear")["unmasked"] == {
        "by": "li.na",
        "second": "chen",
        "reason": "case 7",
        "minors": "masked",
    }


@pytest.mark.parametrize(
    ("clear", "masked"), [("", ""), ("张", "张*"), ("欧阳修", "欧*"), ("Zhang San", "Z*")]
)
def test_a_masked_name_keeps_one_character(clear: str, masked: str) -> None:
    assert masked_name(clear) == masked


@pytest.mark.parametrize(
    ("clear", "masked"),
    [("X1234567", "********"), (DIGITS, "310***********1234"), ("1" * 11, "111****1111")],
)
def test_a_masked_number_keeps_its_ends_where_enough_is_covered(clear: str, masked: str) -> None:
    assert masked_number(clear) == masked


def test_the_export_is_in_the_ledger_before_its_first_byte(tmp_path: Path) -> None:
    made = town()
    order = ExportOrder(Selection(kinds=(Kind.ERASE,)))
    granted = permit(made.ledger, Act.AUDIT_EXPORT, order.about())
    desk = AuditDesk(made.ledger, made.source, no_summary, made.clock)
    (tmp_path / "out").mkdir()
    with pytest.raises(LedgerError):
        desk.export(granted, tmp_path / "out", order)
    noted = made.rows[-1]
    assert (noted.kind, noted.said("actor"), noted.said("second")) == (
        "AUDIT_EXPORT",
        "li.na",
        "chen",
    )
    assert noted.payload["masked"] is True
    assert noted.payload["selection"] == {"kinds": ["ERASE"]}
    written = desk.export(granted, tmp_path / "new", order)
    # The entry about itself is under the head it was taken at.
    assert written.tree_size == made.store.size()


def test_unmasking_is_granted_by_itself_and_recorded(tmp_path: Path) -> None:
    made = town()
    order = ExportOrder(Selection(), masked=False)
    desk = AuditDesk(made.ledger, made.source, no_summary, made.clock)
    export = permit(made.ledger, Act.AUDIT_EXPORT, order.about())
    unmask = permit(made.ledger, Act.AUDIT_UNMASK, order.about(), "court order\n12")
    with pytest.raises(StationBug):
        desk.export(export, tmp_path / "out", order)
    with pytest.raises(StationBug):
        desk.export(export, tmp_path / "out", order, unmask=export)
    assert not (tmp_path / "out").exists()
    desk.export(export, tmp_path / "out", order, unmask=unmask)
    noted = next(row for row in made.rows[::-1] if row.kind == "AUDIT_EXPORT")
    assert noted.payload["unmask"] == unmask.actor()
    assert manifest(tmp_path / "out")["unmasked"] == {
        "by": "li.na",
        "second": "chen",
        "reason": "court order 12",
        "minors": "masked",
    }
    code, report = verified(tmp_path / "out")
    assert code == 0, report


def test_a_permit_for_another_selection_exports_nothing(tmp_path: Path) -> None:
    made = town()
    granted = permit(made.ledger, Act.AUDIT_EXPORT, ExportOrder(Selection(actors=("a.b",))).about())
    desk = AuditDesk(made.ledger, made.source, no_summary, made.clock)
    with pytest.raises(StationBug):
        desk.export(granted, tmp_path / "out", ExportOrder(Selection()))
    assert not (tmp_path / "out").exists()


def test_packed_leaves_give_the_roots_and_proofs_of_a_list() -> None:
    plain = [sm3(bytes((at,))) for at in range(37)]
    packed = LeafHashes()
    for leaf in plain:
        packed.append(leaf)
    assert list(packed) == plain
    assert packed[-1] == plain[-1]
    assert list(packed[3:30][2:5]) == plain[5:8]
    assert tree_root(packed[5:21]) == tree_root(plain[5:21])
    for size in range(1, 38):
        assert consistency_proof(packed, size) == consistency_proof(plain, size)
    packed.pad(40)
    assert len(packed) == 40
    assert packed[39] == bytes(32)


@pytest.mark.parametrize(("first", "last"), [(-1, 3), (3, 3), (4, 3), (0, 38)])
def test_a_range_that_is_none_is_refused(first: int, last: int) -> None:
    with pytest.raises(ValueError, match="range"):
        pruned_nodes([bytes(32)] * 37, first, last)
