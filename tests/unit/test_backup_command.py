"""`backup create`, `verify`, `restore`, with both officers at the screen."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import click
import pytest
import stores_kit
from click.testing import CliRunner, Result
from test_officers_command import codes_on

import storage.keys
from consent.entry import parse_entry
from consent.kinds import Kind
from station.access import Act, Role
from station.booth import sandbox
from station.build import Paths
from station.cli.backup import backup
from station.cli.keys import keys
from station.cli.progress import progress_bar
from station.cli.settled import SettledStation, settled_station
from station.errors import AccessError, ErrorCode, StorageError
from station.instance_lock import InstanceLock
from storage import desk_request
from storage.backup_request import BACKUP, backup_orders, backups_of
from storage.clock import HighWaterClock
from storage.desk_request import DeskRequests
from storage.keyring_file import TpmSlot, read_keyring, write_keyring
from storage.tpm import SealedSecret
from storage.visit_records import SealedVisitRecords
from tests.duty import Duty, on_disk
from tests.staff_kit import unguarded

PASSPHRASE = stores_kit.PASSPHRASE.reveal().decode()


class Booth:
    """A station with officers, and what will be typed at it."""

    def __init__(self, folder: Path, answers: list[str]) -> None:
        self.folder = folder
        self.data = folder / "home" / "data"
        self.officers = folder / "officers.json"
        self.answers = answers
        self.codes: list[str] = []
        self.duty: Duty

    @contextmanager
    def opened(self) -> Iterator[SettledStation]:
        self.answers[:] = [PASSPHRASE]
        with settled_station() as desk:
            yield desk

    def staffed(self, *arguments: str, typed: list[str]) -> Result:
        """With a system administrator signed in."""
        return self.run(*arguments, *self.duty.signs_in(Role.SYSTEM_ADMIN), typed=typed)

    def in_pairs(self, *arguments: str) -> Result:
        """A restore that two people agree on, with the officers' codes typed each time."""

        def run(*more: str) -> Result:
            return self.run(*more, typed=self.codes)

        why = (*arguments, "--reason", "the disk failed")
        asks, agrees = Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN
        return self.duty.in_pairs(run, *why, asks=asks, agrees=agrees)

    def run(self, *arguments: str, typed: list[str]) -> Result:
        self.answers[:] = typed
        result = CliRunner().invoke(backup, [*arguments, "--lang", "en"])
        assert self.answers == [] or result.exit_code != 0
        return result

    def keep(self) -> None:
        """Keep one visitor's identity, as a visit does."""
        self.answers[:] = [PASSPHRASE]
        with settled_station() as desk:
            clock = HighWaterClock(desk.stores.ledger)
            records = SealedVisitRecords(desk.stores, desk.ledger, clock, timedelta(hours=24))
            expiry = clock.observe().effective + timedelta(hours=1)
            visit = stores_kit.VisitId("ab" * 16)
            records.keep_identity(visit, stores_kit.PERSON, expiry.isoformat())

    def kept(self) -> tuple[int, list[Kind]]:
        self.answers[:] = [PASSPHRASE]
        with settled_station() as desk:
            entries = [parse_entry(stored.body) for stored in desk.stores.ledger.entries()]
            return desk.stores.identity.count(), [entry.kind for entry in entries]


@pytest.fixture
def booth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Booth:
    monkeypatch.setenv("STATION_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.setattr(sandbox, "harden_desk", lambda: None)
    monkeypatch.setattr(os, "isatty", lambda _: True)
    monkeypatch.setattr(storage.keys, "_T", 1)
    monkeypatch.setattr(storage.keys, "_M_KIB", 8 * 1024)
    answers: list[str] = []
    monkeypatch.setattr(click, "prompt", lambda *_, **__: answers.pop(0))
    booth = Booth(tmp_path, answers)
    answers += [PASSPHRASE]
    assert CliRunner().invoke(keys, ["create", "--lang", "en"]).exit_code == 0
    booth.duty = on_disk(monkeypatch, booth.opened)
    return booth


def with_officers(booth: Booth) -> None:
    def run(*arguments: str) -> Result:
        booth.answers[:] = [PASSPHRASE]
        return CliRunner().invoke(keys, [*arguments, "--lang", "en"])

    command = ["officers", "--to", str(booth.officers)]
    asks, agrees = Role.SECURITY_ADMIN, Role.SYSTEM_ADMIN
    result = booth.duty.in_pairs(run, *command, asks=asks, agrees=agrees)
    assert result.exit_code == 0, result.output
    first, second = codes_on(result.stderr)
    booth.codes = [*first, *second]


def with_chip(booth: Booth) -> None:
    """A slot as `keys tpm seal` leaves it; no chip is asked here."""
    path = booth.data / "keyring.json"
    sealed = SealedSecret((7,), bytes(64), b"public", b"private", 0)
    write_keyring(path, replace(read_keyring(path), tpm=TpmSlot(sealed, bytes(60))))


def test_a_backup_made_verified_and_restored(booth: Booth) -> None:
    with_officers(booth)
    booth.keep()
    with_chip(booth)
    target = str(booth.folder / "b")
    made = booth.staffed("create", "--to", target, "--json", typed=[PASSPHRASE])
    assert made.exit_code == 0, made.output
    document = json.loads(made.stdout)
    assert document["stores"] == ["identity", "ledger", "template", "portrait", "office"]
    assert document["expires"] is None
    whole = booth.staffed("verify", target, "--json", typed=[PASSPHRASE])
    assert json.loads(whole.stdout)["files"] is None
    opened = ["verify", target, "--officers", str(booth.officers)]
    shown = booth.run(*opened, typed=booth.codes)
    assert "every file verified: identity, ledger, template, portrait" in shown.stdout
    (booth.data / "stores" / "identity" / "identity.db").write_bytes(b"\x00" * 4096)
    command = ["restore", target, "--officers", str(booth.officers), "--yes", "--json"]
    result = booth.run(*command, typed=booth.codes)
    assert result.exit_code == 0, result.output
    assert "nobody can sign in" in result.stderr
    assert json.loads(result.stdout)["rows"]["identity"] == 1
    # The ledger stayed, and with it the count the chip goes by.
    assert json.loads(result.stdout)["tpm_seal_needed"] is False
    rows, kinds = booth.kept()
    assert rows == 1
    acts = [kind for kind in kinds if kind in (Kind.KEEP_IDENTITY, Kind.BACKUP, Kind.RESTORE)]
    assert acts[-4:] == [Kind.KEEP_IDENTITY, Kind.BACKUP, Kind.RESTORE, Kind.RESTORE]


def test_an_empty_machine_gets_keyring_and_stores_from_a_backup_with_keys(
    booth: Booth, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_officers(booth)
    booth.keep()
    with_chip(booth)
    target = str(booth.folder / "b")
    made = booth.staffed("create", "--to", target, "--with-keys", typed=[PASSPHRASE])
    assert made.exit_code == 0 and "refused after that" in made.stdout, made.output
    monkeypatch.setenv("STATION_HOME", str(booth.folder / "new"))
    booth.data = booth.folder / "new" / "data"
    command = ["restore", target, "--officers", str(booth.officers), "--yes"]
    result = booth.run(*command, typed=booth.codes)
    assert result.exit_code == 0, result.output
    assert "ledger was lost" in result.stderr and "key store was lost" in result.stderr
    assert "keys tpm seal" in result.stderr
    assert booth.kept()[0] == 1


def test_nothing_is_replaced_without_a_yes(booth: Booth, monkeypatch: pytest.MonkeyPatch) -> None:
    with_officers(booth)
    booth.keep()
    target = str(booth.folder / "b")
    assert booth.staffed("create", "--to", target, typed=[PASSPHRASE]).exit_code == 0
    booth.keep()
    asked: list[str] = []

    def refuse(question: str, **_: object) -> None:
        asked.append(question)
        raise click.Abort

    monkeypatch.setattr(click, "confirm", refuse)
    command = ["restore", target, "--officers", str(booth.officers)]
    result = booth.in_pairs(*command)
    assert result.exit_code == 1 and "replaces all stores" in asked[0] and len(asked) == 1
    rows, kinds = booth.kept()
    assert rows == 2 and Kind.RESTORE not in kinds
    stranger = [*booth.codes, "no.one", "no password", "000000"]
    alone = booth.run(*command, "--yes", "--request", "0" * 32, typed=stranger)
    assert isinstance(alone.exception, AccessError)
    assert alone.exception.code is ErrorCode.SIGN_IN_FAILED
    refused = [*command, "--yes", *booth.duty.signs_in(Role.SECURITY_ADMIN)]
    denied = booth.run(*refused, typed=booth.codes)
    assert isinstance(denied.exception, AccessError)
    assert denied.exception.code is ErrorCode.ACCESS_DENIED
    done = booth.in_pairs(*command, "--yes")
    assert done.exit_code == 0, done.output
    assert booth.kept()[0] == 1


def test_without_officers_it_says_what_to_do(booth: Booth) -> None:
    result = booth.staffed("create", "--to", str(booth.folder / "b"), typed=[PASSPHRASE])
    assert result.exit_code == 1 and "keys officers --to" in result.output
    assert not (booth.folder / "b").exists()


def test_the_bar_starts_anew_with_every_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with progress_bar() as told:
        for done in (0, 50, 100, 0, 30, 100):
            told(done, 100)


def test_a_code_of_another_issue_is_refused(booth: Booth) -> None:
    with_officers(booth)
    target = str(booth.folder / "b")
    assert booth.staffed("create", "--to", target, typed=[PASSPHRASE]).exit_code == 0
    former = booth.codes
    booth.officers = booth.folder / "newer.json"
    with_officers(booth)
    mixed = [*former[:4], *booth.codes[4:]]
    result = booth.run("verify", target, "--officers", str(booth.officers), typed=mixed)
    assert isinstance(result.exception, StorageError)
    assert result.exception.code is ErrorCode.OFFICER_KEY_WRONG
    # The new key file with its own codes does not open what was sealed before.
    sealed_before = ["verify", target, "--officers", str(booth.officers)]
    result = booth.run(*sealed_before, typed=booth.codes)
    assert isinstance(result.exception, StorageError)
    assert result.exception.code is ErrorCode.OFFICER_KEY_WRONG


def test_beside_a_running_kiosk_the_station_makes_the_backup(
    booth: Booth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kiosk holds its folder and answers from a thread; no passphrase is asked for."""
    with_officers(booth)
    booth.keep()
    monkeypatch.setattr(desk_request, "_LOOK_EVERY_S", 0.02)
    target = booth.folder / "b"
    paths = Paths(booth.data)
    booth.answers[:] = [PASSPHRASE]
    with settled_station() as desk, InstanceLock(booth.data):
        make = backups_of(
            desk.stores,
            desk.ledger,
            desk.signer,
            officers=paths.officers,
            keyring=paths.keyring,
            term=lambda: timedelta(hours=1),
        )
        service = DeskRequests(booth.data, {BACKUP: unguarded(Act.BACKUP, backup_orders(make))})
        try:
            proof = ["li.wei", "Yk7#mirror-Otter", "123456"]
            result = booth.run("create", "--to", str(target), "--json", typed=proof)
            twice = booth.run("create", "--to", str(target), typed=proof)
        finally:
            service.stop()
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["bytes"] == target.stat().st_size
    assert isinstance(twice.exception, StorageError)
    assert twice.exception.code is ErrorCode.STORE_LOCKED
    assert booth.kept()[1][-1] is Kind.BACKUP
