"""`bench audit`: what searching, exporting and verifying a large ledger costs. Label SIM.

The ledger is invented (`bench_ledger`); stores, search, exporter and verifier are the station's
own, in processes of their own whose peak memory is read. The reference for search and export is one
plain pass over the same rows; for the verifier it is what SM3 alone takes over the same bytes.
Times are by the clock, less what the work stood in line for a processor (`bench_pulse`).
"""

import hashlib
import json
import resource
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import click

from consent.bundle import BundleSource, Written
from consent.kinds import Kind
from consent.ledger import Ledger
from consent.search import Selection, references_of, search
from consent.signing import HeadSigner
from station.access import Act, load_matrix
from station.audit_desk import VERIFIER_FILE, AuditDesk, ExportOrder
from station.build import default_home
from station.cli.bench_ledger import ORIGIN, fill_ledger
from station.cli.bench_pulse import PASSPHRASE, own_time_s
from station.config import ROOT
from station.gate import Agreed, Gate, Permit, Session
from storage.audit_source import AuditSource
from storage.keys import KeyRing
from storage.stores import Stores, open_stores
from ui.audit_summary import write_summary

ENTRIES = 20_000
MOST_MB, MOST_VERIFY_S = 300.0, 60.0
"""Targets at a million entries."""
_MILLION = 1_000_000
_CHILD_TIMEOUT_S = 4 * 3600
_PAGE = 100
_RUN = """
import runpy, sys
from pathlib import Path
code = 0
sys.argv.pop(0)
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
except SystemExit as end:
    code = end.code
status = Path("/proc/self/status").read_text()
peak = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
waited = Path("/proc/thread-self/schedstat")
waited_ns = waited.read_text().split()[1] if waited.exists() else 0
sys.stderr.write(f"\\n{waited_ns} {peak[0] if peak else 0}\\n")
sys.exit(code)
"""
Row = dict[str, Any]


def measure(entries: int = ENTRIES) -> list[Row]:
    """Rows as in `bench storage`. Works in a fresh folder below the station's own; removes it."""
    place = default_home() / f"bench-{secrets.token_hex(4)}"
    place.mkdir(mode=0o700, parents=True)
    try:
        build_s = _build(place, entries)
        exported = _child(place, "station.cli.bench_audit")
        verify_s, verify_mb = _verify(place / "bundle")
        hash_s = _hash_s(place / "bundle" / "entries.jsonl")
        size_mb = sum(path.stat().st_size for path in (place / "bundle").iterdir()) / 1e6
    finally:
        shutil.rmtree(place)
    large = entries >= _MILLION
    mb = MOST_MB if large else None
    read = ("reading every entry once", exported["read_s"])
    return [
        _row(f"{entries} entries: build (not the station's way)", build_s, "s"),
        _row("search: a page of the newest", exported["page_s"], "s", *read),
        _row("search: a rare actor, whole ledger", exported["actor_s"], "s", *read),
        _row("search: a kind, whole ledger", exported["kind_s"], "s", *read),
        _row("search: a text, whole ledger", exported["text_s"], "s", *read),
        _row("search: what leads to one person", exported["person_s"], "s", *read),
        _row("export, whole", exported["export_s"], "s", *read),
        _row("export: consent records", exported["consents"], "records"),
        _row("export: size of the bundle", size_mb, "MB"),
        _row("export: peak memory", exported["peak_mb"], "MB", target=mb),
        _row("export: memory before it began", exported["before_mb"], "MB"),
        _row(
            "verify_bundle.py",
            verify_s,
            "s",
            "SM3 alone over its entries",
            hash_s,
            MOST_VERIFY_S if large else None,
        ),
        _row("verify_bundle.py: peak memory", verify_mb, "MB"),
    ]


def export_here(place: Path) -> dict[str, float]:
    """Search and export the bench's ledger in this process; figures in seconds and megabytes."""
    keyring = KeyRing.open(place / "keyring.json", PASSPHRASE)
    stores = open_stores(place / "stores", keyring, floor_bytes=1, reserve_bytes=65536)
    with closing(stores):
        signer = HeadSigner.from_private(keyring.ledger_signing_key().reveal())
        ledger = Ledger(stores.ledger, signer, ORIGIN, lambda: datetime.now(UTC), demo=True)
        found = _searches(stores)
        source = BundleSource(stores.ledger, signer.public_key, signer.sign, AuditSource(stores))
        desk = AuditDesk(ledger, source, write_summary, lambda: datetime.now(UTC))
        order = ExportOrder(Selection())
        permit = _permit(ledger, order)
        found["before_mb"] = _peak_mb()
        written: list[Written] = []
        found["export_s"] = own_time_s(
            lambda: written.append(desk.export(permit, place / "bundle", order))
        )
        found["consents"] = written[0].consents
        found["peak_mb"] = _peak_mb()
    return found


def _searches(stores: Stores) -> dict[str, float]:
    rows = stores.ledger
    newest = next(search(rows, Selection(kinds=(Kind.VISIT_OUTCOME,))))
    wanted = {
        "actor_s": Selection(actors=("sim.rare",)),
        "kind_s": Selection(kinds=(Kind.RECORD_READ,)),
        "text_s": Selection(text="sim-97"),
    }
    found = {"read_s": own_time_s(lambda: _exhaust(rows.newest_first()))}
    found["page_s"] = own_time_s(lambda: list(islice(search(rows, Selection()), _PAGE)))
    for name, selection in wanted.items():
        found[name] = own_time_s(partial(_exhaust, search(rows, selection)))
    found["person_s"] = own_time_s(lambda: references_of(rows, newest.said("resident")))
    return found


def _exhaust(rows: Iterable[object]) -> None:
    for _ in rows:
        pass


def _permit(ledger: Ledger, order: ExportOrder) -> Permit:
    """The gate's own, for somebody who exists only here."""
    matrix = load_matrix()
    gate = Gate(matrix, lambda _: matrix.rules[Act.AUDIT_EXPORT].roles, _Agreed(), ledger)
    return gate.permit(
        Session(secrets.token_hex(16), "sim.auditor"),
        Act.AUDIT_EXPORT,
        about=order.about(),
        request_id="bench",
    )


class _Agreed:
    def take_agreed(self, request_id: str, act: Act, user: str, about: str, reason: str) -> Agreed:
        return Agreed("sim.security", reason)


def _build(place: Path, entries: int) -> float:
    started = time.perf_counter()
    keyring, _ = KeyRing.create(place / "keyring.json", PASSPHRASE)
    stores = open_stores(place / "stores", keyring, floor_bytes=1, reserve_bytes=65536)
    with (
        closing(stores),
        click.progressbar(length=entries, file=sys.stderr, label="SIM ledger") as bar,
    ):
        fill_ledger(stores, keyring, entries, lambda done: bar.update(done - bar.pos))
    return time.perf_counter() - started


def _child(place: Path, module: str) -> dict[str, float]:
    command = [sys.executable, "-m", module, str(place)]
    done = subprocess.run(  # noqa: S603 - our own module
        command, cwd=ROOT, capture_output=True, check=True, timeout=_CHILD_TIMEOUT_S
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _verify(bundle: Path) -> tuple[float, float]:
    """Seconds and peak MB of the auditor's program. Raises where it does not accept."""
    command = [sys.executable, "-c", _RUN, str(VERIFIER_FILE), str(bundle)]
    started = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own program
        command, capture_output=True, check=True, timeout=_CHILD_TIMEOUT_S
    )
    took_s = time.perf_counter() - started
    waited_ns, peak_kb = done.stderr.split()[-2:]
    return took_s - int(waited_ns) / 1e9, int(peak_kb) / 1024


def _hash_s(path: Path) -> float:
    digest = hashlib.new("sm3")

    def read() -> None:
        with path.open("rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)

    return own_time_s(read)


def _peak_mb() -> float:
    """Highest resident memory of this process so far; not of what started it."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _row(
    name: str,
    value: float,
    unit: str,
    reference: str = "",
    reference_value: float | None = None,
    target: float | None = None,
) -> Row:
    ratio = None if not reference_value else value / reference_value
    return {
        "name": name,
        "value": round(value, 3),
        "unit": unit,
        "reference_name": reference,
        "reference_value": None if reference_value is None else round(reference_value, 3),
        "ratio": ratio,
        "target": target,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(export_here(Path(sys.argv[1]))))
