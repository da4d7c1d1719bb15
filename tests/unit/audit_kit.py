"""A ledger with visits of two residents, staff and attacks, and bundles taken from it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from pathlib import Path

from consent.bundle import BundleOrder, BundleSource, Summary, Written, write_bundle
from consent.canonical import Json
from consent.digest import to_text
from consent.iso27560 import Principal
from consent.kinds import CompletionResult, Kind
from consent.ledger import Ledger
from consent.record import Evidence
from consent.search import Row, Selection, row_of
from consent.signing import HeadSigner
from station.access import Act, load_matrix
from station.audit_desk import VERIFIER_FILE
from station.gate import Agreed, Gate, Permit, Session
from tests.ledger_fakes import FakeClock, FakeLedgerStore, new_ledger

ANNA, BORIS = "A" * 42 + "A", "B" * 42 + "A"
"""References of two residents: in the form of a commitment."""
ERASED: dict[str, Json] = {"identity": {"rows": 2, "remaining": 0, "wal_bytes": 0}}
DIGITS = "310" + "1" * 11 + "1234"


@dataclass
class FakeConsents:
    """Evidence by position, and who is still kept."""

    kept: dict[int, Evidence | None] = field(default_factory=dict)
    principals: tuple[Principal, ...] = ()

    def evidence(self, seq: int, record_id: str) -> Evidence | None:
        return self.kept[seq]

    def people(self) -> Iterator[Principal]:
        return iter(self.principals)


@dataclass
class Town:
    """The ledger, its rows, and the evidence beside it."""

    ledger: Ledger
    store: FakeLedgerStore
    signer: HeadSigner
    clock: FakeClock
    consents: FakeConsents

    @property
    def source(self) -> BundleSource:
        return BundleSource(self.store, self.signer.public_key, self.signer.sign, self.consents)

    @property
    def rows(self) -> list[Row]:
        return [row_of(stored) for stored in self.store.rows]

    def bundle(self, path: Path, order: BundleOrder | Selection | None = None) -> Written:
        """A bundle with a summary that says nothing."""
        if not isinstance(order, BundleOrder):
            order = BundleOrder(order or Selection(), "2026-04-01T00:00:00.000Z", zone=UTC)
        return write_bundle(
            path,
            self.source,
            order,
            verifier=VERIFIER_FILE.read_bytes(),
            summarise=no_summary,
        )


def no_summary(path: Path, summary: Summary) -> None:
    path.write_bytes(b"%PDF-1.4\n%%EOF\n")


def evidence(record_id: str, state: str = "given") -> Evidence:
    """What is sealed of one answer, in its form."""
    document: dict[str, Json] = {
        "schema_version": "ISO/IEC TS 27560:2023",
        "record_id": record_id,
        "pii_principal_id": "c3" * 16,
        "pii_processing": {"purpose": "VERIFY", "language": "zh_CN"},
        "event": {
            "event_time": "2026-03-01T09:00:00.000Z",
            "event_state": state,
            "event_type": "explicit",
            "entity_id": "c3" * 16,
        },
    }
    from consent.canonical import encode

    return Evidence(bytes(32), encode(document))


def town() -> Town:
    """38 entries over three days."""
    clock = FakeClock(timedelta(seconds=20))
    ledger, store, signer, _ = new_ledger(clock=clock)
    made = Town(ledger, store, signer, clock, FakeConsents())
    ledger.record(Kind.STATION_START, {"version": "0.1.0"})
    for day in range(3):
        for reference, name in ((ANNA, "anna"), (BORIS, "boris")):
            visit = f"{name}-{day}"
            _visit(made, visit, reference, first=day == 0)
        visit = f"nobody-{day}"
        ledger.record(Kind.PAD_REJECT, {"visit": visit, "species": "print"})
        ledger.record(Kind.VISIT_OUTCOME, {"visit": visit, "outcome": "ATTACK"})
        ledger.record(Kind.ACCESS_GRANTED, {"actor": "li.na", "act": "AUDIT_READ"})
        ledger.record(
            Kind.ACCESS_REFUSED, {"actor": "wang.wei", "act": "AUDIT_READ", "code": "ACC-01"}
        )
        clock.moment += timedelta(hours=23)
    gone = ledger.intent(Kind.WITHDRAW, {"commitments": [ANNA], "reason": "WITHDRAWN"})
    ledger.complete(gone, CompletionResult.DONE, ERASED)
    ledger.record(Kind.STATION_STOP, {"actor": "=HYPERLINK(1)", "reason": "@关机"})
    return made


def _visit(made: Town, visit: str, reference: str, *, first: bool) -> None:
    ledger = made.ledger
    record_id = f"R-{visit}"
    found = evidence(record_id)
    seq = ledger.record(
        Kind.CONSENT_GIVEN,
        {
            "visit_id": visit,
            "record_id": record_id,
            "purpose": "VERIFY",
            "commitment": to_text(found.commitment()),
        },
    )
    made.consents.kept[seq] = found
    if first:
        op = ledger.intent(
            Kind.ENROL, {"visit": visit, "consents": [record_id], "commitment": reference}
        )
        ledger.complete(op, CompletionResult.DONE, {"identity": {"rows": 1}})
    outcome: dict[str, Json] = {"visit": visit, "outcome": "ENROLLED" if first else "MATCH"}
    ledger.record(Kind.VISIT_OUTCOME, outcome | ({} if first else {"resident": reference}))
    ledger.record(Kind.PURGE, {"visit": visit, "reaped": True})


def verified(
    folder: Path, *options: str, program: Path | None = None
) -> tuple[int, dict[str, object]]:
    """What the auditor's program says of a bundle, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-I", program or VERIFIER_FILE, folder, "--json", *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


class AgreedRequests:
    """Requests that somebody called chen agreed to."""

    def take_agreed(self, request_id: str, act: Act, user: str, about: str, reason: str) -> Agreed:
        return Agreed("chen", reason)


def permit(ledger: Ledger, act: Act, about: str = "", reason: str = "ticket 7") -> Permit:
    """A permit of the auditor li.na."""
    matrix = load_matrix()
    gate = Gate(matrix, lambda _: matrix.rules[act].roles, AgreedRequests(), ledger)
    return gate.permit(
        Session("e5" * 16, "li.na"), act, about=about, reason=reason, request_id="r1"
    )
