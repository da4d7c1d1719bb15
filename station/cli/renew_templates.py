"""`station keys renew-templates`: every template exchanged, in place or from portraits."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from consent.canonical import Json
from station.access import Act
from station.cli.ceremony import asked_key, ceremony_options, held
from station.cli.language import chosen, lang_option
from station.cli.opening import opened, passphrase, passphrase_option
from station.cli.options import json_option
from station.cli.signing_in import (
    StaffLogin,
    agreed,
    ask_second,
    desk_or_kiosk,
    request_option,
    staff_options,
)
from station.model import Language

_SAY = {
    "all": (
        "会更换全部特征，请加 --all",
        "every template will be exchanged: say --all",
    ),
    "recall": (
        "换不了的特征将被删除，本人须重新登记。确定吗",
        "Templates that cannot be renewed will be erased, and their residents have to be "
        "registered anew. Are you sure",
    ),
    "done": (
        "已更换 {renewed}，用锁存图像更换 {from_portraits}，召回 {recalled}，未能更换 {left}",
        "{renewed} renewed, {from_portraits} made anew from portraits, {recalled} recalled, "
        "{left} left as they are",
    ),
    "left": (
        "未能更换的属于别的模型，现在不会被比对。请用 --from-portraits，或用 --recall 召回",
        "Those left belong to another model and are not compared now. Use --from-portraits, or "
        "--recall to put their residents on the recall list",
    ),
    "unusable": ("有 {count} 人的锁存图像不能用：{codes}", "{count} portraits unusable: {codes}"),
}


@click.command(
    "renew-templates", epilog="Example: ./station.sh keys renew-templates --all --lang en"
)
@click.option("--all", "everybody", is_flag=True, help="Exchange every template.")
@ceremony_options
@click.option("--recall", is_flag=True, help="Erase what cannot be renewed; those are recalled.")
@click.option("--yes", is_flag=True, help="Do not ask again before a recall.")
@request_option
@json_option
@lang_option
@staff_options
@passphrase_option
@click.pass_context
def renew_templates(
    context: click.Context,
    *,
    everybody: bool,
    from_portraits: bool,
    officer_key: Path | None,
    recall: bool,
    yes: bool,
    as_json: bool,
    request_id: str,
    lang: str | None,
    staff: StaffLogin,
    passphrase_fd: int | None,
) -> None:
    """Exchange all templates for new ones; the old ones are void. Broken off, it goes on later."""
    language = chosen(lang)
    if not everybody:
        raise click.UsageError(_say("all", language))
    if recall and not yes:
        click.confirm(_say("recall", language), abort=True, err=True)
    document: dict[str, Json] = {"from_portraits": from_portraits, "recall": recall}
    if not request_id:
        with desk_or_kiosk(passphrase_fd) as desk:
            ask_second(desk, staff, Act.RENEW_ALL, document, language=language)
        return
    secret = passphrase(passphrase_fd)
    key = asked_key(from_portraits, officer_key, language)
    with (
        opened(secret) as station,
        agreed(station, staff, Act.RENEW_ALL, document, request_id, language),
        held(station, key) as ceremony,
    ):
        residents = station.residents
        todo = residents.renewals_to_do()
        with click.progressbar(length=todo, file=sys.stderr, hidden=not _on_screen()) as bar:
            report = residents.renew_all(bar.update, ceremony=ceremony, recall=recall)
    click.echo(_say("done", language, **asdict(report)), err=True)
    if report.refused:
        codes = ", ".join(sorted(set(report.refused)))
        click.echo(_say("unusable", language, count=len(report.refused), codes=codes), err=True)
    if report.left:
        click.echo(_say("left", language), err=True)
    if as_json:
        click.echo(json.dumps(asdict(report)))
    context.exit(1 if report.left or report.refused else 0)


def _on_screen() -> bool:
    return sys.stderr.isatty()


def _say(key: str, language: Language, **figures: object) -> str:
    return _SAY[key][0 if language is Language.ZH_CN else 1].format(**figures)
