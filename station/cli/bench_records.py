"""`bench records`: what 1,000, 10,000 and 100,000 residents cost, beside plain sqlite3.

Label SIM: the residents are invented (`bench_residents`), everything else is the station's own. The
reference keeps as many rows in one table of the standard library's sqlite3, on the same disk, with
full syncs, and is asked in turn with the stores. Reads are counted in CPU time. What waits for the
disk is counted by the clock, less the time the thread stood in line for a processor: a busy machine
then weighs little, a slow disk in full. The growth of a figure is the g in "grows like n to the g"
between the smallest and the largest size: 0 is flat, 1 is in step.
"""

import math
import secrets
import shutil
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from consent.ledger import Ledger
from consent.signing import HeadSigner
from drivers.face.sealed_rotation import compare_sealed
from station.build import default_home
from station.cli.bench_plain import PlainRows
from station.cli.bench_pulse import PASSPHRASE, FramePulse, own_time_s, resident_mb
from station.cli.bench_residents import Sealing, document, face, load
from station.cli.bench_turning import MODELS, TurningHere, booth_process, matcher_id
from station.errors import StationBug
from station.renewal_campaign import RenewalCampaign, RenewingBooth
from storage.clock import HighWaterClock
from storage.keys import KeyRing
from storage.person import Person
from storage.portrait_renewal import PortraitRenewal
from storage.recovery import start_up
from storage.registry import TEMPLATE
from storage.renewal import RENEWED_AT_ONCE, TemplateRenewal
from storage.resident_lookup import find_resident, template_of
from storage.resident_records import SealedResidentRecords
from storage.resident_register import ResidentRegister, Withdrawal
from storage.revocation import open_revocations
from storage.stores import Stores, open_stores
from storage.sweeper import BATCH, Sweeper
from storage.template_keys import derive_template_keys, unwrap_secret

SIZES = (1_000, 10_000, 100_000)
EXPIRING = 10
"""One in so many reaches the end of its term: 10,000 of 100,000."""
_TARGETS = {"find": 2.0, "verify": 1.0, "erase": 50.0, "open": 100.0}
_EXPIRE_TARGET_S, _RENEW_TARGET_S, _GAP_TARGET_MS = 20.0, 60.0, 60.0
_READS, _ERASURES, _OPENINGS = 200, 20, 5
_TERM_S = 300 * 86400
Row = dict[str, Any]
Pair = tuple[float, float]
"""A figure and its reference."""


def measure(people: int = SIZES[-1]) -> list[Row]:
    """Rows as in `bench storage`, for every size up to `people`, then the growth.

    Works in a fresh folder below the station's own and removes it. Raises the typed error.
    """
    place = default_home() / f"bench-{secrets.token_hex(4)}"
    place.mkdir(mode=0o700, parents=True)
    try:
        with closing(Desk(place)) as desk:
            return measured(desk, people)
    finally:
        shutil.rmtree(place)


def measured(desk: "Desk", people: int) -> list[Row]:
    """The rows for one desk that grows to `people` residents."""
    sizes = [size for size in SIZES if size < people] + [people]
    found = {}
    for size in sizes:
        desk.grow(size)
        found[size] = desk.figures(size)
    rows = [row for size in sizes for row in _rows(size, found[size])]
    return rows + (_growth(found[sizes[0]], found[sizes[-1]], sizes) if len(sizes) > 1 else [])


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: value and reference (None where there is none) in `unit`."""

    value: float
    unit: str
    reference: str = ""
    reference_value: float | None = None
    target: float | None = None
    grows: bool = field(default=True)
    """Whether its growth with the number of residents is worth a row."""


class Desk:
    """A station's stores with invented residents, and the plain table beside them."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._keyring, _ = KeyRing.create(place / "keyring.json", PASSPHRASE)
        self._signer = HeadSigner.from_private(
            self._keyring.ledger_signing_key(create=True).reveal()
        )
        self._pepper = self._keyring.pepper()
        self._plain = PlainRows(place / "plain.db")
        self._face = face()
        self._model_id = matcher_id(MODELS)
        self._sealing = Sealing(self._pepper, self._face, self._model_id)
        self._next = 0
        self._staying: list[int] = []
        self._drawn = secrets.SystemRandom()
        self._take_up()

    def _take_up(self) -> None:
        """Open the stores, and all that works with them, as a start of the station does."""
        self.stores: Stores = self._open()
        rows = self.stores.ledger
        self._ledger = Ledger(rows, self._signer, "bench", lambda: datetime.now(UTC), demo=True)
        self.stores.revocations = open_revocations(
            self.place / "revocations", self.stores.op_key, self._signer, rows.newest_first()
        )
        start_up(self.stores, self._ledger)
        self._clock = HighWaterClock(rows)
        self._residents = SealedResidentRecords(
            self.stores, self._ledger, self._clock, self._pepper, timedelta(days=365)
        )
        self.register = ResidentRegister(self.stores, self._ledger, self._clock)
        self._sweeper = Sweeper(self.stores, self._ledger, self._clock)
        at = (self.stores, self._ledger, self._clock, self._pepper)
        self._renewal = TemplateRenewal(*at), PortraitRenewal(*at)

    def close(self) -> None:
        """Close stores and reference."""
        self.stores.close()
        self._plain.close()

    def grow(self, size: int) -> None:
        """Enrol until there are `size` residents, a tenth of them about to expire."""
        end_s = int(self._clock.effective().timestamp()) + _TERM_S
        soon_s, expiring = end_s - _TERM_S + 3600, size // EXPIRING
        more = self._numbers(size - self.stores.identity.residents_count())
        ending = set(more[:expiring])
        self._staying += more[expiring:]
        ends_s: Callable[[int], int] = lambda n: soon_s if n in ending else end_s + n  # noqa: E731
        load(self.stores, self._ledger, more, ends_s, self._sealing)
        self._plain.grow(size)

    def figures(self, size: int) -> dict[str, Figure]:
        """Everything that is measured, for the number of residents there are now."""
        found = self._opened_anew()
        found |= {
            "find by document": self._find(),
            **self._verify(),
            **self._renew(size),
            "erase one": self._erase(),
        }
        found |= self._expire(size)
        disk = sum(path.stat().st_size for path in self.stores.folder.rglob("*.db"))
        found["on disk, per resident"] = Figure(
            disk / size / 1024, "KiB", "sqlite3", self._plain.bytes() / size / 1024
        )
        return found

    def _numbers(self, count: int) -> list[int]:
        self._next += count
        return list(range(self._next - count, self._next))

    def _find(self) -> Figure:
        now = self._clock.effective()
        numbers = [self._drawn.choice(self._staying) for _ in range(_READS)]
        own = _cpu_ms([partial(find_resident, self.stores, document(n), now) for n in numbers])
        plain = _cpu_ms([self._plain.select] * _READS)
        return Figure(own, "ms CPU", "sqlite3: select one", plain, _TARGETS["find"])

    def _verify(self) -> dict[str, Figure]:
        """What comes beside the face extraction; then the whole way, from the claim to the score,
        as a check at the door takes it."""

        def verify(person: Person) -> None:
            template = template_of(self.stores, person)
            if template is None:
                raise StationBug("an invented resident has no template")
            pid = template.pid
            wrapped = self.stores.keys.wrapped_secret(TEMPLATE, pid) or b""
            secret = unwrap_secret(person.store_key(TEMPLATE), pid, wrapped)
            keys = derive_template_keys(self._pepper, pid, secret)
            compare_sealed(template, keys, [self._face])

        def whole(number: int) -> None:
            found = self._residents.reference(document(number))
            compare_sealed(found.template, found.keys, [self._face])

        now = self._clock.effective()
        numbers = [self._drawn.choice(self._staying) for _ in range(_READS)]
        persons = [find_resident(self.stores, document(n), now).person for n in numbers]
        own = _cpu_ms([partial(verify, one) for one in persons])
        all_ms = _cpu_ms([partial(whole, n) for n in numbers])
        plain = _cpu_ms([self._plain.select] * _READS)
        reference = "sqlite3: select one"
        return {
            "verify: unseal, compare": Figure(own, "ms CPU", reference, plain, _TARGETS["verify"]),
            "from claim to score": Figure(
                all_ms, "ms CPU", reference, plain, _TARGETS["find"] + _TARGETS["verify"]
            ),
        }

    def _erase(self) -> Figure:
        own, plain = [], []
        for _ in range(_ERASURES):
            claim = document(self._staying.pop())
            plain.append(own_time_s(self._plain.erase) * 1000)
            own.append(
                own_time_s(partial(self.register.withdraw, claim, Withdrawal.EVERYTHING)) * 1000
            )
        reference = "sqlite3: delete, truncate"
        return Figure(
            statistics.median(own), "ms", reference, statistics.median(plain), _TARGETS["erase"]
        )

    def _expire(self, size: int) -> dict[str, Figure]:
        expiring = size // EXPIRING
        with FramePulse() as idle:
            time.sleep(1.0)
        plain_s = own_time_s(lambda: self._plain.erase_many(expiring, BATCH))
        later = self._clock.effective() + timedelta(hours=2)
        with FramePulse() as busy:
            taken_s = own_time_s(lambda: self._sweeper.sweep(later))
        name = f"expire {expiring:,}"
        return {
            "expire a tenth": Figure(
                taken_s, "s", f"sqlite3: {name}", plain_s, _EXPIRE_TARGET_S * size / SIZES[-1]
            ),
            "frame gap while expiring, p95": Figure(
                busy.gap_ms(), "ms", "the same, at rest", idle.gap_ms(), _GAP_TARGET_MS, False
            ),
        }

    def _renew(self, size: int) -> dict[str, Figure]:
        """All of them, as `keys renew-templates --all` does it."""
        with self._turning() as (how, booth):
            campaign = RenewalCampaign(*self._renewal, booth)
            taken_s = own_time_s(lambda: campaign.run(lambda _: None))
        plain_s = own_time_s(lambda: self._plain.replace(size, RENEWED_AT_ONCE))
        target = _RENEW_TARGET_S * size / SIZES[-1]
        return {
            f"renew all, templates turned {how}": Figure(
                taken_s, "s", "sqlite3: replace all", plain_s, target
            )
        }

    @contextmanager
    def _turning(self) -> Iterator[tuple[str, RenewingBooth]]:
        """A booth as for any renewal; where no models are, its part is done here, in between."""
        if not any(self._model_id):
            yield "here", TurningHere()
            return
        with booth_process(MODELS) as booth:
            yield "in a booth", booth

    def _opened_anew(self) -> dict[str, Figure]:
        own, plain = [], []
        self.stores.close()
        for _ in range(_OPENINGS):
            plain.append(own_time_s(self._plain.open_again) * 1000)
            own.append(own_time_s(lambda: self._open().close()) * 1000)
        memory = Figure(resident_mb(self.place), "MB")
        self._take_up()
        opening = Figure(
            statistics.median(own),
            "ms",
            "sqlite3: open one file",
            statistics.median(plain),
            _TARGETS["open"],
        )
        return {"open all stores": opening, "memory of a process, residents read": memory}

    def _open(self) -> Stores:
        return open_stores(self.place / "stores", self._keyring, floor_bytes=1, reserve_bytes=65536)


def _cpu_ms(calls: Sequence[Callable[[], object]]) -> float:
    times = []
    for call in calls:
        started = time.thread_time_ns()
        call()
        times.append((time.thread_time_ns() - started) / 1e6)
    return statistics.median(times)


def _rows(size: int, figures: dict[str, Figure]) -> list[Row]:
    return [
        _row(
            f"{size:,}: {name}",
            figure.value,
            figure.unit,
            figure.reference,
            figure.reference_value,
            figure.target,
        )
        for name, figure in figures.items()
    ]


def _growth(small: dict[str, Figure], large: dict[str, Figure], sizes: Sequence[int]) -> list[Row]:
    """How each figure grows with the residents, beside how sqlite3's does."""
    first, last = sizes[0], sizes[-1]
    rows = []
    for name, figure in large.items():
        if not figure.grows:
            continue
        own = _exponent(small[name].value, figure.value, last / first)
        before, after = small[name].reference_value, figure.reference_value
        plain = _exponent(before, after, last / first) if before and after else None
        title = f"growth {first:,} to {last:,}: {name}"
        rows.append(_row(title, own, "exponent", figure.reference, plain, None))
    return rows


def _exponent(first: float, last: float, times: float) -> float:
    return math.log(max(last, 1e-9) / max(first, 1e-9)) / math.log(times)


def _row(
    name: str,
    value: float,
    unit: str,
    reference_name: str,
    reference: float | None,
    target: float | None,
) -> Row:
    ratio = None if not reference or unit == "exponent" else round(value / reference, 2)
    return {
        "name": f"SIM {name}",
        "value": round(value, 3),
        "unit": unit,
        "reference_name": reference_name,
        "reference_value": 0.0 if reference is None else round(reference, 3),
        "ratio": ratio,
        "target": target,
    }
