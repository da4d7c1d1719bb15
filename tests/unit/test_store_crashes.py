"""Any operation of the stores, cut off at any commit: after the next start all accounts agree."""

import contextlib
import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from stores_kit import Desk, document

from consent.kinds import ERASING, CompletionResult, Kind, Phase
from station.errors import ErrorCode, StorageError
from storage.database import Database
from storage.registry import EFFECT_STORES
from storage.resident_register import Withdrawal


class Crash(BaseException):
    """Stands for the end of the process: nothing in the product catches it."""


class Fuse:
    """Ends the process before or after the n-th commit or checkpoint, in whatever store it is."""

    def __init__(self, monkeypatch):
        self.left = None
        self.after = False
        transaction, truncate = Database.transaction, Database.checkpoint_truncate
        fuse = self

        @contextlib.contextmanager
        def cut_transaction(database):
            fuse.burn(after=False)
            with transaction(database) as change:
                yield change
            fuse.burn(after=True)

        def cut_truncate(database, timeout_s=10.0):
            fuse.burn(after=False)
            truncate(database, timeout_s)
            fuse.burn(after=True)

        monkeypatch.setattr(Database, "transaction", cut_transaction)
        monkeypatch.setattr(Database, "checkpoint_truncate", cut_truncate)

    def burn(self, *, after):
        if self.left is None or self.after is not after:
            return
        self.left -= 1
        if self.left < 0:
            self.left = None
            raise Crash

    @contextlib.contextmanager
    def lit(self, steps, *, after):
        self.left, self.after = steps, after
        try:
            yield
        finally:
            self.left = None


def rows_of(desk):
    """Per resident document: (has a template, portraits); also the whole accounts."""
    stores, found = desk.stores, {}
    linked = dict.fromkeys(("identity", "template", "portrait"), 0)
    for person in stores.keys.persons():
        for store, row, _ in person.rows:
            linked[store] += 1
            assert stores.rows[store].present([row]) == 1, "a key without its record"
            assert stores.keys.person_of(store, row).person == person.person
        (row, _), *more = person.rows_in("identity")
        assert more == []
        assert len(person.rows_in("portrait")) <= 2
    for store, count in linked.items():
        assert stores.rows[store].count() == count, "a record without its key"
    links = stores.keys.database.read("SELECT count(*) FROM link")[0][0]
    assert links == sum(linked.values())
    assert stores.keys.secrets_count() == linked["template"] + linked["portrait"]
    identities = {row.row for row in stores.identity.rows()}
    blind = {row for (row,) in stores.identity.database.read("SELECT row FROM blind")}
    attempts = {row for (row,) in stores.identity.database.read("SELECT row FROM attempt")}
    assert blind | attempts <= identities
    for one in desk.register.list_masked():
        found[one.document_number] = (one.template_version > 0, one.portraits)
    return found


def check_settled(desk):
    assert desk.ledger.open_intents() == ()
    for name in EFFECT_STORES:
        assert desk.stores.databases[name].read("SELECT * FROM applied") == []
    completed = set()
    account = dict.fromkeys(EFFECT_STORES, 0)
    for stored in desk.stores.ledger.entries():
        entry = json.loads(stored.body)
        if entry["phase"] == Phase.COMPLETION:
            assert entry["op"] not in completed
            completed.add(entry["op"])
            # A renewal exchanges as many as it adds.
            sign = -1 if entry["kind"] in ERASING else int(entry["kind"] != Kind.RENEW)
            for name in EFFECT_STORES:
                account[name] += sign * entry["payload"]["counts"][name]["rows"]
    kept = {name: store.count() for name, store in desk.stores.rows.items()}
    kept["keys"] = desk.stores.keys.count() + desk.stores.keys.secrets_count()
    assert account == kept, "the ledger's account is not what is kept"
    return rows_of(desk)


def settle(desk):
    again = desk.again()
    check_settled(again)
    return again


def operation(desk, rng, turn):
    """One random operation; those that are refused are refused by name."""
    who = document(f"E{rng.integers(6)}0000")
    choice = rng.integers(9)
    try:
        if choice <= 2:
            desk.enrol(who.value, portraits=int(rng.integers(3)), days=1 + int(rng.integers(3)))
        elif choice == 3:
            desk.register.add_portrait(who, b"portrait", "AAAA")
        elif choice == 4:
            desk.register.withdraw(who, list(Withdrawal)[rng.integers(3)])
        elif choice == 5:
            claims = [document(f"E{n}0000") for n in rng.integers(6, size=2)]
            desk.register.move_out(claims)
        elif choice == 6:
            desk.keep(1)
        elif choice == 7:
            for _ in range(5):
                desk.residents.attempted(who, matched=False)
        elif turn % 4 == 0:
            desk.sweeper.sweep(datetime.now(UTC) + timedelta(hours=int(rng.integers(30))))
    except StorageError as error:
        assert error.code in {
            ErrorCode.ALREADY_ENROLLED,
            ErrorCode.RESIDENT_UNKNOWN,
            ErrorCode.TOO_MANY_PORTRAITS,
        }


@pytest.mark.parametrize("seed", range(3))
def test_random_operations_cut_off_anywhere_halve_nobody(tmp_path, monkeypatch, seed):
    rng = np.random.default_rng([20261122, seed])
    fuse = Fuse(monkeypatch)
    desk = Desk(tmp_path)
    crashes = 0
    for turn in range(40):
        try:
            with fuse.lit(int(rng.integers(14)), after=bool(rng.integers(2))):
                operation(desk, rng, turn)
        except Crash:
            crashes += 1
            if rng.integers(3) == 0:
                # The start that settles is itself cut off, and begins again.
                desk.stores.close()
                with contextlib.suppress(Crash), fuse.lit(int(rng.integers(12)), after=True):
                    desk = Desk(tmp_path)
                    desk.stores.close()
            desk = settle(desk)
    desk = settle(desk)
    assert crashes >= 6
    desk.stores.close()


def steps_of(fuse, work):
    """How many commits and checkpoints a piece of work makes."""
    with fuse.lit(10_000, after=False):
        work()
        return 10_000 - fuse.left


@pytest.mark.parametrize("after", [False, True])
def test_an_enrolment_cut_off_at_every_step_is_whole_or_not_at_all(tmp_path, monkeypatch, after):
    fuse = Fuse(monkeypatch)
    desk = Desk(tmp_path)
    steps = steps_of(fuse, lambda: desk.enrol("E00000", portraits=2))
    results = set()
    for step in range(steps):
        size = desk.ledger.size
        with pytest.raises(Crash), fuse.lit(step, after=after):
            desk.enrol(f"E{step + 1}0000", portraits=2)
        desk = settle(desk)
        enrolled = desk.residents.is_enrolled(document(f"E{step + 1}0000"))
        if enrolled:
            desk.residents.reference(document(f"E{step + 1}0000"))
            assert len(desk.register.portraits_of(document(f"E{step + 1}0000"))) == 2
        if desk.ledger.size == size:
            assert not enrolled
            continue
        newest = json.loads(list(desk.stores.ledger.entries())[-1].body)
        assert (newest["kind"], newest["phase"]) == (Kind.ENROL, Phase.COMPLETION)
        undone = newest["payload"]["result"] == CompletionResult.UNDONE_ON_START
        assert undone is not enrolled
        results.add(newest["payload"]["result"])
    assert {CompletionResult.UNDONE_ON_START, CompletionResult.FINISHED_ON_START} <= results
    desk.stores.close()


@pytest.mark.parametrize("what", list(Withdrawal))
def test_an_erasure_cut_off_at_every_step_is_finished(tmp_path, monkeypatch, what):
    fuse = Fuse(monkeypatch)
    desk = Desk(tmp_path)
    desk.enrol("E90000", portraits=2)
    stays = rows_of(desk)["E***00"]
    desk.enrol("X00000", portraits=2)
    steps = steps_of(fuse, lambda: desk.register.withdraw(document("X00000"), what))
    if what is not Withdrawal.EVERYTHING:
        desk.register.withdraw(document("X00000"), Withdrawal.EVERYTHING)
    for step in range(steps):
        claim = document(f"X{step + 1}0000")
        desk.enrol(claim.value, portraits=2)
        with pytest.raises(Crash), fuse.lit(step, after=True):
            desk.register.withdraw(claim, what)
        desk = settle(desk)
        if what is Withdrawal.EVERYTHING:
            assert not desk.residents.is_enrolled(claim)
        else:
            one = desk.register.resident_of(claim)
            gone = one.portraits if what is Withdrawal.PORTRAITS else one.template_version
            assert gone == 0
            desk.register.withdraw(claim, Withdrawal.EVERYTHING)
    assert check_settled(desk) == {"E***00": stays}
    desk.stores.close()
