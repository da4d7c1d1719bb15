"""The process that is killed: works a station's stores at full speed until somebody ends it.

    python -m station.cli.crash_work

Each line on standard input is an `Order`; a fork of this process carries it out, so that a round
does not begin with seconds of imports. Nothing is open before the fork. Before each operation one
line on standard output tells what it will change, after it another that this is committed: what was
told as committed must survive.
"""

import os
import secrets
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np

from consent.signing import HeadSigner
from station.cli.crash_account import (
    Begun,
    Change,
    Done,
    Ended,
    Forked,
    Kept,
    Message,
    Order,
    Reached,
    State,
    after_restore,
    changed,
    told_of_portrait,
    told_of_template,
)
from station.cli.crash_station import CrashStation
from station.model import (
    Claim,
    ClaimKind,
    Enrolment,
    IdentityRecord,
    SealedTemplate,
    Secret,
    VisitId,
)
from storage.attempts import AttemptPolicy
from storage.registry import STORE_NAMES
from storage.resident_register import Withdrawal
from storage.template_store import MODEL_ID_BYTES, SEALED_BYTES

RESIDENTS = 10
"""Document numbers there are: few, so that one is erased and registered again and again."""
_STEP = timedelta(minutes=10)
"""How far a sweep moves the clock."""
_HEAD_BYTES = 3
# As a picture begins: one written in clear anywhere is then found by its first bytes.
_PICTURE = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"
_PORTRAIT_BYTES = 6000


def say(message: Message) -> None:
    """One line to whoever started this, at once."""
    sys.stdout.buffer.write(msgspec.json.encode(message) + b"\n")
    sys.stdout.buffer.flush()


class Worker:
    """Does one operation after the other and knows what must then be kept."""

    def __init__(self, order: Order, tell: Callable[[Message], None] = say) -> None:
        self._say = tell
        self._home = Path(order.home)
        self._folder = Path(order.backup_folder)
        self._root = Secret(order.root)
        self._officers = HeadSigner.from_private(order.officers)
        self._rng = np.random.default_rng(order.seed)
        self._state: State = order.state
        self._backups: dict[str, State] = order.backups
        self._say(Reached("opening"))
        self._at = CrashStation(self._home, self._root)
        self._say(Reached("ready"))

    def run(self, first: str) -> None:
        """Work without end, beginning with `first`; nothing to begin with: only stay open."""
        while not first:
            time.sleep(1)
            # Ends this process when nobody listens any more.
            self._say(Reached("ready"))
        OPERATIONS[first](self)
        names, weights = list(OPERATIONS), np.array([WEIGHTS.get(name, 4) for name in OPERATIONS])
        while True:
            name = self._rng.choice(names, p=weights / weights.sum())
            OPERATIONS[str(name)](self)

    def close(self) -> None:
        """Close the stores, for a worker that is not killed."""
        self._at.stores.close()

    def enrol(self) -> None:
        """A resident with a template and up to two portraits."""
        free = [number for number in _numbers() if number not in self._state]
        if not free:
            return self.withdraw_all()
        number, draft = self._pick(free), self._at.residents.new_template()
        template = SealedTemplate(_sealed(draft.keys.pid, 1), bytes(MODEL_ID_BYTES), 1)
        portraits = tuple(_portrait() for _ in range(int(self._rng.integers(3))))
        identity, kept, ends = self._identity(number)
        kept = msgspec.structs.replace(
            kept, template=_told(template), portraits=tuple(sorted(map(_digest, portraits)))
        )
        enrolment = Enrolment(identity, draft, template, portraits, ends, ("AAAA-BBBB-CCCC",))
        self._do("enrol", {number: kept}, lambda: self._at.residents.enrol(_visit(), enrolment))

    def keep(self) -> None:
        """A visitor's listed fields."""
        identity, kept, ends = self._identity(f"9999992000{secrets.randbelow(10**8):08d}")
        number = identity.get("document_number")
        self._do(
            "keep visitor",
            {number: kept},
            lambda: self._at.visits.keep_identity(_visit(), identity, ends),
        )

    def verify(self) -> None:
        """Find a resident's template and count an attempt."""
        number = self._somebody(lambda kept: bool(kept.template) and not kept.locked)
        if number is None:
            return self.enrol()
        claim, matched = _claim(number), bool(self._rng.integers(4) == 0)
        self._at.residents.reference(claim)
        row = self._at.stores.identity.find(claim)
        before = self._at.stores.identity.attempts(row or b"")
        after = AttemptPolicy().after(before, int(self._now().timestamp()), matched=matched)
        kept = msgspec.structs.replace(
            self._state[number], failed=after.failed, locked=after.locked_until_s > 0
        )
        self._do(
            "verify", {number: kept}, lambda: self._at.residents.attempted(claim, matched=matched)
        )

    def renew(self) -> None:
        """Exchange a template; from portraits where there are some, half of the time."""
        number = self._somebody(lambda kept: bool(kept.template))
        if number is None:
            return self.enrol()
        claim, kept = _claim(number), self._state[number]
        if kept.portraits and self._rng.integers(2):
            planned = self._at.portrait_renewal.plan(claim)
            renewed = self._renewed(planned.draft.keys.pid, planned.version)
            portraits = [_portrait() for _ in planned.portraits]
            told = tuple(sorted(map(_digest, portraits)))
            kept = msgspec.structs.replace(kept, template=_told(renewed), portraits=told)
            return self._do(
                "renew",
                {number: kept},
                lambda: self._at.portrait_renewal.carry_out(planned, renewed, portraits),
            )
        plan = self._at.renewal.plan(claim)
        turned = self._renewed(plan.draft.keys.pid, plan.old.template.version + 1)
        kept = msgspec.structs.replace(kept, template=_told(turned))
        return self._do(
            "renew", {number: kept}, lambda: self._at.renewal.carry_out([(plan, turned)])
        )

    def withdraw_template(self) -> None:
        """Take back the template alone."""
        number = self._somebody(lambda kept: bool(kept.template))
        if number is None:
            return self.enrol()
        kept = msgspec.structs.replace(self._state[number], template="")
        self._withdraw("withdraw template", number, kept, Withdrawal.TEMPLATE)

    def withdraw_all(self) -> None:
        """Take back everything."""
        number = self._somebody(lambda kept: True)
        if number is None:
            return self.expire()
        self._withdraw("withdraw everything", number, None, Withdrawal.EVERYTHING)

    def move_out(self) -> None:
        """Two residents in one change."""
        found = {self._somebody(lambda kept: True) for _ in range(2)} - {None}
        claims = [_claim(str(number)) for number in found]
        change: Change = {str(number): None for number in found}
        self._do("move out", change, lambda: self._at.register.move_out(claims))

    def expire(self) -> None:
        """Move the clock and sweep."""
        now = self._now() + _STEP
        due = [n for n, kept in self._state.items() if kept.ends_s <= int(now.timestamp())]
        change: Change = dict.fromkeys(due)
        self._do("expire", change, lambda: self._at.sweeper.sweep(now), whole=False)

    def back_up(self) -> None:
        """A backup in a file of its own."""
        name = secrets.token_hex(4)
        target, key = self._folder / name, self._officers.public_key
        self._do("backup", {}, lambda: self._at.back_up(target, key), backup=name)
        self._backups[name] = dict(self._state)

    def restore(self) -> None:
        """Put one of the backups in place of the stores."""
        if not self._backups:
            return self.back_up()
        name = self._pick(sorted(self._backups))
        after = after_restore(self._state, self._backups[name])
        change: Change = {number: after.get(number) for number in self._state}
        self._do("restore", change, lambda: self._restored(self._folder / name))

    def rewrap(self) -> None:
        """Another record key for every person and consent."""
        self._do("rewrap", {}, lambda: self._at.rotation.rewrap(_untold))

    def rekey(self) -> None:
        """Another key for one store's file."""
        store = self._pick(list(STORE_NAMES))
        self._do("rekey", {}, lambda: self._at.rotation.rekey(store))

    def _restored(self, backup: Path) -> None:
        self._at.restore(backup, self._officers)
        self._at = CrashStation(self._home, self._root)

    def _withdraw(self, operation: str, number: str, kept: Kept | None, what: Withdrawal) -> None:
        self._do(
            operation, {number: kept}, lambda: self._at.register.withdraw(_claim(number), what)
        )

    def _do(
        self,
        operation: str,
        change: Change,
        work: Callable[[], object],
        *,
        whole: bool = True,
        backup: str = "",
    ) -> None:
        self._say(Begun(operation, change, whole, backup))
        work()
        self._state = changed(self._state, change)
        self._say(Done())

    def _identity(self, number: str) -> tuple[IdentityRecord, Kept, str]:
        """Fields, what is told of them, and the end of the term: minutes, or a month."""
        minutes = int(self._rng.choice([5, 15, 25, 30 * 24 * 60]))
        ends = self._now() + timedelta(minutes=minutes)
        name = secrets.token_hex(8)
        identity = IdentityRecord((("name", name), ("document_number", number)))
        return identity, Kept(name, int(ends.timestamp())), ends.isoformat()

    def _renewed(self, pid: bytes, version: int) -> SealedTemplate:
        return SealedTemplate(_sealed(pid, version), bytes(MODEL_ID_BYTES), 1)

    def _somebody(self, wanted: Callable[[Kept], bool]) -> str | None:
        """A resident whose term has not ended yet."""
        soon = self._now().timestamp() + 5
        found = [n for n in _numbers() if (kept := self._state.get(n)) and kept.ends_s > soon]
        found = [number for number in found if wanted(self._state[number])]
        return self._pick(found) if found else None

    def _pick(self, items: list[str]) -> str:
        return items[int(self._rng.integers(len(items)))]

    def _now(self) -> datetime:
        return max(self._at.clock.effective(), datetime.now(UTC))


OPERATIONS: dict[str, Callable[[Worker], None]] = {
    "enrol": Worker.enrol,
    "verify": Worker.verify,
    "renew": Worker.renew,
    "withdraw template": Worker.withdraw_template,
    "withdraw everything": Worker.withdraw_all,
    "move out": Worker.move_out,
    "expire": Worker.expire,
    "keep visitor": Worker.keep,
    "backup": Worker.back_up,
    "restore": Worker.restore,
    "rewrap": Worker.rewrap,
    "rekey": Worker.rekey,
}
"""Operations by the name they are told under."""
WEIGHTS = {"enrol": 8, "backup": 1, "restore": 1, "rewrap": 1, "rekey": 1}
"""How often each comes, where not 4: the long ones seldom, as one round may begin with them."""


def _untold(_done: int, _total: int) -> None:
    """Nobody looks on."""


def _numbers() -> list[str]:
    return [f"99999919900101{place:03d}X" for place in range(RESIDENTS)]


def _claim(number: str) -> Claim:
    return Claim(ClaimKind.DOCUMENT, number)


def _visit() -> VisitId:
    return VisitId(secrets.token_hex(16))


def _sealed(pid: bytes, version: int) -> bytes:
    """Random bytes in the form of a sealed template: what a booth would seal is no matter here."""
    head = b"\x01" + version.to_bytes(_HEAD_BYTES - 1, "little") + pid
    return head + secrets.token_bytes(SEALED_BYTES - len(head))


def _portrait() -> bytes:
    return _PICTURE + secrets.token_bytes(_PORTRAIT_BYTES)


def _told(template: SealedTemplate) -> str:
    return told_of_template(template.pid, template.sealed)


def _digest(portrait: bytes) -> str:
    return told_of_portrait(portrait)


def main() -> None:
    """Carry out one order after the other, each in a process of its own."""
    while line := sys.stdin.buffer.readline():
        order = msgspec.json.decode(line, type=Order)
        pid = os.fork()
        if not pid:
            Worker(order).run(order.first)
        say(Forked(pid))
        _, status = os.waitpid(pid, 0)
        # What a killed process has not told to the end stays a line of its own.
        sys.stdout.buffer.write(b"\n")
        say(Ended(status))


if __name__ == "__main__":
    main()
