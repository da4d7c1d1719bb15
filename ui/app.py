"""The kiosk program: one window, one event loop, one visit at a time."""

import os
import sys
import threading
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtQuickControls2 import QQuickStyle

from station.errors import ErrorCode, StationError
from station.model import Language
from ui.font import use_chinese_font
from ui.qt_dialogue import QtDialogue
from ui.service import KioskService
from ui.sound import Sounds
from ui.speech import find_speaker
from ui.stage import Stage

Pilot = Callable[[QtDialogue], None]
"""Drives the screens in place of a person (demo); runs on a thread of its own."""


_applications: list[QGuiApplication] = []
"""Keeps the application alive: Qt needs it until the process ends, Python would free it."""


def prepare(*, gpu: bool = False) -> QGuiApplication:
    """The application with the house's scene graph, style and font; once per process.

    Raises `ConfigError(FONT_MISSING)`.
    """
    if not gpu:
        # llvmpipe costs five times the CPU and twice the memory of the software scene graph.
        os.environ.setdefault("QT_QUICK_BACKEND", "software")
    # One thread: paint times are taken on it, and no picture waits in a render thread's queue.
    os.environ.setdefault("QSG_RENDER_LOOP", "basic")
    # Qt would split each picture's scaling among threads: on two cores beside a busy booth handing
    # out the parts costs more than painting them (measured: 2,000 context switches per second).
    os.environ.setdefault("QT_NO_GUI_THREADPOOL", "1")
    # Compiled pages would be written into the home folder of a station that writes nothing there.
    os.environ.setdefault("QML_DISABLE_DISK_CACHE", "1")
    existing = QGuiApplication.instance()
    application = existing if isinstance(existing, QGuiApplication) else QGuiApplication([])
    _applications[:] = [application]
    QQuickStyle.setStyle("Basic")
    use_chinese_font()
    return application


def run_kiosk(
    service: KioskService,
    language: Language,
    fullscreen: bool,
    pilot: Pilot | None = None,
    *,
    gpu: bool = False,
) -> int:
    """Show the kiosk until staff or the pilot closes it; 0, or 1 when the pages had a fault.

    Raises `ConfigError(FONT_MISSING)` when no Chinese font is installed.
    """
    application = prepare(gpu=gpu)
    sounds = Sounds(enabled=not service.demo or pilot is None)
    # A pilot listens to nothing.
    stage = Stage(service, language, sounds, find_speaker() if pilot is None else None)
    # exit, not quit: quit asks the window, and the window of a kiosk refuses.
    stage.visit.quit_wanted.connect(lambda: QCoreApplication.exit(0))
    # Where there is staff, it is the office that closes (STATION_CLOSE), whatever the window.
    staffed = bool(stage.office.property("guarded"))
    stage.window.setProperty("mayClose", not fullscreen and not staffed)
    application.setQuitOnLastWindowClosed(True)
    if fullscreen:
        stage.window.showFullScreen()
    else:
        stage.window.show()
    stage.visit.watch()
    failures: list[str] = []
    if pilot is not None:
        _start_pilot(stage, pilot, failures)
    try:
        application.exec()
    finally:
        stage.close()
        QCoreApplication.sendPostedEvents()
    for line in [*stage.warnings, *failures]:
        sys.stderr.write(line + "\n")
    return 1 if stage.warnings or failures else 0


def _start_pilot(stage: Stage, pilot: Pilot, failures: list[str]) -> None:
    """Run the pilot once the first frame is on the screen; its end closes the kiosk."""

    def fly() -> None:
        try:
            pilot(stage.dialogue)
        except Exception as error:
            # Top of a thread; type only, because a message could hold personal data.
            failures.append(f"pilot: {type(error).__name__}")
        finally:
            stage.dialogue.close_kiosk()

    def take_off() -> None:
        threading.Thread(target=fly, name="pilot", daemon=True).start()

    connection = Qt.ConnectionType.SingleShotConnection
    stage.painted.connect(lambda: QTimer.singleShot(0, stage, take_off), connection)


def refusal() -> ErrorCode | None:
    """Why the screens cannot be shown here, or None (for `doctor`)."""
    try:
        prepare()
    except StationError as error:
        return error.code
    return None
