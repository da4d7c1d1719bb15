"""Renewal: the new template is complete before the old one is touched; old ones stay refused."""

import json
import secrets
from datetime import UTC, datetime, timedelta

import pytest
from stores_kit import Desk, document
from test_resident_records import Revoked
from test_store_crashes import Crash, Fuse, check_settled

from consent.canonical import encode
from consent.digest import to_text
from consent.kinds import CompletionResult, Kind, Phase
from station.errors import ErrorCode, StorageError
from station.model import SealedTemplate
from storage.renewal import RENEWED_AT_ONCE, TemplateRenewal
from storage.resident_register import Withdrawal


@pytest.fixture
def desk(tmp_path):
    opened = Desk(tmp_path)
    opened.stores.revocations = Revoked()
    yield opened
    opened.stores.close()


def renewal(desk):
    return TemplateRenewal(desk.stores, desk.ledger, desk.clock, desk.keyring.pepper())


def turned(planned):
    """What a booth would send back, with bytes in place of the rotated features."""
    old = planned.old.template
    head = b"\x01" + (old.version + 1).to_bytes(2, "little") + planned.draft.keys.pid
    return SealedTemplate(head + secrets.token_bytes(156), old.model_id, old.profile)


def renew(desk, number):
    planned = renewal(desk).plan(document(number))
    template = turned(planned)
    assert renewal(desk).carry_out([(planned, template)]) == 1
    return planned, template


def renew_together(desk, numbers):
    """Several as one change, as a campaign does."""
    work = renewal(desk)
    plans = [work.plan(document(number)) for number in numbers]
    assert work.carry_out([(plan, turned(plan)) for plan in plans]) == len(numbers)


def test_the_new_template_takes_the_old_ones_place(desk):
    desk.enrol("E1", portraits=1)
    desk.enrol("E2")
    other = desk.residents.reference(document("E2")).template
    old = desk.residents.reference(document("E1"))
    planned, template = renew(desk, "E1")
    found = desk.residents.reference(document("E1"))
    assert found.template == template
    assert found.keys.seal_key.reveal() == planned.draft.keys.seal_key.reveal()
    assert found.keys.seal_key.reveal() != old.keys.seal_key.reveal()
    assert (found.template.version, old.template.version) == (2, 1)
    assert desk.stores.template.find(old.template.pid) is None
    assert desk.stores.keys.wrapped_secret("template", old.template.pid) is None
    assert desk.stores.revocations.pids == {old.template.pid}
    assert desk.residents.reference(document("E2")).template == other
    check_settled(desk)
    entry = json.loads(list(desk.stores.ledger.entries())[-1].body)
    assert (entry["kind"], entry["payload"]["result"]) == (Kind.RENEW, CompletionResult.DONE)
    assert entry["payload"]["counts"]["revocations"] == {"count": 1}
    for store in ("keys", "template"):
        assert desk.stores.databases[store].wal_bytes() == 0
    # The term stays what it was.
    assert desk.sweeper.sweep(datetime.now(UTC) + timedelta(days=300)).expired == 2
    assert desk.stores.template.count() == 0


def test_an_old_row_put_back_with_its_secret_is_refused(desk):
    desk.enrol("E1")
    database, keys = desk.stores.template.database, desk.stores.keys.database
    row = database.read("SELECT * FROM template")[0]
    secret = keys.read("SELECT * FROM secret")[0]
    person = keys.read("SELECT wrapped, version, person FROM person")[0]
    link = keys.read("SELECT link.* FROM link JOIN secret USING (ref)")[0]
    renew(desk, "E1")
    with database.transaction() as change:
        change.write("DELETE FROM template")
        change.write("INSERT INTO template VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    with keys.transaction() as change:
        change.write("DELETE FROM secret")
        change.write("INSERT INTO secret VALUES (?, ?)", secret)
        change.write("INSERT OR REPLACE INTO link VALUES (?, ?)", link)
        change.write("UPDATE person SET wrapped = ?, version = ? WHERE person = ?", person)
    with pytest.raises(StorageError) as raised:
        desk.residents.reference(document("E1"))
    assert raised.value.code is ErrorCode.TEMPLATE_REVOKED


def test_only_the_planned_template_one_version_on_is_taken(desk):
    desk.enrol("E1")
    planned = renewal(desk).plan(document("E1"))
    good = turned(planned)
    same_version = good.sealed[:1] + b"\x01\x00" + good.sealed[3:]
    for template in (
        SealedTemplate(same_version, good.model_id, good.profile),
        SealedTemplate(good.sealed, bytes(16), good.profile),
        SealedTemplate(good.sealed, good.model_id, good.profile + 1),
        SealedTemplate(good.sealed[:-1], good.model_id, good.profile),
        planned.old.template,
    ):
        with pytest.raises(StorageError) as raised:
            renewal(desk).carry_out([(planned, template)])
        assert raised.value.code is ErrorCode.TEMPLATE_REFUSED
    assert desk.residents.reference(document("E1")).template == planned.old.template


def test_whoever_left_or_was_renewed_in_the_meantime_is_passed_over(desk):
    for number in ("E1", "E2", "E3"):
        desk.enrol(number)
    plans = [renewal(desk).plan(document(n)) for n in ("E1", "E2", "E3")]
    desk.register.move_out([document("E1")])
    renew(desk, "E2")
    desk.register.add_portrait(document("E3"), b"one", "AAAA")
    size = desk.ledger.size
    assert renewal(desk).carry_out([(plan, turned(plan)) for plan in plans]) == 1
    assert desk.ledger.size == size + 2
    assert desk.residents.reference(document("E3")).template.version == 2
    assert len(desk.register.portraits_of(document("E3"))) == 1
    assert renewal(desk).carry_out([(plans[0], turned(plans[0]))]) == 0
    desk.register.withdraw(document("E3"), Withdrawal.TEMPLATE)
    with pytest.raises(StorageError) as raised:
        renewal(desk).plan(document("E3"))
    assert raised.value.code is ErrorCode.RECALLED


def test_all_are_renewed_once_and_a_broken_off_campaign_goes_on(desk):
    for n in range(7):
        desk.enrol(f"E{n}")
    work = renewal(desk)
    assert work.begin_all() == 7
    for batch in work.plan_all(2):
        work.carry_out([(plan, turned(plan)) for plan in batch])
        break
    assert (work.pending(), work.begin_all()) == (5, 5)
    desk.enrol("E7")
    for batch in work.plan_all(2):
        work.carry_out([(plan, turned(plan)) for plan in batch])
    assert work.pending() == 0
    versions = [template.version for template in desk.stores.template.templates()]
    assert sorted(versions) == [1, 2, 2, 2, 2, 2, 2, 2]
    assert len(desk.stores.revocations.pids) == 7
    assert work.begin_all() == 8
    check_settled(desk)


def test_the_intent_of_as_many_as_go_at_once_stays_within_an_entry():
    """A line each, in a ledger whose entries end at 256 KiB."""
    digest = to_text(bytes(32))
    payload = {"persons": [digest] * RENEWED_AT_ONCE, "digest": digest, "stores": ["keys"]}
    assert len(encode(payload)) < 192 * 1024


@pytest.mark.parametrize("after", [False, True])
def test_a_renewal_cut_off_at_every_step_leaves_one_template(tmp_path, monkeypatch, after):
    fuse = Fuse(monkeypatch)
    desk, revoked = Desk(tmp_path), Revoked()
    desk.stores.revocations = revoked
    both = ("E1", "E2")
    for portraits, number in enumerate(both):
        desk.enrol(number, portraits=portraits)
    with fuse.lit(10_000, after=False):
        renew_together(desk, both)
        steps = 10_000 - fuse.left
    results = set()
    for step in range(steps):
        before = [desk.residents.reference(document(n)).template for n in both]
        size = desk.ledger.size
        with pytest.raises(Crash), fuse.lit(step, after=after):
            renew_together(desk, both)
        desk = half(desk, revoked)
        check_settled(desk)
        now = [desk.residents.reference(document(n)).template for n in both]
        for old, new in zip(before, now, strict=True):
            assert new.version - old.version == int(revoked.contains(old.pid))
        # All of the change, or none of it.
        assert now[0].version == now[1].version
        assert desk.stores.template.count() == 2
        if desk.ledger.size > size:
            newest = json.loads(list(desk.stores.ledger.entries())[-1].body)
            assert (newest["kind"], newest["phase"]) == (Kind.RENEW, Phase.COMPLETION)
            results.add(newest["payload"]["result"])
    assert {CompletionResult.UNDONE_ON_START, CompletionResult.FINISHED_ON_START} <= results
    desk.stores.close()


def half(desk, revoked):
    """The next start, with the list of revocations open before anything is settled."""
    from storage.recovery import start_up

    again = desk.again(settle=False)
    again.stores.revocations = revoked
    again.started = start_up(again.stores, again.ledger)
    return again


@pytest.mark.parametrize(("store", "name"), [("keys", "bring"), ("template", "add")])
def test_a_fault_before_the_new_one_is_complete_is_undone(desk, monkeypatch, store, name):
    desk.enrol("E1")
    before = desk.residents.reference(document("E1")).template

    def full(*_):
        raise StorageError(ErrorCode.DISK_FULL)

    with monkeypatch.context() as patched:
        patched.setattr(getattr(desk.stores, store), name, full)
        with pytest.raises(StorageError):
            renew(desk, "E1")
    assert desk.residents.reference(document("E1")).template == before
    check_settled(desk)
    renew(desk, "E1")
