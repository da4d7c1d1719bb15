"""A restricted resident stays on record and is not compared, whatever happens beside (X-11)."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from stores_kit import Desk, document, resident

from station.errors import ErrorCode, StorageError
from storage.attempts import AttemptPolicy


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = Desk(tmp_path)
    yield opened
    opened.stores.close()


def refusal(desk: Desk) -> ErrorCode | None:
    try:
        desk.residents.reference(document("E1"))
    except StorageError as error:
        return error.code
    return None


def test_a_restricted_resident_is_kept_found_and_not_compared(desk: Desk) -> None:
    number = desk.enrol("E1")
    desk.register.restrict(resident(number), restricted=True)
    assert refusal(desk) is ErrorCode.RESIDENT_RESTRICTED
    assert desk.residents.is_enrolled(document("E1")) and desk.register.count() == 1
    shown = desk.register.resident_of(document("E1"))
    assert shown.restricted and not shown.locked
    desk.register.restrict(document("E1"), restricted=False)
    assert refusal(desk) is None
    assert not desk.register.resident_of(document("E1")).restricted


def test_neither_attempts_nor_a_restart_lift_a_restriction(desk: Desk) -> None:
    desk.enrol("E1")
    desk.register.restrict(document("E1"), restricted=True)
    for matched in (True, False):
        for _ in range(AttemptPolicy().failures + 1):
            desk.residents.attempted(document("E1"), matched=matched)
    assert refusal(desk) is ErrorCode.RESIDENT_RESTRICTED
    again = desk.again()
    try:
        assert refusal(again) is ErrorCode.RESIDENT_RESTRICTED
    finally:
        again.stores.close()


def test_lifting_ends_a_lock_out_too(desk: Desk) -> None:
    desk.enrol("E1")
    for _ in range(AttemptPolicy().failures):
        desk.residents.attempted(document("E1"), matched=False)
    assert refusal(desk) is ErrorCode.RESIDENT_LOCKED
    assert desk.register.resident_of(document("E1")).locked
    desk.register.restrict(document("E1"), restricted=False)
    assert refusal(desk) is None


def test_the_ledger_says_so_without_naming_anybody(desk: Desk) -> None:
    number = desk.enrol("E1")
    for restricted in (True, False):
        desk.register.restrict(resident(number), restricted=restricted)
    entries = [json.loads(entry.body) for entry in desk.stores.ledger.entries()][-2:]
    assert [entry["kind"] for entry in entries] == ["RESTRICT"] * 2
    assert [entry["payload"]["restricted"] for entry in entries] == [True, False]
    assert all(set(entry["payload"]) == {"commitment", "restricted"} for entry in entries)
    assert number not in json.dumps(entries)


def test_nobody_unknown_can_be_restricted(desk: Desk) -> None:
    with pytest.raises(StorageError) as caught:
        desk.register.restrict(resident("1234567890"), restricted=True)
    assert caught.value.code is ErrorCode.RESIDENT_UNKNOWN
