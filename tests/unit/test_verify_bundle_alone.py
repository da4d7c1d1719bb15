"""The verifier as an auditor runs it: alone, on a Python that has gmssl and nothing of ours."""

import ast
import hashlib
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from consent.digest import to_text
from tests.unit import bundle_maker as maker
from tests.unit.bundle_maker import sixty
from tests.unit.verifier_alone import only_gmssl, run


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return only_gmssl(tmp_path_factory.mktemp("alone") / "packages")


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return maker.write(tmp_path_factory.mktemp("clean") / "bundle", sixty())


def told(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.stdout)
    assert set(found) >= {"ok", "checks", "first_bad"}
    return found


def test_a_good_bundle_exits_0(packages: Path, clean: Path, tmp_path: Path) -> None:
    last = tmp_path / "last.json"
    last.write_bytes(maker.head_file(sixty(), 40))
    done = run(packages, clean, "--last-head", str(last), "--key", sixty().key.hex())
    assert (done.returncode, done.stderr) == (0, "")
    assert "核验通过 / verified" in done.stdout
    done = run(packages, clean, "--json")
    assert done.returncode == 0
    assert told(done)["ok"] is True
    assert all(set(check) == {"name", "ok", "detail"} for check in told(done)["checks"])


def test_a_forged_history_exits_1_and_names_the_entry(packages: Path, tmp_path: Path) -> None:
    """All with the slow signatures of gmssl itself: chained anew, the old heads in their place."""
    rows = list(sixty().bodies)
    rows[30] = maker.changed(rows[30], {"payload": {"visit": "another"}})
    old = replace(sixty(), bodies=maker.chained(rows))
    bundle = maker.write(tmp_path / "bundle", old)
    done = run(packages, bundle, "--json")
    assert done.returncode == 1
    assert told(done)["first_bad"] == 30
    done = run(packages, bundle)
    assert "最先出错的是第 30 条 / the first bad entry is 30" in done.stdout
    assert "核验不通过 / NOT verified" in done.stdout


def test_what_is_no_bundle_exits_2(packages: Path, clean: Path, tmp_path: Path) -> None:
    bundle = Path(shutil.copytree(clean, tmp_path / "bundle"))
    (bundle / "bundle.json").unlink()
    done = run(packages, bundle, "--json")
    assert done.returncode == 2
    assert told(done)["ok"] is False


@pytest.mark.parametrize(
    "more", [["--key", "00" * 64], ["--key", "zz"], ["--last-head", "nowhere"], ["--what"]]
)
def test_wrong_use_exits_2(packages: Path, clean: Path, more: list[str]) -> None:
    done = run(packages, clean, *more)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_without_gmssl_it_says_so(clean: Path, tmp_path: Path) -> None:
    done = run(tmp_path, clean)
    assert done.returncode == 2
    assert "pip install gmssl" in done.stderr


def test_the_last_head_may_come_from_the_older_export(
    packages: Path, clean: Path, tmp_path: Path
) -> None:
    """`audit head` of earlier releases writes the signature in base64url, over several lines."""
    head = json.loads(maker.head_file(sixty(), 40))
    head["signature"] = to_text(bytes.fromhex(head["signature"]))
    (tmp_path / "last.json").write_text(json.dumps(head, indent=1), "utf-8")
    done = run(packages, clean, "--last-head", str(tmp_path / "last.json"))
    assert done.returncode == 0


def test_it_imports_the_standard_library_and_gmssl_only() -> None:
    names = {
        (node.module if isinstance(node, ast.ImportFrom) else alias.name).partition(".")[0]
        for node in ast.walk(ast.parse(maker.PROGRAM.read_text("utf-8"), feature_version=(3, 9)))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert names - sys.stdlib_module_names == {"gmssl"}


def test_without_sm3_in_openssl_it_is_slow_and_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(name: str) -> None:
        raise ValueError(name)

    with monkeypatch.context() as patch:
        patch.setattr(hashlib, "new", refuse)
        program = maker.verifier.__wrapped__()
    assert program.sm3(b"abc").hex().startswith("66c7f0f462eeedd9")
    bundle = maker.write(tmp_path / "bundle", sixty().cut(3))
    (bundle / "verify_bundle.py").write_text("pass\n")
    maker.seal(bundle, sixty().sign)
    report = program.verify(bundle, None, None).document()
    assert report["ok"]
    assert "slow" in report["checks"][0]["detail"]


def test_no_module_of_the_bundle_s_own_is_run(clean: Path, tmp_path: Path) -> None:
    bundle = Path(shutil.copytree(clean, tmp_path / "bundle"))
    for name in ("hashlib", "json", "gmssl", "argparse"):
        (bundle / f"{name}.py").write_text("raise SystemExit('mine')\n")
    done = subprocess.run(
        [sys.executable, bundle / "verify_bundle.py", bundle, "--json"],
        capture_output=True,
        timeout=60,
        check=False,
        cwd=bundle,
        env={},
    )
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert [check["name"] for check in report["checks"] if not check["ok"]] == ["files"]
