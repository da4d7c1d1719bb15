"""Where a secret is asked for: the process is closed to others first, and the words fit."""

import os
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import click
import pytest

from station import build
from station.booth import sandbox
from station.cli import opening
from station.cli.keys import new_passphrase
from station.config import Config
from station.errors import ErrorCode, StorageError
from station.model import Language, Secret
from station.paths import Paths
from storage.keys import KeyRing


@pytest.fixture
def diary(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What happened in which order; nothing is hardened here, for the tests live on."""
    done: list[str] = []

    def prompt(question: str, **_: object) -> str:
        done.append(question)
        return "typed by somebody"

    monkeypatch.setattr(sandbox, "harden_desk", lambda: done.append("hardened"))
    monkeypatch.setattr(click, "prompt", prompt)
    monkeypatch.setattr(os, "isatty", lambda _: True)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    return done


def test_no_secret_is_read_before_the_process_is_closed_to_others(diary: list[str]) -> None:
    read_end, write_end = os.pipe()
    os.write(write_end, b"from a descriptor\n")
    os.close(write_end)
    assert opening.passphrase(read_end).reveal() == b"from a descriptor"
    assert diary == ["hardened"]
    for secret in (opening.passphrase(None), new_passphrase(Language.EN, None)):
        assert secret.reveal() == b"typed by somebody"
    assert diary[1] == "hardened" and diary[-2] == "hardened"


def test_without_a_terminal_nothing_is_asked(
    diary: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "isatty", lambda _: False)
    with pytest.raises(click.UsageError, match="--passphrase-fd"):
        new_passphrase(Language.EN, None)
    assert diary == ["hardened"]


@pytest.mark.parametrize(("typed", "taken"), [("口令" * 6, True), ("elevenchars", False)])
@pytest.mark.parametrize("piped", [False, True])
def test_a_new_passphrase_is_as_long_as_was_asked_for(
    typed: str, taken: bool, piped: bool, diary: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(click, "prompt", lambda *_, **__: typed)
    descriptor = None
    if piped:
        descriptor, write_end = os.pipe()
        os.write(write_end, typed.encode())
        os.close(write_end)
    if taken:
        assert new_passphrase(Language.EN, descriptor).reveal().decode() == typed
    else:
        with pytest.raises(click.UsageError, match="at least 12"):
            new_passphrase(Language.EN, descriptor)


@pytest.mark.parametrize("fails", [False, True])
def test_a_passphrase_does_not_outlive_the_opening(
    fails: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kiosk runs for weeks; it needs the passphrase for a second."""
    monkeypatch.setenv("STATION_HOME", str(tmp_path))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "keyring.json").touch()
    used: list[bytes] = []

    def stretched(_path: Path, secret: Secret) -> SimpleNamespace:
        used.append(secret.reveal())
        if fails:
            raise StorageError(ErrorCode.KEY_WRONG)
        return SimpleNamespace(secret=secret)

    def station(_config: Config, _paths: Paths, keyring: SimpleNamespace, _: None) -> object:
        return SimpleNamespace(close=lambda: used.append(keyring.secret.reveal()))

    monkeypatch.setattr(KeyRing, "open", stretched)
    monkeypatch.setattr(build, "Station", station)
    secret = Secret(b"of the day")
    with suppress(StorageError), opening.opened(secret):
        assert secret.reveal() == bytes(10)
    assert used[0] == b"of the day"
    assert secret.reveal() == bytes(10)
