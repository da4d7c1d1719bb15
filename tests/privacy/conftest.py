"""A marked card and a desk of its own for every privacy test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.privacy.desk_under_test import DeskUnderTest, marked_portrait


@pytest.fixture
def card(tmp_path: Path) -> tuple[Path, bytes]:
    return marked_portrait(tmp_path)


@pytest.fixture
def desk(tmp_path: Path, card: tuple[Path, bytes]) -> Iterator[DeskUnderTest]:
    desk = DeskUnderTest(tmp_path / "home", card[0])
    yield desk
    desk.close()
