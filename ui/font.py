"""The one font family of the screens, and the check that it can write Chinese (ui.md B4)."""

from PySide6.QtGui import QFont, QFontDatabase, QFontMetrics, QGuiApplication

from station.errors import ConfigError, ErrorCode

FAMILY = "Noto Sans CJK SC"
"""Named in full so that Japanese forms of the same characters are not picked."""

_PROOF = "告知同意䶮"
"""䶮 is a rare character of personal names that fonts without full coverage lack."""


def use_chinese_font(family: str = FAMILY) -> None:
    """Make `family` the application's font.

    Raises `ConfigError(FONT_MISSING)` when it is not installed or lacks Chinese.
    """
    installed = family in QFontDatabase.families()
    metrics = QFontMetrics(QFont(family))
    if not installed or not all(metrics.inFontUcs4(ord(character)) for character in _PROOF):
        raise ConfigError(ErrorCode.FONT_MISSING)
    QGuiApplication.setFont(QFont(family))
