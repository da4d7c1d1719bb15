"""What every command of `station` is at the gate: the acts it asks for, or why it asks for none.

A table to be read and tested, never consulted when something is granted: that is the gate's alone.
A test walks the whole command line and fails for a command that does not stand here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import click

from station.access import Act, Matrix, Role

ACTS: Mapping[str, tuple[Act, ...]] = {
    "visit": (Act.RUN_VISIT,),
    "person enrol": (Act.RUN_VISIT,),
    "person verify": (Act.RUN_VISIT,),
    "person withdraw": (Act.ERASE, Act.RUN_VISIT),
    "person register-minor": (Act.MINOR_ENROL,),
    "person list": (Act.VIEW_MASKED,),
    "person show": (Act.VIEW_MASKED, Act.VIEW_FULL),
    "person leave": (Act.ERASE, Act.ERASE_BATCH),
    "person renew": (Act.RENEW_ONE,),
    "person recalls": (Act.RECALLS_READ,),
    "person restrict": (Act.RESTRICT,),
    "person receipt": (Act.TICKET_READ,),
    "users list": (Act.USERS_READ,),
    "users add": (Act.USER_CREATE,),
    "users roles": (Act.USERS_READ, Act.USER_CHANGE),
    "users expire": (Act.USERS_READ, Act.USER_CHANGE),
    "users lock": (Act.USER_LOCK,),
    "users unlock": (Act.USER_UNLOCK,),
    "users factor": (Act.FACTOR_RESET,),
    "rights look-up": (Act.VIEW_MASKED,),
    "rights open": (Act.TICKET_OPEN,),
    "rights list": (Act.TICKET_READ,),
    "rights show": (Act.VIEW_FULL, Act.MINOR_READ),
    "rights copy": (Act.VIEW_FULL, Act.MINOR_READ),
    "rights correct": (Act.TICKET_DECIDE,),
    "rights erase": (Act.ERASE, Act.TICKET_READ),
    "rights restrict": (Act.RESTRICT,),
    "rights explain": (Act.TICKET_READ,),
    "rights refuse": (Act.TICKET_DECIDE,),
    "rights close": (Act.TICKET_DECIDE,),
    "rights extend": (Act.TICKET_DECIDE,),
    "rights ask-minor": (Act.MINOR_READ,),
    "rights minors": (Act.TICKET_READ,),
    "incident open": (Act.INCIDENT_WRITE,),
    "incident change": (Act.INCIDENT_WRITE,),
    "incident list": (Act.INCIDENT_READ,),
    "incident show": (Act.INCIDENT_READ,),
    "incident note": (Act.INCIDENT_WRITE,),
    "incident notice": (Act.INCIDENT_READ,),
    "incident told": (Act.INCIDENT_WRITE,),
    "incident contained": (Act.INCIDENT_WRITE,),
    "incident close": (Act.INCIDENT_WRITE,),
    "filing status": (Act.FILING_READ,),
    "filing export": (Act.FILING_READ,),
    "filing record": (Act.PROFILE_READ,),
    "sign": (Act.SIGNAGE,),
    "profile show": (Act.PROFILE_READ,),
    "profile propose": (Act.PROFILE_DRAFT, Act.PROFILE_CHANGE, Act.PROFILE_DOWNGRADE),
    "profile apply": (Act.PROFILE_CHANGE, Act.PROFILE_DOWNGRADE),
    "notices list": (Act.NOTICE_READ,),
    "notices draft": (Act.NOTICE_DRAFT,),
    "notices check": (Act.NOTICE_READ,),
    "notices preview": (Act.NOTICE_READ,),
    "notices save": (Act.NOTICE_DRAFT,),
    "notices propose": (Act.NOTICE_DRAFT, Act.NOTICE_PUBLISH),
    "notices publish": (Act.NOTICE_PUBLISH,),
    "keys change-passphrase": (Act.KEY_ROTATE,),
    "keys officers": (Act.KEY_ROTATE,),
    "keys tpm seal": (Act.KEY_ROTATE,),
    "keys tpm remove": (Act.KEY_ROTATE,),
    "keys renew-templates": (Act.RENEW_ALL,),
    "keys rotate": (Act.KEY_ROTATE,),
    "audit search": (Act.AUDIT_READ,),
    "audit watch": (Act.AUDIT_READ,),
    "audit export": (Act.AUDIT_EXPORT, Act.AUDIT_UNMASK),
    "audit receipt": (Act.VIEW_MASKED,),
    "audit statistics": (Act.AUDIT_SUMMARY,),
    "backup create": (Act.BACKUP,),
    "backup verify": (Act.BACKUP,),
    "backup restore": (Act.RESTORE,),
    "retention show": (Act.POLICY_READ,),
    "retention run": (Act.ERASE_BATCH,),
    "policy show": (Act.POLICY_READ,),
    "policy propose": (Act.POLICY_CHANGE,),
    "policy apply": (Act.POLICY_CHANGE,),
    "devices camera": (Act.DEVICE_ALLOW,),
    "devices reader": (Act.DEVICE_ALLOW,),
}
"""By the words of the command: the act without which nothing of it is done, then those of its
options and of its further steps."""

AGREES: Mapping[str, tuple[Act, ...]] = {"policy approve": (Act.POLICY_CHANGE,)}
"""Commands of the second person of an act."""

OWN: Mapping[str, str] = {
    "users password": "your own password",
    "users key": "your own second factor",
    "users requests": "what you asked for, and what waits for you",
    "users agree": "by the act that is asked for",
    "users refuse": "by the act that is asked for",
    "users carry-out": "by the act that was asked for",
}
"""For anybody who signs in: what it is about decides, not the command."""

FREE: Mapping[str, str] = {
    "demo": "a demo with made-up people in a folder of its own",
    "kiosk": "the passphrase or the chip opens it; who serves and closes signs in on its pages",
    "doctor": "what the machine is fit for; nobody's data",
    "users first": "before there are accounts; makes the first two, once",
    "users break-glass": "two sealed codes in place of an account; raises an alarm",
    "keys create": "before there are accounts",
    "keys recover": "both officers' codes in place of an account",
    "keys tpm status": "tries the chip and opens no store",
    "audit verify": "a proof anybody with the passphrase may check",
    "audit verify-receipt": "a proof anybody may check",
    "audit key": "a public key, to be published",
    "profile form": "an empty form",
    "profile check": "a file of your own",
    "profile missing": "what keeps the camera closed, as the kiosk's first page says",
    "incident form": "an empty form",
    "evaluate": "measures on data you bring, or on people who agree to a trial; nobody is kept",
    "bench": "measures this machine; a folder of its own",
}
"""What asks nobody, and why; a family stands for all its commands."""


@dataclass(frozen=True, slots=True)
class Named:
    """One command of the tree."""

    name: str
    """Its words, as "person enrol"."""
    command: click.Command


def commands(root: click.Group) -> Iterator[Named]:
    """Every command of a command line that has none below it."""
    context = click.Context(root)
    for name in root.list_commands(context):
        found = root.get_command(context, name)
        if isinstance(found, click.Group):
            yield from (Named(f"{name} {one.name}", one.command) for one in commands(found))
        elif found is not None:
            yield Named(name, found)


def is_free(name: str) -> bool:
    """Whether a command asks nobody, alone or with its family."""
    return name in FREE or name.partition(" ")[0] in FREE


def table(root: click.Group, matrix: Matrix) -> str:
    """The table of `docs/accounts.md`: command, acts, who may, who must agree; in Markdown."""
    lines = ["| Command | Act | Who may | Who must agree |", "|---|---|---|---|"]
    for one in commands(root):
        if one.name in AGREES:
            seconds = [_roles(matrix.rules[act].second) for act in AGREES[one.name]]
            lines.append(f"| `{one.name}` | agrees to {AGREES[one.name][0]} | {seconds[0]} | – |")
            continue
        for at, act in enumerate(ACTS.get(one.name, ())):
            rule = matrix.rules[act]
            second = _roles(rule.second) or "–"
            name = f"`{one.name}`" if at == 0 else ""
            lines.append(f"| {name} | {act} | {_roles(rule.roles)} | {second} |")
        if one.name in OWN:
            lines.append(f"| `{one.name}` | {OWN[one.name]} | everybody with an account | – |")
    for name, why in FREE.items():
        lines.append(f"| `{name}` | none: {why} | – | – |")
    return "\n".join(lines) + "\n"


def _roles(roles: frozenset[Role]) -> str:
    return ", ".join(role for role in Role if role in roles)
