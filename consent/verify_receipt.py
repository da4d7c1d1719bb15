"""Checks a visit receipt, alone: `python verify_receipt.py RECEIPT --key KEY`.

RECEIPT is the text of the QR code (`VR1:…`), or a file with it; a second text (`VP1:…`, the QR code
of page 2) proves the place in the whole ledger too. KEY is the station's public key, from a trusted
place. This file needs Python and the package `gmssl`, and shares no code with the station: it may
be copied anywhere. docs/receipts.md describes the form it reads.

A receipt is an entry of the station's ledger. The signed tree head names its newest entry by digest
(`last`), so a changed character gives an entry, or a head, that was never signed.
"""

import argparse
import base64
import json
import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gmssl import sm2, sm3

MAX_CHARS = 1400
MAX_FILE_BYTES = 64 * 1024
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*+-./"
_FORM = re.compile(r"VR1:([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}):([0-9A-Z*+\-./]+)")
_PATH_FORM = re.compile(r"VP1:([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}):([0-9A-Z*+\-./]*)")
_ANY_FORM = re.compile(r"V[RP]1:[0-9A-Z:*+\-./]+")

# GB/T 32918.5-2017, recommended curve.
_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123

FIELDS = (
    *("name", "name_latin", "sex", "nation", "birth_date", "address", "document_number"),
    *("nationality", "issuer", "valid_from", "valid_until"),
)
OUTCOMES = (
    *("MATCH", "NON_MATCH", "ATTACK", "DOCUMENT_REFUSED", "DECLINED", "MANUAL", "UNDECIDED"),
    *("CANCELLED", "TIMED_OUT", "FAILED", "ENROLLED", "ALREADY_ENROLLED", "NOT_ENROLLED"),
    "WITHDRAWN",
)
COMPARED = ("NOTHING", "CARD_PORTRAIT", "TEMPLATE")
KEPT = ("CONSENT_RECORD", "IDENTITY", "TEMPLATE", "PORTRAITS")


class Refused(Exception):
    """The receipt does not verify; the text says which check failed."""


@dataclass(frozen=True)
class Checked:
    """A receipt that stands."""

    entry: dict[str, object]
    """The ledger entry: seq, time, prev_hash, payload."""
    head: dict[str, object]
    """The signed tree head."""
    path_checked: bool
    """Whether the place in the whole ledger was proved as well."""


def check(receipt: str, key: bytes, path: str = "") -> Checked:
    """Verify `receipt` under the 64-byte public key (X ‖ Y). Raises `Refused`."""
    if not _on_curve(key):
        raise Refused("the key is not a point of the curve")
    form = _FORM.fullmatch(receipt) if len(receipt) <= MAX_CHARS else None
    if form is None:
        raise Refused("not the text of a receipt")
    try:
        entry, origin, root, signature = _unpack(form[1], _Bytes(_from_base41(form[2])))
    except (ValueError, OverflowError) as error:
        raise Refused("damaged, or not in the one form a receipt has") from error
    body = canonical(entry)
    head: dict[str, object] = {
        "key_id": _digest(key).hex()[:16],
        "last": _base64(_digest(body)),
        "origin": origin,
        "root": _base64(root),
        "size": int(str(entry["seq"])) + 1,
        "time": entry["time"],
    }
    if not _signed(key, canonical(head), signature):
        raise Refused("the signature does not fit: changed, or signed by another station")
    if path:
        _check_path(path, form[1], int(str(entry["seq"])), body, root)
    return Checked(entry, head, bool(path))


def _unpack(number: str, packed: "_Bytes") -> tuple[dict[str, object], str, bytes, bytes]:
    """(entry, origin, root, signature) of the packed form. Raises `ValueError`."""
    flags, origin, seq, time = packed.take(1)[0], packed.text(), packed.count(), packed.time()
    previous, outcome, compared = packed.take(32), packed.take(1)[0], packed.take(1)[0]
    fields, pid, gone_at, kinds = packed.count(), packed.count(), packed.time(), packed.count()
    kept = {kind: packed.time() for place, kind in enumerate(KEPT) if kinds >> place & 1}
    place_name, notice, version = packed.text(), packed.text(), packed.text()
    digest, outcome_back, purge_back = packed.take(32), packed.count(), packed.count()
    root, signature = packed.take(32), packed.take(64)
    known = outcome < len(OUTCOMES) and compared < len(COMPARED) and flags < 8
    if not known or fields >> len(FIELDS) or kinds >> len(KEPT) or packed.left:
        raise ValueError("unknown names, or more than a receipt")
    if max(outcome_back, purge_back) > seq:
        raise ValueError("before the first entry")
    payload: dict[str, object] = {
        "receipt": number,
        "language": "en" if flags & 4 else "zh_CN",
        "outcome": OUTCOMES[outcome],
        "read": [name for place, name in enumerate(FIELDS) if fields >> place & 1],
        "compared": COMPARED[compared],
        "gone": {"at": gone_at, "pid": pid, "reaped": True, "ring_zeroed": True},
        "kept": kept,
        "withdraw_at": place_name,
        "notice": {"id": notice, "version": version, "digest": _base64(digest)},
        "outcome_seq": seq - outcome_back,
        "purge_seq": seq - purge_back,
    }
    entry: dict[str, object] = {"seq": seq, "time": time, "op": "", "phase": "SINGLE"}
    entry |= {"kind": "RECEIPT", "payload": payload, "prev_hash": _base64(previous)}
    entry |= {name: True for bit, name in ((1, "demo"), (2, "clock_back")) if flags & bit}
    return entry, origin, root, signature


def _check_path(path: str, number: str, seq: int, body: bytes, root: bytes) -> None:
    """RFC 9162 section 2.1.3.2 for the last leaf of a tree: every sibling stands to its left."""
    form = _PATH_FORM.fullmatch(path) if len(path) <= MAX_CHARS else None
    try:
        hashes = _from_base41(form[2]) if form else b""
    except ValueError as error:
        raise Refused("the path on page 2 is damaged") from error
    node = _digest(b"\x00" + body)
    for at in range(0, len(hashes), 32):
        node = _digest(b"\x01" + hashes[at : at + 32] + node)
    whole = form is not None and form[1] == number and len(hashes) == 32 * seq.bit_count()
    if not whole or node != root:
        raise Refused("the path does not lead to the signed root of the ledger")


def _signed(key: bytes, message: bytes, signature: bytes) -> bool:
    """SM2 with the default signer id, behind the checks the library lacks."""
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not (1 <= r < _N and 1 <= s < _N) or (r + s) % _N == 0:
        return False
    checker = sm2.CryptSM2(private_key=None, public_key=key.hex())
    # The constructor strips every leading "0" and "4" of a key that begins with "04".
    checker.public_key = key.hex()
    try:
        return bool(checker.verify_with_sm3(signature.hex(), message))
    except (TypeError, ValueError, IndexError, AttributeError):
        # The library fails on a point at infinity instead of refusing the signature.
        return False


def _on_curve(key: bytes) -> bool:
    x, y = int.from_bytes(key[:32], "big"), int.from_bytes(key[32:], "big")
    right = len(key) == 64 and x < _P and y < _P
    return right and (y * y - (x * x * x - 3 * x + _B)) % _P == 0


def _digest(data: bytes) -> bytes:
    return bytes.fromhex(sm3.sm3_hash(list(data)))


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def canonical(value: dict[str, object]) -> bytes:
    """The bytes that were hashed and signed: sorted keys, no spaces, UTF-8."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def _from_base41(text: str) -> bytes:
    """Groups of three characters for two bytes, a last group of two for one byte."""
    data = bytearray()
    for at in range(0, len(text), 3):
        group, value = text[at : at + 3], 0
        for character in group:
            value = 41 * value + _DIGITS.index(character)
        size = len(group) - 1
        if size == 0 or value >= 1 << 8 * size:
            raise ValueError("not a group")
        data += value.to_bytes(size, "big")
    return bytes(data)


class _Bytes:
    """Reads the packed form from its start; every read raises `ValueError` when it cannot."""

    def __init__(self, data: bytes) -> None:
        self.left = data

    def take(self, count: int) -> bytes:
        taken, self.left = self.left[:count], self.left[count:]
        if len(taken) != count:
            raise ValueError("too short")
        return taken

    def count(self) -> int:
        value = place = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << place
            if byte < 0x80:
                break
            place += 7
        # One form only: no spare zero at the end, nothing a JSON reader would round.
        if (place and not byte) or value >= 1 << 53:
            raise ValueError("not in shortest form")
        return value

    def time(self) -> str:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(
            milliseconds=int.from_bytes(self.take(6), "big")
        )
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def text(self) -> str:
        text = self.take(self.take(1)[0]).decode("utf-8")
        if not text.isprintable():
            raise ValueError("not a text")
        return text


def texts_of(argument: str) -> tuple[str, str]:
    """(receipt, path or "") of a command-line argument: the text itself, or a file with it."""
    if argument.startswith("VR1:"):
        return argument.strip(), ""
    try:
        with Path(argument).open("rb") as file:
            content = file.read(MAX_FILE_BYTES).decode("utf-8", "replace")
    except (OSError, ValueError) as error:
        raise Refused("neither the text of a receipt nor a file that can be read") from error
    found = _ANY_FORM.findall(content)
    receipts = [text for text in found if text.startswith("VR1:")]
    paths = [text for text in found if text.startswith("VP1:")]
    if len(receipts) != 1 or len(paths) > 1:
        raise Refused("not the text of a receipt")
    return receipts[0], paths[0] if paths else ""


def key_of(text: str) -> bytes:
    """A public key written in base64url or hexadecimal. Raises `Refused`."""
    text = text.strip()
    try:
        if len(text) == 128:
            return bytes.fromhex(text)
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise Refused("not a public key: 86 characters of base64url, or 128 of hex") from error


def _with_key_joined(words: list[str]) -> list[str]:
    """One key in 64 begins with a hyphen, which would be taken for an option of its own."""
    at = words.index("--key") if "--key" in words[:-1] else None
    return words if at is None else [*words[:at], f"--key={words[at + 1]}", *words[at + 2 :]]


def main() -> int:
    """Exit code 0: verified; 1: refused; 2: wrong use."""
    parser = argparse.ArgumentParser(prog="verify_receipt.py", description=__doc__.split("\n")[0])
    parser.add_argument("receipt", help="text of the QR code, or a file with it")
    parser.add_argument("path", nargs="?", default="", help="text of the QR code of page 2")
    parser.add_argument("--key", required=True, help="the station's public key")
    given = parser.parse_args(_with_key_joined(sys.argv[1:]))
    try:
        receipt, path = texts_of(given.receipt)
        checked = check(receipt, key_of(given.key), given.path or path)
    except Refused as why:
        sys.stdout.write(json.dumps({"verified": False, "why": str(why)}) + "\n")
        sys.stderr.write(f"核验不通过 / NOT verified: {why}\n")
        return 1
    document: dict[str, object] = {"verified": True, "path_checked": checked.path_checked}
    document |= {"demo": False} | checked.entry | {"head": checked.head}
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=1) + "\n")
    sys.stderr.write("核验通过 / verified\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
