"""Renewal from portraits: template and portraits are exchanged as one change, or not at all."""

import json
import secrets

import pytest
from stores_kit import Desk, document
from test_resident_records import Revoked
from test_store_crashes import Crash, Fuse, check_settled

from consent.kinds import CompletionResult, Kind, Phase
from station.errors import ErrorCode, StorageError
from station.model import SealedTemplate
from storage.portrait_renewal import PortraitRenewal
from storage.recovery import start_up
from storage.renewal import TemplateRenewal
from storage.resident_register import Withdrawal

OTHER_MODEL = b"another model 16"


@pytest.fixture
def desk(tmp_path):
    opened = Desk(tmp_path)
    opened.stores.revocations = Revoked()
    yield opened
    opened.stores.close()


def renewal(desk):
    return PortraitRenewal(desk.stores, desk.ledger, desk.clock, desk.keyring.pepper())


def made(planned):
    """What a booth would send back, with bytes in place of features and pictures."""
    head = b"\x01" + planned.version.to_bytes(2, "little") + planned.draft.keys.pid
    template = SealedTemplate(head + secrets.token_bytes(156), OTHER_MODEL, 2)
    return template, tuple(secrets.token_bytes(65536) for _ in planned.portraits)


def renew(desk, number):
    planned = renewal(desk).plan(document(number))
    template, portraits = made(planned)
    assert renewal(desk).carry_out(planned, template, portraits)
    return template, portraits


@pytest.mark.parametrize("count", [1, 2])
def test_template_and_portraits_take_the_old_ones_place(desk, count):
    desk.enrol("E1", portraits=count)
    old = desk.residents.reference(document("E1")).template
    before = desk.register.portraits_of(document("E1"))
    planned = renewal(desk).plan(document("E1"))
    assert planned.portraits == before
    template, portraits = renew(desk, "E1")
    now = desk.residents.reference(document("E1")).template
    assert (now, now.version, now.model_id) == (template, old.version + 1, OTHER_MODEL)
    assert desk.register.portraits_of(document("E1")) == portraits
    assert desk.stores.revocations.contains(old.pid)
    assert desk.stores.portrait.count() == count
    check_settled(desk)
    intent, completion = (json.loads(e.body) for e in list(desk.stores.ledger.entries())[-2:])
    assert (intent["kind"], intent["phase"]) == (Kind.RENEW, Phase.INTENT)
    assert len(intent["payload"]["records"]) == 1 + count
    assert completion["payload"]["result"] == CompletionResult.DONE
    assert completion["payload"]["counts"]["portrait"]["rows"] == count


def test_a_recalled_resident_is_known_again(desk):
    desk.enrol("E1", portraits=1)
    desk.enrol("E2")
    for number in ("E1", "E2"):
        desk.register.recall(document(number))
        with pytest.raises(StorageError) as raised:
            desk.residents.reference(document(number))
        assert raised.value.code is ErrorCode.RECALLED
    (planned,) = renewal(desk).recalled()
    template, portraits = made(planned)
    assert renewal(desk).carry_out(planned, template, portraits)
    assert desk.residents.reference(document("E1")).template == template
    with pytest.raises(StorageError) as raised:
        renewal(desk).plan(document("E2"))
    assert raised.value.code is ErrorCode.RECALLED
    assert len(list(desk.register.recalled())) == 1
    check_settled(desk)


def test_whoever_changed_in_the_meantime_is_passed_over(desk):
    desk.enrol("E1", portraits=1)
    planned = renewal(desk).plan(document("E1"))
    desk.register.withdraw(document("E1"), Withdrawal.PORTRAITS)
    assert not renewal(desk).carry_out(planned, *made(planned))
    desk.enrol("E2", portraits=1)
    planned = renewal(desk).plan(document("E2"))
    renew(desk, "E2")
    assert not renewal(desk).carry_out(planned, *made(planned))
    check_settled(desk)


def test_only_the_planned_template_and_as_many_portraits_are_taken(desk):
    desk.enrol("E1", portraits=1)
    planned = renewal(desk).plan(document("E1"))
    template, portraits = made(planned)
    for wrong, pictures in (
        (template, ()),
        (template, portraits * 2),
        (SealedTemplate(template.sealed[:-1], template.model_id, 2), portraits),
        (SealedTemplate(template.sealed[:3] + bytes(172), template.model_id, 2), portraits),
        (SealedTemplate(b"\1\1\0" + template.sealed[3:], template.model_id, 2), portraits),
    ):
        with pytest.raises(StorageError) as raised:
            renewal(desk).carry_out(planned, wrong, pictures)
        assert raised.value.code is ErrorCode.TEMPLATE_REFUSED


@pytest.mark.parametrize("after", [False, True])
def test_cut_off_at_every_step_nobody_has_half_of_both(tmp_path, monkeypatch, after):
    fuse, revoked = Fuse(monkeypatch), Revoked()
    desk = Desk(tmp_path)
    desk.stores.revocations = revoked
    desk.enrol("E1", portraits=2)
    with fuse.lit(10_000, after=False):
        renew(desk, "E1")
        steps = 10_000 - fuse.left
    results = set()
    for step in range(steps):
        before = desk.residents.reference(document("E1")).template
        pictures = desk.register.portraits_of(document("E1"))
        size = desk.ledger.size
        with pytest.raises(Crash), fuse.lit(step, after=after):
            renew(desk, "E1")
        desk = desk.again(settle=False)
        desk.stores.revocations = revoked
        start_up(desk.stores, desk.ledger)
        check_settled(desk)
        now = desk.residents.reference(document("E1")).template
        renewed = now.version - before.version
        assert renewed == int(revoked.contains(before.pid))
        assert (desk.register.portraits_of(document("E1")) != pictures) == bool(renewed)
        assert (desk.stores.template.count(), desk.stores.portrait.count()) == (1, 2)
        if desk.ledger.size > size:
            newest = json.loads(list(desk.stores.ledger.entries())[-1].body)
            assert (newest["kind"], newest["phase"]) == (Kind.RENEW, Phase.COMPLETION)
            results.add(newest["payload"]["result"])
    assert {CompletionResult.UNDONE_ON_START, CompletionResult.FINISHED_ON_START} <= results
    desk.stores.close()


def test_the_old_template_is_revoked_before_it_is_destroyed(desk, monkeypatch):
    desk.enrol("E1", portraits=1)
    old, seen = desk.residents.reference(document("E1")).template.pid, []
    exchange = desk.stores.keys.exchange

    def watched(*given):
        seen.append(desk.stores.revocations.contains(old))
        return exchange(*given)

    monkeypatch.setattr(desk.stores.keys, "exchange", watched)
    renew(desk, "E1")
    assert seen == [True]


def test_the_campaign_passes_over_or_recalls_what_cannot_be_renewed(desk):
    for number in ("E1", "E2", "E3"):
        desk.enrol(number, portraits=int(number == "E2"))
    work = TemplateRenewal(desk.stores, desk.ledger, desk.clock, desk.keyring.pepper())
    assert work.begin_all() == 3
    ((first, second, third),) = work.plan_all()
    work.pass_over([first])
    assert work.pending() == 2
    assert work.recall([second, third]) == 2
    assert work.recall([second]) == 0
    assert work.pending() == 0
    assert desk.stores.revocations.contains(third.old.template.pid)
    assert len(list(desk.register.recalled())) == 2
    check_settled(desk)
    assert work.begin_all() == 1
