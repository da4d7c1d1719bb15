"""Asking a running station for other keys, and the command that asks."""

import json

import pytest
from click.testing import CliRunner
from stores_kit import Desk

from station.cli import rotate as rotate_command
from station.cli.keys import keys
from station.errors import ErrorCode, StorageError
from storage import rotation_request
from storage.registry import STORE_NAMES
from storage.rotation import KeyRotation
from storage.rotation_request import (
    RotationOrder,
    RotationReport,
    RotationService,
    _order,
    ask_running_station,
)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(rotation_request, "_LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(rotation_request, "_TELL_EVERY_S", 0.0)


def test_a_running_station_exchanges_its_keys_itself(tmp_path):
    desk = Desk(tmp_path)
    desk.enrol("E10000")
    former, told = desk.keyring.store_key("identity").reveal(), []
    service = RotationService(tmp_path, KeyRotation(desk.stores, desk.ledger))
    try:
        order = RotationOrder(True, ("identity",))
        report = ask_running_station(tmp_path, order, lambda *done: told.append(done))
    finally:
        service.stop()
    assert (report.rekeyed, report.rewrapped) == (["identity"], 1)
    assert desk.keyring.store_key("identity").reveal() != former
    assert desk.ledger.open_intents() == ()
    assert not list(tmp_path.glob("rotation.*"))
    desk.stores.close()


def test_nobody_answering_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(rotation_request, "_LONGEST_SILENCE_S", 0.1)
    with pytest.raises(StorageError) as raised:
        ask_running_station(tmp_path, RotationOrder(True), lambda *_: None)
    assert raised.value.code is ErrorCode.STORE_LOCKED


@pytest.mark.parametrize(
    "change",
    [
        {"nonce": "short"},
        {"nonce": 1},
        {"records": "yes"},
        {"stores": "identity"},
        {"stores": ["identity", "../keys"]},
        {"stores": [1]},
        {"stores": ["identity"] * 7},
    ],
)
def test_nonsense_is_no_order(change):
    whole = {"nonce": "a" * 32, "records": True, "stores": ["identity", "identity"]}
    assert _order(whole) == ("a" * 32, RotationOrder(True, ("identity",)))
    assert _order(json.loads(json.dumps(whole | change))) is None


def test_the_command_says_what_it_exchanged(tmp_path, monkeypatch):
    orders = []

    def carried_out(_home, order, progress, _descriptor):
        orders.append(order)
        progress(3, 3)
        return RotationReport(3, list(order.stores))

    class Paths:
        home = tmp_path
        keyring = tmp_path / "keyring.json"

    Paths.keyring.touch()
    monkeypatch.setattr(rotate_command, "station_paths", lambda: (Paths, None))
    monkeypatch.setattr(rotate_command, "_carried_out", carried_out)
    run = CliRunner().invoke
    assert run(keys, ["rotate"]).exit_code == 2
    assert run(keys, ["rotate", "--store", "elsewhere"]).exit_code == 2
    found = run(keys, ["rotate", "--all", "--json", "--lang", "en"])
    assert found.exit_code == 0, found.output
    assert '"rewrapped": 3' in found.output and "Make a new backup" in found.output
    assert run(keys, ["rotate", "--store", "keys", "--lang", "zh_CN"]).exit_code == 0
    assert [order.records for order in orders] == [True, False]
    assert set(orders[0].stores) == set(STORE_NAMES) and orders[1].stores == ("keys",)
