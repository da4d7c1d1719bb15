"""What `station users` prints: accounts and requests in a line each, and what is shown once."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from resources.qr_symbol import terminal_lines
from station.model import Language, Secret

if TYPE_CHECKING:
    from station.account_forms import AccountView, Enrolment, GlassPair
    from station.requests import Request

_SAY = {
    "asked": (
        "申请已提出：{id}\n请另一位有权限的同事同意（users agree），然后运行 users carry-out",
        "Asked: {id}\nA second, authorised colleague agrees (users agree); then run "
        "users carry-out",
    ),
    "done": ("已完成，并记入台账", "Done, and in the ledger"),
    "old": ("现在的口令", "Present password"),
    "new": ("新口令", "New password"),
    "key touches": (
        "新的安全钥匙要触碰两次：一次登记，一次核对",
        "The new key is touched twice: to register it, and to show that it works",
    ),
    "what": (
        "请说明要做什么：--agree 或 --unlock",
        "say what to do: --agree or --unlock",
    ),
    "code": ("第 {holder} 份应急码", "Break-glass code {holder}"),
    "glass": (
        "应急码已作废，警报已记入台账。请尽快制作新的应急码：users factor break-glass",
        "The codes are void and the alarm is in the ledger. Make new ones soon: "
        "users factor break-glass",
    ),
    "enrolment": (
        "{user} 的首次口令和动态码密钥，只显示这一次。请本人扫描二维码，其他人回避。\n"
        "首次登录后先换口令：users password --as {user}",
        "First password and one-time code secret of {user}, shown only now. Its owner scans the "
        "code; everybody else looks away.\nFirst of all, change it: users password --as {user}",
    ),
    "first password": ("首次口令：{password}", "First password: {password}"),
    "envelope": (
        "第 {holder} 份应急码，只显示这一次：抄下，封入信封，交给一位保管人；另一份交给另一位",
        "Break-glass code {holder}, shown only now: write it down, seal it in an envelope, give it "
        "to one keeper; the other code goes to another",
    ),
    "press": ("抄好后按任意键", "Press any key when it is written down"),
    "ends": ("有效期至 {day}", "ends {day}"),
}
_STATES = {
    "ACTIVE": ("正常", "active"),
    "NEW": ("待改首次口令", "password not yet changed"),
    "LOCKED": ("已锁定", "locked"),
    "LOCKED_FOR_NOW": ("暂时锁定", "locked for now"),
    "EXPIRED": ("已到期", "expired"),
    "WAITING": ("等待同意", "waiting"),
    "AGREED": ("已同意", "agreed"),
    "REFUSED": ("已拒绝", "refused"),
}


def say(key: str, language: Language, **figures: object) -> str:
    """One sentence of these commands."""
    return _SAY[key][0 if language is Language.ZH_CN else 1].format(**figures)


def day_of(time_s: int) -> str:
    """A day in UTC, "2026-03-01"; "" for 0."""
    return datetime.fromtimestamp(time_s, UTC).date().isoformat() if time_s else ""


def account_line(view: "AccountView", language: Language) -> str:
    """One account: user, name, state, roles, end."""
    parts = [view.user, view.name, _state(view.state, language), ", ".join(view.roles)]
    if view.ends_s:
        parts.append(say("ends", language, day=day_of(view.ends_s)))
    return "  ".join(parts)


def request_line(request: "Request", language: Language) -> str:
    """One request: id, state, act, who asked, what it is about, why; on one line in any case."""
    document = ", ".join(f"{name}={value}" for name, value in sorted(request.document.items()))
    parts = [request.id, _state(request.state, language), request.act, request.asker, document]
    reasons = [text for text in (request.reason, request.why) if text]
    # A line break in what somebody wrote would pass for another request.
    return "  ".join(" / ".join(part.splitlines()) for part in [*parts, *reasons])


def show_enrolment(enrolment: "Enrolment", language: Language) -> None:
    """Show a newcomer the first password and the QR code, once; both are wiped."""
    _show(
        [
            say("enrolment", language, user=enrolment.user),
            say("first password", language, password=_text(enrolment.password)),
            _text(enrolment.factor),
        ],
        language,
        terminal_lines(_text(enrolment.factor)),
    )
    enrolment.password.wipe()
    enrolment.factor.wipe()


def show_glass(pair: "GlassPair", language: Language) -> None:
    """Show each keeper one code, once; both are wiped."""
    for holder, code in ((1, pair.first), (2, pair.second)):
        _show([say("envelope", language, holder=holder), f"    {_text(code)}"], language)
        code.wipe()


def _show(lines: list[str], language: Language, picture: Sequence[str] = ()) -> None:
    for line in lines:
        click.echo(line, err=True)
    if sys.stdin.isatty() and sys.stderr.isatty():
        for row in picture:
            click.echo(row, err=True)
        click.pause(info=say("press", language), err=True)
        # Scrolling back must not show it to the next person.
        click.echo("\033[2J\033[3J\033[H", err=True, nl=False)


def _text(secret: Secret) -> str:
    return secret.reveal().decode()


def _state(state: str, language: Language) -> str:
    return _STATES[state][0 if language is Language.ZH_CN else 1]
