"""Language, text size, light or dark, motion, the calm check: what people choose for themselves."""

from pathlib import Path

from PySide6.QtCore import Property, QCoreApplication, QObject, QTranslator, Signal, Slot
from PySide6.QtQml import QQmlEngine

from resources.texts import text
from station.model import Language

_QM_FOLDER = Path(__file__).parents[2] / "resources" / "i18n"

TEXT_SCALES = (1.0, 1.2, 1.4)


class Display(QObject):
    """How the pages are shown. Owns the translator; lives on the Qt thread."""

    language_changed = Signal()
    look_changed = Signal()

    def __init__(self, parent: QObject, language: Language, *, demo: bool, place: str) -> None:
        super().__init__(parent)
        self._language = self._first_language = language
        self._translator = QTranslator(self)
        # Qt would map a file, and read what an update beneath a running kiosk makes of it. It keeps
        # no copy of bytes: these stay.
        self._chinese = (_QM_FOLDER / "zh_CN.qm").read_bytes()
        self._engine: QQmlEngine | None = None
        self._scale_index = 0
        self._dark = False
        self._reduced_motion = False
        self._wants_calm = False
        self._demo = demo
        self._place = place
        self._load()

    def attach(self, engine: QQmlEngine) -> None:
        """The engine whose texts follow the language."""
        self._engine = engine

    @property
    def current(self) -> Language:
        """The language shown now."""
        return self._language

    def say(self, kind: str, code: str) -> str:
        """A text of the message table in the present language; "" for no code."""
        return text(kind, code, self._language.value) if code else ""

    @Slot()
    def toggle_language(self) -> None:
        """Switch between Chinese and English at once, everywhere."""
        self.set_language(Language.EN if self._language is Language.ZH_CN else Language.ZH_CN)

    def set_language(self, language: Language) -> None:
        """Show everything in `language`."""
        self._language = language
        self._load()
        if self._engine is not None:
            self._engine.retranslate()
        self.language_changed.emit()

    @Slot(int)
    def set_text_size(self, index: int) -> None:
        """Choose one of `TEXT_SCALES`."""
        self._scale_index = max(0, min(index, len(TEXT_SCALES) - 1))
        self.look_changed.emit()

    @Slot(bool)
    def set_dark(self, dark: bool) -> None:
        """Light letters on a dark page, or the other way round."""
        self._dark = dark
        self.look_changed.emit()

    @Slot(bool)
    def set_reduced_motion(self, reduced: bool) -> None:
        """Stop all movement that is not information."""
        self._reduced_motion = reduced
        self.look_changed.emit()

    @property
    def wants_calm(self) -> bool:
        """Whether the person chose the check without coloured light, with more time."""
        return self._wants_calm

    @Slot(bool)
    def set_calm(self, calm: bool) -> None:
        """Choose the check without coloured light; counts until the visit is over."""
        if calm != self._wants_calm:
            self._wants_calm = calm
            self.look_changed.emit()

    @Slot()
    def reset(self) -> None:
        """Back to the place's own settings, so that the next person starts from them."""
        self.set_calm(False)
        if (self._scale_index, self._dark, self._reduced_motion) != (0, False, False):
            self._scale_index, self._dark, self._reduced_motion = 0, False, False
            self.look_changed.emit()
        if self._language is not self._first_language:
            self.set_language(self._first_language)

    def remove_translator(self) -> None:
        """Take the translation out of the application (tear-down)."""
        QCoreApplication.removeTranslator(self._translator)

    def _load(self) -> None:
        QCoreApplication.removeTranslator(self._translator)
        # English is the source language: it needs no file.
        if self._language is Language.ZH_CN:
            self._translator.load(self._chinese)
            QCoreApplication.installTranslator(self._translator)

    @Property(str, notify=language_changed)
    def language(self) -> str:
        """ "zh_CN" or "en"."""
        return self._language.value

    @Property(int, notify=look_changed)
    def textSize(self) -> int:
        """Index into `TEXT_SCALES`."""
        return self._scale_index

    @Property(float, notify=look_changed)
    def textScale(self) -> float:
        """Factor on every text size."""
        return TEXT_SCALES[self._scale_index]

    @Property(bool, notify=look_changed)
    def dark(self) -> bool:
        """Whether the dark palette is shown."""
        return self._dark

    @Property(bool, notify=look_changed)
    def reducedMotion(self) -> bool:
        """Whether decorative motion is off."""
        return self._reduced_motion

    @Property(bool, notify=look_changed)
    def calm(self) -> bool:
        """Whether the check without coloured light is chosen."""
        return self._wants_calm

    @Property(bool, constant=True)
    def demo(self) -> bool:
        """Whether the demo mark is shown."""
        return self._demo

    @Property(str, constant=True)
    def placeName(self) -> str:
        """The place's name."""
        return self._place
