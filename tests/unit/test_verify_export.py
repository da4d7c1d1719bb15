"""An export for the auditor, and the program that verifies it without the station."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from consent import export as exporting
from consent.canonical import Json
from consent.digest import sm3, to_text
from consent.export import (
    LedgerExport,
    from_json,
    head_document,
    take_export,
    to_json,
)
from consent.kinds import Kind
from consent.signing import HeadSigner
from consent.verify import main, verify_export
from consent.verify_chain import Fault, Finding
from consent.verify_text import report_json, report_lines
from station.errors import LedgerError
from tests.ledger_fakes import FakeLedgerStore
from tests.unit.ledger_kit import (
    INTENT,
    fifty,
    flow,
)


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


def test_the_program_says_when_the_key_is_the_export_s_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export_file, head_file = write_files(tmp_path)
    key = to_text(fifty()[2].public_key)
    for more, own in (
        ((), True),
        (("--public-key", key), False),
        (("--last-head", head_file), False),
    ):
        for language, words in (("zh_CN", "公钥取自导出文件本身"), ("en", "the export's own")):
            assert main([str(export_file), *map(str, more), "--lang", language]) == 0
            assert (words in capsys.readouterr().out) is own
    assert not json.loads(report_json(verify_export(exported(), second_opinions=0)))["key_held"]


def test_a_wiped_export_is_not_verified(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wiped = LedgerExport(HeadSigner.generate().public_key, (), ())
    (tmp_path / "export.json").write_text(to_json(wiped), "utf-8")
    assert main([str(tmp_path / "export.json")]) == 1
    assert capsys.readouterr().out.endswith("NOT verified\n")


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
