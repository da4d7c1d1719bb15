"""PySide6 6.12.0 takes one reference from None in every call that returns nothing, and Python 3.11
aborts when none is left: after minutes of a running kiosk. (Python 3.12 made None immortal.)
"""

import sys

from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot


def test_a_call_that_returns_nothing_costs_no_reference_to_none(qtbot: QtBot) -> None:
    timer = QTimer()
    before = sys.getrefcount(None)
    for _ in range(500):
        timer.stop()
    assert sys.getrefcount(None) > before - 100
