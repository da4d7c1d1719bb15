"""A second writer of audit bundles, from docs/audit-bundle.md alone, and forgers of them.

It shares nothing with the exporter of the station, so that a mistake in one is seen in the other.
"""

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from consent.canonical import Json
from consent.digest import sm3, to_text
from consent.entry import Entry, parse_entry
from consent.kinds import CompletionResult, Kind
from tests.ledger_fakes import ORIGIN, FakeClock, new_ledger

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "resources" / "verify" / "verify_bundle.py"
PERSON = "a1" * 16
SALT = bytes(range(32))
_LABEL = b"station consent commitment v1\x00"
Selection = dict[str, Any]
Signer = Callable[[bytes], bytes]


@cache
def verifier() -> ModuleType:
    """The verifier as a module: what its tests in this process call."""
    spec = spec_from_file_location("verify_bundle", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Taken:
    """A ledger as a bundle is made of it: bodies, and the signature of each size's head."""

    bodies: tuple[bytes, ...]
    signatures: tuple[bytes, ...]
    key: bytes
    key_id: str
    sign: Signer
    """Signs the manifest."""
    sign_head: Signer

    def cut(self, size: int) -> "Taken":
        """The ledger as it was at `size` entries."""
        return replace(self, bodies=self.bodies[:size], signatures=self.signatures[:size])


@cache
def sixty() -> Taken:
    """60 entries of visits and of staff, made by the station's ledger."""
    ledger, store, signer, clock = new_ledger(clock=FakeClock())
    ledger.record(Kind.STATION_START, {"version": "0.1.0"})
    names = ("li.hua", "wang.fang", "zhao")
    for visit in range(8):
        mark: dict[str, Json] = {"visit": f"{visit:032x}"}
        answer: dict[str, Json] = {**mark, "record_id": f"R-{visit}", "purpose": "VERIFY"}
        who: dict[str, Json] = {"actor": names[visit % 3], "note": '核对 "two"\\ \u2028 é'}
        ledger.record(Kind.SIGN_IN, {"actor": names[visit % 3], "role": "OPERATOR"})
        answer["commitment"] = to_text(sm3(_LABEL + SALT + compact(evidence(visit))))
        ledger.record(Kind.CONSENT_GIVEN, answer)
        op = ledger.intent(Kind.ERASE, mark)
        counts: dict[str, Json] = {"identity": {"rows": 1, "remaining": 0, "wal_bytes": 0}}
        ledger.complete(op, CompletionResult.DONE, counts)
        ledger.record(
            Kind.RECORD_READ, {**who, "about": [{"person": PERSON}] if visit == 3 else []}
        )
        if visit == 5:
            clock.moment -= 100 * clock.step
        ledger.record(Kind.VISIT_OUTCOME, {**mark, "outcome": "MATCH"})
        ledger.record(Kind.PURGE, mark)
    ledger.record(Kind.AUDIT_EXPORT, {"actor": "chen", "second": "zhao"})
    while len(store.rows) < 60:
        ledger.record(Kind.STATION_STOP, {})
    return Taken(
        tuple(row.body for row in store.rows),
        tuple(head.signature for head in store.heads()),
        signer.public_key,
        signer.key_id,
        signer.sign,
        signer.sign,
    )


def compact(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def evidence(visit: int) -> dict[str, Any]:
    """What is sealed of the answer of one visit."""
    return {
        "record_id": f"R-{visit}",
        "pii_processing": {"purpose": "VERIFY", "note": '"events":[] 同意'},
        "event": {
            "event_time": f"2026-03-01T09:{visit:02d}:00.000Z",
            "event_state": "given",
            "event_type": "explicit",
            "entity_id": f"{visit:032x}",
        },
        "house": {"operator": "li.hua"},
    }


def consents(bodies: Sequence[bytes], shown: Sequence[int]) -> list[dict[str, Any]]:
    """The lines of consents.jsonl: of visit 2 the key is destroyed, visit 3 was erased later."""
    entries = {at: json.loads(bodies[at]) for at in shown}
    ends = [one["time"] for one in entries.values() if one["kind"] == "ERASE"]
    lines = []
    for at, entry in entries.items():
        record_id = entry["payload"].get("record_id", "")
        if entry["kind"] != "CONSENT_GIVEN" or not record_id.startswith("R-"):
            continue
        visit, ledger = int(record_id[2:]), {"seq": at, "evidence": "opened", "salt": to_text(SALT)}
        if visit == 2:
            closed = {"seq": at, "evidence": "key_destroyed"}
            lines.append({"record_id": record_id, "ledger": closed})
            continue
        document = evidence(visit)
        events = [document.pop("event")]
        if visit == 3 and ends:
            end = {"event_time": ends[-1], "event_state": "terminated", "event_type": "explicit"}
            events.append({**end, "entity_id": events[0]["entity_id"]})
        if visit == 4:
            ledger["principal"] = {"name": "张*", "document_number": "310***********1234"}
        lines.append({**document, "events": events, "ledger": ledger})
    return lines


def leaf(body: bytes) -> bytes:
    return sm3(b"\x00" + body)


def root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 9162 section 2.1.1, by its definition."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    return sm3(b"\x01" + root(leaves[:half]) + root(leaves[half:]))


def proof(old: int, leaves: Sequence[bytes], known: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 9162 section 2.1.4.1, by its definition."""
    if old == len(leaves):
        return [] if known else [root(leaves)]
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    if old <= half:
        return [*proof(old, leaves[:half], known), root(leaves[half:])]
    return [*proof(old - half, leaves[half:], False), root(leaves[:half])]


def outside(leaves: Sequence[bytes], first: int, last: int, low: int = 0) -> list[bytes]:
    """`pruned` of the manifest."""
    high = low + len(leaves)
    if high <= first or low >= last:
        return [root(leaves)]
    if first <= low and high <= last:
        return []
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    right = outside(leaves[half:], first, last, low + half)
    return outside(leaves[:half], first, last, low) + right


def head_bytes(taken: Taken, size: int) -> bytes:
    """The tree head the station signs after `size` of these entries."""
    newest = taken.bodies[size - 1]
    head = {"origin": ORIGIN, "size": size, "key_id": taken.key_id, "last": to_text(sm3(newest))}
    head["root"] = to_text(root([leaf(body) for body in taken.bodies[:size]]))
    head["time"] = json.loads(newest)["time"]
    return compact(head)


def head_file(taken: Taken, size: int) -> bytes:
    """head.json of that size."""
    body = head_bytes(taken, size)
    signature = taken.signatures[size - 1].hex()
    return compact({"body": body.decode(), "signature": signature, "size": size}) + b"\n"


def texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    return [value] if isinstance(value, str) else []


def asked_for(body: bytes, wanted: Selection) -> bool:
    """Does an entry match, as the page has it?"""
    entry = json.loads(body)
    payload = entry["payload"]
    tests = {
        "all": lambda value: value,
        "from": lambda value: entry["time"] >= value,
        "to": lambda value: entry["time"] < value,
        "kinds": lambda value: entry["kind"] in value,
        "actors": lambda value: bool({payload.get("actor"), payload.get("second")} & set(value)),
        "person": lambda value: bool({entry["op"], *texts(payload)} & set(value)),
        "text": lambda value: value.casefold() in body.decode().casefold(),
    }
    return all(tests[key](value) for key, value in wanted.items())


def bounds(taken: Taken, wanted: Selection) -> tuple[int, int]:
    """`first` and `last`, with the entries of context."""
    times = [json.loads(body)["time"] for body in taken.bodies]
    early = sum(time < wanted.get("from", "") for time in times)
    before = sum(time < wanted.get("to", "~") for time in times)
    return max(0, early - 1), min(len(times), before + 1)


def write(
    folder: Path,
    taken: Taken,
    wanted: Selection | None = None,
    *,
    since: int = 0,
    span: tuple[int, int] | None = None,
    hide: frozenset[int] = frozenset(),
    lies: Selection | None = None,
) -> Path:
    """Write a bundle; `wanted` None is the whole ledger.

    `span` and `hide` give another range and leave entries out, `lies` replaces manifest fields.
    """
    folder.mkdir()
    wanted = wanted or {"all": True}
    size, leaves = len(taken.bodies), [leaf(body) for body in taken.bodies]
    first, last = span or bounds(taken, wanted)
    shown = [
        at
        for at in sorted({*range(first, last)} - hide)
        if asked_for(taken.bodies[at], wanted)
        or (at == first and not _reaches(taken, at, wanted, "from"))
        or (at == last - 1 and not _reaches(taken, at, wanted, "to"))
    ]
    lines = [compact({"body": taken.bodies[at].decode(), "seq": at}) + b"\n" for at in shown]
    (folder / "entries.jsonl").write_bytes(b"".join(lines))
    if len(shown) < last - first:
        (folder / "leaves.bin").write_bytes(b"".join(leaves[first:last]))
    if "all" in wanted:
        (folder / "signatures.bin").write_bytes(b"".join(map(record, taken.signatures)))
    (folder / "head.json").write_bytes(head_file(taken, size))
    rows = ["seq"] + [str(at) for at in shown]
    (folder / "entries.csv").write_bytes("\r\n".join(rows).encode("utf-8-sig"))
    asked = [at for at in shown if asked_for(taken.bodies[at], wanted)]
    records = [compact(line) + b"\n" for line in consents(taken.bodies, asked)]
    (folder / "consents.jsonl").write_bytes(b"".join(records))
    (folder / "summary.pdf").write_bytes(b"%PDF-1.7\n%%EOF\n")
    (folder / "verify_bundle.py").write_bytes(PROGRAM.read_bytes())
    (folder / "README.txt").write_text("怎样核验 / how to check\n", "utf-8")
    path = [_node(node) for node in proof(since, leaves)] if since else []
    manifest: Selection = {
        "format": "station-audit-bundle/1",
        "origin": ORIGIN,
        "public_key": taken.key.hex(),
        "key_id": taken.key_id,
        "made_at": "2026-03-02T08:00:00.000Z",
        "tree_size": size,
        **{"first": first, "last": last, "shown": len(shown), "selection": wanted},
        "pruned": [_node(node) for node in outside(leaves, first, last)],
        "since": {"size": since, "path": path} if since else None,
        "masked": True,
    } | (lies or {})
    seal(folder, taken.sign, manifest)
    return folder


def _reaches(taken: Taken, at: int, wanted: Selection, side: str) -> bool:
    """Does this entry lie on the asked side of that bound, where there is one?"""
    return side not in wanted or asked_for(taken.bodies[at], {side: wanted[side]})


def _node(node: bytes) -> str:
    return f"sm3:{node.hex()}"


def record(signature: bytes) -> bytes:
    """One record of signatures.bin."""
    return bytes([len(signature)]) + signature.ljust(72, b"\x00")


def manifest_of(folder: Path) -> Selection:
    found: Selection = json.loads((folder / "bundle.json").read_bytes())
    return found


def seal(folder: Path, sign: Signer, manifest: Selection | None = None) -> None:
    """Write manifest and signature anew, over the files as they lie there."""
    manifest = manifest or manifest_of(folder)
    names = sorted(path.name for path in folder.iterdir())
    manifest["files"] = [
        {
            "name": name,
            "bytes": (folder / name).stat().st_size,
            "sm3": _node(sm3((folder / name).read_bytes())),
        }
        for name in names
        if name not in ("bundle.json", "bundle.sig")
    ]
    (folder / "bundle.json").write_bytes(compact(manifest))
    signature = sign((folder / "bundle.json").read_bytes())
    (folder / "bundle.sig").write_text(signature.hex() + "\n")


def changed(body: bytes, fields: Selection) -> bytes:
    """The entry with other fields, in its right form."""
    entry: Entry = replace(parse_entry(body), **fields)
    return entry.to_bytes()


def chained(bodies: Sequence[bytes]) -> tuple[bytes, ...]:
    """Entries numbered anew and made to follow each other."""
    made: list[bytes] = []
    for seq, body in enumerate(bodies):
        before = sm3(made[-1] if made else b"")
        made.append(changed(body, {"seq": seq, "prev_hash": before}))
    return tuple(made)


def with_heads(taken: Taken, bodies: Sequence[bytes], sign: Signer, start: int = 0) -> Taken:
    """Other entries, their heads from the one after `start` on signed with `sign`."""
    forged = replace(taken, bodies=tuple(bodies))
    heads = [sign(head_bytes(forged, size)) for size in range(start + 1, len(bodies) + 1)]
    return replace(forged, signatures=(*taken.signatures[:start], *heads))


def flip(path: Path, at: int) -> None:
    """Change one bit of one byte."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1 << secrets.randbelow(8)
    path.write_bytes(data)


def check(folder: Path, last: bytes = b"", key: bytes | None = None) -> dict[str, Any]:
    """What the verifier says, with the names of the checks that failed in `bad`."""
    program = verifier()
    told: dict[str, Any] = program.verify(
        folder, program.Head(last) if last else None, key
    ).document()
    told["bad"] = {found["name"] for found in told["checks"] if not found["ok"]}
    assert told["ok"] is not bool(told["bad"])
    assert told["ok"] or told["first_bad"] is None or told["first_bad"] >= 0
    return told


def detail(told: dict[str, Any], name: str) -> str:
    found: str = next(check["detail"] for check in told["checks"] if check["name"] == name)
    return found


def times() -> list[str]:
    return [json.loads(body)["time"] for body in sixty().bodies]
