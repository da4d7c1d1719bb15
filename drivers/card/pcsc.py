"""PC/SC readers through pyscard: the only module that imports `smartcard`.

The plain C functions are used, not pyscard's classes: those keep a process-wide context and cached
reader lists that do not survive a restarted pcscd, and their exceptions hide the PC/SC code.
"""

import contextlib
import time
from collections.abc import Iterator
from threading import Event
from types import TracebackType
from typing import Self

from smartcard import scard

from drivers.card.apdu import Transport, TransportFactory
from station.errors import CardError, ErrorCode

_POLL_S = 0.2
"""How soon a cancelled wait ends: PC/SC itself only knows a time-out."""
_MAX_READERS = 16

_REMOVED = frozenset(
    {
        scard.SCARD_W_REMOVED_CARD,
        scard.SCARD_E_NO_SMARTCARD,
        scard.SCARD_E_READER_UNAVAILABLE,
        scard.SCARD_W_RESET_CARD,
        scard.SCARD_E_INVALID_HANDLE,
        scard.SCARD_E_NO_SERVICE,
        scard.SCARD_E_SERVICE_STOPPED,
        scard.SCARD_E_UNKNOWN_READER,
        # A card pulled in the middle of a frame is often reported as plain failure to communicate.
        scard.SCARD_E_NOT_TRANSACTED,
        scard.SCARD_F_COMM_ERROR,
        scard.SCARD_W_UNPOWERED_CARD,
        scard.SCARD_W_UNRESPONSIVE_CARD,
    }
)
_BUSY = frozenset({scard.SCARD_E_SHARING_VIOLATION})
_GONE_READER = frozenset(
    {scard.SCARD_E_NO_READERS_AVAILABLE, scard.SCARD_E_UNKNOWN_READER, scard.SCARD_E_NO_SERVICE}
    | {scard.SCARD_E_SERVICE_STOPPED, scard.SCARD_E_READER_UNAVAILABLE}
)


class _Context:
    """One SCARDCONTEXT, released on exit. No pcscd running means READER_NOT_FOUND."""

    def __init__(self) -> None:
        result, self.handle = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        if result != scard.SCARD_S_SUCCESS:
            raise CardError(ErrorCode.READER_NOT_FOUND, pcsc=_unsigned(result))

    def release(self) -> None:
        scard.SCardReleaseContext(self.handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def readers(self) -> list[str]:
        result, names = scard.SCardListReaders(self.handle, [])
        if result != scard.SCARD_S_SUCCESS:
            return []
        return [str(n) for n in names[:_MAX_READERS]]


def reader_names() -> list[str]:
    """Names of the readers attached now; empty where pcscd does not run."""
    try:
        with _Context() as context:
            return context.readers()
    except CardError:
        return []


def connector(reader_name: str | None, timeout_s: float) -> TransportFactory:
    """A factory that waits at most `timeout_s` for a card on `reader_name` (None: any reader)."""

    def connect(cancel: Event) -> Transport:
        deadline = time.monotonic() + timeout_s
        context = _Context()
        try:
            while True:
                name = _wait_for_card(context, reader_name, deadline, cancel)
                try:
                    return _PcscTransport(context, name)
                except CardError as error:
                    # A card that only touched the reader is not yet presented: wait on.
                    late = time.monotonic() >= deadline
                    if error.code is not ErrorCode.CARD_REMOVED or late:
                        raise
                cancel.wait(_POLL_S)
        except BaseException:
            context.release()
            raise

    return connect


def readers_with_card() -> list[str]:
    """Names of the readers on which a card lies now."""
    try:
        with _Context() as context:
            names = context.readers()
            return [n for n, s in _states(context, names) if s & scard.SCARD_STATE_PRESENT]
    except CardError:
        return []


def _wait_for_card(
    context: _Context, reader_name: str | None, deadline: float, cancel: Event
) -> str:
    """The reader on which a card lies; `deadline` is on the monotonic clock."""
    while True:
        names = [n for n in context.readers() if reader_name in (None, n)]
        if not names:
            raise CardError(ErrorCode.READER_NOT_FOUND)
        if cancel.is_set():
            raise CardError(ErrorCode.CARD_NOT_PRESENTED)
        states = list(_states(context, names))
        mute = [name for name, state in states if state & scard.SCARD_STATE_MUTE]
        for name, state in states:
            if state & scard.SCARD_STATE_PRESENT and name not in mute:
                return name
        # Only now: a card the wrong way round in one slot must not hide a good one on another.
        if mute:
            raise CardError(ErrorCode.CARD_UNREADABLE)
        if time.monotonic() >= deadline:
            raise CardError(ErrorCode.CARD_NOT_PRESENTED)
        cancel.wait(_POLL_S)


def _states(context: _Context, names: list[str]) -> Iterator[tuple[str, int]]:
    wanted = [(name, scard.SCARD_STATE_UNAWARE) for name in names]
    # UNAWARE with no time-out asks for the present state without waiting.
    result, states = scard.SCardGetStatusChange(context.handle, 0, wanted)
    if result in _GONE_READER:
        raise CardError(ErrorCode.READER_NOT_FOUND, pcsc=_unsigned(result))
    if result != scard.SCARD_S_SUCCESS:
        return
    for name, state, _atr in states:
        yield str(name), int(state)


class _PcscTransport:
    """An open card. Exclusive, so that no other program on the station can listen in."""

    def __init__(self, context: _Context, reader_name: str) -> None:
        self._context: _Context | None = context
        result, self._card, protocol = scard.SCardConnect(
            context.handle,
            reader_name,
            scard.SCARD_SHARE_EXCLUSIVE,
            scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1,
        )
        if result in _BUSY:
            raise CardError(ErrorCode.READER_BUSY, pcsc=_unsigned(result))
        if result == scard.SCARD_W_UNRESPONSIVE_CARD:
            raise CardError(ErrorCode.CARD_UNREADABLE, pcsc=_unsigned(result))
        if result in _REMOVED:
            raise CardError(ErrorCode.CARD_REMOVED, pcsc=_unsigned(result))
        if result != scard.SCARD_S_SUCCESS:
            raise CardError(ErrorCode.CARD_UNREADABLE, pcsc=_unsigned(result))
        is_t0 = protocol == scard.SCARD_PROTOCOL_T0
        self._pci = scard.SCARD_PCI_T0 if is_t0 else scard.SCARD_PCI_T1

    def transmit(self, apdu: bytes) -> bytearray:
        """Send `apdu`; pyscard's list of the answer is overwritten."""
        if self._context is None:
            raise CardError(ErrorCode.CARD_REMOVED)
        result, values = scard.SCardTransmit(self._card, self._pci, list(apdu))
        # Some drivers report success with nothing in it when the card goes; a card that is there
        # answers at least a status word.
        if result in _REMOVED or (result == scard.SCARD_S_SUCCESS and len(values) < 2):
            raise CardError(ErrorCode.CARD_REMOVED, pcsc=_unsigned(result))
        if result != scard.SCARD_S_SUCCESS:
            raise CardError(ErrorCode.CARD_UNREADABLE, pcsc=_unsigned(result))
        answer = bytearray(values)
        values[:] = [0] * len(values)
        return answer

    def close(self) -> None:
        """Unpower the card and release the reader."""
        if self._context is None:
            return
        context, self._context = self._context, None
        with contextlib.suppress(scard.error):
            scard.SCardDisconnect(self._card, scard.SCARD_UNPOWER_CARD)
        context.release()


def _unsigned(result: int) -> int:
    return result & 0xFFFF_FFFF
