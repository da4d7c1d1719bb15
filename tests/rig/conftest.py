"""In the rig's tests, what a portrait and a seed decide alone is made once."""

from collections.abc import Iterator

import pytest

from tests.rig.known_portraits import known_portraits


@pytest.fixture(autouse=True, scope="module")
def portraits_are_prepared_once() -> Iterator[None]:
    with known_portraits():
        yield
