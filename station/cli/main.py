"""The command line's root: finds a family of commands by name and imports only that one."""

import importlib

import click

from resources.texts import text
from station.cli.language import spoken
from station.errors import StationError

_COMMANDS = {
    "demo": "station.cli.demo:demo",
    "visit": "station.cli.visit:visit",
    "person": "station.cli.person:person",
    "users": "station.cli.users:users",
    "rights": "station.cli.rights:rights",
    "incident": "station.cli.incident:incident",
    "filing": "station.cli.filing:filing",
    "sign": "station.cli.signage:sign",
    "kiosk": "station.cli.kiosk:kiosk",
    "profile": "station.cli.deployment:profile",
    "notices": "station.cli.notices:notices",
    "keys": "station.cli.keys:keys",
    "audit": "station.cli.audit:audit",
    "backup": "station.cli.backup:backup",
    "retention": "station.cli.retention:retention",
    "policy": "station.cli.policy:policy",
    "devices": "station.cli.devices:devices",
    "doctor": "station.cli.doctor:doctor",
    "evaluate": "station.cli.evaluate:evaluate",
    "bench": "station.cli.bench:bench",
}


class _LazyGroup(click.Group):
    """Imports a command only when it is called: the kiosk must not wait for the evaluator."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """A typed error becomes one sentence in the person's language and exit code 1."""
        try:
            return super().invoke(ctx)
        except StationError as error:
            click.echo(f"{text('error', error.code, spoken(ctx))} ({error.code})", err=True)
            ctx.exit(1)


@click.group(
    cls=_LazyGroup,
    invoke_without_command=True,
    epilog="Example: ./station.sh demo --headless",
)
@click.pass_context
def station(context: click.Context) -> None:
    """The Station: consent, identity card, live face, 1:1 comparison, and nothing left behind.

    Without a command the kiosk starts (before that, once: what to fill in, then the keys).
    """
    from station.cli.ledger_source import OPEN_LEDGER
    from station.cli.opening import open_ledger

    context.meta[OPEN_LEDGER] = open_ledger
    if context.invoked_subcommand is None:
        kiosk = station.get_command(context, "kiosk")
        if kiosk is not None:
            context.invoke(kiosk)


def main() -> None:
    """Run what the command line asks for; exits the process."""
    station(prog_name="station.sh")
