"""What "no trace" means: no process of the station, no file, no cell of a store."""

import os
from pathlib import Path

import pytest

from station.model import Secret
from storage.keys import KeyRing
from storage.stores import open_stores
from tests.privacy.desk_program import PASSPHRASE
from tests.privacy.desk_under_test import PORTRAIT, DeskUnderTest
from tests.privacy.memory import descendants, file_hits, is_station, memory_hits

NEEDS = [
    pytest.mark.skipif(not PORTRAIT.exists(), reason="models not fetched: ./station.sh setup"),
    pytest.mark.skipif(os.geteuid() != 0, reason="reading a confined process's memory needs root"),
]


def station_processes(desk: DeskUnderTest) -> list[int]:
    return [pid for pid in [desk.pid, *descendants(desk.pid)] if is_station(pid)]


def assert_no_trace(desk: DeskUnderTest, marker: bytes) -> None:
    """No process of the station and no file holds the marker."""
    for pid in station_processes(desk):
        assert memory_hits(pid, marker) == 0, pid
    assert file_hits(desk.home / "demo", marker) == []


def assert_no_trace_in_stores(home: Path, marker: bytes) -> None:
    """Open every store with its keys and look into every cell."""
    keyring = KeyRing.open(home / "demo" / "keyring.json", Secret(PASSPHRASE.reveal()))
    stores = open_stores(home / "demo" / "stores", keyring)
    try:
        assert sum(found.images for found in stores.inventory()) == 0
        for database in stores.databases.values():
            for table in database.tables():
                for row in database.stream(f'SELECT * FROM "{table}"'):
                    assert not any(marker in cell for cell in row if isinstance(cell, bytes))
    finally:
        stores.close()
