"""One conversation with a security key: an order on standard input, its end on standard output.

    python -m drivers.key

Waits for a key first, then confines itself, and only then reads what a key says: confinement names
the one device there is. No file writes, no network, no child process, bounded memory.
"""

import resource
import sys
import time

import msgspec

from drivers.key.presence import HidKey, wait_for_key
from station.booth.sandbox import harden_booth
from station.errors import ErrorCode, StationError
from station.key_wire import MOST_LINE_BYTES, KeyFailed, KeyMessage, KeyOrder, KeyStep, KeyStepped

_MOST_MEMORY_BYTES = 512 << 20
_CODES = {
    ErrorCode.CARD_REMOVED: ErrorCode.KEY_LOST,
    ErrorCode.CARD_UNREADABLE: ErrorCode.KEY_UNREADABLE,
}


def main() -> None:
    """Carry out the order; whatever happens is said in one last line."""
    order = msgspec.json.decode(sys.stdin.buffer.readline(MOST_LINE_BYTES), type=KeyOrder)
    try:
        _say(_carried_out(order))
    except StationError as error:
        _say(KeyFailed(_CODES.get(error.code, error.code).value))
    except Exception:
        # Top of the process. What a key says wrong ends in every kind of error of the library,
        # and its text could hold what the key said.
        _say(KeyFailed(ErrorCode.KEY_UNREADABLE.value))


def _carried_out(order: KeyOrder) -> KeyMessage:
    key = wait_for_key(time.monotonic() + order.wait_s)
    deadline = time.monotonic() + order.wait_s
    _say(KeyStepped(KeyStep.TOUCH))
    harden_booth(order.desk_pid, devices=(key.node,) if isinstance(key, HidKey) else ())
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY_BYTES, _MOST_MEMORY_BYTES))
    # Loaded confined: from here on a stranger's bytes are read.
    from drivers.key.talk import talk

    return talk(key, order, deadline)


def _say(message: KeyMessage) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(message) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
