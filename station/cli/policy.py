"""`station policy`: the thresholds of attack detection, and how two people change them.

The first person proposes a file, a second one agrees to exactly that, and the first puts it in
force; each is signed in and written to the ledger.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from consent.canonical import Json
from consent.digest import sm3
from consent.kinds import Kind
from consent.ledger import Ledger
from consent.signing import HeadSigner, verify
from station.access import Act
from station.booth.pad_gates import DEFAULT_GATES, PadGates
from station.cli.language import chosen, lang_option
from station.cli.opening import passphrase_option, station_paths
from station.cli.options import json_option
from station.cli.signing_in import StaffLogin, at_desk, signed_in, staff_options, why_option
from station.errors import ConfigError
from station.instance_lock import InstanceLock
from station.model import Language
from station.pad_policy import (
    PadPolicy,
    Proposal,
    approve,
    grouped_hex,
    load_policy,
    parse,
    propose,
    proposed,
)
from station.requests import digest_of
from station.staffroom import Staffroom

_SAY = {
    "shipped": ("出厂阈值", "shipped thresholds"),
    "own": (
        "本站阈值：{proposed} 提交，{approved} 批准，{at}",
        "own thresholds: proposed by {proposed}, approved by {approved}, {at}",
    ),
    "data": ("依据（{date}）：{data}", "from (of {date}): {data}"),
    "digest": ("文件摘要 SM3：{digest}", "file digest SM3: {digest}"),
    "waiting": (
        "{person} 提交的阈值等待另一个人批准：./station.sh policy approve 申请编号",
        "Proposed by {person}, waiting for a second person: ./station.sh policy approve REQUEST",
    ),
    "agreed": (
        "已同意。由提交人启用：./station.sh policy apply {id}",
        "Agreed. Whoever proposed it puts it in force: ./station.sh policy apply {id}",
    ),
    "nothing": ("没有等待批准的阈值", "Nothing is waiting for approval"),
    "changes": ("与现行阈值的差别：", "What would change:"),
    "none": ("没有差别", "nothing"),
    "sure": ("同意这些改动？", "Agree to this?"),
    "done": ("已生效。", "Now in force."),
    "left": ("未批准，现行阈值不变。", "Not approved; the thresholds in force stay."),
}
_request_argument = click.argument("request_id", metavar="REQUEST")


@dataclass(frozen=True, slots=True)
class _Desk:
    folder: Path
    ledger: Ledger
    signer: HeadSigner
    staff: Staffroom

    def load(self) -> PadPolicy:
        return load_policy(self.folder, sm3, self._verify)

    def _verify(self, statement: bytes, signature: bytes) -> bool:
        return verify(self.signer.public_key, statement, signature)


@click.group()
def policy() -> None:
    """Show the thresholds of attack detection, or change them, two people together."""


@policy.command(epilog="Example: ./station.sh policy show --as wang.fang")
@json_option
@lang_option
@staff_options
@passphrase_option
def show(*, as_json: bool, lang: str | None, staff: StaffLogin, passphrase_fd: int | None) -> None:
    """The thresholds in force, where they come from, and what waits for approval."""
    with _desk(passphrase_fd) as desk, signed_in(desk, staff, Act.POLICY_READ):
        found, waiting = desk.load(), proposed(desk.folder)
    if as_json:
        click.echo(json.dumps(_document(found, waiting), ensure_ascii=False, indent=2))
        return
    language = chosen(lang)
    for line in _lines(found, language):
        click.echo(line)
    if waiting is not None:
        click.echo(_say("waiting", language, person=waiting.proposed_by))


@policy.command("propose", epilog="Example: ./station.sh policy propose pad.toml --reason '…'")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@why_option
@lang_option
@staff_options
@passphrase_option
def propose_file(
    *, file: Path, reason: str, lang: str | None, staff: StaffLogin, passphrase_fd: int | None
) -> None:
    """Propose the thresholds in FILE; nothing changes until a second person agrees.

    Prints the number of the request.
    """
    content = file.read_bytes()
    parse(content)
    document = _request(grouped_hex(sm3(content)))
    with _desk(passphrase_fd) as desk, at_desk(desk, staff) as (room, session):
        request = room.requests.ask(session, Act.POLICY_CHANGE, document, reason)
        waiting = propose(desk.folder, content, session.user, _now(), sm3)
        desk.ledger.record(
            Kind.CONFIG_CHANGED,
            {"what": "pad_policy_proposed", "digest": waiting.digest, "actor": session.user},
        )
    click.echo(request.id)
    click.echo(_say("waiting", chosen(lang), person=session.user), err=True)


@policy.command("approve", epilog="Example: ./station.sh policy approve REQUEST --as wang.fang")
@_request_argument
@click.option("--yes", is_flag=True, help="Do not ask once more.")
@lang_option
@staff_options
@passphrase_option
def approve_file(
    *, request_id: str, yes: bool, lang: str | None, staff: StaffLogin, passphrase_fd: int | None
) -> None:
    """Agree to the proposed thresholds, as the second of two people."""
    language = chosen(lang)
    with _desk(passphrase_fd) as desk, at_desk(desk, staff) as (room, session):
        waits = {one.id: one for one in room.requests.waiting(session)}
        if request_id not in waits:
            # Not for this person, or not there: the refusal says which, and the ledger keeps it.
            room.requests.agree(session, request_id)
        waiting = proposed(desk.folder)
        wished = _request("" if waiting is None else waiting.digest)
        if waiting is None or waits[request_id].about != digest_of(wished):
            raise click.ClickException(_say("nothing", language))
        click.echo(_say("changes", language), err=True)
        wanted = parse(waiting.text.encode("utf-8")).gates
        for line in _differences(_present(desk), wanted) or [_say("none", language)]:
            click.echo(f"  {line}", err=True)
        if not yes and not click.confirm(_say("sure", language), err=True):
            click.echo(_say("left", language), err=True)
            return
        room.requests.agree(session, request_id)
    click.echo(_say("agreed", language, id=request_id), err=True)


@policy.command("apply", epilog="Example: ./station.sh policy apply REQUEST --reason '…'")
@_request_argument
@why_option
@lang_option
@staff_options
@passphrase_option
def apply_file(
    *, request_id: str, reason: str, lang: str | None, staff: StaffLogin, passphrase_fd: int | None
) -> None:
    """Put the thresholds you proposed in force, once somebody else has agreed."""
    language = chosen(lang)
    with _desk(passphrase_fd) as desk:
        waiting = proposed(desk.folder)
        about = digest_of(_request("" if waiting is None else waiting.digest))
        change = signed_in(
            desk, staff, Act.POLICY_CHANGE, about=about, reason=reason, request_id=request_id
        )
        with change as permit:
            approval = approve(desk.folder, permit.second, _now(), sm3, desk.signer.sign)
            desk.ledger.record(
                Kind.CONFIG_CHANGED,
                {**permit.actor(), "what": "pad_policy_approved", "digest": approval.digest},
            )
    click.echo(_say("done", language), err=True)


@contextmanager
def _desk(descriptor: int | None) -> Iterator[_Desk]:
    """Keys and ledger with the kiosk stopped: thresholds never change under a visit."""
    from station.cli.settled import settled_station

    paths, _ = station_paths()
    with InstanceLock(paths.home), settled_station(descriptor, locked=True) as desk:
        yield _Desk(paths.policies, desk.ledger, desk.signer, desk.staff)


def _request(digest: str) -> dict[str, Json]:
    """What a request to change the thresholds is about: this file, by its digest."""
    return {"what": "pad_policy", "digest": digest}


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
