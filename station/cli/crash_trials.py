"""Kills a working station again and again, and holds what is left against what it had committed.

Parent of `station.cli.crash_work`. After each kill the stores are opened as at any start, which
settles what was under way, and everything in them is read and compared.
"""

import math
import secrets
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from consent.ledger_port import StoredEntry
from consent.signing import HeadSigner
from consent.verify import verify_rows
from station.cli.crash_account import (
    Begun,
    Done,
    Message,
    Order,
    State,
    changed,
    halves,
    read_state,
    unsettled,
    wrongly_refused,
)
from station.cli.crash_process import Workers
from station.cli.crash_station import CrashStation, pictures_and_numbers
from station.cli.crash_work import OPERATIONS, Worker
from station.errors import StationError
from station.model import Secret
from storage.backup_file import check_backup
from storage.registry import PORTRAIT

SHORTEST_S, LONGEST_S = 0.005, 0.4
"""Between these a kill falls after the station is ready; later where an operation takes longer."""
KILLS_PER_STATION = 25
"""Then a new station: checking all of an endless ledger would take longer and longer."""
FEWEST_KILLS = 3
START = "start-up"
BETWEEN = "between two"
_LATEST_S = 20.0
_START_EVERY = 8
_BACKUPS = 2
_VERIFY_EVERY = 5


@dataclass(slots=True)
class Tally:
    """Kills that fell under one operation, and what the next start made of it."""

    kills: int = 0
    kept: int = 0
    """The change was whole in the stores."""
    undone: int = 0
    """Nothing of the change was there."""
    part: int = 0
    """Of a sweep: some persons were erased, the others untouched."""
    finished_on_start: int = 0
    undone_on_start: int = 0


@dataclass(slots=True)
class CrashReport:
    """A whole run."""

    seed: int
    tallies: dict[str, Tally]
    faults: list[str] = field(default_factory=list)
    """What was found wrong, each with the kill and the operation under which it fell."""
    committed: Counter[str] = field(default_factory=Counter)
    """Operations told as committed, by name."""
    entries: int = 0
    """Ledger entries verified."""
    revoked: int = 0
    duration_s: float = 0.0

    @property
    def kills(self) -> int:
        """How many there were."""
        return sum(tally.kills for tally in self.tallies.values())


def run_kills(
    kills: int,
    seed: int,
    place: Path,
    progress: Callable[[int], None],
    longest_s: float = math.inf,
) -> CrashReport:
    """Kill as often as `kills` says in the empty folder `place`.

    Past `longest_s` it ends earlier, though never before `FEWEST_KILLS`. Raises `CrashFoundError`
    with the report when a check fails.
    `seed` chooses operations and moments; where a kill then falls is up to the machine.
    """
    began_s, names = time.monotonic(), (*OPERATIONS, START, BETWEEN)
    report = CrashReport(seed, {name: Tally() for name in names})
    rng = np.random.default_rng(seed)

    def is_on() -> bool:
        in_time = time.monotonic() - began_s < longest_s
        return report.kills < kills and (in_time or report.kills < FEWEST_KILLS)

    with Workers() as workers:
        number = 0
        while is_on():
            folder = place / f"station-{number}"
            trial = _Trial(folder, rng, report, workers)
            end = min(kills, report.kills + KILLS_PER_STATION)
            while is_on() and report.kills < end:
                trial.kill(number)
                number += 1
                progress(report.kills)
            trial.close()
            shutil.rmtree(folder)
    report.duration_s = time.monotonic() - began_s
    return report


class _Trial:
    """One station, from its making to its last kill."""

    def __init__(
        self, folder: Path, rng: np.random.Generator, report: CrashReport, workers: Workers
    ) -> None:
        self._home, self._backups = folder / "home", folder / "backups"
        for made in (self._home, self._backups):
            made.mkdir(mode=0o700, parents=True)
        self._rng = rng
        self._workers = workers
        self._report = report
        self._root = Secret(secrets.token_bytes(32))
        self._officers = HeadSigner.generate()
        self._state: State = {}
        self._kept_backups: dict[str, State] = {}
        self._revoked: set[bytes] = set()
        self._took_s = dict.fromkeys((*OPERATIONS, START), 0.0)
        self._begin()

    def _begin(self) -> None:
        """Do everything once before the first kill: so there is somebody to lose, and it is known
        how long each operation takes here."""
        at_s, under = 0.0, Begun("", {})

        def tell(message: Message) -> None:
            nonlocal at_s, under
            if isinstance(message, Begun):
                at_s, under = time.monotonic(), message
            elif isinstance(message, Done):
                self._committed(under, time.monotonic() - at_s)

        began_s = time.monotonic()
        worker = Worker(self._order(""), tell)
        self._took(START, time.monotonic() - began_s)
        for name in (*["enrol"] * 4, *OPERATIONS, *["enrol"] * 2, "backup"):
            OPERATIONS[name](worker)
        worker.close()

    def kill(self, number: int) -> None:
        """One kill, the start after it, and every check."""
        first = list(OPERATIONS)[number % len(OPERATIONS)]
        under = self._worked(first)
        if self._report.kills % _START_EVERY == _START_EVERY - 1:
            self._tally(under).kills += 1
            # The start that settles is killed as well; what was in doubt stays in doubt.
            self._started_and_killed()
            self._check(under, killed_start=True)
        else:
            self._tally(under).kills += 1
            self._check(under, killed_start=False)

    def close(self) -> None:
        """Verify the whole ledger once more, with both verifiers."""
        with CrashStation(self._home, self._root) as station:
            faults = list(self._verify(station, second_opinions=2))
            self._report.faults += faults
            if faults:
                raise CrashFoundError(self._report)
            self._report.entries += station.ledger.size
        self._report.revoked += len(self._revoked)

    def _worked(self, first: str) -> Begun | None:
        """Let the station work and kill it; what was under way then."""
        first_s = 1.2 * self._took_s[first]
        longest_s = max(LONGEST_S, first_s)
        after_s = float(self._rng.uniform(SHORTEST_S, longest_s))
        if self._rng.integers(2):
            # In the first operation: some take milliseconds, and chance would seldom find them.
            after_s = float(self._rng.uniform(0.0, first_s))
        under: Begun | None = None
        since_s = 0.0
        for at_s, message in self._workers.killed(self._order(first), "ready", after_s):
            if isinstance(message, Begun):
                under, since_s = message, at_s
            elif isinstance(message, Done) and under is not None:
                self._committed(under, at_s - since_s)
                under = None
        return under

    def _committed(self, done: Begun, took_s: float) -> None:
        name = done.operation
        self._took(name, took_s)
        self._report.committed[name] += 1
        self._take(changed(self._state, done.change))
        if done.backup:
            self._keep_backup(done.backup)

    def _took(self, operation: str, took_s: float) -> None:
        self._took_s[operation] = min(_LATEST_S, max(self._took_s[operation], took_s))

    def _take(self, after: State) -> None:
        """Believe a new state; every template that is no longer in it must be refused for good."""
        before = {kept.pid for kept in self._state.values() if kept.template}
        self._revoked |= before - {kept.pid for kept in after.values()}
        self._state = after

    def _keep_backup(self, name: str) -> None:
        self._kept_backups[name] = dict(self._state)
        while len(self._kept_backups) > _BACKUPS:
            oldest = next(iter(self._kept_backups))
            del self._kept_backups[oldest]

    def _started_and_killed(self) -> None:
        longest_s = max(0.05, 1.2 * self._took_s[START])
        after_s = float(self._rng.uniform(0.0, longest_s))
        self._workers.killed(self._order(""), "opening", after_s)
        self._report.tallies[START].kills += 1

    def _order(self, first: str) -> Order:
        return Order(
            str(self._home),
            str(self._backups),
            self._root.reveal(),
            self._officers.export_private().reveal(),
            int(self._rng.integers(2**31)),
            first,
            self._state,
            self._kept_backups,
        )

    def _check(self, under: Begun | None, *, killed_start: bool) -> None:
        """The start after a kill, and everything that must hold then."""
        faults = self._report.faults
        where = f"kill {self._report.kills}, {under.operation if under else BETWEEN}"
        try:
            began_s = time.monotonic()
            with CrashStation(self._home, self._root) as station:
                self._took_s[START] = max(self._took_s[START], time.monotonic() - began_s)
                found = list(self._faults(station, under, killed_start=killed_start))
        except StationError as error:
            found = [f"{error.code.value} {error.numbers}"]
        faults += [f"{where}: {fault}" for fault in found]
        if found:
            raise CrashFoundError(self._report)
        for path in self._backups.iterdir():
            if path.name not in self._kept_backups:
                path.unlink()

    def _faults(
        self, station: CrashStation, under: Begun | None, *, killed_start: bool
    ) -> Iterator[str]:
        tally = self._tally(under)
        if not killed_start:
            tally.finished_on_start += station.started.finished
            tally.undone_on_start += station.started.undone
        else:
            start = self._report.tallies[START]
            start.finished_on_start += station.started.finished
            start.undone_on_start += station.started.undone
        yield from unsettled(station)
        yield from halves(station)
        yield from self._compared(read_state(station), under, tally)
        yield from wrongly_refused(station, self._state)
        if not all(station.revocations.contains(pid) for pid in self._revoked):
            yield "a revoked template is not refused any more"
        yield from self._pictures(station)
        if self._report.kills % _VERIFY_EVERY == 0:
            yield from self._verify(station, second_opinions=0)
        yield from self._whole_backups(station, under)

    def _compared(self, now: State, under: Begun | None, tally: Tally) -> Iterator[str]:
        """Before or after what was under way, and nothing else; then believe what is there."""
        before, after = self._state, self._state
        if under is not None:
            after = changed(before, under.change)
        made = under is None or not under.backup or (self._backups / under.backup).exists()
        if now == after and made:
            tally.kept += 1
        elif now == before:
            tally.undone += 1
        elif under is not None and not under.whole and _each_either(now, before, after):
            tally.part += 1
        else:
            lost = sum(1 for number in before if number not in now and number in after)
            back = sum(1 for number in now if number not in before and number not in after)
            odd = sum(1 for n, kept in now.items() if kept not in (before.get(n), after.get(n)))
            yield f"not as committed: {lost} lost, {back} came back, {odd} otherwise than told"
        self._take(now)

    def _pictures(self, station: CrashStation) -> Iterator[str]:
        consented = sum(len(kept.portraits) for kept in self._state.values())
        for store in station.stores.inventory():
            wanted = consented if store.store == PORTRAIT else 0
            if store.images != wanted:
                yield f"{store.images} pictures in {store.store}, {wanted} consented"
        pictures, numbers = pictures_and_numbers(self._home.parent)
        if pictures or numbers:
            yield f"{pictures} pictures and {numbers} document numbers in clear on the disk"

    def _verify(self, station: CrashStation, second_opinions: int) -> Iterator[str]:
        """The whole ledger; it only grows, so what breaks it is found by the next look as well."""
        if not station.ledger.size:
            return
        report = verify_rows(
            [StoredEntry(one.seq, one.body) for one in station.stores.ledger.entries()],
            list(station.stores.ledger.heads()),
            station.signer.public_key,
            second_opinions=second_opinions,
        )
        if not report.ok:
            yield f"the ledger does not verify: {report.first_bad}"

    def _whole_backups(self, station: CrashStation, under: Begun | None) -> Iterator[str]:
        """What lies under a backup's name verifies; one told as made is there."""
        if under is not None and under.backup and (self._backups / under.backup).exists():
            self._keep_backup(under.backup)
        for name in list(self._kept_backups)[-1:]:
            try:
                check_backup(self._backups / name, station.signer.public_key, _untold)
            except StationError as error:
                yield f"a backup does not verify: {error.code.value}"

    def _tally(self, under: Begun | None) -> Tally:
        return self._report.tallies[BETWEEN if under is None else under.operation]


class CrashFoundError(Exception):
    """A check failed: the run ends, as nothing after it would mean anything."""

    def __init__(self, report: CrashReport) -> None:
        super().__init__("; ".join(report.faults))
        self.report = report


def _each_either(now: State, before: State, after: State) -> bool:
    numbers = {*now, *before, *after}
    return all(now.get(one) in (before.get(one), after.get(one)) for one in numbers)


def _untold(_done: int, _total: int) -> None:
    """Nobody looks on."""
