"""`station policy`: the thresholds of attack detection, and how two people change them.

The first person proposes a file, a second one approves it; both are written to the ledger. Names
are taken as given until there are accounts.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from consent.digest import sm3
from consent.kinds import Kind
from consent.ledger import Ledger
from consent.signing import HeadSigner, verify
from station.booth.pad_gates import DEFAULT_GATES, PadGates
from station.cli.language import chosen, lang_option
from station.cli.opening import opened_stores, station_paths
from station.cli.options import json_option
from station.errors import ConfigError
from station.instance_lock import InstanceLock
from station.model import Language
from station.pad_policy import PadPolicy, Proposal, approve, load_policy, parse, propose, proposed

_SAY = {
    "shipped": ("出厂阈值", "shipped thresholds"),
    "own": (
        "本站阈值：{proposed} 提交，{approved} 批准，{at}",
        "own thresholds: proposed by {proposed}, approved by {approved}, {at}",
    ),
    "data": ("依据（{date}）：{data}", "from (of {date}): {data}"),
    "digest": ("文件摘要 SM3：{digest}", "file digest SM3: {digest}"),
    "waiting": (
        "{person} 提交的阈值等待另一个人批准：./station.sh policy approve --by 姓名",
        "Proposed by {person}, waiting for a second person: ./station.sh policy approve --by NAME",
    ),
    "nothing": ("没有等待批准的阈值", "Nothing is waiting for approval"),
    "changes": ("与现行阈值的差别：", "What would change:"),
    "none": ("没有差别", "nothing"),
    "sure": ("批准并立即生效？", "Approve, and put in force?"),
    "done": ("已生效。", "Now in force."),
    "left": ("未批准，现行阈值不变。", "Not approved; the thresholds in force stay."),
}
_who = click.option("--by", "person", required=True, help="Your name, 2 to 40 letters.")


@dataclass(frozen=True, slots=True)
class _Desk:
    folder: Path
    ledger: Ledger
    signer: HeadSigner

    def load(self) -> PadPolicy:
        return load_policy(self.folder, sm3, self._verify)

    def _verify(self, statement: bytes, signature: bytes) -> bool:
        return verify(self.signer.public_key, statement, signature)


@click.group()
def policy() -> None:
    """Show the thresholds of attack detection, or change them, two people together."""


@policy.command(epilog="Example: ./station.sh policy show")
@json_option
@lang_option
def show(as_json: bool, lang: str | None) -> None:
    """The thresholds in force, where they come from, and what waits for approval."""
    with _desk() as desk:
        found, waiting = desk.load(), proposed(desk.folder)
    if as_json:
        click.echo(json.dumps(_document(found, waiting), ensure_ascii=False, indent=2))
        return
    language = chosen(lang)
    for line in _lines(found, language):
        click.echo(line)
    if waiting is not None:
        click.echo(_say("waiting", language, person=waiting.proposed_by))


@policy.command("propose", epilog="Example: ./station.sh policy propose pad.toml --by chen")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_who
@lang_option
def propose_file(file: Path, person: str, lang: str | None) -> None:
    """Propose the thresholds in FILE; nothing changes until a second person approves."""
    content = file.read_bytes()
    parse(content)
    with _desk() as desk:
        waiting = propose(desk.folder, content, person, _now(), sm3)
        desk.ledger.record(
            Kind.CONFIG_CHANGED,
            {"what": "pad_policy_proposed", "digest": waiting.digest, "by": person},
        )
    click.echo(_say("waiting", chosen(lang), person=person), err=True)


@policy.command("approve", epilog="Example: ./station.sh policy approve --by wang")
@_who
@click.option("--yes", is_flag=True, help="Do not ask once more.")
@lang_option
def approve_file(person: str, yes: bool, lang: str | None) -> None:
    """Put the proposed thresholds in force, as the second of two people."""
    language = chosen(lang)
    with _desk() as desk:
        waiting = proposed(desk.folder)
        if waiting is None:
            raise click.ClickException(_say("nothing", language))
        click.echo(_say("changes", language), err=True)
        wanted = parse(waiting.text.encode("utf-8")).gates
        for line in _differences(_present(desk), wanted) or [_say("none", language)]:
            click.echo(f"  {line}", err=True)
        if not yes and not click.confirm(_say("sure", language), err=True):
            click.echo(_say("left", language), err=True)
            return
        approval = approve(desk.folder, person, _now(), sm3, desk.signer.sign)
        desk.ledger.record(
            Kind.CONFIG_CHANGED,
            {
                "what": "pad_policy_approved",
                "digest": approval.digest,
                "by": person,
                "proposed_by": approval.proposed_by,
            },
        )
    click.echo(_say("done", language), err=True)


@contextmanager
def _desk() -> Iterator[_Desk]:
    """Keys and ledger with the kiosk stopped: thresholds never change under a visit."""
    paths, config = station_paths()
    with InstanceLock(paths.home), opened_stores(locked=True) as (stores, keyring):
        signer = HeadSigner.from_private(keyring.ledger_signing_key(create=True).reveal())
        demo = config.site.profile == "demo"
        ledger = Ledger(
            stores.ledger, signer, config.site.station_id, lambda: datetime.now(UTC), demo=demo
        )
        yield _Desk(paths.policies, ledger, signer)


def _present(desk: _Desk) -> PadGates:
    """What is in force; the shipped values where a damaged file is what is to be replaced."""
    try:
        return desk.load().gates
    except ConfigError:
        return DEFAULT_GATES


def _differences(present: PadGates, wanted: PadGates) -> list[str]:
    old, new = msgspec.structs.asdict(present), msgspec.structs.asdict(wanted)
    return [f"{name}: {old[name]:g} → {new[name]:g}" for name in old if old[name] != new[name]]


def _document(found: PadPolicy, waiting: Proposal | None) -> dict[str, object]:
    approval = found.approval
    return {
        "digest": found.digest,
        "provenance": msgspec.structs.asdict(found.provenance),
        "proposed_by": "" if approval is None else approval.proposed_by,
        "approved_by": "" if approval is None else approval.approved_by,
        "gates": msgspec.structs.asdict(found.gates),
        "waiting": "" if waiting is None else waiting.digest,
    }


def _lines(found: PadPolicy, language: Language) -> list[str]:
    approval = found.approval
    origin = _say("shipped", language)
    if approval is not None:
        origin = _say(
            "own",
            language,
            proposed=approval.proposed_by,
            approved=approval.approved_by,
            at=approval.approved_at,
        )
    gates = msgspec.structs.asdict(found.gates)
    return [
        origin,
        _say("data", language, date=found.provenance.date, data=found.provenance.data),
        _say("digest", language, digest=found.digest),
        *(f"  {name:<22}{value:g}" for name, value in gates.items()),
    ]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _say(key: str, language: Language, **values: str) -> str:
    return _SAY[key][0 if language is Language.ZH_CN else 1].format(**values)
