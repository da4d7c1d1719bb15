"""`keys create`, `keys recover`, `keys officers`: two people, one after the other."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import click
import pytest
import stores_kit
from click.testing import CliRunner, Result

import storage.keys
from consent.entry import parse_entry
from consent.kinds import Kind
from station.access import Role
from station.booth import sandbox
from station.cli.keys import keys
from station.cli.settled import SettledStation, settled_station
from station.errors import AccessError, ErrorCode, StorageError
from station.model import Secret
from storage.hybrid import open_with, seal_to
from storage.keys import KeyRing
from storage.officer_codes import OfficerCodes, join, read_code, rows_to_show
from storage.officers import officers_public_key, open_officers_file
from storage.stores import open_ledger_rows
from tests.duty import Duty, on_disk

PASSPHRASE = stores_kit.PASSPHRASE.reveal().decode()
NEW = "a new long passphrase"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The data folder of a station that has no keys yet, with cheap key stretching."""
    monkeypatch.setenv("STATION_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.setattr(sandbox, "harden_desk", lambda: None)
    monkeypatch.setattr(os, "isatty", lambda _: True)
    monkeypatch.setattr(storage.keys, "_T", 1)
    monkeypatch.setattr(storage.keys, "_M_KIB", 8 * 1024)
    folder = tmp_path / "home" / "data"
    folder.mkdir(parents=True)
    yield folder


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What will be typed next; each question must find an answer."""
    answers: list[str] = []

    def prompt(_question: str, **options: object) -> str:
        assert options["hide_input"] is True
        return answers.pop(0)

    monkeypatch.setattr(click, "prompt", prompt)
    return answers


def run(*arguments: str) -> Result:
    return CliRunner().invoke(keys, [*arguments, "--lang", "en"])


def on_duty(typed: list[str], monkeypatch: pytest.MonkeyPatch) -> Duty:
    """Accounts in the station of `data`; whenever it is opened, the passphrase is typed."""

    def opened() -> AbstractContextManager[SettledStation]:
        typed.append(PASSPHRASE)
        return settled_station()

    return on_disk(monkeypatch, opened)


def with_passphrase(typed: list[str]) -> Callable[..., Result]:
    """`run`, with the passphrase typed at it."""

    def typing(*arguments: str) -> Result:
        typed.append(PASSPHRASE)
        return run(*arguments)

    return typing


def codes_on(paper: str) -> tuple[list[str], list[str]]:
    """The rows of both codes from what the screen showed."""
    rows = [line.strip() for line in paper.splitlines() if line.startswith("    ")]
    assert len(rows) == 8
    return rows[:4], rows[4:]


def new_station(data: Path, typed: list[str]) -> tuple[list[str], list[str]]:
    typed += [PASSPHRASE]
    result = run("create")
    assert result.exit_code == 0, result.output
    assert typed == [] and (data / "keyring.json").exists()
    return codes_on(result.stderr)


def test_both_codes_shown_at_creation_bring_a_new_passphrase(data: Path, typed: list[str]) -> None:
    first, second = new_station(data, typed)
    typed += [*first, *second, NEW]
    result = run("recover")
    assert result.exit_code == 0, result.output
    assert KeyRing.open(data / "keyring.json", Secret(NEW.encode()))


def test_a_slip_asks_for_that_row_again(data: Path, typed: list[str]) -> None:
    first, second = new_station(data, typed)
    wrong = first[2][:-1] + ("A" if first[2][-1] != "A" else "B")
    typed += [first[0], first[1], wrong, first[2].lower(), first[3], *second]
    before = (data / "keyring.json").read_bytes()
    result = run("recover", "--check")
    assert result.exit_code == 0, result.output
    assert "Row 3 has a slip" in result.stderr and "nothing was changed" in result.stderr
    assert (data / "keyring.json").read_bytes() == before


def test_one_code_twice_or_of_another_station_changes_nothing(data: Path, typed: list[str]) -> None:
    first, _ = new_station(data, typed)
    before = (data / "keyring.json").read_bytes()
    other = storage.keys.new_codes()
    foreign = [*rows_to_show(other.first), *rows_to_show(other.second)]
    for rows in ([*first, *first], foreign):
        typed[:] = rows
        result = run("recover")
        assert result.exit_code != 0 and typed == []
        assert "KEY-03" in str(result.exception)
    assert (data / "keyring.json").read_bytes() == before


def test_endless_slips_end(data: Path, typed: list[str]) -> None:
    new_station(data, typed)
    typed += ["AAAA"] * 9
    result = run("recover")
    assert "KEY-05" in str(result.exception) and len(typed) == 4


def test_the_ceremony_gives_codes_key_file_and_a_ledger_entry(
    data: Path, typed: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_first, old_second = new_station(data, typed)
    duty = on_duty(typed, monkeypatch)
    target = tmp_path / "stick.json"
    result = duty.in_pairs(
        with_passphrase(typed),
        *("officers", "--to", str(target)),
        asks=Role.SECURITY_ADMIN,
        agrees=Role.SYSTEM_ADMIN,
    )
    assert result.exit_code == 0, result.output
    first, second = codes_on(result.stderr)
    secret = _joined(first, second)
    ring = KeyRing.open_with_recovery(data / "keyring.json", secret)
    opened = open_officers_file(target.read_bytes(), secret)
    public = officers_public_key(data / "officers.json", opened.station_key)
    assert open_with(opened.private_key, seal_to(public, b"portrait", b""), b"") == b"portrait"
    rows = open_ledger_rows(data / "stores", ring)
    entries = [parse_entry(stored.body) for stored in rows.entries()]
    rows.database.close()
    (changed,) = [entry for entry in entries if entry.kind is Kind.OFFICERS_CHANGED]
    assert (changed.payload["actor"], changed.payload["second"]) == ("root.sec", "root.sys")
    # The private half is nowhere in the station, and the former codes are over.
    private = opened.private_key.reveal()[:32]
    files = [path for path in data.rglob("*") if path.is_file()]
    assert not any(private in path.read_bytes() for path in files)
    assert json.loads(target.read_text())["sealed"] not in (data / "officers.json").read_text()
    typed += [*old_first, *old_second]
    assert "KEY-03" in str(run("recover", "--check").exception)


def test_a_key_file_inside_the_station_is_refused_and_changes_nothing(
    data: Path, typed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = new_station(data, typed)
    duty = on_duty(typed, monkeypatch)
    result = duty.in_pairs(
        with_passphrase(typed),
        *("officers", "--to", str(data / "officers-private.json")),
        asks=Role.SECURITY_ADMIN,
        agrees=Role.SYSTEM_ADMIN,
    )
    assert "KEY-03" in str(result.exception)
    assert not (data / "officers-private.json").exists() and not (data / "officers.json").exists()
    typed += [*first, *second]
    assert run("recover", "--check").exit_code == 0


def _joined(first: list[str], second: list[str]) -> Secret:
    return join(*(read_code(Secret("".join(rows).encode())) for rows in (first, second)))


def test_shown_codes_are_wiped() -> None:
    from station.cli.officers import show_codes
    from station.model import Language

    codes: OfficerCodes = storage.keys.new_codes()
    show_codes(codes, Language.EN)
    assert not any(codes.first.reveal()) and not any(codes.second.reveal())


def test_another_passphrase_takes_two_people(
    data: Path, typed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    new_station(data, typed)
    duty = on_duty(typed, monkeypatch)

    def change(*arguments: str) -> Result:
        # The new one is asked for last, and only once somebody else has agreed.
        typed[:] = [PASSPHRASE, *([NEW] if "--request" in arguments else [])]
        return run(*arguments)

    typed[:] = [PASSPHRASE]
    refused = run("change-passphrase", *duty.signs_in(Role.SYSTEM_ADMIN))
    assert isinstance(refused.exception, AccessError), refused.output
    pair = {"asks": Role.SECURITY_ADMIN, "agrees": Role.SYSTEM_ADMIN}
    done = duty.in_pairs(change, "change-passphrase", **pair)
    assert done.exit_code == 0, done.output
    assert "has been changed" in done.stderr and typed == []
    assert KeyRing.open(data / "keyring.json", Secret(NEW.encode()))
    with pytest.raises(StorageError, match=ErrorCode.KEY_WRONG.value):
        KeyRing.open(data / "keyring.json", Secret(PASSPHRASE.encode()))
