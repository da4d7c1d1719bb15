"""CTAP 2 with a key that is there, by python-fido2. Runs confined: what a key says is hostile.

The library turns malformed answers into many kinds of errors; the process (`__main__`) takes them
all for KEY_UNREADABLE.
"""

import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from fido2.ctap import CtapError
from fido2.ctap2.base import Ctap2, args

from drivers.key.presence import CardKey, HidKey
from station.errors import AccessError, CardError, ErrorCode
from station.key_wire import KeyEnd, KeyMade, KeyOrder, KeySigned, KeyUnknown

if TYPE_CHECKING:
    from fido2.ctap import CtapDevice

    from drivers.card.apdu import Transport

_ES256 = -7
_MOST_ANSWER_BYTES = 16 * 1024
"""Of one whole conversation over a card reader, polls for a touch included."""
_ERR = CtapError.ERR
_UNKNOWN = frozenset({_ERR.NO_CREDENTIALS, _ERR.INVALID_CREDENTIAL})
_CODES: Mapping[int, ErrorCode] = {
    _ERR.KEEPALIVE_CANCEL: ErrorCode.KEY_NOT_TOUCHED,
    _ERR.USER_ACTION_TIMEOUT: ErrorCode.KEY_NOT_TOUCHED,
    _ERR.ACTION_TIMEOUT: ErrorCode.KEY_NOT_TOUCHED,
    _ERR.TIMEOUT: ErrorCode.KEY_NOT_TOUCHED,
    _ERR.OPERATION_DENIED: ErrorCode.KEY_NOT_TOUCHED,
    _ERR.UP_REQUIRED: ErrorCode.KEY_NOT_TOUCHED,
    _ERR.PUAT_REQUIRED: ErrorCode.KEY_NEEDS_PIN,
    _ERR.PIN_INVALID: ErrorCode.KEY_NEEDS_PIN,
    _ERR.PIN_BLOCKED: ErrorCode.KEY_NEEDS_PIN,
    _ERR.PIN_AUTH_INVALID: ErrorCode.KEY_NEEDS_PIN,
    _ERR.PIN_AUTH_BLOCKED: ErrorCode.KEY_NEEDS_PIN,
    _ERR.PIN_NOT_SET: ErrorCode.KEY_NEEDS_PIN,
    _ERR.UV_BLOCKED: ErrorCode.KEY_NEEDS_PIN,
    _ERR.UV_INVALID: ErrorCode.KEY_NEEDS_PIN,
}


def talk(key: HidKey | CardKey, order: KeyOrder, deadline: float) -> KeyEnd:
    """Have `key` sign, or make a credential. Raises `StationError`, and what the library raises."""
    over = threading.Event()
    timer = threading.Timer(max(deadline - time.monotonic(), 0.0), over.set)
    timer.daemon = True
    timer.start()
    try:
        return _asked(Ctap2(_device(key)), order, over)
    except CtapError as error:
        if error.code in _UNKNOWN:
            return KeyUnknown()
        raise AccessError(_CODES.get(error.code, ErrorCode.KEY_UNREADABLE)) from error
    except OSError as error:
        # A USB key that was pulled out reads and writes no more.
        raise AccessError(ErrorCode.KEY_LOST) from error


def _asked(ctap: Ctap2, order: KeyOrder, over: threading.Event) -> KeyEnd:
    if order.user_handle:
        made = ctap.send_cbor(
            Ctap2.CMD.MAKE_CREDENTIAL,
            args(
                order.client_hash,
                {"id": order.rp_id, "name": order.rp_id},
                {"id": order.user_handle, "name": "staff"},
                [{"type": "public-key", "alg": _ES256}],
            ),
            event=over,
        )
        return KeyMade(_bytes(made[2]))
    listed = [{"type": "public-key", "id": one} for one in order.credential_ids]
    said = ctap.send_cbor(
        Ctap2.CMD.GET_ASSERTION, args(order.rp_id, order.client_hash, listed), event=over
    )
    # A key may leave out which credential it was where there is one to choose from.
    named = said[1]["id"] if 1 in said else order.credential_ids[0]
    return KeySigned(_bytes(named), _bytes(said[2]), _bytes(said[3]))


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise AccessError(ErrorCode.KEY_UNREADABLE)
    return value


def _device(key: HidKey | CardKey) -> "CtapDevice":
    if isinstance(key, HidKey):
        from fido2.hid import open_device

        return open_device(str(key.node))
    from fido2.pcsc import CtapPcscDevice

    return CtapPcscDevice(_CardLink(key.transport), "")


class _CardLink:
    """What the library asks of a pyscard connection, over the station's own transport."""

    def __init__(self, transport: "Transport") -> None:
        self._transport = transport
        self._left = _MOST_ANSWER_BYTES

    def connect(self) -> None:
        """It is open already, and exclusively ours."""

    def disconnect(self) -> None:
        """Unpower the card."""
        self._transport.close()

    def transmit(self, apdu: list[int], _protocol: int | None = None) -> tuple[list[int], int, int]:
        """One exchange: data and both status bytes. Raises `CardError`, `AccessError`."""
        answer = self._transport.transmit(bytes(apdu))
        self._left -= len(answer)
        if self._left < 0:
            raise AccessError(ErrorCode.KEY_UNREADABLE)
        if len(answer) < 2:
            raise CardError(ErrorCode.CARD_REMOVED)
        return list(answer[:-2]), answer[-2], answer[-1]
