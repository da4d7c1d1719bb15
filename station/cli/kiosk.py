"""`station kiosk`: the kiosk with the configured camera and reader; the default command."""

import gc
import importlib
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import click

from station.cli.first_run import set_up_station
from station.cli.language import chosen, lang_option
from station.cli.opening import opened, passphrase_option, station_paths, unlocking
from station.model import Language, Secret

if TYPE_CHECKING:
    from ui.app import Pilot


@click.command(epilog="Example: ./station.sh kiosk --windowed")
@click.option(
    "--windowed", is_flag=True, help="A window that can be closed, for trying things out."
)
@lang_option
@passphrase_option
def kiosk(
    windowed: bool = False, lang: str | None = None, passphrase_fd: int | None = None
) -> None:
    """The kiosk. The first times it names what is to be filled in, then makes the keys."""
    paths, _ = station_paths()
    language = chosen(lang)
    secret = set_up_station(paths, language, passphrase_fd) or unlocking(passphrase_fd)
    sys.exit(show(secret, language, fullscreen=not windowed))


def show(secret: Secret, language: Language, fullscreen: bool, pilot: "Pilot | None" = None) -> int:
    """Open the stores and the window; the screens are imported while the key is stretched."""
    # All that is made until the window is there stays: looking through it for garbage finds none.
    gc.disable()
    with ThreadPoolExecutor(1, thread_name_prefix="importer") as importer:
        screens = importer.submit(importlib.import_module, "ui.app")
        with opened(secret) as station:
            run_kiosk = screens.result().run_kiosk
            gc.freeze()
            gc.enable()
            status: int = run_kiosk(station, language, fullscreen, pilot)
            return status
