"""`station demo`: the main job on simulated devices; says what was kept and what is gone.

A simulated person presents a simulated chip card and is matched; then a photo of that person is
refused. All code between the simulated pixels and APDUs and the ledger is the product's own.
"""

import json
import os
import secrets
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from consent.notice import Notice
from station.cli.demo_result import collect
from station.cli.language import chosen, lang_option
from station.cli.options import json_option
from station.cli.terminal import Terminal
from station.config import Overrides, load
from station.instance_lock import LOCK_FILE, InstanceLock
from station.model import Answer, Language, Secret
from station.ports import AccessKeyReply, NoticeReply
from station.visit import VisitReport

if TYPE_CHECKING:
    from station.build import Paths, Station
    from station.simulation import Stage

SIZES = ((1280, 800), (1920, 1080), (1080, 1920))
_OVERRIDES: Overrides = {
    "site": {"profile": "demo", "station_id": "demo-1"},
    "reader": {"kind": "feed"},
    "camera": {"kind": "feed"},
    # A newcomer's machine may be busy with the set-up's aftermath: slow frames can miss a blink.
    "policy": {"capture_attempts": 3, "result_timeout_s": 6.0},
}
SCENES = ("person", "photo")
_CLOSED = (
    "演示没有走完就结束了。要看完整的演示，请再运行一次 ./station.sh demo",
    "The demo ended before both visits were over. To see it whole, run ./station.sh demo again.",
)


@dataclass(frozen=True, slots=True)
class DemoWorld:
    """An open demo station, its stage, and the key of the simulated card."""

    station: "Station"
    stage: "Stage"
    key: AccessKeyReply


class SimulatedVisitor(Terminal):
    """Answers as the simulated person would: reads the notice, consents, types the card's key.

    The check is the usual one, with light: the stage lights the simulated face by the events.
    """

    def __init__(self, world: DemoWorld, language: Language, quiet: bool) -> None:
        super().__init__(language, lambda line: None if quiet else click.echo(line, err=True))
        self._world = world

    def ask_consent(self, notice: Notice, cancel: threading.Event) -> NoticeReply:
        """Read the notice to its end and agree."""
        started = time.monotonic()
        self.print_notice(notice)
        return NoticeReply(
            Answer.GIVEN, self._language, "TERMINAL", time.monotonic() - started, True
        )

    def ask_access_key(self, cancel: threading.Event) -> AccessKeyReply:
        """The three MRZ items of the simulated card."""
        return self._world.key


@click.command(epilog="Example: ./station.sh demo --headless --json")
@click.option("--headless", is_flag=True, help="Run in the terminal even if there is a display.")
@json_option
@click.option(
    "--screenshots",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write one PNG per page into this folder instead.",
)
@lang_option
@click.pass_context
def demo(
    context: click.Context,
    headless: bool,
    as_json: bool,
    screenshots: Path | None,
    lang: str | None,
) -> None:
    """The main job on simulated devices (SIM): one person matched, one photo refused."""
    language = chosen(lang)
    if screenshots is not None:
        _write_screenshots(screenshots, language)
        return
    with opened_demo() as world:
        if headless or as_json or not _has_display():
            reports = _in_terminal(world, language, as_json)
        else:
            from station.cli.demo_window import in_window

            reports = in_window(world, language)
        if len(reports) < len(SCENES):
            raise click.ClickException(_CLOSED[0 if language is Language.ZH_CN else 1])
        result = collect(world.station, *reports)
    if as_json:
        click.echo(json.dumps(result.as_document(), ensure_ascii=False))
    else:
        click.echo("\n" + "\n".join(result.as_lines(language)), err=True)
    context.exit(0 if result.proved else 1)


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What a demo station may be given instead of its defaults."""

    live: Path | None = None
    """Portrait of the simulated person in front of the camera."""
    card: Path | None = None
    """Portrait on the simulated card; None: the same person's."""
    passphrase: Secret | None = None
    """None: a random one that nobody ever learns."""
    overrides: Overrides = field(default_factory=dict)
    """Configuration keys beyond the demo's own."""


@contextmanager
def opened_demo(options: DemoOptions = DemoOptions()) -> Iterator[DemoWorld]:
    """A fresh demo station with its own keys; its data folder is emptied first."""
    from station.build import Paths, create_keyring, default_home, open_station
    from station.simulation import Stage

    paths = Paths(default_home() / "demo")
    _empty(paths.home)
    passphrase = options.passphrase or Secret(secrets.token_hex(16).encode())
    create_keyring(paths, passphrase)
    stage = Stage(paths.models, _stderr())
    try:
        live = options.live or paths.models / "demo_portrait.png"
        key = put_card(stage, paths, options.card or live)
        stage.tell(scene="person", portrait_path=str(live))
        config = load(overrides=_merged(_OVERRIDES, options.overrides))
        station = open_station(config, paths, passphrase, stage)
        try:
            yield DemoWorld(station, stage, key)
        finally:
            station.close()
    finally:
        stage.close()


def _merged(base: Overrides, extra: Overrides) -> Overrides:
    """Both, key by key; `extra` wins, so that a test may give the demo another reader."""
    sections = [*base, *(name for name in extra if name not in base)]
    return {name: base.get(name, {}) | extra.get(name, {}) for name in sections}


def _empty(home: Path) -> None:
    """Remove what an earlier demo left. Raises `StationError(ALREADY_RUNNING)` beside another."""
    with InstanceLock(home):
        for entry in home.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry)
            elif entry.name != LOCK_FILE:
                entry.unlink()


def _in_terminal(world: DemoWorld, language: Language, quiet: bool) -> list[VisitReport]:
    visitor = SimulatedVisitor(world, language, quiet)
    reports = []
    for scene in SCENES:
        world.stage.tell(scene=scene)
        reports.append(world.station.visit(visitor, visitor.publish, threading.Event()))
    return reports


def put_card(stage: "Stage", paths: "Paths", portrait: Path) -> AccessKeyReply:
    """Put a card on the simulated reader; its throw-away CSCA becomes the demo's trust anchor.

    Returns what opens the card. Raises `BoothError` for a portrait the stage cannot use.
    """
    card = stage.tell(card="present", portrait_path=str(portrait))
    paths.trust.mkdir(parents=True, exist_ok=True)
    (paths.trust / "demo-csca.der").write_bytes(bytes.fromhex(str(card["csca"])))
    return AccessKeyReply(
        str(card["document_number"]), str(card["birth_date"]), str(card["expiry_date"])
    )


def _write_screenshots(folder: Path, language: Language) -> None:
    from station.cli.demo_window import write_screenshots

    for path in write_screenshots(folder, language, SIZES):
        click.echo(str(path), err=True)


def _has_display() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _stderr() -> int:
    """The stage is not the product: its complaints may be seen when asked for."""
    return 2 if os.environ.get("STATION_STAGE_STDERR") else subprocess.DEVNULL
