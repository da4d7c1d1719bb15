"""Asking a running station for other keys, and the command that asks."""

from contextlib import nullcontext

import pytest
from click.testing import CliRunner
from stores_kit import Desk

from station.access import Act
from station.cli import rotate as rotate_command
from station.cli.keys import keys
from station.errors import ErrorCode, StorageError
from storage import desk_request
from storage.desk_request import DeskRequests
from storage.registry import STORE_NAMES
from storage.rotation_request import (
    ROTATION,
    RotationOrder,
    RotationReport,
    _wanted,
    ask_running_station,
    rotation_orders,
)
from tests.staff_kit import ANYBODY, unguarded


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(desk_request, "_LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(desk_request, "_TELL_EVERY_S", 0.0)


def test_a_running_station_exchanges_its_keys_itself(tmp_path):
    desk = Desk(tmp_path)
    desk.enrol("E10000")
    former, told = desk.keyring.store_key("identity").reveal(), []
    carry_out = unguarded(Act.KEY_ROTATE, rotation_orders(desk.stores, desk.ledger))
    service = DeskRequests(tmp_path, {ROTATION: carry_out})
    try:
        order = RotationOrder(True, ("identity",))
        report = ask_running_station(
            tmp_path, order, lambda *done: told.append(done), staff=ANYBODY, request_id=""
        )
    finally:
        service.stop()
    assert (report.rekeyed, report.rewrapped) == (["identity"], 1)
    assert desk.keyring.store_key("identity").reveal() != former
    assert desk.ledger.open_intents() == ()
    assert list((tmp_path / desk_request.FOLDER).iterdir()) == []
    desk.stores.close()


def test_nobody_answering_is_told(tmp_path):
    with pytest.raises(StorageError) as raised:
        ask_running_station(
            tmp_path, RotationOrder(True), lambda *_: None, staff=ANYBODY, request_id=""
        )
    assert raised.value.code is ErrorCode.STORE_LOCKED


@pytest.mark.parametrize(
    "change",
    [
        {"records": "yes"},
        {"stores": "identity"},
        {"stores": ["identity", "../keys"]},
        {"stores": [1]},
        {"stores": ["identity"] * 7},
    ],
)
def test_nonsense_is_no_order(change):
    whole = {"records": True, "stores": ["identity", "identity"]}
    assert _wanted(whole) == RotationOrder(True, ("identity",))
    with pytest.raises(StorageError):
        _wanted(whole | change)


def test_the_command_says_what_it_exchanged(tmp_path, monkeypatch):
    orders = []

    def carried_out(_desk, order, staff, request_id):
        assert (staff.user, request_id) == ("li.wei", "ab")
        orders.append(order)
        return RotationReport(3, list(order.stores))

    class Paths:
        home = tmp_path
        keyring = tmp_path / "keyring.json"

    Paths.keyring.touch()
    monkeypatch.setattr(rotate_command, "station_paths", lambda: (Paths, None))
    monkeypatch.setattr(rotate_command, "_carried_out", carried_out)
    monkeypatch.setattr(rotate_command, "desk_or_kiosk", lambda _: nullcontext())
    run, agreed = CliRunner().invoke, ("--as", "li.wei", "--request", "ab")
    assert run(keys, ["rotate"]).exit_code == 2
    assert run(keys, ["rotate", "--store", "elsewhere"]).exit_code == 2
    found = run(keys, ["rotate", "--all", "--json", "--lang", "en", *agreed])
    assert found.exit_code == 0, found.output
    assert '"rewrapped": 3' in found.output and "Make a new backup" in found.output
    assert run(keys, ["rotate", "--store", "keys", "--lang", "zh_CN", *agreed]).exit_code == 0
    assert [order.records for order in orders] == [True, False]
    assert set(orders[0].stores) == set(STORE_NAMES) and orders[1].stores == ("keys",)
