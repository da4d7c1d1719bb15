"""A backup from before a correction: the person comes back as before it, and that is said."""

from pathlib import Path

import pytest
from backup_kit import back_up, restored
from stores_kit import document
from test_restore import closed, new_desk, reopened

from station.errors import ErrorCode, StorageError
from storage.subject_finder import SubjectFinder


def finder(desk):
    return SubjectFinder(desk.stores, desk.ledger, desk.clock, desk.register)


def test_a_correction_made_since_is_counted_and_can_be_made_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    desk = new_desk(home)
    for number in ("E1", "E2", "E3"):
        desk.enrol(number)
    finder(desk).correct(finder(desk).find(document("E2")).reference, {"name": "早已改"})
    back_up(desk, tmp_path / "b")
    for name in ("改一次", "改两次"):
        finder(desk).correct(finder(desk).find(document("E1")).reference, {"name": name})
    moved = finder(desk).find(document("E3")).reference
    with pytest.raises(StorageError):
        finder(desk).correct(moved, {"document_number": "E2"})
    officers = closed(desk)
    removed = restored(home, tmp_path / "b", officers).removed
    # E3's was undone at once: there is nothing to make again.
    assert (removed["corrected"], removed["lost"]) == (1, 0)
    desk = reopened(home)
    kept = {
        number: finder(desk).file(finder(desk).find(document(number)).reference).fields["name"]
        for number in ("E1", "E2", "E3")
    }
    assert kept == {"E1": "住户一号", "E2": "早已改", "E3": "住户一号"}
    finder(desk).correct(finder(desk).find(document("E1")).reference, {"name": "再改"})
    assert finder(desk).file(finder(desk).find(document("E1")).reference).fields["name"] == "再改"
    desk.residents.reference(document("E1"))
    desk.stores.close()


def test_an_older_row_without_a_correction_is_still_lost(tmp_path: Path) -> None:
    home = tmp_path / "home"
    desk = new_desk(home)
    desk.enrol("E1")
    back_up(desk, tmp_path / "b")
    row = desk.stores.identity.find(document("E1"))
    person = desk.stores.keys.person_of("identity", row)
    # The keys know of a version that no correction in the ledger explains.
    desk.stores.keys.turn(b"r" * 32, person, "identity", row)
    officers = closed(desk)
    removed = restored(home, tmp_path / "b", officers).removed
    assert (removed["lost"], removed["corrected"]) == (1, 0)
    desk = reopened(home)
    with pytest.raises(StorageError) as raised:
        desk.register.resident_of(document("E1"))
    assert raised.value.code is ErrorCode.RESIDENT_UNKNOWN
    desk.stores.close()
