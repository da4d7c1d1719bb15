"""Settings of every test: the same examples in every run, so a red test is a change's fault."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from PySide6.QtGui import QGuiApplication
    from xdist.remote import Producer
    from xdist.scheduler import Scheduling

settings.register_profile("house", derandomize=True)
settings.load_profile("house")

_IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    from tests.lanes import workers

    return workers(len(os.sched_getaffinity(0)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: "Producer") -> "Scheduling | None":
    from tests.lanes import LaneScheduling

    return LaneScheduling(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_sessionstart(session: pytest.Session) -> None:
    """In a fresh clone every test file is compiled once, not once by every worker."""
    if _IS_WORKER and [Path(named).name for named in session.config.args] == ["tests"]:
        from tests.lanes import import_share

        import_share(Path(__file__).parent)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if _IS_WORKER:
        from tests.lanes import turn_of

        items.sort(key=lambda item: turn_of(item.nodeid))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if _IS_WORKER:
        from tests.lanes import yield_to_visits

        yield_to_visits(item.nodeid)


@pytest.fixture(scope="session")
def qapp_cls() -> "type[QGuiApplication]":
    """The kiosk's own kind of application: printed sheets may have made it before a page asks."""
    from PySide6.QtGui import QGuiApplication

    return QGuiApplication
