"""`station demo`: what it says when it was not played to its end."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from click.testing import CliRunner

from station.cli import demo as module


@pytest.mark.parametrize(
    ("lang", "says"), [("en", "run ./station.sh demo again"), ("zh_CN", "请再运行一次")]
)
@pytest.mark.parametrize("reports", [0, 1])
def test_a_demo_that_was_closed_early_says_so(
    lang: str, says: str, reports: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class World:
        station: Any = None

    @contextmanager
    def opened() -> Iterator[World]:
        yield World()

    monkeypatch.setattr(module, "opened_demo", opened)
    monkeypatch.setattr(module, "_in_terminal", lambda *_: [object()] * reports)
    result = CliRunner().invoke(module.demo, ["--headless", "--json", "--lang", lang])
    assert (result.exit_code, result.stdout) == (1, "")
    assert says in result.stderr
