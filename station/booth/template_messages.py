"""The messages about templates and portraits: all that may cross the wall of a face, sealed.

Every field of bytes has one exact length, so that neither a raw vector nor a picture has the form
of one. `station.booth.messages` says which way each goes.
"""

from typing import Annotated

from msgspec import Meta

from station.booth.message_forms import Message
from station.booth.portrait_form import PORTRAIT_BYTES, PRIVATE_KEY_BYTES, PUBLIC_KEY_BYTES

Bytes16 = Annotated[bytes, Meta(min_length=16, max_length=16)]
RotationKey = Annotated[bytes, Meta(min_length=2112, max_length=2112)]
SealedBytes = Annotated[bytes, Meta(min_length=175, max_length=175)]
"""A sealed template is this long, always: neither a raw vector nor a picture has that length."""

PortraitBytes = Annotated[bytes, Meta(min_length=PORTRAIT_BYTES, max_length=PORTRAIT_BYTES)]
"""A sealed portrait is this long, always; what it must look like is in `portrait_form`."""
PublicKey = Annotated[bytes, Meta(min_length=PUBLIC_KEY_BYTES, max_length=PUBLIC_KEY_BYTES)]
PrivateKey = Annotated[bytes, Meta(min_length=PRIVATE_KEY_BYTES, max_length=PRIVATE_KEY_BYTES)]
Rate = Annotated[float, Meta(gt=0, lt=1)]


class RecordKeys(Message, frozen=True):
    """The keys of one template; neither its secret nor the pepper ever crosses."""

    pid: Bytes16
    rotation: RotationKey
    seal_key: Bytes16

    def __repr__(self) -> str:
        return "RecordKeys(…)"


class TemplateSealed(Message, frozen=True):
    """One protected template: all of a face that leaves a booth, and what comes back to one."""

    sealed: SealedBytes
    model_id: Bytes16
    profile: Annotated[int, Meta(ge=1, le=0xFFFF)]

    def __repr__(self) -> str:
        return "TemplateSealed(…)"


class PortraitSealed(Message, frozen=True):
    """One live portrait, sealed in the booth to the officers' public key: only they can open it."""

    sealed: PortraitBytes

    def __repr__(self) -> str:
        return "PortraitSealed(…)"


# Desk -> booth


class EnrolTemplate(Message, frozen=True):
    """Seal a template of the frames that passed PAD and matched the document."""

    keys: RecordKeys
    fmr: Rate
    """Wanted false match rate; the booth chooses the threshold profile by it."""


class CompareTemplate(Message, frozen=True):
    """Compare one stored template with the frames that passed PAD; once per capture."""

    keys: RecordKeys
    template: TemplateSealed


class RenewTemplate(Message, frozen=True):
    """Seal an old template anew under other keys; only where no visit ever begins."""

    old_keys: RecordKeys
    template: TemplateSealed
    new_keys: RecordKeys


class SealPortrait(Message, frozen=True):
    """Seal one frontal frame of those that passed PAD and matched; only with a consent to it."""

    officers_key: PublicKey


class RenewFromPortraits(Message, frozen=True):
    """Make a template of sealed portraits with the present model, and seal them anew.

    Only where no visit ever begins; the private key is the officers', lent for a ceremony.
    """

    private_key: PrivateKey
    portraits: Annotated[tuple[PortraitSealed, ...], Meta(min_length=1, max_length=2)]
    keys: RecordKeys
    version: Annotated[int, Meta(ge=1, le=0xFFFF)]
    fmr: Rate
    officers_key: PublicKey

    def __repr__(self) -> str:
        return "RenewFromPortraits(…)"


# Booth -> desk


class PortraitsRenewed(Message, frozen=True):
    """The template made of portraits, and the same portraits sealed anew, in order."""

    template: TemplateSealed
    portraits: Annotated[tuple[PortraitSealed, ...], Meta(min_length=1, max_length=2)]

    def __repr__(self) -> str:
        return "PortraitsRenewed(…)"
