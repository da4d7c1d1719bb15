"""Rooms that are opened when somebody first asks for them."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from station.errors import ErrorCode, StationError, StorageError
from station.on_first_use import OnFirstUse


def test_two_who_ask_at_once_get_the_same_one() -> None:
    together = threading.Barrier(2)
    made: list[object] = []

    def make() -> object:
        made.append(object())
        return made[-1]

    opened = OnFirstUse(make)

    def ask() -> object:
        together.wait()
        return opened()

    with ThreadPoolExecutor(2) as threads:
        first, second = (answer.result() for answer in [threads.submit(ask) for _ in range(2)])
    assert first is second and len(made) == 1


def test_what_could_not_be_opened_is_tried_again() -> None:
    answers: list[int | StationError] = [StorageError(ErrorCode.DISK_FULL), 7]

    def make() -> int:
        answer = answers.pop(0)
        if isinstance(answer, StationError):
            raise answer
        return answer

    opened = OnFirstUse(make)
    with pytest.raises(StorageError):
        opened()
    assert opened() == 7 and opened() == 7
