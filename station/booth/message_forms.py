"""What every message across the wall is made of: its base, and the bounded kinds of its fields."""

from typing import Annotated

import msgspec
from msgspec import Meta

Short = Annotated[str, Meta(max_length=64)]
Field = Annotated[str, Meta(max_length=200)]
Id32 = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
ReceiptId = Annotated[str, Meta(pattern="^[0-9A-Z]{4}(-[0-9A-Z]{4}){2}$")]
Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Fraction = Annotated[float, Meta(ge=0, le=1)]
Index = Annotated[int, Meta(ge=0, le=63)]
Figure = Annotated[float, Meta(ge=-1e6, le=1e6)]
"""A layer's measure or gate."""


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """Base of all messages; the tag is the class name."""
