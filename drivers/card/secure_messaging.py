"""Secure messaging between reader and chip (ICAO 9303-11 §9.8), as a wrapper around a transport."""

import hmac

from drivers.card import tlv
from drivers.card.apdu import CommandApdu, ResponseApdu, Transport
from drivers.card.cipher_suite import CipherSuite, SessionKeys, pad, unpadded_length
from station.errors import CardError, ErrorCode

DO_CRYPTOGRAM = 0x87
DO_CRYPTOGRAM_OF_OBJECTS = 0x85
"""Cryptogram of data objects, used by odd instructions; it has no padding indicator."""
DO_LE = 0x97
DO_STATUS = 0x99
DO_MAC = 0x8E
MAX_LE = 0xDF
"""Longest read asked for without extended length: chips exist that answer nothing above it."""
_PADDING_INDICATOR = 0x01
_SM_CLASS_BITS = 0x0C


class SecureChannelLostError(CardError):
    """The chip left secure messaging; access control must be done again to go on.

    `numbers["sw"]` is the plain status word, where the chip gave one.
    """


class SecureChannel:
    """Protects every command and checks every answer; one per successful access control.

    After any answer that is not properly protected the channel is closed for good: counting the
    send sequence on would be guessing.
    """

    def __init__(
        self, transport: Transport, suite: CipherSuite, keys: SessionKeys, ssc: bytes
    ) -> None:
        if len(ssc) != suite.block_size:
            raise ValueError("the send sequence counter is one cipher block")
        self._transport = transport
        self._suite = suite
        self._keys = keys
        self._ssc = int.from_bytes(ssc, "big")
        self._closed = False

    def exchange(self, command: CommandApdu) -> ResponseApdu:
        """Send `command` protected and return the answer unprotected.

        Raises `SecureChannelLostError` (a `CardError` CARD_UNREADABLE) when the chip answers
        outside the channel or its MAC is wrong, and at every later call.
        """
        if self._closed:
            raise SecureChannelLostError(ErrorCode.CARD_UNREADABLE)
        self._closed = True
        raw = self._transport.transmit(self._protect(command).encode())
        answer = self._unprotect(ResponseApdu.parse(raw))
        self._closed = False
        return answer

    def _next_ssc(self) -> bytes:
        size = self._suite.block_size
        self._ssc = (self._ssc + 1) % (1 << 8 * size)
        return self._ssc.to_bytes(size, "big")

    def _protect(self, command: CommandApdu) -> CommandApdu:
        if not command.data and command.le is None:
            raise ValueError("a command without data and Le is not used with an eMRTD")
        ssc, block = self._next_ssc(), self._suite.block_size
        cla = command.cla | _SM_CLASS_BITS
        header = bytes((cla, command.ins, command.p1, command.p2))
        body = b""
        if command.data:
            cryptogram = self._suite.encrypt(self._keys.enc, ssc, pad(command.data, block))
            if command.ins & 1:
                body += tlv.encode(DO_CRYPTOGRAM_OF_OBJECTS, cryptogram)
            else:
                body += tlv.encode(DO_CRYPTOGRAM, bytes((_PADDING_INDICATOR,)) + cryptogram)
        if command.le is not None:
            body += tlv.encode(DO_LE, bytes((command.le & 0xFF,)))
        mac = self._suite.mac(self._keys.mac, ssc + pad(header, block) + body)
        body += tlv.encode(DO_MAC, mac)
        return CommandApdu(cla, command.ins, command.p1, command.p2, body, le=0x100)

    def _unprotect(self, answer: ResponseApdu) -> ResponseApdu:
        if not answer.data:
            raise SecureChannelLostError(ErrorCode.CARD_UNREADABLE, sw=answer.sw)
        ssc = self._next_ssc()
        objects = {o.tag: o for o in tlv.children(answer.data, limit=4)}
        status, mac = objects.get(DO_STATUS), objects.get(DO_MAC)
        # DO'8E' must be last, or bytes after it would escape the MAC.
        if status is None or mac is None or mac.end != len(answer.data):
            raise SecureChannelLostError(ErrorCode.CARD_UNREADABLE, sw=answer.sw)
        expected = self._suite.mac(self._keys.mac, ssc + bytes(answer.data[: mac.start]))
        if not hmac.compare_digest(expected, mac.value(answer.data)):
            raise SecureChannelLostError(ErrorCode.CARD_UNREADABLE, sw=answer.sw)
        sw = int.from_bytes(status.value(answer.data), "big")
        if sw != answer.sw:
            raise SecureChannelLostError(ErrorCode.CARD_UNREADABLE, sw=answer.sw)
        cryptogram = objects.get(DO_CRYPTOGRAM)
        if cryptogram is not None:
            value = cryptogram.value(answer.data)
            if value[:1] != bytes((_PADDING_INDICATOR,)):
                raise SecureChannelLostError(ErrorCode.CARD_UNREADABLE, length=len(value))
            return ResponseApdu(self._open(ssc, value[1:]), sw)
        cryptogram = objects.get(DO_CRYPTOGRAM_OF_OBJECTS)
        if cryptogram is not None:
            return ResponseApdu(self._open(ssc, cryptogram.value(answer.data)), sw)
        return ResponseApdu(bytearray(), sw)

    def _open(self, ssc: bytes, value: memoryview) -> bytearray:
        if not value or len(value) % self._suite.block_size:
            raise SecureChannelLostError(ErrorCode.CARD_UNREADABLE, length=len(value))
        plain = self._suite.decrypt(self._keys.enc, ssc, value)
        length = unpadded_length(plain)
        if length is None:
            raise SecureChannelLostError(ErrorCode.CARD_UNREADABLE, length=len(value))
        # The bytes cut off are padding only, so nothing personal is left behind unwiped.
        del plain[length:]
        return plain
