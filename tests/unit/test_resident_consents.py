"""Which notice a resident's consent names, in the real stores."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from stores_kit import Desk, document, resident

from consent.entry import parse_entry
from consent.kinds import Kind, Phase
from station.errors import ConsentError, ErrorCode, StorageError
from storage.resident_consents import ResidentConsents
from storage.resident_records import MOST_CONSENTS

NOTICE = "ab" * 32
CORRECTION = (Kind.CORRECT, Phase.INTENT)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = Desk(tmp_path)
    yield opened
    opened.stores.close()


def consents(desk: Desk) -> ResidentConsents:
    return ResidentConsents(desk.stores, desk.ledger, desk.clock)


def test_a_new_consent_takes_the_first_place_and_the_earlier_ones_stay(desk: Desk) -> None:
    number = desk.enrol("E12345678")
    kept, claim = consents(desk), document("E12345678")
    assert kept.named_notice(claim) == ""
    kept.renew(claim, ("NEW1-AAAA-BBBB", "NEW2-AAAA-BBBB"), NOTICE)
    assert kept.named_notice(resident(number)) == NOTICE
    records = kept.identity_of(claim).get("consent_records")
    assert records == "NEW1-AAAA-BBBB,NEW2-AAAA-BBBB,AAAA-BBBB-CCCC"
    desk.residents.reference(claim)
    # The ledger leads from the new records to the person, as it did from the first ones.
    entries = [parse_entry(one.body) for one in desk.stores.ledger.entries()]
    meant = [one.payload for one in entries if (one.kind, one.phase) == CORRECTION]
    assert meant[-1]["consents"] == ["NEW1-AAAA-BBBB", "NEW2-AAAA-BBBB"]
    enrolled = next(one.payload for one in entries if one.kind is Kind.ENROL)
    assert meant[-1]["commitment"] == enrolled["commitment"]
    for one in range(MOST_CONSENTS):
        kept.renew(claim, (f"N{one}",), NOTICE)
    found = kept.identity_of(claim).get("consent_records").split(",")
    assert len(found) == MOST_CONSENTS and found[0] == f"N{MOST_CONSENTS - 1}"


def test_nothing_rests_on_no_consent_and_nobody_unknown_has_one(desk: Desk) -> None:
    desk.enrol("E12345678")
    kept = consents(desk)
    with pytest.raises(ConsentError, match=ErrorCode.CONSENT_MISSING.value):
        kept.renew(document("E12345678"), (), NOTICE)
    with pytest.raises(StorageError, match=ErrorCode.RESIDENT_UNKNOWN.value):
        kept.named_notice(document("E0"))


def test_who_is_erased_takes_it_along(desk: Desk) -> None:
    desk.enrol("E12345678")
    kept, claim = consents(desk), document("E12345678")
    kept.renew(claim, ("NEW1-AAAA-BBBB",), NOTICE)
    desk.register.move_out([claim])
    with pytest.raises(StorageError, match=ErrorCode.RESIDENT_UNKNOWN.value):
        kept.named_notice(claim)
    for file in desk.folder.rglob("*"):
        assert not file.is_file() or NOTICE.encode() not in file.read_bytes()
