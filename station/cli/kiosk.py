"""`station kiosk`: the kiosk with the configured camera and reader; the default command."""

import sys

import click

from station.cli.first_run import set_up_station
from station.cli.language import chosen, lang_option
from station.cli.opening import opened, passphrase, passphrase_option, station_paths


@click.command(epilog="Example: ./station.sh kiosk --windowed")
@click.option(
    "--windowed", is_flag=True, help="A window that can be closed, for trying things out."
)
@lang_option
@passphrase_option
def kiosk(
    windowed: bool = False, lang: str | None = None, passphrase_fd: int | None = None
) -> None:
    """The kiosk. The first time it asks what the notice must say and makes the keys."""
    from station.booth.sandbox import harden_desk
    from ui.app import run_kiosk

    paths, _ = station_paths()
    language = chosen(lang)
    secret = set_up_station(paths, language, passphrase_fd) or passphrase(passphrase_fd)
    harden_desk()
    with opened(secret) as station:
        status = run_kiosk(station, language, fullscreen=not windowed)
    sys.exit(status)
