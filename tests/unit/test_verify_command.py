"""`audit verify`, on a ledger handed over by the composition root."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from consent.export import head_to_json
from consent.kinds import Kind
from station.cli import audit as command
from station.cli.ledger_source import OPEN_LEDGER, LedgerSource
from tests.ledger_fakes import FakeLedgerStore, new_ledger


def source(entries: int = 5) -> tuple[FakeLedgerStore, bytes]:
    ledger, store, signer, _ = new_ledger()
    for number in range(entries):
        ledger.record(Kind.SWEEP, {"number": number})
    return store, signer.public_key


asked_with: list[int | None] = []
"""The descriptors the commands would have read the passphrase from."""


def run(store: FakeLedgerStore, key: bytes, *arguments: str) -> Result:
    @contextmanager
    def opened(descriptor: int | None) -> Iterator[LedgerSource]:
        asked_with.append(descriptor)
        yield LedgerSource(store, key)

    @click.group()
    @click.pass_context
    def root(ctx: click.Context) -> None:
        ctx.meta[OPEN_LEDGER] = opened

    root.add_command(command.audit)
    return CliRunner().invoke(root, ["audit", *arguments])


def test_a_good_ledger_is_verified_in_both_languages_and_json() -> None:
    store, key = source()
    result = run(store, key, "verify", "--lang", "zh_CN")
    assert result.exit_code == 0 and result.stdout.splitlines()[-1] == "核验通过"
    assert run(store, key, "verify", "--lang", "en").stdout.splitlines()[-1] == "verified"
    document = json.loads(run(store, key, "verify", "--all-heads", "--json").stdout)
    assert document["verified"] and document["second_opinions"] == 5


def test_the_first_bad_entry_is_named_with_exit_code_1() -> None:
    store, key = source()
    store.rows[3] = replace(store.rows[3], body=store.rows[3].body.replace(b"3}", b"4}"))
    result = run(store, key, "verify", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["first_bad"] == {"seq": 3, "fault": "ALTERED"}


def test_the_head_of_a_bundle_serves_the_next_audit(tmp_path: Path) -> None:
    store, key = source()
    head = tmp_path / "head.json"
    head.write_bytes(head_to_json(store.head_rows[-1]) + b"\n")
    assert run(store, key, "verify", "--last-head", str(head)).exit_code == 0
    del store.rows[3:], store.head_rows[3:]
    assert run(store, key, "verify").exit_code == 0
    rolled = run(store, key, "verify", "--last-head", str(head), "--json")
    assert rolled.exit_code == 1
    assert json.loads(rolled.stdout)["first_bad"] == {"seq": 3, "fault": "ROLLED_BACK"}


def test_wrong_use_is_said(tmp_path: Path) -> None:
    store, key = source(0)
    head = tmp_path / "head.json"
    head.write_text("{}", "utf-8")
    assert run(store, key, "verify", "--last-head", str(head)).exit_code == 2
    assert CliRunner().invoke(command.audit, ["verify"]).exit_code == 1


def test_a_long_verification_shows_its_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    store, key = source(3)
    monkeypatch.setattr(command, "_BAR_FROM_HEADS", 2)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    report = command._with_bar(LedgerSource(store, key), None, 0, 3)
    assert report.ok


def test_an_audit_may_run_without_a_terminal() -> None:
    store, key = source()
    asked_with.clear()
    assert run(store, key, "verify", "--passphrase-fd", "7").exit_code == 0
    assert run(store, key, "verify").exit_code == 0
    assert asked_with == [7, None]
