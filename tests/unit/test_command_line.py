"""The command line's root: what a person reads when a command could not do its work."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from station.cli.main import station


@pytest.mark.parametrize("command", ["audit verify", "retention show"])
@pytest.mark.parametrize(
    "asked",
    [
        ("zh_CN.UTF-8", [], "密钥"),
        ("en_GB.UTF-8", ["--lang", "zh_CN"], "密钥"),
        ("zh_CN.UTF-8", ["--lang", "en"], "key"),
    ],
)
def test_a_fault_is_told_in_the_language_that_was_asked_for(
    command: str, asked: tuple[str, list[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locale, option, says = asked
    monkeypatch.setenv("STATION_HOME", str(tmp_path))
    monkeypatch.setenv("LC_ALL", locale)
    result = CliRunner().invoke(station, [*command.split(), *option])
    assert (result.exit_code, result.stdout) == (1, "")
    assert says in result.stderr


@pytest.mark.parametrize(
    ("lang", "says"),
    [("zh_CN", "还没有设置过，请先运行 ./station.sh。"), ("en", "please run ./station.sh first.")],
)
def test_a_station_that_was_never_set_up_is_told_how_to_begin(
    lang: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATION_HOME", str(tmp_path))
    result = CliRunner().invoke(station, ["keys", "change-passphrase", "--lang", lang])
    assert result.exit_code == 1
    assert says in result.stderr
