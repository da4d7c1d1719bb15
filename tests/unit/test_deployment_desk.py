"""The profile: proposed by one person, in force with a second; a downgrade needs a third."""

import msgspec
import pytest

from consent.canonical import decode_object, encode
from consent.entry import parse_entry
from consent.kinds import Kind
from consent.ledger import Ledger
from station.access import Act
from station.config import ROOT
from station.demo_profile import demo_profile
from station.deployment import Answer, Profile, Words, to_json
from station.deployment_desk import DeploymentDesk
from station.errors import AccessError, ConfigError, ErrorCode, StationBug, StorageError
from station.office_book import Shelf
from station.requests import digest_of
from tests.desk_permits import granted
from tests.ledger_fakes import FakeClock, FakeLedgerStore, new_ledger
from tests.office_fakes import MemoryBook

WHOLE = demo_profile(ROOT / "resources" / "notices" / "demo_site.toml")
change = msgspec.structs.replace
CRITICAL = change(WHOLE, infrastructure=change(WHOLE.infrastructure, critical=Answer.YES))


class Bench:
    """A desk over a book in memory and a real ledger."""

    def __init__(self) -> None:
        self.ledger: Ledger
        self.store: FakeLedgerStore
        self.ledger, self.store, _, _ = new_ledger()
        self.book = MemoryBook()
        self.desk = self.opened()

    def opened(self, fallback: Profile | None = None) -> DeploymentDesk:
        return DeploymentDesk(self.book, self.ledger, FakeClock(), fallback)

    def propose(self, profile: Profile) -> str:
        return self.desk.propose(granted(self.ledger, Act.PROFILE_DRAFT), profile)

    def accept(self, profile: Profile) -> Profile:
        about = self.propose(profile)
        return self.desk.put_in_force(granted(self.ledger, Act.PROFILE_CHANGE, about))

    def entries(self, kind: Kind) -> list[dict[str, object]]:
        found = (parse_entry(row.body) for row in self.store.rows)
        return [dict(entry.payload) for entry in found if entry.kind is kind]


def in_force(bench: Bench) -> Profile | None:
    return bench.desk.current


def refused(code: ErrorCode) -> pytest.RaisesExc[AccessError]:
    return pytest.raises(AccessError, match=code.value)


def test_a_new_station_has_no_profile_and_the_demo_has_its_own() -> None:
    bench = Bench()
    assert in_force(bench) is None and bench.desk.accepted is None
    demo = bench.opened(WHOLE)
    assert demo.current is WHOLE and demo.accepted is None


def test_a_proposal_changes_nothing_before_it_is_put_in_force() -> None:
    bench = Bench()
    about = bench.propose(WHOLE)
    assert in_force(bench) is None and bench.desk.proposal() == WHOLE
    assert about == WHOLE.digest == digest_of(to_json(WHOLE))
    assert bench.entries(Kind.PROFILE_CHANGED) == []
    bench.desk.put_in_force(granted(bench.ledger, Act.PROFILE_CHANGE, about))
    assert in_force(bench) == WHOLE and bench.desk.proposal() is None
    assert bench.entries(Kind.PROFILE_CHANGED) == [
        {
            "actor": "chen",
            "second": "wang",
            "reason": "ticket 12",
            "digest": WHOLE.digest,
            "before": "",
            "number": 1,
            "mode": "ORDINARY",
        }
    ]
    assert bench.opened(Profile()).current == WHOLE, "it is there after a restart"


def test_nothing_of_the_profile_is_in_the_ledger_but_its_digest() -> None:
    bench = Bench()
    bench.accept(WHOLE)
    words = b"".join(row.body for row in bench.store.rows)
    assert WHOLE.handler.name.zh_CN.encode() not in words
    assert WHOLE.assessment.responsible.encode() not in words


def test_every_version_is_kept_with_its_assessment() -> None:
    bench = Bench()
    bench.accept(WHOLE)
    later = change(WHOLE, assessment=change(WHOLE.assessment, number="PIA-2"))
    bench.accept(later)
    bench.propose(CRITICAL)
    found = bench.desk.read(granted(bench.ledger, Act.PROFILE_READ))
    assert [(one.number, one.profile) for one in found] == [(0, CRITICAL), (2, later), (1, WHOLE)]
    assert found[1].actor == "chen" and found[1].second == "wang"
    assert bench.entries(Kind.PROFILE_CHANGED)[1]["before"] == WHOLE.digest


def test_what_was_agreed_to_is_what_comes_into_force() -> None:
    bench = Bench()
    about = bench.propose(WHOLE)
    bench.propose(CRITICAL)
    with refused(ErrorCode.REQUEST_INVALID):
        bench.desk.put_in_force(granted(bench.ledger, Act.PROFILE_CHANGE, about))
    assert in_force(bench) is None and bench.entries(Kind.PROFILE_CHANGED) == []


def test_one_request_is_good_once() -> None:
    bench = Bench()
    bench.accept(WHOLE)
    with refused(ErrorCode.REQUEST_INVALID):
        bench.desk.put_in_force(granted(bench.ledger, Act.PROFILE_CHANGE, WHOLE.digest))


def test_the_second_of_two_who_propose_is_told_and_overwrites_nothing() -> None:
    bench = Bench()
    begun, other = bench.desk.revision(), granted(bench.ledger, Act.PROFILE_DRAFT, user="zhao")
    bench.propose(WHOLE)
    with refused(ErrorCode.DRAFT_CHANGED):
        bench.desk.propose(other, CRITICAL, begun)
    assert bench.desk.proposal() == WHOLE
    bench.desk.put_in_force(granted(bench.ledger, Act.PROFILE_CHANGE, WHOLE.digest))
    with refused(ErrorCode.DRAFT_CHANGED):
        bench.desk.propose(other, CRITICAL, begun)
    assert bench.desk.proposal() is None
    bench.desk.propose(other, CRITICAL, bench.desk.revision())
    assert bench.desk.proposal() == CRITICAL


def test_an_incomplete_profile_is_not_even_proposed() -> None:
    bench = Bench()
    with pytest.raises(ConfigError, match=ErrorCode.LEGAL_BASIS_MISSING.value):
        bench.propose(change(WHOLE, bases=()))
    assert bench.desk.proposal() is None


@pytest.mark.parametrize("typed", ["310101199001011234", "a\u202eb", "\x07"])
def test_what_cannot_be_kept_is_refused(typed: str) -> None:
    bench = Bench()
    handler = change(WHOLE.handler, contact=Words(zh_CN=typed, en="x"))
    with refused(ErrorCode.TEXT_UNUSABLE):
        bench.propose(change(WHOLE, handler=handler))


def test_another_act_opens_nothing() -> None:
    bench = Bench()
    wrong = granted(bench.ledger, Act.NOTICE_DRAFT)
    for call in (
        lambda: bench.desk.propose(wrong, WHOLE),
        lambda: bench.desk.put_in_force(wrong),
        lambda: bench.desk.read(wrong),
    ):
        with pytest.raises(StationBug):
            call()


# From key infrastructure back to an ordinary site


def test_up_takes_two_people_and_down_takes_three() -> None:
    bench = Bench()
    bench.accept(CRITICAL)
    assert bench.entries(Kind.PROFILE_CHANGED)[0]["mode"] == "KEY_INFRASTRUCTURE"
    both = (Act.PROFILE_CHANGE, Act.PROFILE_DOWNGRADE)
    assert bench.desk.acts_for(WHOLE) == both
    assert bench.desk.acts_for(CRITICAL) == both[:1]
    about = bench.propose(WHOLE)
    changing = granted(bench.ledger, Act.PROFILE_CHANGE, about)
    with refused(ErrorCode.SECOND_PERSON_NEEDED):
        bench.desk.put_in_force(changing)
    same = granted(bench.ledger, Act.PROFILE_DOWNGRADE, about)
    with refused(ErrorCode.SECOND_PERSON_NEEDED):
        bench.desk.put_in_force(changing, same)
    other = granted(bench.ledger, Act.PROFILE_DOWNGRADE, CRITICAL.digest, second="zhao")
    with refused(ErrorCode.REQUEST_INVALID):
        bench.desk.put_in_force(changing, other)
    assert in_force(bench) == CRITICAL
    third = granted(bench.ledger, Act.PROFILE_DOWNGRADE, about, second="zhao", reason="no longer")
    bench.desk.put_in_force(changing, third)
    written = bench.entries(Kind.PROFILE_CHANGED)[-1]
    assert in_force(bench) == WHOLE
    assert (written["second"], written["third"], written["mode"]) == ("wang", "zhao", "ORDINARY")
    assert written["reason"] == "no longer"


def test_two_people_who_agree_to_each_other_s_are_not_three() -> None:
    bench = Bench()
    bench.accept(CRITICAL)
    about = bench.propose(WHOLE)
    changing = granted(bench.ledger, Act.PROFILE_CHANGE, about)
    swapped = granted(bench.ledger, Act.PROFILE_DOWNGRADE, about, user="wang", second="chen")
    with refused(ErrorCode.REQUEST_INVALID):
        bench.desk.put_in_force(changing, swapped)
    assert in_force(bench) == CRITICAL


# Two at once, and a book that was tampered with


def test_two_who_put_it_in_force_at_once_do_so_once() -> None:
    bench = Bench()
    other = bench.opened()
    about = bench.propose(WHOLE)
    permit = granted(bench.ledger, Act.PROFILE_CHANGE, about)
    bench.desk.put_in_force(permit)
    with refused(ErrorCode.REQUEST_INVALID):
        other.put_in_force(permit)


def test_a_full_disk_changes_nothing() -> None:
    bench = Bench()
    about = bench.propose(WHOLE)
    permit = granted(bench.ledger, Act.PROFILE_CHANGE, about)
    bench.store.fail_append = True
    with pytest.raises(StorageError):
        bench.desk.put_in_force(permit)
    assert in_force(bench) is None and bench.desk.proposal() == WHOLE


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("state", "WISHED"),
        ("state", "PROPOSED"),
        ("number", -1),
        ("number", "1"),
        ("document", {"form": 2}),
        ("at", None),
    ],
)
def test_a_sheet_out_of_form_keeps_the_station_from_opening(key: str, value: object) -> None:
    bench = Bench()
    bench.accept(WHOLE)
    sheet = next(bench.book.all(Shelf.PROFILE))
    body = decode_object(sheet.body)
    if value is None:
        del body[key]
    else:
        body[key] = value  # type: ignore[assignment]
    bench.book.replace(sheet, encode(body))
    with pytest.raises(ConfigError, match=ErrorCode.DEPLOYMENT_INVALID.value):
        bench.opened()
