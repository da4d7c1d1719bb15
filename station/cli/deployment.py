"""`station profile`: the deployment profile, from the empty form to two people's agreement."""

import json
import tomllib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import click

from resources.deployment_texts import text
from station.access import Act
from station.cli.language import chosen, lang_option
from station.cli.opening import passphrase_option
from station.cli.options import json_option
from station.cli.premises_office import (
    PremisesOffice,
    form_text,
    out_option,
    put_out,
    reason_option,
    replace_option,
    unsigned,
    with_office,
)
from station.cli.toml_form import as_toml
from station.deployment import Profile, from_toml, legal_bases, to_json
from station.deployment_checks import Missing, facts_of, missing
from station.errors import AccessError, ErrorCode
from station.model import Language

_SAY = {
    "nothing_missing": (
        "部署信息完整。",
        "The profile is complete.",
    ),
    "missing": ("还缺 {count} 项，摄像头不会打开：", "{count} missing; the camera stays closed:"),
    "none": ("还没有生效的部署信息。", "No profile is in force."),
    "digest": ("摘要 SM3：{digest}", "digest SM3: {digest}"),
    "version": (
        "第 {number} 版，{at}，{actor}、{second}",
        "version {number}, {at}, {actor} and {second}",
    ),
    "proposed": ("待同意的版本：{digest}", "proposed, waiting: {digest}"),
    "in_force": ("已生效：{digest}", "In force: {digest}"),
    "restart": ("模式变了，下次启动时生效。", "The mode has changed; the next start takes it."),
}
_file_argument = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.group()
def profile() -> None:
    """The deployment profile: place, handler, basis, impact assessment, longest terms."""


@profile.command(epilog="Example: ./station.sh profile form --out profile.toml")
@out_option
@lang_option
def form(out: Path | None, lang: str | None) -> None:
    """The form to fill in, begun from what site.toml says about this place."""
    put_out(as_toml(_begun(), _notes(chosen(lang))), out)


@profile.command(epilog="Example: ./station.sh profile check profile.toml")
@_file_argument
@json_option
@lang_option
@click.pass_context
def check(context: click.Context, file: Path, as_json: bool, lang: str | None) -> None:
    """What a filled-in form still lacks. Opens nothing."""
    found = missing(from_toml(form_text(file)), today=datetime.now().astimezone().date())
    _tell(found, chosen(lang), as_json=as_json)
    context.exit(1 if found else 0)


@profile.command("missing", epilog="Example: ./station.sh profile missing --lang en")
@json_option
@lang_option
@passphrase_option
@click.pass_context
def missing_(
    context: click.Context, as_json: bool, lang: str | None, passphrase_fd: int | None
) -> None:
    """Why this station serves nobody yet; exit 1 while anything is missing."""
    language = chosen(lang)
    with unsigned(context, passphrase_fd, language) as office:
        found = office.premises.readiness.missing()
    _tell(found, language, as_json=as_json)
    context.exit(1 if found else 0)


@profile.command(epilog="Example: ./station.sh profile show --as he.lin")
@json_option
@with_office
def show(office: PremisesOffice, *, as_json: bool) -> None:
    """The profile in force, its versions, and what is proposed."""
    versions = office.premises.deployment.read(office.permit(Act.PROFILE_READ))
    if as_json:
        listed = [
            {
                "number": one.number,
                "digest": one.profile.digest,
                "at": one.at,
                "actor": one.actor,
                "second": one.second,
                "document": to_json(one.profile),
            }
            for one in versions
        ]
        click.echo(json.dumps({"versions": listed}, ensure_ascii=False))
        return
    for one in versions:
        if not one.number:
            click.echo(_say("proposed", office.language, digest=one.profile.digest))
    accepted = [one for one in versions if one.number]
    if not accepted:
        click.echo(_say("none", office.language))
        return
    for line in lines_of(accepted[0].profile, office.language):
        click.echo(line)
    for one in accepted:
        who = {"actor": one.actor, "second": one.second}
        click.echo(_say("version", office.language, number=one.number, at=one.at, **who))


@profile.command(epilog="Example: ./station.sh profile propose profile.toml --as he.lin")
@_file_argument
@replace_option
@reason_option
@json_option
@with_office
def propose(
    office: PremisesOffice, *, file: Path, replace: bool, reason: str, as_json: bool
) -> None:
    """Propose a complete form; a second person agrees (a third, to leave key infrastructure)."""
    wanted = from_toml(form_text(file))
    deployment = office.premises.deployment
    found = missing(wanted, today=datetime.now().astimezone().date())
    if found:
        _tell(found, office.language, as_json=False)
    # A form is begun from nothing or from what is in force; a colleague's proposal was not in it.
    known = deployment.revision() if replace or deployment.proposal() is None else ""
    permit = office.permit(Act.PROFILE_DRAFT, about=wanted.digest)
    about = deployment.propose(permit, wanted, known)
    document = to_json(wanted)
    # The one that wants a reason first: without it, half of what is needed is not asked for.
    acts = reversed(deployment.acts_for(wanted))
    asked = {act.value: office.ask(act, document, reason) for act in acts}
    if as_json:
        click.echo(json.dumps({"digest": about, "requests": asked}))


@profile.command(epilog="Example: ./station.sh profile apply --request ID --as he.lin")
@click.option("--request", "request_id", required=True, help="The agreed request.")
@click.option("--downgrade-request", "downgrade_id", default="", help="The second agreed one.")
@reason_option
@with_office
def apply(office: PremisesOffice, *, request_id: str, downgrade_id: str, reason: str) -> None:
    """Put the proposed profile in force, once it has been agreed to."""
    deployment = office.premises.deployment
    proposal = deployment.proposal()
    if proposal is None:
        raise AccessError(ErrorCode.REQUEST_INVALID)
    downgrade = None
    if downgrade_id:
        downgrade = office.permit(
            Act.PROFILE_DOWNGRADE,
            about=proposal.digest,
            reason=reason,
            request_id=downgrade_id,
        )
    elif Act.PROFILE_DOWNGRADE in deployment.acts_for(proposal):
        # Said before the one request that is there is used up.
        raise AccessError(ErrorCode.SECOND_PERSON_NEEDED)
    permit = office.permit(
        Act.PROFILE_CHANGE, about=proposal.digest, reason=reason, request_id=request_id
    )
    before = deployment.accepted
    made = deployment.put_in_force(permit, downgrade)
    click.echo(_say("in_force", office.language, digest=made.digest), err=True)
    if before is not None and before.key_infrastructure != made.key_infrastructure:
        click.echo(_say("restart", office.language), err=True)


def lines_of(shown: Profile, language: Language) -> list[str]:
    """The profile as a person reads it."""
    facts, purposes = facts_of(shown, language), shown.purposes
    mode = "KEY_INFRASTRUCTURE" if shown.key_infrastructure else "ORDINARY"
    rows = {
        "place_name": facts["place_name"],
        "name": facts["handler_name"],
        "address": facts["handler_address"],
        "contact": facts["handler_contact"],
        "officer_contact": facts["officer_contact"],
        "basis": facts["legal_basis"],
        "mode": text("value", mode, language),
        "assessment": f"{shown.assessment.number} ({shown.assessment.made_on})",
        "purposes": " · ".join(text("value", one.value, language) for one in purposes),
        "visitor_hours": str(shown.retention.visitor_hours),
        "resident_days": str(shown.retention.resident_days),
        "children": text("value", shown.children, language),
        "networking": text("value", shown.networking, language),
        "digest": shown.digest,
    }
    return [f"{text('label', key, language)}: {value}" for key, value in rows.items()]


def _begun() -> dict[str, object]:
    """The empty form with one basis, and what the site's file says already."""
    from station.cli.opening import station_paths

    whole: dict[str, object] = dict(to_json(Profile()))
    whole["bases"] = [{"id": "", "detail": "", "issuer": {"zh_CN": "", "en": ""}}]
    try:
        site = tomllib.loads(station_paths()[0].site.read_text("utf-8"))
    except (OSError, ValueError):
        return whole

    def words(blank: str) -> dict[str, str]:
        found = (site.get(language.value, {}).get(blank, "") for language in Language)
        chinese, english = (word if isinstance(word, str) else "" for word in found)
        return {"zh_CN": chinese, "en": english}

    handler = {name: words(f"handler_{name}") for name in ("name", "address", "contact")}
    handler["officer_contact"] = words("officer_contact")
    handler["responsible_unit"] = {"zh_CN": "", "en": ""}
    return whole | {
        "site": {"kind": "", "place_name": words("place_name")},
        "handler": handler,
    }


def _notes(language: Language) -> Mapping[str, str]:
    """Remarks of the form: what is asked, and what may stand there."""
    bases = "; ".join(f"{one.id} = {one.name(language)}" for one in legal_bases().values())
    asked = {
        "site": "place_name",
        "site.kind": "SITE_KIND",
        "bases": "BASIS",
        "bases.detail": "DETAIL",
        "handler": "HANDLER_NAME",
        "infrastructure": "INFRASTRUCTURE",
        "infrastructure.critical": "CRITICAL",
        "infrastructure.crypto_assessment": "CRYPTO_ASSESSMENT",
        "infrastructure.sector": "SECTOR",
        "assessment.made_on": "DATE",
        "assessment.purposes": "PURPOSES",
        "assessment.lawful_and_necessary": "ASSESSMENT_LAWFUL",
        "assessment.effect_on_people": "ASSESSMENT_EFFECT",
        "assessment.risk_of_leak": "ASSESSMENT_LEAK",
        "assessment.measures": "ASSESSMENT_MEASURES",
        "purposes": "PURPOSES",
        "children": "CHILDREN",
        "networking": "NETWORKING",
    }
    notes = {key: text("form", word, language) for key, word in asked.items()}
    return notes | {"bases.id": bases}


def _tell(found: tuple[Missing, ...], language: Language, *, as_json: bool) -> None:
    if as_json:
        listed = [{"id": one.value, "text": text("missing", one, language)} for one in found]
        click.echo(json.dumps({"complete": not found, "missing": listed}, ensure_ascii=False))
        return
    if not found:
        click.echo(_say("nothing_missing", language))
        return
    click.echo(_say("missing", language, count=len(found)))
    for item in found:
        click.echo(f"  - {text('missing', item, language)}")


def _say(key: str, language: Language, **values: object) -> str:
    return _SAY[key][0 if language is Language.ZH_CN else 1].format(**values)
