"""How a running station is asked to exchange its keys (`storage.desk_request`).

Only the process that has the stores open can do it, and a visit that is under way goes on. The
order names what to exchange and nothing else; no key leaves the station.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from consent.canonical import Json
from consent.ledger import Ledger
from station.access import Act
from station.errors import ErrorCode, StorageError
from station.gate import Permit
from storage.desk_request import PermittedHandler, Progress, StaffProof, ask_station
from storage.registry import STORE_NAMES
from storage.rotation import KeyRotation, RotationProgress
from storage.stores import Stores

ROTATION = "ROTATION"
"""Name of the order."""


@dataclass(frozen=True, slots=True)
class RotationOrder:
    """What to exchange: the record key of keys.db, and the keys of these stores' files."""

    records: bool
    stores: tuple[str, ...] = ()


@dataclass
class RotationReport:
    """What was exchanged."""

    rewrapped: int = 0
    """Persons' and consents' keys wrapped anew."""
    rekeyed: list[str] = field(default_factory=list)
    """Stores whose file is under another key."""


RunRotation = Callable[[RotationOrder, RotationProgress], RotationReport]
"""Carries an order out; raises `StationError`. What was done by then is good."""


def run_rotation(
    stores: Stores,
    ledger: Ledger,
    permit: Permit,
    order: RotationOrder,
    progress: RotationProgress,
) -> RotationReport:
    """Carry out one order: files first, so that the new wrappings lie under the new file key."""
    permit.for_act(Act.KEY_ROTATE)
    rotation, report = KeyRotation(stores, ledger), RotationReport()
    for store in order.stores:
        rotation.rekey(store)
        report.rekeyed.append(store)
        progress(len(report.rekeyed), len(order.stores))
    if order.records:
        report.rewrapped = rotation.rewrap(progress)
    return report


def rotation_orders(stores: Stores, ledger: Ledger) -> PermittedHandler:
    """What the running station does with an order to exchange keys."""

    def carry_out(
        body: Mapping[str, object], permit: Permit, progress: Progress
    ) -> Mapping[str, object]:
        return asdict(run_rotation(stores, ledger, permit, _wanted(body), progress))

    return carry_out


def ask_running_station(
    home: Path,
    order: RotationOrder,
    progress: RotationProgress,
    *,
    staff: StaffProof,
    request_id: str,
) -> RotationReport:
    """Have the station that runs in `home` carry out an order; blocks until it has.

    Raises `StorageError` or `AccessError` with the station's own code, `(STORE_LOCKED)` when it
    does not answer.
    """
    body = {**rotation_document(order), "request": request_id}
    found = ask_station(home, ROTATION, body, staff=staff, progress=progress)
    rewrapped, rekeyed = found.get("rewrapped"), found.get("rekeyed")
    if not isinstance(rewrapped, int) or not isinstance(rekeyed, list):
        raise StorageError(ErrorCode.STORE_LOCKED)
    return RotationReport(rewrapped, [str(store) for store in rekeyed])


def rotation_document(order: RotationOrder) -> dict[str, Json]:
    """What a request to exchange keys is about, and what the order for it says."""
    return {"records": order.records, "stores": list(order.stores)}


def _wanted(body: Mapping[str, object]) -> RotationOrder:
    """Raises `StorageError(STORE_LOCKED)` for anything that is not of our form."""
    records, stores = body.get("records"), body.get("stores")
    if not isinstance(records, bool) or not isinstance(stores, list) or not _are_stores(stores):
        raise StorageError(ErrorCode.STORE_LOCKED)
    return RotationOrder(records, tuple(dict.fromkeys(stores)))


def _are_stores(named: Sequence[object]) -> bool:
    if len(named) > len(STORE_NAMES):
        return False
    return all(isinstance(name, str) and name in STORE_NAMES for name in named)
