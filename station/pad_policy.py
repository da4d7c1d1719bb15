"""The PAD thresholds in force: the shipped file, or a site's own that two people signed for.

A site's own policy is one file in the station's data folder: the thresholds, the two people, the
time, and the station's SM2 signature over all of it. Anything else refuses to start, because a
threshold somebody moved in silence is a door somebody left open.
"""

import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from station.booth.pad_gates import PadGates
from station.config import ROOT
from station.errors import ConfigError, ErrorCode
from station.private_file import replace_file

SHIPPED = ROOT / "resources" / "policies" / "pad.toml"
SHIPPED_DIGEST = "4ad2975cc6c50d34 ba64e2c0bc136501 c4ebf5a31ee63d70 5bd4e9186914ffd2"
"""SM3 of the shipped file."""
SIGNED_FILE, PROPOSED_FILE = "pad.signed.json", "pad.proposed.json"
_MAX_BYTES = 64 << 10
_DIGEST = r"^[0-9a-f]{16}( [0-9a-f]{16}){3}$"
Digest = Callable[[bytes], bytes]
Sign = Callable[[bytes], bytes]
Verify = Callable[[bytes, bytes], bool]
Made = TypeVar("Made")

Person = Annotated[str, Meta(pattern=r"^[\w.@-]{2,40}$")]
"""Who proposes or approves; an account's name once there are accounts."""


class Provenance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the thresholds come from."""

    name: Annotated[str, Meta(min_length=1, max_length=60)]
    date: Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\d$")]
    data: Annotated[str, Meta(min_length=1, max_length=400)]


class PadPolicyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the file holds; every gate must be named, none may be added."""

    provenance: Provenance
    gates: PadGates


class Proposal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One person's wish: this text, by its digest."""

    digest: Annotated[str, Meta(pattern=_DIGEST)]
    proposed_by: Person
    proposed_at: Annotated[str, Meta(max_length=40)]
    text: Annotated[str, Meta(max_length=_MAX_BYTES)]


class Approval(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Two people's word for a file, signed by the station."""

    digest: Annotated[str, Meta(pattern=_DIGEST)]
    proposed_by: Person
    approved_by: Person
    approved_at: Annotated[str, Meta(max_length=40)]
    text: Annotated[str, Meta(max_length=_MAX_BYTES)]
    signature: Annotated[str, Meta(pattern="^[0-9a-f ]{2,220}$")] = ""

    def statement(self) -> bytes:
        """The bytes that are signed: all but the signature, and the text by its digest."""
        said = (self.digest, self.proposed_by, self.approved_by, self.approved_at)
        return b"station pad policy 1\n" + json.dumps(said).encode()


@dataclass(frozen=True, slots=True)
class PadPolicy:
    """The thresholds in force and how they came to be."""

    gates: PadGates
    provenance: Provenance
    digest: str
    approval: Approval | None
    """None for the shipped file."""


def parse(content: bytes) -> PadPolicyFile:
    """The file's content. Raises `ConfigError(POLICY_INVALID)` on anything missing or beyond."""
    try:
        if len(content) > _MAX_BYTES:
            raise ConfigError(ErrorCode.POLICY_INVALID)
        read = tomllib.loads(content.decode("utf-8"))
        if set(read.get("gates", {})) != set(PadGates.__struct_fields__):
            raise ConfigError(ErrorCode.POLICY_INVALID)
        return msgspec.convert(read, PadPolicyFile)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(ErrorCode.POLICY_INVALID) from error


def load_policy(folder: Path, digest: Digest, verify: Verify) -> PadPolicy:
    """The policy in force: a site's own in `folder`, else the shipped one.

    `digest` is SM3, `verify(statement, signature)` the station's own key. Raises `ConfigError`
    POLICY_INVALID or POLICY_NOT_SIGNED.
    """
    path = folder / SIGNED_FILE
    if not path.exists():
        return _shipped(digest)
    approval = _checked(lambda: msgspec.json.decode(path.read_bytes(), type=Approval))
    content = approval.text.encode("utf-8")
    signed = (
        grouped_hex(digest(content)) == approval.digest
        and approval.proposed_by.casefold() != approval.approved_by.casefold()
        and verify(approval.statement(), bytes.fromhex(approval.signature))
    )
    if not signed:
        raise ConfigError(ErrorCode.POLICY_NOT_SIGNED)
    policy = parse(content)
    return PadPolicy(policy.gates, policy.provenance, approval.digest, approval)


def propose(folder: Path, content: bytes, person: str, now: str, digest: Digest) -> Proposal:
    """Keep `content` as proposed by `person`; nothing is in force yet. Raises `ConfigError`."""
    parse(content)
    proposal = _checked(
        lambda: msgspec.convert(
            {
                "digest": grouped_hex(digest(content)),
                "proposed_by": person,
                "proposed_at": now,
                "text": content.decode("utf-8"),
            },
            Proposal,
        )
    )
    replace_file(folder / PROPOSED_FILE, msgspec.json.encode(proposal))
    return proposal


def proposed(folder: Path) -> Proposal | None:
    """What waits for a second person, or None. Raises `ConfigError(POLICY_INVALID)`."""
    path = folder / PROPOSED_FILE
    if not path.exists():
        return None
    return _checked(lambda: msgspec.json.decode(path.read_bytes(), type=Proposal))


def approve(folder: Path, person: str, now: str, digest: Digest, sign: Sign) -> Approval:
    """Put the proposed file in force, signed. Raises `ConfigError`.

    POLICY_INVALID: nothing is proposed, or it was changed since. POLICY_NOT_SIGNED: the same
    person cannot propose and approve.
    """
    waiting = proposed(folder)
    if waiting is None:
        raise ConfigError(ErrorCode.POLICY_INVALID)
    content = waiting.text.encode("utf-8")
    parse(content)
    if grouped_hex(digest(content)) != waiting.digest:
        raise ConfigError(ErrorCode.POLICY_INVALID)
    if person.casefold() == waiting.proposed_by.casefold():
        raise ConfigError(ErrorCode.POLICY_NOT_SIGNED)
    said = _checked(
        lambda: msgspec.convert(
            {
                "digest": waiting.digest,
                "proposed_by": waiting.proposed_by,
                "approved_by": person,
                "approved_at": now,
                "text": waiting.text,
            },
            Approval,
        )
    )
    approval = msgspec.structs.replace(said, signature=grouped_hex(sign(said.statement())))
    replace_file(folder / SIGNED_FILE, msgspec.json.encode(approval))
    (folder / PROPOSED_FILE).unlink()
    return approval


def withdraw(folder: Path) -> None:
    """Drop what is proposed; safe to call when nothing is."""
    (folder / PROPOSED_FILE).unlink(missing_ok=True)


def grouped_hex(data: bytes) -> str:
    """In groups of 16 digits: whatever chance draws, no run looks like an identity number."""
    return data.hex(" ", 8)


def _shipped(digest: Digest) -> PadPolicy:
    content = SHIPPED.read_bytes()
    found = grouped_hex(digest(content))
    if found != SHIPPED_DIGEST:
        raise ConfigError(ErrorCode.POLICY_NOT_SIGNED)
    policy = parse(content)
    return PadPolicy(policy.gates, policy.provenance, found, None)


def _checked(build: Callable[[], Made]) -> Made:
    try:
        return build()
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConfigError(ErrorCode.POLICY_INVALID) from error
