"""A marked card, and one desk that serves all visits of a test module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.privacy.desk_under_test import DeskUnderTest, marked_portrait
from tests.privacy.no_trace import assert_no_trace_in_stores


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    return marked_portrait(tmp_path_factory.mktemp("card"))


@pytest.fixture(scope="module")
def desk(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    card: tuple[Path, bytes],
) -> Iterator[DeskUnderTest]:
    """Serves visit after visit by the module's POLICY, as at a real counter: traces would add up.

    When the last is over, its stores are looked into.
    """
    home = tmp_path_factory.mktemp("desk") / "home"
    desk = DeskUnderTest(home, card[0], request.module.POLICY)
    try:
        yield desk
    finally:
        desk.close()
    assert_no_trace_in_stores(home, card[1])
