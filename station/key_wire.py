"""What crosses between the desk and the process that talks to a security key; every length bounded.

One line of JSON each way: an order in, steps and one end out. What a key said is not looked into
on the way: the desk does that (`station.security_key`).
"""

from enum import StrEnum
from typing import Annotated

import msgspec

MOST_LINE_BYTES = 8 * 1024
"""Longest line either way."""
MOST_CREDENTIAL_BYTES = 512
"""Longest credential id taken; keys in use today give 16 to 255 bytes."""

KEY_WAIT_S = 30.0
"""How long a key may take to be found, and then to be touched."""

_Credential = Annotated[bytes, msgspec.Meta(min_length=1, max_length=MOST_CREDENTIAL_BYTES)]
_AuthData = Annotated[bytes, msgspec.Meta(max_length=1024)]


class KeyStep(StrEnum):
    """What whoever holds the key does next."""

    INSERT = "INSERT"
    """No key is there yet: plug it in, or lay it on the reader."""
    TOUCH = "TOUCH"
    """A key was found: touch it, or leave it on the reader."""


class KeyOrder(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One conversation with a key. `client_hash` is a SHA-256; times in seconds."""

    rp_id: Annotated[str, msgspec.Meta(max_length=128)]
    client_hash: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    credential_ids: Annotated[list[_Credential], msgspec.Meta(max_length=8)]
    user_handle: Annotated[bytes, msgspec.Meta(max_length=64)]
    """Random, for a new credential; empty for a signature by one of `credential_ids`."""
    wait_s: Annotated[float, msgspec.Meta(gt=0, le=120)]
    desk_pid: int


class KeyStepped(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag="STEP"):
    """The conversation has come to this."""

    step: KeyStep


class KeySigned(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag="SIGNED"):
    """What the key signed, and with which credential (CTAP 2.1, 6.2)."""

    credential_id: _Credential
    auth_data: _AuthData
    signature: Annotated[bytes, msgspec.Meta(max_length=256)]


class KeyMade(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag="MADE"):
    """A new credential (CTAP 2.1, 6.1)."""

    auth_data: _AuthData


class KeyUnknown(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag="UNKNOWN"):
    """The key holds none of the credentials it was asked for."""


class KeyFailed(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag="FAILED"):
    """It could not be done; an `ErrorCode`."""

    code: Annotated[str, msgspec.Meta(max_length=16)]


KeyEnd = KeySigned | KeyMade | KeyUnknown | KeyFailed
KeyMessage = KeyStepped | KeyEnd
