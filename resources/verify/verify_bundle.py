"""Checks an audit bundle, alone: `python3 verify_bundle.py DIR [--last-head FILE] [--key HEX]`.

DIR is what `./station.sh audit export` wrote. This file needs Python 3.9 or newer and the package
`gmssl`, and shares no code with the station; docs/audit-bundle.md describes the form it reads.
Whoever wrote the bundle may have written this copy too: take the program from a place you trust.
核验审计包：只需 Python 3.9 以上和 gmssl，不含本机任何代码；请使用可信来源的本程序。

Every byte of a bundle is taken for hostile. The good case costs a handful of SM2 signatures: the
newest signed head fixes the root of a Merkle tree over all entries, so one root proves them all.
Only where that root is wrong are older heads asked, by bisection, which entry was the first.
"""

from __future__ import annotations

import sys

if __name__ == "__main__" and not sys.flags.isolated:
    # Python looks beside the program first: a bundle could bring a hashlib of its own.
    del sys.path[0]

import argparse
import base64
import contextlib
import hashlib
import io
import json
import os
import re
import stat
import time
from array import array
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, NoReturn

try:
    from gmssl import sm2
    from gmssl import sm3 as slow_sm3
except ImportError:
    sys.stderr.write("缺少 gmssl / the package is missing: pip install gmssl\n")
    sys.exit(2)

FORMAT = "station-audit-bundle/1"
MAX_POSITIONS = 20_000_000  # 32 bytes of memory for each
MAX_LINE, MAX_BODY, MAX_MANIFEST, MAX_HEAD = 600_000, 256 * 1024, 1 << 20, 64 * 1024
MAX_FINDINGS = 8
NEEDED = (
    "entries.jsonl head.json entries.csv consents.jsonl summary.pdf verify_bundle.py README.txt"
)
FIELDS = "files first format key_id last made_at masked origin"
FIELDS += " pruned public_key selection shown since tree_size"
RECORD = 73  # of signatures.bin: a length byte, the signature, zeros
UNREADABLE = (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError)
CHECKS = {
    "manifest": "清单与公钥 / manifest and key",
    "files": "文件 / files",
    "entries": "记录 / entries",
    "selection": "筛选 / selection",
    "consents": "同意记录 / consent records",
    "head": "签名树头 / signed head",
    "complete": "无遗漏 / nothing left out",
    "last_head": "上次的树头 / your last head",
    "history": "最先出错处 / first bad entry",
}
ANSWERS = {"GIVEN": "given", "REFUSED": "refused", "OTHER_ROUTE": "other_route"}
ANSWERS = {f"CONSENT_{kind}": state for kind, state in ANSWERS.items()}
ENDS = {"WITHDRAW": "withdrawn", "ERASE": "terminated", "EXPIRE": "expired"}
SAID = {"purpose": "purpose", "language": "language", "notice_id": "privacy_notice"}
_SEQ = r"(0|[1-9][0-9]{0,15})"
_TIME = r"([0-9]{4}-[0-9]{2}-[0-9]{2})T(?:[01][0-9]|2[0-3])(?::[0-5][0-9]){2}\.[0-9]{3}Z"
_TAIL = re.compile(rf',"seq":{_SEQ}\}}\n')
# Keys of canonical JSON are sorted, so an entry has one shape; only its payload is free.
_ENTRY = re.compile(
    r'\{("clock_back":true,)?(?:"demo":true,)?"kind":"([A-Z][A-Z0-9_]{0,63})",'
    r'"op":"([0-9a-f]{0,64})","payload":(\{.*\}),"phase":"(?:INTENT|COMPLETION|SINGLE)",'
    rf'"prev_hash":"([\w-]{{42}}[AEIMQUYcgkosw048])","seq":{_SEQ},"time":"({_TIME})"\}}',
    re.ASCII,
)
_COVERED = re.compile(r"(?:[^|]?\*)?\|(?:\*{0,10}|[^*|]{3}\*{4,}[^*|]{4})", re.DOTALL)
_LONG_NUMBER = re.compile(r"[:,\[]-?[0-9]{16}")
_ODD_KEY = re.compile(r'[^\x00-\x7f][^"]*":')

# GB/T 32918.5-2017, recommended curve.
_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_G = "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7"
_G += "bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0"
_BEFORE_KEY = b"\x00\x801234567812345678" + bytes.fromhex(f"{_P - 3:064x}{_B:064x}{_G}")


class NotABundle(Exception):
    """There is nothing here to check; the text says why."""


class SlowSm3:
    """SM3 of gmssl, about 0.2 MB/s: for a Python whose OpenSSL has none. Like hashlib's."""

    def __init__(self, data: bytes = b"") -> None:
        self.data = data

    def copy(self) -> SlowSm3:  # noqa: D102
        return SlowSm3(self.data)

    def update(self, data: bytes) -> None:  # noqa: D102
        self.data += data

    def digest(self) -> bytes:  # noqa: D102
        return bytes.fromhex(slow_sm3.sm3_hash(list(self.data)))


try:
    _EMPTY: Any = hashlib.new("sm3")
except ValueError:
    _EMPTY = SlowSm3()


def sm3(data: bytes) -> bytes:
    """SM3 (GB/T 32905)."""
    state = _EMPTY.copy()
    state.update(data)
    return bytes(state.digest())


def base64url(data: bytes) -> str:
    """Digests as entries and heads write them."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(key: bytes, message: bytes, signature: bytes) -> bool:
    """SM2 (GB/T 32918) with the default identity, behind the checks that gmssl 3.2.2 lacks.

    The library is lax about DER and ranges, strips digits from keys, and fails on infinity.
    """
    numbers = _numbers(signature)
    if numbers is None or not on_curve(key):
        return False
    checker = sm2.CryptSM2(private_key=None, public_key=key.hex())
    checker.public_key = key.hex()
    try:
        digest = sm3(sm3(_BEFORE_KEY + key) + message)
        return bool(checker.verify("{:064x}{:064x}".format(*numbers), digest))
    except (TypeError, ValueError, IndexError, AttributeError):
        return False


def on_curve(key: bytes) -> bool:
    """Is `key` x‖y of a point of the curve? (All zero is not.)"""
    x, y = int.from_bytes(key[:32], "big"), int.from_bytes(key[32:], "big")
    inside = len(key) == 64 and x < _P and y < _P
    return inside and (y * y - (x * x * x - 3 * x + _B)) % _P == 0


def _numbers(der: bytes) -> tuple[int, int] | None:
    """(r, s) of a signature in the one DER form it can have, both in range."""
    if not 8 <= len(der) <= RECORD - 1:
        return None
    cut = 4 + der[3]
    r, s = int.from_bytes(der[4:cut], "big"), int.from_bytes(der[cut + 2 :], "big")
    both = b""
    for value in (r, s):
        body = value.to_bytes(value.bit_length() // 8 + 1, "big")
        both += bytes([2, len(body)]) + body
    right = der == bytes([0x30, len(both)]) + both
    return (r, s) if right and 0 < r < _N and 0 < s < _N and (r + s) % _N else None


def _refuse(text: str) -> NoReturn:
    raise ValueError("no such number here")


def _whole(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > 1 << 53:
        raise ValueError("beyond 2^53")
    return int(text)


_READER = json.JSONDecoder(parse_float=_refuse, parse_constant=_refuse, parse_int=_whole)
_FAST_READER = json.JSONDecoder(parse_float=_refuse, parse_constant=_refuse)
_WRITER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False
)


def canonical(text: str, reader: json.JSONDecoder = _READER) -> Any:  # noqa: ANN401
    """The value of canonical JSON. Raises `ValueError`, also for keys that stand twice."""
    value, _ = reader.raw_decode(text)
    if _WRITER.encode(value) != text:
        raise ValueError("not canonical")
    return value


def strings(value: object, depth: int = 1) -> Iterator[str]:
    """Every text in a payload. Raises `ValueError` for what an entry may not hold."""
    if depth > 16 or value is None:
        raise ValueError("too deep, or null")
    if isinstance(value, dict):
        if not all(key.isascii() for key in value):
            raise ValueError("not a key")
        value = list(value.values())
    for item in value if isinstance(value, list) else ():
        yield from strings(item, depth + 1)
    if isinstance(value, str):
        yield value


@lru_cache(maxsize=64)
def _day(text: str) -> date:
    return date(*map(int, text.split("-")))


class Entry(NamedTuple):
    """One entry, as its body tells it."""

    seq: int
    time: str
    kind: str
    op: str
    payload: dict[str, Any]
    prev_hash: str
    clock_back: bool
    body: str


def read_entry(text: str) -> Entry:
    """Read a body in the ledger's one form. Raises `ValueError` for any other."""
    form = _ENTRY.fullmatch(text)
    if form is None:
        raise ValueError("not an entry")
    back, kind, op, payload, previous, seq, moment, day = form.groups()
    _day(day)
    # Most payloads are small and plain: only what could be out of bounds is looked at closely.
    odd = (
        "null" in payload
        or "\\" in payload
        or payload.count("{") + payload.count("[") > 12
        or _LONG_NUMBER.search(payload)
        or (not payload.isascii() and _ODD_KEY.search(payload))
    )
    value = canonical(payload, _READER if odd else _FAST_READER)
    if odd:
        list(strings(value))
    return Entry(_whole(seq), moment, kind, op, value, previous, bool(back), text)


def read_line(line: bytes) -> tuple[int, str, bytes]:
    """(position, body, its bytes) of a line of entries.jsonl. Raises `ValueError`."""
    text = line.decode("utf-8")
    if not text.startswith('{"body":"'):
        raise ValueError("not a line")
    body, end = _READER.raw_decode(text, 8)
    tail, raw = _TAIL.fullmatch(text, end), body.encode("utf-8")
    if tail is None or len(raw) > MAX_BODY:
        raise ValueError("not a line")
    return int(tail[1]), body, raw


class Report:
    """What was found, check by check; on the way, how far it is."""

    def __init__(self) -> None:
        self.bad: dict[str, list[str]] = {}
        self.notes: dict[str, str] = {}
        self.named: list[int] = []
        """The first entry that something is wrong with in itself, or by its place."""
        self.first_bad: int | None = None
        self.next = time.monotonic() + 2

    def add(self, name: str, text: str, seq: int | None = None) -> None:
        """Something does not hold; `seq` is the entry that is to blame."""
        self.bad.setdefault(name, []).append(text)
        del self.bad[name][MAX_FINDINGS:]
        if seq is not None:
            self.named = [min(seq, *self.named)] if self.named else [seq]

    def step(self, name: str, done: int, total: int) -> None:
        """A line on standard error every two seconds."""
        if time.monotonic() > self.next:
            self.next = time.monotonic() + 2
            sys.stderr.write(f"{CHECKS[name]}: {100 * done // max(total, 1)} %\n")

    def document(self) -> dict[str, Any]:
        """As `--json` prints it."""
        names = [name for name in CHECKS if name != "history" or name in self.bad]
        checks = [
            {
                "name": name,
                "ok": name not in self.bad,
                "detail": "; ".join(self.bad.get(name, [self.notes.get(name, "")])),
            }
            for name in names
        ]
        return {"ok": not self.bad, "checks": checks, "first_bad": self.first_bad}


def open_file(path: Path) -> BinaryIO:
    """A regular file, never what a link or a pipe leads to. Raises `OSError`."""
    if not stat.S_ISREG(path.lstat().st_mode):
        raise OSError("not a regular file")
    names = ("O_RDONLY", "O_NOFOLLOW", "O_NONBLOCK", "O_BINARY")
    return os.fdopen(os.open(path, sum(getattr(os, name, 0) for name in names)), "rb")


def read_small(path: Path, most: int) -> bytes:
    """A whole short file. Raises `OSError`, `ValueError`."""
    with open_file(path) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError("too long")
    return data


def natural(value: object, most: int = 1 << 53) -> int:
    """`value`, an integer from 0 to `most`. Raises `ValueError`."""
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError("not a number")
    return value


def text_of(value: object, form: str = r"[^\x00-\x1f\x7f]{1,400}") -> str:
    """`value`, a text of this form. Raises `ValueError`."""
    if not isinstance(value, str) or not re.fullmatch(form, value, re.ASCII):
        raise ValueError("not such a text")
    return value


def node_of(value: object) -> bytes:
    """A digest as manifests write it. Raises `ValueError`."""
    return bytes.fromhex(text_of(value, "sm3:[0-9a-f]{64}")[4:])


class Manifest:
    """bundle.json, read strictly; making it raises one of `UNREADABLE`."""

    def __init__(self, raw: bytes) -> None:
        given = canonical(raw.decode("utf-8"))
        if given["format"] != FORMAT or given.keys() - {"unmasked"} != set(FIELDS.split()):
            raise ValueError("not this format")
        self.raw, self.origin, self.key_id = raw, text_of(given["origin"]), given["key_id"]
        self.key = bytes.fromhex(text_of(given["public_key"], "[0-9a-f]{128}"))
        text_of(given["made_at"], r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}(\.[0-9]{1,6})?Z")
        self.size, self.last = natural(given["tree_size"]), natural(given["last"])
        self.first, self.shown = natural(given["first"]), natural(given["shown"])
        if not self.first < self.last <= min(self.size, self.first + MAX_POSITIONS):
            raise ValueError("not a range")
        self.withheld = self.last - self.first - natural(self.shown, self.last - self.first)
        self.asked = self._selection(given["selection"])
        self.whole, self.people = "all" in self.asked, set(self.asked.get("person", ()))
        # A selection by time alone shows all there is.
        self.dense = not self.withheld or self.asked.keys() <= {"all", "from", "to"}
        self.pruned = [node_of(value) for value in given["pruned"]]
        since = given["since"] or {"size": 0, "path": []}
        self.since, self.path = natural(since["size"]), [node_of(node) for node in since["path"]]
        self.files = {
            text_of(row["name"], r"\w[\w.-]{0,63}"): (natural(row["bytes"]), node_of(row["sm3"]))
            for row in given["files"]
        }
        if len(self.files) != len(given["files"]) or len(self.files) > 100:
            raise ValueError("a file stands twice")
        self.clear = given.get("unmasked")
        if given["masked"] is not (self.clear is None):
            raise ValueError("masked or not?")
        if self.clear is not None:
            by, second = text_of(self.clear["by"]), text_of(self.clear["second"])
            if by == second or not text_of(self.clear["reason"]):
                raise ValueError("unmasked by one person")

    @staticmethod
    def _selection(asked: dict[str, Any]) -> dict[str, Any]:
        if asked == {"all": True} and asked["all"] is True:
            return asked
        if not asked:
            raise ValueError("no selection")
        for key, value in asked.items():
            if key in ("from", "to"):
                text_of(value, _TIME)
            elif key == "text":
                text_of(value)
            elif key in ("kinds", "actors", "person") and isinstance(value, list):
                [text_of(item) for item in value]
            else:
                raise ValueError("not a selection")
        return asked

    def matches(self, entry: Entry) -> bool:
        """Does the selection ask for this entry?"""
        asked, said = self.asked, map(entry.payload.get, ("actor", "second"))
        return (
            asked.get("from", "") <= entry.time < asked.get("to", "~")
            and ("kinds" not in asked or entry.kind in asked["kinds"])
            and ("actors" not in asked or any(name in asked["actors"] for name in said))
            and ("person" not in asked or self._mentioned(entry))
            and ("text" not in asked or asked["text"].casefold() in entry.body.casefold())
        )

    def _mentioned(self, entry: Entry) -> bool:
        return not self.people.isdisjoint([entry.op, *strings(entry.payload)])


def check_manifest(folder: Path, bundle: Manifest, pinned: bytes | None, report: Report) -> None:
    """The manifest is signed, and by whom."""
    key = pinned or bundle.key
    try:
        line = read_small(folder / "bundle.sig", 200).decode("ascii")
        good = signed(key, bundle.raw, bytes.fromhex(text_of(line, r"([0-9a-f]{2}){8,72}\n?")))
    except UNREADABLE:
        good = False
    if not good:
        report.add("manifest", "清单的签名不成立 / the signature of bundle.json does not hold")
    if key != bundle.key:
        report.add("manifest", "公钥不是您给的那个 / the public key is not the one you gave")
    number = sm3(bundle.key).hex()[:16]
    if bundle.key_id != number:
        report.add("manifest", "公钥编号不符 / key_id is not the number of the key")
    note = f"公钥编号 {number} / key {number}"
    if not pinned:
        note += "，取自审计包本身，请核对 (the bundle's own: compare it, or give --key)"
    if bundle.clear:
        names = ascii([bundle.clear["by"], bundle.clear["second"]])
        note += f"; 未遮盖，由 / unmasked by {names}"
    if isinstance(_EMPTY, SlowSm3):
        note += "; OpenSSL 无 SM3，改用 gmssl，很慢 / no SM3 in OpenSSL: slow"
    report.notes["manifest"] = note


def check_files(folder: Path, bundle: Manifest, report: Report) -> None:
    """Every file has its length and digest; nothing is missing or extra."""
    held = {"leaves.bin": 32 * (bundle.last - bundle.first), "signatures.bin": RECORD * bundle.size}
    wanted = {"leaves.bin": not bundle.dense, "signatures.bin": bundle.whole}
    wanted.update(dict.fromkeys(NEEDED.split(), True))
    for name, must in wanted.items():
        if must != (name in bundle.files):
            report.add("files", f"{name}: 清单里缺少或多余 / missing or too many in bundle.json")
    known = {*bundle.files, "bundle.json", "bundle.sig"}
    for name in sorted(path.name for path in folder.iterdir() if path.name not in known):
        report.add("files", f"{ascii(name)[:80]}: 多出的文件 / is not in bundle.json")
    for name, (size, digest) in sorted(bundle.files.items()):
        try:
            with open_file(folder / name) as file:
                there = os.fstat(file.fileno()).st_size
                if there != size or held.get(name, size) != size:
                    report.add("files", f"{name}: 长度不符 / has {there} bytes, not {size}")
                elif _digest(file, name, size, report) != digest:
                    report.add("files", f"{name}: 内容被改 / was changed")
        except OSError:
            report.add("files", f"{name}: 缺少，或不是文件 / missing, or not a file")


def _digest(file: BinaryIO, name: str, size: int, report: Report) -> bytes:
    state, done = _EMPTY.copy(), 0
    while done < size:
        piece = file.read(min(1 << 20, size - done))
        if not piece:
            break
        state.update(piece)
        done += len(piece)
        report.step("files", done, size)
    return bytes(state.digest())


class Fault(Exception):
    """What is wrong with one consent record, in words."""


class Consents:
    """consents.jsonl beside the entries it was made from: one record for each answer shown."""

    def __init__(self, file: BinaryIO, bundle: Manifest, report: Report) -> None:
        self.file, self.masked, self.report = file, bundle.clear is None, report
        self.held = self.closed = 0
        self.record: dict[str, Any] = {}
        self.text, self.at = "", -1
        self.ends: set[tuple[str, str]] = set()
        self.later: dict[tuple[str, str], int] = {}
        self._next()

    def take(self, entry: Entry) -> None:
        """One shown entry that was asked for."""
        if entry.kind in ENDS:
            self.ends.add((entry.time, ENDS[entry.kind]))
        if entry.kind not in ANSWERS:
            return
        while 0 <= self.at < entry.seq:
            self._blame(self.at, "多余 / belongs to no answer that is shown")
            self._next()
        if self.at != entry.seq:
            self._blame(entry.seq, "缺少 / is missing")
            return
        try:
            self._hold(entry)
        except Fault as fault:
            self._blame(entry.seq, str(fault))
        except (*UNREADABLE, IndexError):
            self._blame(entry.seq, "不合格式 / is malformed")
        self._next()

    def finish(self) -> None:
        """After the last entry: nothing is left over, and what came later is shown."""
        if self.at >= 0:
            self._blame(self.at, "多余 / belongs to no answer that is shown")
        for end, seq in self.later.items():
            if end not in self.ends:
                self._blame(seq, f"{end[1]}: 没有这样的条目 / no entry shown says so")
        note = f"{self.held} 份与台账相符 / hold against their entries"
        if self.closed:
            note += f"; 另 {self.closed} 份密钥已销毁是本机所说 / "
            note += f"{self.closed} more without a key: that it was destroyed is the station's word"
        self.report.notes["consents"] = note

    def _blame(self, seq: int, why: str) -> None:
        text = f"第 {seq} 条的同意记录 / the consent record of entry {seq}: {why}"
        self.report.add("consents", text)

    def _next(self) -> None:
        while True:
            line, self.at = self.file.readline(MAX_LINE), -1
            if not line:
                return
            try:
                self.text = line.decode("utf-8")
                self.record, end = _READER.raw_decode(self.text)
                if self.text[end:] != "\n":
                    raise ValueError("not a line")
                self.at = natural(self.record["ledger"]["seq"])
                return
            except UNREADABLE:
                self.report.add("consents", "有一行读不出 / a line is not readable")

    def _hold(self, entry: Entry) -> None:
        """Raises `Fault` unless the record is what the entry was made from."""
        record, said = self.record, entry.payload
        ledger, evidence = record["ledger"], record["ledger"]["evidence"]
        if record["record_id"] != said["record_id"]:
            raise Fault("编号不同 / has another record_id")
        if evidence == "altered":
            raise Fault("证据被改过 / its sealed evidence was altered, as the station found")
        if evidence == "opened":
            self._open(entry, ledger["salt"])
            self.held += 1
            return
        plain = {"ledger": {"evidence": "key_destroyed", "seq": entry.seq}}
        if self.text != _WRITER.encode({**plain, "record_id": record["record_id"]}) + "\n":
            raise Fault("不合格式 / is malformed")
        self.closed += 1

    def _open(self, entry: Entry, salt: str) -> None:
        record, said, secret = self.record, entry.payload, from_base64url(salt)
        ledger, events, about = record["ledger"], record["events"], record["pii_processing"]
        # Cut out of the line itself: each part stands there in canonical form or not at all.
        parts = [_WRITER.encode(value) for value in (events, events[0], ledger)]
        body = self.text[:-1].replace(f'"events":{parts[0]}', f'"event":{parts[1]}', 1)
        body = body.replace(f'"ledger":{parts[2]},', "", 1)
        digest = sm3(b"station consent commitment v1\x00" + secret + body.encode("utf-8"))
        if len(secret) != 32 or base64url(digest) != said["commitment"]:
            raise Fault("与条目的承诺不符 / is not what the entry commits to")
        same = [about.get(field) == said[name] for name, field in SAID.items() if name in said]
        if not all(same) or events[0]["event_state"] != ANSWERS[entry.kind]:
            raise Fault("与条目所说不同 / says something else than the entry")
        for event in events[1:]:
            if event["entity_id"] != events[0]["entity_id"]:
                raise Fault("后来的事属于别人 / a later event is somebody else's")
            self.later.setdefault((event["event_time"], event["event_state"]), entry.seq)
        who = ledger.get("principal", {"name": "", "document_number": ""})
        if self.masked and not _COVERED.fullmatch(f"{who['name']}|{who['document_number']}"):
            raise Fault("没有遮盖 / names somebody in clear, and the bundle says masked")


class Walk:
    """The shown entries, one after the other. Keeps 40 bytes of each: leaf hash and place."""

    def __init__(self, bundle: Manifest, leaves: bytes, report: Report, consents: Consents) -> None:
        self.bundle, self.report, self.leaves = bundle, report, bytearray(leaves)
        self.consents = consents
        self.offsets = array("Q")
        self.expected = bundle.first
        self.before = (-1, sm3(b""))
        """Position and digest of the entry before, as far as it is known."""
        self.clock = ""
        self.newest: tuple[str, str] | None = None
        self.broken: list[int] = []
        self.context = {"from": bundle.first == 0, "to": bundle.last == bundle.size}

    def take(self, line: bytes) -> None:
        """One line of entries.jsonl."""
        try:
            seq, text, body = read_line(line)
        except (ValueError, RecursionError):
            at = self.expected
            why = f"第 {at} 条处的一行读不出 / the line where entry {at} belongs is not readable"
            self.report.add("entries", why, at)
            self.leaves += sm3(line) if self.bundle.dense else b""
            self.expected, self.before = at + 1, (-2, b"")
            return
        self._place(seq, sm3(b"\x00" + body))
        digest = sm3(body)
        try:
            entry = read_entry(text)
            if entry.seq != seq:
                raise ValueError("another position")
        except (ValueError, RecursionError):
            self.report.add("entries", f"第 {seq} 条不合格式 / entry {seq} is malformed", seq)
        else:
            self._hold(entry)
            if seq == self.bundle.size - 1:
                self.newest = (entry.time, base64url(digest))
        self.before = (seq, digest)

    def _place(self, seq: int, leaf: bytes) -> None:
        """Positions rise, without a gap where nothing is withheld; hashes are those given."""
        at, bundle = self.expected, self.bundle
        if seq < at or seq >= bundle.last or (seq > at and bundle.dense):
            why = f"第 {at} 条的位置上是第 {seq} 条 / entry {seq} stands where {at} belongs"
            self.report.add("entries", why, min(seq, at))
        self.expected = seq + 1
        start = 32 * (seq - bundle.first)
        if bundle.dense:
            self.leaves += leaf
        elif start < 0 or self.leaves[start : start + 32] != leaf:
            why = f"第 {seq} 条与其哈希不符 / entry {seq} has not its hash in leaves.bin"
            self.report.add("entries", why, seq)

    def _hold(self, entry: Entry) -> None:
        """Hold an entry against the one before it and against the selection."""
        bundle, seq, moment = self.bundle, entry.seq, entry.time
        follows = self.before[0] == seq - 1
        if follows and entry.prev_hash != base64url(self.before[1]):
            why = f"第 {seq} 条接不上前一条 / entry {seq} does not continue the one before"
            self.report.add("entries", why)
            self.broken = self.broken or [max(0, seq - 1)]
        if moment < self.clock or (entry.clock_back and follows and moment != self.clock):
            why = f"第 {seq} 条的时间倒退 / the time of entry {seq} goes backwards"
            self.report.add("entries", why, seq)
        self.clock = max(self.clock, moment)
        early = seq == bundle.first and moment < bundle.asked.get("from", "")
        late = seq == bundle.last - 1 and moment >= bundle.asked.get("to", "~")
        self.context["from"] |= early
        self.context["to"] |= late
        asked_for = bundle.whole or bundle.matches(entry)
        if asked_for:
            self.consents.take(entry)
        if not (asked_for or early or late):
            why = f"第 {seq} 条不符合筛选 / entry {seq} does not match the selection"
            self.report.add("selection", why, seq)


def walk(folder: Path, bundle: Manifest, report: Report) -> Walk:
    """Read entries.jsonl once, from front to back."""
    leaves = b""
    if not bundle.dense:
        with contextlib.suppress(*UNREADABLE):
            leaves = read_small(folder / "leaves.bin", 32 * (bundle.last - bundle.first))
    try:
        records: BinaryIO = open_file(folder / "consents.jsonl")
    except OSError:
        records = io.BytesIO()
    found, place, more = Walk(bundle, leaves, report, Consents(records, bundle, report)), 0, b""
    with contextlib.suppress(OSError), records, open_file(folder / "entries.jsonl") as file:
        while len(found.offsets) < bundle.shown:
            line = file.readline(MAX_LINE)
            if not line:
                break
            found.offsets.append(place)
            found.take(line)
            place += len(line)
            report.step("entries", len(found.offsets), bundle.shown)
        more = file.read(1)
        found.consents.finish()
    short = bundle.dense and found.expected < bundle.last
    if len(found.offsets) != bundle.shown or more or short:
        why = f"从第 {found.expected} 条起缺少或多出 / cut off, or too many, from entry "
        report.add("entries", f"{why}{found.expected} on", found.expected)
    for side, known in found.context.items():
        if not known:
            why = f"{side}: 范围可能不全 / the range may be cut short at this end"
            report.add("selection", why)
    count = f"{len(found.offsets)} 条 / {len(found.offsets)} entries shown"
    report.notes["entries"], report.notes["selection"] = count, ascii(bundle.asked)[:400]
    return found


class Tree:
    """RFC 9162 section 2.1: the leaves of a range, and the roots of what lies outside it."""

    def __init__(self, bundle: Manifest, leaves: bytearray) -> None:
        self.first, self.leaves = bundle.first, leaves
        self.last = bundle.first + len(leaves) // 32
        self.pruned = iter(bundle.pruned)
        self.known: dict[tuple[int, int], bytes] = {}

    def root(self, low: int, high: int) -> bytes:
        """Root over the positions low to high. Raises `ValueError` when a hash is missing."""
        if high <= self.first or low >= self.last:
            node = next(self.pruned, None)
            if node is None:
                raise ValueError("no hash is left in pruned")
            return node
        inside = self.first <= low and high <= self.last
        if inside and high - low <= 1024:
            return self._fold(low, high)
        found = self.known.get((low, high))
        if found is None:
            middle = split(low, high)
            found = sm3(b"\x01" + self.root(low, middle) + self.root(middle, high))
            if inside:
                self.known[low, high] = found
        return found

    def _fold(self, low: int, high: int) -> bytes:
        start = 32 * (low - self.first)
        row = bytes(self.leaves[start : start + 32 * (high - low)])
        while len(row) > 32:
            pairs = [sm3(b"\x01" + row[at : at + 64]) for at in range(0, len(row) - 63, 64)]
            row = b"".join(pairs) + (row[-32:] if len(row) % 64 else b"")
        return row


def split(low: int, high: int) -> int:
    """Where a subtree over low to high divides: its left part is the largest perfect one."""
    return low + (1 << ((high - low - 1).bit_length() - 1))


def consistency(old: int, new: int, path: list[bytes], root: bytes) -> tuple[bytes, bytes]:
    """Roots of `old` and `new` entries by a proof of RFC 9162 section 2.1.4, used up from its end.

    `root` is the claimed old root, b"" where the proof itself must hold it.
    Raises `IndexError` when the proof is too short.
    """
    if old == new:
        node = root or path.pop()
        return node, node
    middle = split(0, new)
    aside = path.pop()
    if old <= middle:
        before, after = consistency(old, middle, path, root)
        return before, sm3(b"\x01" + after + aside)
    before, after = consistency(old - middle, new - middle, path, b"")
    return sm3(b"\x01" + aside + before), sm3(b"\x01" + aside + after)


class Head:
    """A signed tree head, as head.json and auditors keep it; raises one of `UNREADABLE`."""

    def __init__(self, raw: bytes) -> None:
        given = _READER.decode(raw.decode("utf-8"))
        told, code = canonical(given["body"]), text_of(given["signature"], r"[\w-]{16,160}")
        # DER begins with 0x30: "30" in hex, "M" in base64url, which an older export writes.
        self.signature = bytes.fromhex(code) if code[0] == "3" else from_base64url(code)
        self.body = given["body"].encode("utf-8")
        self.size, self.root = natural(told["size"], given["size"]), from_base64url(told["root"])
        self.origin, self.key_id = text_of(told["origin"]), text_of(told["key_id"])
        self.newest = (text_of(told["time"], _TIME), text_of(told["last"]))
        if self.size == 0 or self.size != given["size"] or len(self.root) != 32:
            raise ValueError("not a head")


def from_base64url(text: str) -> bytes:
    """Inverse of `base64url`, for what is then compared. Raises `ValueError`."""
    return base64.urlsafe_b64decode(text_of(text, r"[\w-]+") + "=" * (-len(text) % 4))


def check_head(folder: Path, bundle: Manifest, key: bytes, found: Walk) -> Head | None:
    """The newest head is signed and names the newest entry; returns it where the first holds."""
    report = found.report
    try:
        head = Head(read_small(folder / "head.json", MAX_HEAD))
    except UNREADABLE:
        report.add("head", "head.json 读不出 / is not readable")
        return None
    if not signed(key, head.body, head.signature):
        report.add("head", "最新树头的签名不成立 / the newest head's signature does not hold")
        return None
    if (head.origin, head.size, head.key_id) != (bundle.origin, bundle.size, bundle.key_id):
        report.add("head", "树头与清单不符 / the head is not the one bundle.json speaks of")
    if found.newest not in (None, head.newest):
        report.add("head", "树头指的不是最后一条 / the head does not name the newest entry")
    report.notes["head"] = f"{head.size} 条 / entries, {head.newest[0]}"
    return head


def check_complete(bundle: Manifest, tree: Tree, head: Head | None, report: Report) -> None:
    """Nothing between first and last is left out."""
    try:
        if tree.last != bundle.last:
            raise ValueError("there are not as many entries as positions")
        root = tree.root(0, bundle.size)
        if next(tree.pruned, None) is not None:
            raise ValueError("hashes are left over in pruned")
    except ValueError as error:
        report.add("complete", f"哈希的个数不对 / {error}")
        return
    if head is None or root != head.root:
        report.add("complete", "树根不是签过名的那个 / the root is not the one that was signed")
    a, b = bundle.first, bundle.last - 1
    note = f"第 {a} 至 {b} 条，共 {bundle.size} 条 / entries {a} to {b}"
    if bundle.withheld:
        note += f"; 其中 {bundle.withheld} 条未列出，不符合筛选是本机所说 / "
        note += f"{bundle.withheld} of them not shown: that they do not match is the station's word"
    report.notes["complete"] = note


def check_last_head(
    found: Walk, tree: Tree, head: Head | None, last: Head | None, key: bytes
) -> None:
    """The ledger continues the one under the auditor's own head."""
    bundle, report = found.bundle, found.report
    if last is None:
        text = "未给出：整本退回旧状态查不出 / not given: a rollback of everything cannot be seen"
        report.notes["last_head"] = text
        return
    size, told = last.size, f"前 {last.size} 条 / the first {last.size} entries"
    report.notes["last_head"] = told
    if not signed(key, last.body, last.signature) or last.origin != bundle.origin:
        report.add("last_head", "不是此公钥、此账本的树头 / not of this key and this ledger")
    if size > bundle.size:
        report.add("last_head", f"账本被退回，少于{told} / rolled back", bundle.size)
    elif bundle.first == 0 and size <= tree.last:
        if tree.root(0, size) != last.root:
            report.add("last_head", f"{told}: 与您上次看到的不同 / are not those you saw")
    elif bundle.since != size:
        report.add("last_head", f"{told}: 没有一致性证明，请重新导出 / no proof: export again")
    else:
        path = list(bundle.path)
        try:
            roots = consistency(size, bundle.size, path, last.root)
        except IndexError:
            roots = (b"", b"")
        if path or head is None or roots != (last.root, head.root):
            report.add("last_head", f"{told}: 一致性证明不成立 / the proof does not hold")


class History:
    """The older heads of a whole ledger, rebuilt from its entries."""

    def __init__(self, found: Walk, tree: Tree, key: bytes, heads: BinaryIO, lines: BinaryIO):
        self.found, self.tree, self.key, self.heads, self.lines = found, tree, key, heads, lines
        self.names = {"origin": found.bundle.origin, "key_id": found.bundle.key_id}
        self.end = min(len(found.offsets), found.bundle.size)

    def signature(self, size: int) -> bytes:
        """The signature of the head of that size; empty where there is none."""
        self.heads.seek(RECORD * (size - 1))
        record = self.heads.read(RECORD)
        return record[1 : 1 + record[0]] if len(record) == RECORD else b""

    def holds(self, size: int) -> bool:
        """Is the head of the first `size` entries, as they are here, signed?"""
        self.lines.seek(self.found.offsets[size - 1])
        try:
            _, text, body = read_line(self.lines.readline(MAX_LINE))
            moment = read_entry(text)[1]
        except (ValueError, RecursionError):
            return False
        head = {**self.names, "size": size, "time": moment, "last": base64url(sm3(body))}
        head["root"] = base64url(self.tree.root(0, size))
        return signed(self.key, _WRITER.encode(head).encode("utf-8"), self.signature(size))

    def bisect(self) -> tuple[int, int]:
        """(a, b): the head of a stands, that of b does not, and there is none between them.

        b is one more than there are entries where all heads stand.
        """
        low, high = 0, self.end + 1
        while True:
            middle = (low + high) // 2
            near = chain(range(middle, low, -1), range(middle + 1, high))
            size = next((one for one in near if one <= self.end and self.signature(one)), None)
            if size is None:
                return low, high
            low, high = (size, high) if self.holds(size) else (low, size)


def check_history(folder: Path, found: Walk, tree: Tree, key: bytes, head: Head | None) -> None:
    """Name the first bad entry, where the whole ledger is here and something is wrong with it."""
    report, bundle = found.report, found.bundle
    report.first_bad = min(report.named + found.broken, default=None)
    if not bundle.whole:
        return
    with contextlib.suppress(*UNREADABLE), contextlib.ExitStack() as stack:
        names = ("signatures.bin", "entries.jsonl")
        files = [stack.enter_context(open_file(folder / name)) for name in names]
        history = History(found, tree, key, *files)
        if head is not None:
            history.names = {"origin": head.origin, "key_id": head.key_id}
        some = filter(history.signature, {1, history.end // 2 or 1})
        if not {"entries", "head", "complete"} & report.bad.keys() and all(
            map(history.holds, some)
        ):
            return
        low, high = history.bisect()
        if high > history.end:
            return
        why = f"{low} 条的树头成立，{high} 条的不成立 / the head after {low} entries holds, "
        report.add("history", f"{why}the one after {high} does not")
        # Where not even the first head is this key's, the key may be the wrong one.
        if low or key == bundle.key:
            report.first_bad = min([*report.named, low])


def verify(folder: Path, last: Head | None, pinned: bytes | None) -> Report:
    """All checks. Raises `NotABundle`."""
    report = Report()
    try:
        list(folder.iterdir())
        bundle = Manifest(read_small(folder / "bundle.json", MAX_MANIFEST))
    except UNREADABLE as error:
        raise NotABundle("bundle.json 缺少或读不出 / is missing or not readable") from error
    key = pinned or bundle.key
    check_manifest(folder, bundle, pinned, report)
    check_files(folder, bundle, report)
    found = walk(folder, bundle, report)
    tree = Tree(bundle, found.leaves)
    head = check_head(folder, bundle, key, found)
    check_complete(bundle, tree, head, report)
    check_last_head(found, tree, head, last, key)
    check_history(folder, found, tree, key, head)
    return report


def main() -> int:
    """Exit code 0: all holds; 1: something does not; 2: not a bundle, or wrong use."""
    parser = argparse.ArgumentParser(prog="verify_bundle.py", description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, metavar="DIR", help="审计包 / the bundle")
    parser.add_argument(
        "--last-head", type=Path, metavar="FILE", help="head.json of the last audit"
    )
    parser.add_argument("--key", metavar="HEX", help="the public key, 128 digits, known otherwise")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    given = parser.parse_args()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        pinned = bytes.fromhex(given.key) if given.key else None
        last = Head(read_small(given.last_head, MAX_HEAD)) if given.last_head else None
        if pinned is not None and not on_curve(pinned):
            raise ValueError("not a point of the curve")
    except UNREADABLE as error:
        parser.error(f"--key / --last-head: 读不出 / not readable ({type(error).__name__})")
    try:
        told = verify(given.folder, last, pinned).document()
    except NotABundle as error:
        told = {"ok": False, "checks": [], "first_bad": None, "error": str(error)}
    if given.json:
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        for check in told["checks"]:
            mark = "✓" if check["ok"] else "✗"
            sys.stdout.write(f"{mark} {CHECKS[check['name']]}: {check['detail']}\n")
        if told["first_bad"] is not None:
            text = f"最先出错的是第 {told['first_bad']} 条 / the first bad entry is "
            sys.stdout.write(f"{text}{told['first_bad']}\n")
        verdict = "核验通过 / verified" if told["ok"] else "核验不通过 / NOT verified"
        sys.stdout.write(told.get("error", verdict) + "\n")
    return 2 if "error" in told else int(not told["ok"])


if __name__ == "__main__":
    sys.exit(main())
