"""The TPM 2.0 key root: a secret that only this machine's chip gives back, in its measured state.

The chip seals 32 random bytes under a policy over PCRs of the SHA-256 bank (default 7: secure boot
and the keys it trusts); those bytes unwrap the root in the keyring's slot "tpm". Only chip and
state are tested, never a person: it protects a stolen disk, not a stolen machine. Whoever starts
another system that the same secure boot trusts has the same PCR 7; `--pcr` takes more registers at
the price of sealing again after updates. A counter in the chip, which nobody can turn back, is
local evidence against putting back an old copy of the whole station folder (crypto.md 6.4).
"""

import re
import secrets
from dataclasses import dataclass
from hashlib import sha256

from station.model import Secret
from storage.tpm_tools import LARGEST_BLOB_BYTES, MemoryFile, TpmError, TpmTools, connected

SEALED_BYTES = 32
"""Length of what the chip keeps."""
DEFAULT_PCRS = (7,)
PCR_COUNT = 24
# TCG "Registry of Reserved TPM 2.0 Handles": indices 0x01800000 on are the machine owner's.
_FIRST_INDEX, _INDEX_COUNT = 0x0180_0000, 0x40_0000
_COUNTER_BYTES = 8
_NO_MEASUREMENT = (bytes(32), b"\xff" * 32)
_POLICY_PCR = bytes.fromhex("0000017f")
# TPML_PCR_SELECTION: one bank, TPM_ALG_SHA256, three bytes of registers.
_ONE_SHA256_BANK = bytes.fromhex("00000001000b03")
_POINT = re.compile(rb"^(?:x|y): ([0-9a-f]{64})\s*$", re.MULTILINE)
_PCR = re.compile(rb"^\s*(\d+)\s*: 0x([0-9A-Fa-f]{64})\s*$", re.MULTILINE)


class TpmSecret(Secret):
    """What the chip unsealed; `KeyRing.open` takes it to the slot "tpm", and no passphrase."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class SealedSecret:
    """What `unseal` needs; useless without the chip that made it."""

    pcrs: tuple[int, ...]
    parent: bytes
    """The chip's storage key, x ‖ y on P-256 (64 bytes): tells this chip from any other."""
    public: bytes
    private: bytes
    counter: int
    """NV index of the start counter, 0 where the chip gave none."""


def seal(pcrs: tuple[int, ...] = DEFAULT_PCRS, counter: int = 0) -> tuple[SealedSecret, TpmSecret]:
    """Let the chip make and seal a fresh secret to the present value of `pcrs`.

    `counter` is the index of a counter made before, 0 to make one. Raises `TpmError`: as
    `connected`, and "unmeasured" when a register holds no measurement: every system would fit.
    """
    with connected() as tools:
        policy = tools.file(_policy(tools, pcrs))
        parent_file, parent = _parent(tools)
        public, private = tools.file(), tools.file()
        secret = secrets.token_bytes(SEALED_BYTES)
        session = _session(tools, parent_file, "--hmac-session")
        try:
            tools.run(
                *("create", "-Q", "-C", parent_file, "-i", "-", "-u", public, "-r", private),
                # No password attribute: the policy is the only way to the secret.
                *("-L", policy, "-a", "fixedtpm|fixedparent", "-S", session),
                given=secret,
            )
        finally:
            _end(tools, session)
        index = counter or _make_counter(tools)
        sealed = SealedSecret(pcrs, parent, public.read(), private.read(), index)
        return sealed, TpmSecret(secret)


def unseal(sealed: SealedSecret) -> TpmSecret:
    """The secret again, in the sealed state of the same machine.

    Raises `TpmError`: as `connected`, "other_chip", "refused" (the measured state changed),
    "failed" (a blob was altered, or the chip fails).
    """
    with connected() as tools:
        parent_file, parent = _parent(tools)
        if not secrets.compare_digest(parent, sealed.parent):
            raise TpmError("other_chip")
        loaded = tools.file()
        public, private = tools.file(sealed.public), tools.file(sealed.private)
        tools.run("load", "-Q", "-C", parent_file, "-u", public, "-r", private, "-c", loaded)
        _free(tools)
        session = _session(tools, parent_file, "--policy-session")
        try:
            tools.run("policypcr", "-Q", "-S", session, "-l", _selection(sealed.pcrs))
            secret = tools.run("unseal", "-c", loaded, "-p", f"session:{session}")
        finally:
            _end(tools, session)
    if len(secret) != SEALED_BYTES:
        raise TpmError("failed")
    return TpmSecret(secret)


def read_counter(sealed: SealedSecret) -> int:
    """Starts the chip has counted. Raises `TpmError("no_counter")` where it has no such counter."""
    if not sealed.counter:
        raise TpmError("no_counter")
    with connected() as tools:
        try:
            content = tools.run("nvread", "-C", "o", "-s", _COUNTER_BYTES, hex(sealed.counter))
        except TpmError as error:
            raise TpmError("no_counter" if error.reason == "failed" else error.reason) from error
    if len(content) != _COUNTER_BYTES:
        raise TpmError("no_counter")
    return int.from_bytes(content, "big")


def raise_counter(sealed: SealedSecret) -> None:
    """Count one more start; no command of the chip takes it back."""
    with connected() as tools:
        tools.run("nvincrement", "-Q", "-C", "o", hex(sealed.counter))


def forget(sealed: SealedSecret) -> None:
    """Take the counter out of the chip; the blobs need nothing there."""
    if sealed.counter:
        with connected() as tools:
            tools.run("nvundefine", "-Q", "-C", "o", hex(sealed.counter))


def is_valid(sealed: SealedSecret) -> bool:
    """Whether every part is in its range; the content is for the chip to judge."""
    pcrs = sealed.pcrs
    return (
        bool(pcrs)
        and all(type(pcr) is int and 0 <= pcr < PCR_COUNT for pcr in pcrs)
        and list(pcrs) == sorted(set(pcrs))
        and len(sealed.parent) == 64
        and all(0 < len(blob) <= LARGEST_BLOB_BYTES for blob in (sealed.public, sealed.private))
        and type(sealed.counter) is int
        and (sealed.counter == 0 or 0 <= sealed.counter - _FIRST_INDEX < _INDEX_COUNT)
    )


def _parent(tools: TpmTools) -> tuple[MemoryFile, bytes]:
    """The chip's storage key: derived from its own seed, so the same every time."""
    context = tools.file()
    said = tools.run("createprimary", "-C", "o", "-g", "sha256", "-G", "ecc256", "-c", context)
    point = b"".join(bytes.fromhex(part.decode()) for part in _POINT.findall(said))
    if len(point) != 64:
        raise TpmError("failed")
    return context, point


def _session(tools: TpmTools, parent: MemoryFile, kind: str) -> MemoryFile:
    """A session salted with the storage key: who listens on the bus reads no secret."""
    session = tools.file()
    # "-c" also turns parameter encryption on, both ways.
    tools.run("startauthsession", "-Q", kind, "-c", parent, "-S", session)
    _free(tools)
    return session


def _end(tools: TpmTools, session: MemoryFile) -> None:
    """Give session and objects back, whatever happened before."""
    try:
        tools.run("flushcontext", session)
    except TpmError as error:
        # The chip ends a session itself when the command that used it failed or closed it.
        if error.reason == "silent":
            raise
    _free(tools)


def _free(tools: TpmTools) -> None:
    # Without a resource manager a chip holds three objects; each tool saves its own to a context.
    tools.run("flushcontext", "-t")


def _policy(tools: TpmTools, pcrs: tuple[int, ...]) -> bytes:
    """Digest of the policy that asks for the present values (TPM 2.0 part 3, TPM2_PolicyPCR)."""
    said = tools.run("pcrread", _selection(pcrs))
    found = {int(number): bytes.fromhex(value.decode()) for number, value in _PCR.findall(said)}
    if set(found) != set(pcrs) or any(value in _NO_MEASUREMENT for value in found.values()):
        raise TpmError("unmeasured")
    values = sha256(b"".join(found[pcr] for pcr in sorted(pcrs))).digest()
    chosen = sum(1 << pcr for pcr in pcrs).to_bytes(PCR_COUNT // 8, "little")
    return sha256(bytes(32) + _POLICY_PCR + _ONE_SHA256_BANK + chosen + values).digest()


def _make_counter(tools: TpmTools) -> int:
    """A new counter and its index; 0 where the owner of the chip allows none."""
    index = _FIRST_INDEX + secrets.randbelow(_INDEX_COUNT)
    try:
        tools.run(
            *("nvdefine", "-Q", "-C", "o", "-s", _COUNTER_BYTES),
            *("-a", "ownerread|ownerwrite|nt=counter", hex(index)),
        )
        # A counter can be read only once it has counted.
        tools.run("nvincrement", "-Q", "-C", "o", hex(index))
    except TpmError:
        return 0
    return index


def _selection(pcrs: tuple[int, ...]) -> str:
    return "sha256:" + ",".join(str(pcr) for pcr in pcrs)
