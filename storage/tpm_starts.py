"""Local evidence that the whole station folder was not put back (crypto.md 6.4): counted starts.

Each start writes the number it will bring the chip's counter to into the ledger and then counts. A
ledger that knows of fewer starts than the chip was replaced by an older copy, with everything
beside it. What it does not see: a copy made before the counter was, and a counter that somebody
with the machine's administrator rights removed; the ledger then says that it is missing.
"""

from collections.abc import Iterable
from contextlib import suppress

from consent.entry import parse_entry
from consent.kinds import Kind
from consent.ledger_port import StoredEntry
from station.errors import ErrorCode, StorageError
from storage.tpm import SealedSecret, raise_counter, read_counter
from storage.tpm_tools import TpmError

COUNT = "tpm_count"
"""Key of the count in the payload of STATION_START and TPM_SEALED."""
_COUNTED = (Kind.STATION_START, Kind.TPM_SEALED)


def next_start(
    sealed: SealedSecret | None, newest_first: Iterable[StoredEntry]
) -> dict[str, int | str]:
    """What this start's entry says: `tpm_count`, or why it cannot be counted; {} without a slot.

    Raises `StorageError(STORE_ROLLED_BACK)` when the chip has counted more starts than the ledger.
    """
    if sealed is None:
        return {}
    try:
        counted = read_counter(sealed)
    except TpmError as error:
        return {"tpm_counter": error.reason}
    known = _known(newest_first)
    # One less: the machine stopped between the entry and the count.
    if known is not None and counted not in (known, known - 1):
        raise StorageError(ErrorCode.STORE_ROLLED_BACK)
    return {COUNT: counted + 1}


def count_start(sealed: SealedSecret | None, entry: dict[str, int | str]) -> None:
    """Count the start that `entry` announced; where the chip fails now, the next start does it."""
    if sealed is not None and COUNT in entry:
        with suppress(TpmError):
            raise_counter(sealed)


def _known(newest_first: Iterable[StoredEntry]) -> int | None:
    for stored in newest_first:
        entry = parse_entry(stored.body)
        if entry.kind in _COUNTED:
            count = entry.payload.get(COUNT)
            if isinstance(count, int):
                return count
    return None
