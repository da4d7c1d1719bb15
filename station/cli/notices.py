"""`station notices`: wording a notice, seeing what it lacks, publishing it with a second person."""

import json
import tomllib
from pathlib import Path
from typing import cast

import click
import msgspec

from consent.draft import NAMES, Draft, Name, draft_json, parse_draft
from consent.required_words import Problem
from resources.deployment_texts import text
from station.access import Act
from station.cli.options import json_option
from station.cli.premises_office import (
    PremisesOffice,
    form_text,
    out_option,
    put_out,
    reason_option,
    replace_option,
    with_office,
)
from station.cli.toml_form import as_toml
from station.errors import AccessError, ConsentError, ErrorCode
from station.gate import Permit
from station.model import Language

_SAY = {
    "in_force": (
        "{name}  {id} 第 {version} 版  摘要 {digest}",
        "{name}  {id} version {version}  digest {digest}",
    ),
    "behind": ("  （部署信息已变，须重新发布）", "  (behind the profile: to be published anew)"),
    "published": (
        "{name}  第 {version} 版，{day} 起用",
        "{name}  version {version}, in use from {day}",
    ),
    "waiting": ("{name}  待同意，{day} 起用", "{name}  waiting for agreement, from {day}"),
    "well": ("没有缺项。", "Nothing is missing."),
    "problem": ("{count} 处还不行：", "{count} to mend:"),
    "done": (
        "已发布：{name} 第 {version} 版，{day} 起用",
        "Published: {name} version {version}, from {day}",
    ),
}
_file_argument = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
_name_argument = click.argument("name", type=click.Choice(NAMES))


@click.group()
def notices() -> None:
    """What people read before they agree: drafts, what they lack, publication by two people."""


@notices.command("list", epilog="Example: ./station.sh notices list --as he.lin")
@json_option
@with_office
def list_(office: PremisesOffice, *, as_json: bool) -> None:
    """What is in force, what was published, what waits."""
    desk = office.premises.notices
    versions = desk.versions(office.permit(Act.NOTICE_READ))
    current = {name: desk.current(name) for name in NAMES}
    if as_json:
        document = {
            "in_force": {
                name: {"version": one.version, "digest": one.digest, "behind": desk.is_behind(name)}
                for name, one in current.items()
            },
            "published": [
                {
                    "name": one.name,
                    "version": one.notice.version,
                    "effective_on": one.effective_on,
                    "digest": one.notice.digest,
                }
                for one in versions
            ],
        }
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    for name, one in current.items():
        figures = {"name": name, "id": one.notice_id, "version": one.version}
        line = _say("in_force", office.language, digest=one.digest[:16], **figures)
        click.echo(line + (_say("behind", office.language) if desk.is_behind(name) else ""))
    for made in versions:
        shown = {"version": made.notice.version, "day": made.effective_on}
        click.echo("  " + _say("published", office.language, name=made.name, **shown))
    for draft, _ in desk.proposals():
        day = draft.effective_on
        click.echo("  " + _say("waiting", office.language, name=draft.name, day=day))


@notices.command(epilog="Example: ./station.sh notices draft visitor --out visitor.toml")
@_name_argument
@out_option
@with_office
def draft(office: PremisesOffice, *, name: str, out: Path | None) -> None:
    """The draft of a notice as a file to edit: its words and its blanks, in both languages."""
    found = office.premises.notices.draft(office.permit(Act.NOTICE_DRAFT), _name(name))
    asked = {"effective_on": "DATE", "revision": "REVISION"}
    notes = {key: text("form", word, office.language) for key, word in asked.items()}
    put_out(as_toml(draft_json(found), notes), out)


@notices.command(epilog="Example: ./station.sh notices check visitor.toml --as he.lin")
@_file_argument
@json_option
@with_office
def check(office: PremisesOffice, *, file: Path, as_json: bool) -> None:
    """What an edited draft lacks, by language, place and name; exit 1 while anything does."""
    office.permit(Act.NOTICE_READ).for_act(Act.NOTICE_READ)
    found = office.premises.notices.check(_read(file))
    _tell(found, office.language, as_json=as_json)
    if found:
        raise click.exceptions.Exit(1)


@notices.command(epilog="Example: ./station.sh notices preview visitor.toml --lang en")
@_file_argument
@with_office
def preview(office: PremisesOffice, *, file: Path) -> None:
    """How an edited draft reads, blanks and all."""
    office.permit(Act.NOTICE_READ).for_act(Act.NOTICE_READ)
    shown = office.premises.notices.preview(_read(file))
    for heading, body in shown.texts[office.language]:
        click.echo(f"\n{click.style(heading, bold=True)}\n{body}" if heading else f"\n{body}")
    if shown.problems:
        click.echo("", err=True)
        _tell(shown.problems, office.language, as_json=False, err=True)


@notices.command("save", epilog="Example: ./station.sh notices save visitor.toml --as he.lin")
@_file_argument
@replace_option
@with_office
def keep(office: PremisesOffice, *, file: Path, replace: bool) -> None:
    """Keep an edited draft at the station, finished or not; nothing is proposed."""
    permit, edited = office.permit(Act.NOTICE_DRAFT), _read(file)
    office.premises.notices.keep(permit, _over(office, permit, edited) if replace else edited)


@notices.command(epilog="Example: ./station.sh notices propose visitor.toml --as he.lin")
@_file_argument
@replace_option
@reason_option
@json_option
@with_office
def propose(
    office: PremisesOffice, *, file: Path, replace: bool, reason: str, as_json: bool
) -> None:
    """Propose an edited draft; the officer for personal information agrees, or does not."""
    edited, desk = _read(file), office.premises.notices
    found = desk.check(edited)
    if found:
        _tell(found, office.language, as_json=False, err=True)
    permit = office.permit(Act.NOTICE_DRAFT)
    document = desk.propose(permit, _over(office, permit, edited) if replace else edited)
    asked = office.ask(Act.NOTICE_PUBLISH, document, reason)
    if as_json:
        click.echo(json.dumps({"document": document, "request": asked}))


@notices.command(epilog="Example: ./station.sh notices publish visitor --request ID --as he.lin")
@_name_argument
@click.option("--request", "request_id", required=True, help="The agreed request.")
@reason_option
@with_office
def publish(office: PremisesOffice, *, name: str, request_id: str, reason: str) -> None:
    """Publish the proposed notice, once it has been agreed to."""
    desk = office.premises.notices
    about = next((about for one, about in desk.proposals() if one.name == name), None)
    if about is None:
        raise AccessError(ErrorCode.REQUEST_INVALID)
    made = desk.publish(
        office.permit(Act.NOTICE_PUBLISH, about=about, reason=reason, request_id=request_id)
    )
    figures = {"version": made.notice.version, "day": made.effective_on}
    click.echo(_say("done", office.language, name=name, **figures), err=True)


def _read(file: Path) -> Draft:
    """An edited draft. Raises `ConsentError(NOTICE_INCOMPLETE)` for one out of form."""
    try:
        return parse_draft(tomllib.loads(form_text(file)))
    except (ValueError, RecursionError) as error:
        raise ConsentError(ErrorCode.NOTICE_INCOMPLETE) from error


def _over(office: PremisesOffice, permit: Permit, edited: Draft) -> Draft:
    """The draft as if it were begun from what lies at the station now."""
    present = office.premises.notices.draft(permit, edited.name)
    return msgspec.structs.replace(edited, revision=present.revision)


def _name(name: str) -> Name:
    return cast(Name, name)


def problem_line(problem: Problem, language: Language) -> str:
    """One thing a draft lacks, in words."""
    where = problem.place if problem.language is None else f"{problem.place} ({problem.language})"
    name = f" {{{problem.name}}}" if problem.name else ""
    return f"{where}: {text('lack', problem.lack, language)}{name}"


def _tell(
    found: tuple[Problem, ...], language: Language, *, as_json: bool, err: bool = False
) -> None:
    if as_json:
        listed = [
            {
                "lack": one.lack.value,
                "place": one.place,
                "language": "" if one.language is None else one.language.value,
                "name": one.name,
            }
            for one in found
        ]
        click.echo(json.dumps({"complete": not found, "problems": listed}, ensure_ascii=False))
        return
    if not found:
        click.echo(_say("well", language), err=err)
        return
    click.echo(_say("problem", language, count=len(found)), err=err)
    for one in found:
        click.echo(f"  - {problem_line(one, language)}", err=err)


def _say(key: str, language: Language, **values: object) -> str:
    return _SAY[key][0 if language is Language.ZH_CN else 1].format(**values)
