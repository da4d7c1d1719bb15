"""Terms: one place for every bound, changed by two people, for records made from then on."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.digest import sm3
from consent.draft import Name
from consent.kinds import Kind
from consent.notice import Notice
from consent.notice_source import read_notice
from station.access import Act, Role
from station.config import Policy, load
from station.demo_profile import demo_profile
from station.deployment import Profile, Retention, to_json
from station.errors import AccessError, ConfigError, ConsentError, ErrorCode, StationError
from station.gate import Session
from station.office_book import Shelf
from station.office_terms import OfficeTerms, TermsSource, ends_by_purpose
from station.pad_policy import grouped_hex, load_policy, propose, proposed
from station.premises import NOTICES
from station.staffroom import Staffroom
from station.terms import TermsDesk, parse_terms, terms_document, terms_of
from station.terms_view import Kept
from tests.office_kit import SITE, premises_of
from tests.staff_kit import StaffKit

CONFIG = load(None).policy
NOW = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
WHY = "访客登记用不了一整天"


def promise(visitor_h: int, resident_h: int) -> Callable[[Name], Notice]:
    """Notices in force that promise so much; 0 for one that cannot be read."""

    def notice(name: Name) -> Notice:
        hours = visitor_h if name == "visitor" else resident_h
        if not hours:
            raise ConsentError(ErrorCode.NOTICE_INCOMPLETE)
        return SimpleNamespace(retention_hours=hours)  # type: ignore[return-value]

    return notice


def configured(hours: float, usual: int, most: int) -> Policy:
    return msgspec.structs.replace(
        CONFIG,
        visitor_retention_h=hours,
        resident_retention_days=usual,
        resident_retention_max_days=most,
    )


def profile_of(hours: int, days: int) -> Profile:
    retention = Retention(visitor_hours=hours, resident_days=days)
    return msgspec.structs.replace(demo_profile(SITE), retention=retention)


hours = st.integers(1, 24)
days = st.integers(1, 365)


@given(hours, days, days, st.none() | st.tuples(hours, days), st.none() | st.tuples(hours, days))
def test_no_bound_is_ever_passed(
    visitor: int,
    usual: int,
    most: int,
    allowed: tuple[int, int] | None,
    agreed: tuple[int, int] | None,
) -> None:
    policy = configured(visitor, usual, most)
    profile = None if allowed is None else profile_of(*allowed)
    wish = None if agreed is None else Retention(visitor_hours=agreed[0], resident_days=agreed[1])
    terms = terms_of(policy, profile, wish, promise(20, 300 * 24))
    held = terms.policy
    bounds = [one for one in (allowed, agreed) if one is not None]
    assert held.visitor == timedelta(hours=min(visitor, 20, *(one[0] for one in bounds)))
    longest = min(most, 300, *(one[1] for one in bounds))
    assert held.resident_maximum == timedelta(days=longest)
    assert held.resident == timedelta(days=min(usual, longest))
    assert held.shortest >= timedelta(hours=1)
    assert held.visitor <= held.maximum <= timedelta(hours=min(visitor, 20))
    assert terms.visitor.decided_by


@pytest.mark.parametrize(("noticed", "longest"), [(30, 30), (365, 365), (0, 365)])
def test_a_notice_that_registers_nobody_bounds_nobody(noticed: int, longest: int) -> None:
    """Records of before still have their terms, and what has ended goes."""
    terms = terms_of(CONFIG, None, None, promise(0, noticed * 24))
    assert terms.resident.in_force == longest
    assert terms.visitor.in_force == 24 and terms.visitor.noticed is None


def test_the_station_s_own_policy_is_held_to_the_same() -> None:
    """What a visit goes by (`Readiness.policy`) and what is shown (`.terms`) are one."""
    kit = StaffKit()
    premises = premises_of(kit)
    bench = Bench(kit)
    bench.desk = premises.terms
    put_in_force(bench, 6, 90)
    policy, terms = premises.readiness.policy, premises.readiness.terms
    assert (policy.visitor_retention_h, policy.resident_retention_max_days) == (6, 90)
    assert policy.resident_retention_days == 90
    assert (terms.visitor.in_force, terms.resident.in_force) == (6, 90)


class Bench:
    """The page's core over a staffroom in memory, with a profile of 24 h and 200 days."""

    def __init__(self, kit: StaffKit | None = None) -> None:
        self.kit = kit or StaffKit()
        self.desk = TermsDesk(self.kit.book, self.kit.ledger, self.kit.clock)
        self.profile = profile_of(24, 200)
        self.ends: dict[str, list[datetime]] = {"identity": [], "template": [], "portrait": []}
        self.residents: set[bytes] = set()
        self.waiting = lambda: None
        self.pad = load_policy(NOTICES, sm3, lambda *_: False)

    @property
    def core(self) -> OfficeTerms:
        kit = self.kit
        return OfficeTerms(
            Staffroom(kit.accounts, kit.requests, kit.gate),
            TermsSource(
                self.desk,
                lambda: terms_of(CONFIG, self.profile, self.desk.terms, self.notice),
                self,
                lambda: NOW,
                lambda: "2026-05-01T09:29:50+00:00",
                lambda: Kept(12, "2025-09-01T00:00:00Z", "2025-09-01T00:00:00Z"),
                lambda: True,
                1e-4,
                self.pad,
                self.waiting,
            ),
        )

    @staticmethod
    def notice(name: Name) -> Notice:
        return read_notice(NOTICES, name, SITE)

    def __getattr__(self, name: str) -> object:
        if name not in ("identity", "template", "portrait"):
            raise AttributeError(name)
        rows = [(b"%d" % at, end) for at, end in enumerate(self.ends[name])]
        return SimpleNamespace(terms=lambda: iter(rows), residents=lambda: self.residents)


def asked(bench: Bench, visitor_h: int, resident_days: int) -> Session:
    manager = bench.kit.signed_in(Role.MANAGER)
    bench.core.ask(manager, visitor_h, resident_days, WHY)
    return manager


def put_in_force(bench: Bench, visitor_h: int, resident_days: int) -> Session:
    manager = asked(bench, visitor_h, resident_days)
    agree(bench)
    bench.core.put_in_force(manager)
    return manager


def agree(bench: Bench) -> None:
    security = bench.kit.sign_in(bench.kit.security)
    (request,) = bench.kit.requests.waiting(security)
    bench.kit.requests.agree(security, request.id)


def code_of(call: Callable[..., object], *values: object) -> ErrorCode | None:
    try:
        call(*values)
    except StationError as error:
        return error.code
    return None


def test_two_people_change_the_terms_and_the_ledger_knows_it_first() -> None:
    bench = Bench()
    manager = asked(bench, 12, 180)
    assert code_of(bench.core.put_in_force, manager) is ErrorCode.REQUEST_INVALID
    security = bench.kit.sign_in(bench.kit.security)
    pending = bench.core.read(security).pending
    assert pending is not None and (pending.state, pending.mine) == ("WAITING", False)
    (request,) = bench.kit.requests.waiting(security)
    changes = bench.core.changes(request)
    assert changes is not None
    assert [(one.field, one.before, one.after) for one in changes] == [
        ("visitor_hours", "24", "12"),
        ("resident_days", "200", "180"),
    ]
    bench.kit.requests.agree(security, request.id)
    assert code_of(bench.core.put_in_force, security) is ErrorCode.REQUEST_INVALID
    bench.core.put_in_force(manager)
    view = bench.core.read(manager)
    assert (view.terms.visitor.in_force, view.terms.resident.in_force) == (12, 180)
    assert view.terms.visitor.decided_by == ("agreed",) and view.pending is None
    assert view.agreed is not None
    assert (view.agreed.actor, view.agreed.second) == (manager.user, "root.sec")
    (entry,) = [one for one in bench.kit.entries() if one.kind is Kind.CONFIG_CHANGED]
    assert entry.payload["what"] == "retention" and entry.payload["second"] == "root.sec"
    assert (entry.payload["visitor_hours"], entry.payload["visitor_hours_before"]) == (12, -1)
    assert entry.payload["reason"] == WHY
    # Once: the request is used up, and another process reads the same terms.
    assert code_of(bench.core.put_in_force, manager) is ErrorCode.REQUEST_INVALID
    again = TermsDesk(bench.kit.book, bench.kit.ledger, bench.kit.clock)
    assert again.terms == Retention(visitor_hours=12, resident_days=180) and again.revision == 1


def test_a_ledger_that_cannot_take_it_changes_no_term(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    manager = asked(bench, 12, 180)
    agree(bench)
    record = bench.kit.ledger.record

    def full(kind: Kind, payload: dict[str, object]) -> object:
        if kind is Kind.CONFIG_CHANGED:
            raise StationError(ErrorCode.DISK_FULL)
        return record(kind, payload)  # type: ignore[arg-type]

    monkeypatch.setattr(bench.kit.ledger, "record", full)
    assert code_of(bench.core.put_in_force, manager) is ErrorCode.DISK_FULL
    assert bench.desk.terms is None and not list(bench.kit.book.all(Shelf.TERMS))


@pytest.mark.parametrize(("visitor_h", "resident_days"), [(24, 201), (25, 10), (-1, 10), (1, 0)])
def test_above_the_longest_nothing_is_even_asked(visitor_h: int, resident_days: int) -> None:
    bench = Bench()
    manager = bench.kit.signed_in(Role.MANAGER)
    refused = code_of(bench.core.ask, manager, visitor_h, resident_days, WHY)
    assert refused is ErrorCode.TERM_TOO_LONG
    assert bench.kit.requests.own(manager) == ()
    assert code_of(bench.core.ask, manager, 12, 180, " ") is ErrorCode.REASON_NEEDED


def test_a_notice_or_profile_that_allows_less_by_now_is_kept_to() -> None:
    bench = Bench()
    manager = asked(bench, 24, 200)
    agree(bench)
    bench.profile = profile_of(24, 100)
    assert code_of(bench.core.put_in_force, manager) is ErrorCode.TERM_TOO_LONG
    bench.profile = profile_of(24, 200)
    bench.core.put_in_force(manager)
    assert bench.desk.revision == 1, "the refusal has used nothing up"


def test_of_two_changes_at_once_the_second_is_told() -> None:
    bench = Bench()
    first, second = asked(bench, 12, 180), bench.kit.signed_in(Role.MANAGER)
    bench.core.ask(second, 6, 90, WHY)
    for request in bench.kit.requests.waiting(bench.kit.sign_in(bench.kit.security)):
        bench.kit.requests.agree(bench.kit.sign_in(bench.kit.security), request.id)
    bench.core.put_in_force(first)
    pending = bench.core.read(second).pending
    assert pending is not None and pending.state == "STALE"
    assert code_of(bench.core.put_in_force, second) is ErrorCode.CHANGED_MEANWHILE
    assert bench.desk.terms == Retention(visitor_hours=12, resident_days=180)
    # Whoever asks anew sees that this waits, and not for three days what is past.
    bench.core.ask(second, 6, 60, WHY)
    pending = bench.core.read(second).pending
    assert pending is not None and (pending.state, pending.terms.resident_days) == ("WAITING", 60)
    stale = bench.kit.permit(
        second, Act.POLICY_CHANGE, terms_document(Retention(visitor_hours=6, resident_days=90), 0)
    )
    with pytest.raises(AccessError, match=ErrorCode.CHANGED_MEANWHILE.value):
        bench.desk.put_in_force(stale, Retention(visitor_hours=6, resident_days=90), 0)
    with pytest.raises(AccessError, match=ErrorCode.REQUEST_INVALID.value):
        bench.desk.put_in_force(stale, Retention(visitor_hours=7, resident_days=90), 0)


def test_what_is_due_and_overdue_is_counted_by_purpose() -> None:
    bench = Bench()
    soon = [NOW - timedelta(seconds=1), NOW, NOW + timedelta(hours=2), NOW + timedelta(days=40)]
    bench.ends = {"identity": soon, "template": soon[3:], "portrait": []}
    bench.residents = {b"3"}
    view = bench.core.read(bench.kit.signed_in(Role.AUDITOR))
    assert {name: sum(one.records for one in due) for name, due in view.due.items()} == {
        "visitor": 3,
        "resident": 1,
        "template": 1,
        "portrait": 0,
    }
    assert view.overdue == 2
    assert [one.records for one in view.due["visitor"]] == [2, 1]
    assert set(ends_by_purpose(bench)) == set(view.due)  # type: ignore[arg-type]


def test_a_proposal_of_thresholds_is_shown_gate_by_gate(tmp_path: Path) -> None:
    bench = Bench()
    folder = tmp_path / "policies"
    folder.mkdir()
    manager, security = bench.kit.signed_in(Role.MANAGER), bench.kit.sign_in(bench.kit.security)
    shipped = (NOTICES.parent / "policies" / "pad.toml").read_text("utf-8")
    assert shipped.count("frontal_yaw = ") == 1
    other = shipped.replace("frontal_yaw = 0.1", "frontal_yaw = 0.11", 1).encode()
    document = {"what": "pad_policy", "digest": grouped_hex(sm3(other))}
    request = bench.kit.requests.ask(manager, Act.POLICY_CHANGE, document, "measured anew")
    assert bench.core.changes(request) is None, "nothing is laid down"
    propose(folder, other, manager.user, "2026-05-01T09:00:00+00:00", sm3)
    bench.waiting = lambda: proposed(folder)  # type: ignore[assignment,return-value]
    changes = bench.core.changes(request)
    assert changes is not None
    assert [(one.field, one.before, one.after) for one in changes[:-1]] == [
        ("gate.frontal_yaw", "0.1", "0.11")
    ]
    view = bench.core.read(security)
    assert view.pad.waiting_by == manager.user and view.pad.digest == bench.pad.digest
    assert view.pending is None, "it is no change of terms"
    (folder / "pad.proposed.json").write_text("{}")
    assert bench.core.read(security).pad.waiting_by == ""
    assert bench.core.changes(request) is None


def test_sheets_and_documents_out_of_form_are_refused() -> None:
    bench = Bench()
    good = terms_document(Retention(visitor_hours=1, resident_days=2), 3)
    assert parse_terms(good) == (Retention(visitor_hours=1, resident_days=2), 3)
    for bad in (
        {**good, "what": "pad_policy"},
        {**good, "visitor_hours": 25},
        {**good, "visitor_hours": True},
        {**good, "revision": -1},
        {**good, "more": 1},
        to_json(bench.profile),
    ):
        with pytest.raises(ConfigError):
            parse_terms(bad)
    bench.kit.book.add(Shelf.TERMS, b'{"number":1}')
    with pytest.raises(ConfigError, match=ErrorCode.CONFIG_INVALID.value):
        TermsDesk(bench.kit.book, bench.kit.ledger, bench.kit.clock)
