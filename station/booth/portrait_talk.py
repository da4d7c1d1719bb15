"""The desk's side of the PORTRAIT steps: it asks for sealed bytes, and passes sealed bytes on.

The desk never sees a portrait. In the officers' ceremony their private key passes through it once,
to a booth that has opened no device and that is killed afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from station.booth.handle import Conversation
from station.booth.portrait_form import is_sealed_portrait
from station.booth.template_messages import (
    PortraitSealed,
    PortraitsRenewed,
    RenewFromPortraits,
    SealPortrait,
)
from station.booth.template_talk import await_answer, tell_nobody, wire_keys, wire_template
from station.booth.wire import PORTRAIT_MESSAGE_BYTES, PORTRAITS_MESSAGE_BYTES
from station.errors import BoothError, ErrorCode
from station.model import SealedTemplate, Secret, TemplateKeys


@dataclass(frozen=True, slots=True)
class Ceremony:
    """What both officers brought, and what a template made of portraits is held to."""

    private_key: Secret = field(repr=False)
    """Private ‖ public, 96 bytes: opens the portraits as they are stored."""
    officers_key: bytes
    """Public key in force, 64 bytes: the portraits are sealed to it anew."""
    fmr: float


def seal_portrait(talk: Conversation, officers_key: bytes) -> bytes:
    """See `station.ports.Booth.seal_portrait`."""
    talk.say(SealPortrait(officers_key))
    answer = await_answer(talk, PortraitSealed, tell_nobody, PORTRAIT_MESSAGE_BYTES)
    return _checked(answer, officers_key)


def renew_from_portraits(
    talk: Conversation,
    ceremony: Ceremony,
    portraits: Sequence[bytes],
    keys: TemplateKeys,
    version: int,
) -> tuple[SealedTemplate, tuple[bytes, ...]]:
    """A template of one or two sealed portraits, and the same portraits sealed anew.

    Only in a booth where no visit begins. Raises `StationError`: OFFICER_KEY_WRONG for portraits of
    another key, TEMPLATE_REFUSED for one that cannot be used.
    """
    command = RenewFromPortraits(
        ceremony.private_key.reveal(),
        tuple(PortraitSealed(portrait) for portrait in portraits),
        wire_keys(keys),
        version,
        ceremony.fmr,
        ceremony.officers_key,
    )
    talk.say(command)
    answer = await_answer(talk, PortraitsRenewed, tell_nobody, PORTRAITS_MESSAGE_BYTES)
    if len(answer.portraits) != len(portraits):
        raise BoothError(ErrorCode.BOOTH_PROTOCOL)
    resealed = tuple(_checked(one, ceremony.officers_key) for one in answer.portraits)
    if not set(resealed).isdisjoint(portraits):
        raise BoothError(ErrorCode.BOOTH_PROTOCOL)
    return wire_template(answer.template, keys, version), resealed


def _checked(message: PortraitSealed, officers_key: bytes) -> bytes:
    """Sealed to the officers as far as anybody without their key can see."""
    if not is_sealed_portrait(message.sealed, officers_key):
        raise BoothError(ErrorCode.BOOTH_PROTOCOL)
    return message.sealed
