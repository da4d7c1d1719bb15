"""What all pages of the office share: the service, who is signed in, and the words."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from resources.office_texts import office_word
from station.errors import ErrorCode
from station.gate import Session
from station.model import Language
from ui.bridge.display import Display
from ui.office.errands import Errands

if TYPE_CHECKING:
    from station.office_view import SignedIn
    from ui.office_service import OfficeService


class OfficeDesk(QObject):
    """Lives on the Qt thread; holds the session of whoever is signed in."""

    session_over = Signal(object)
    """The core says that the session has ended: an `ErrorCode`."""
    flow_wanted = Signal(object)
    """The screen goes to a person, who finds this `Flow` begun; whoever gives it stays on duty."""
    visit_granted = Signal(object)
    """A visit that was granted here, for the kiosk's own pages: a `GrantedVisit`."""

    def __init__(self, parent: QObject, service: "OfficeService", display: Display) -> None:
        super().__init__(parent)
        self.service = service
        self.display = display
        self.errands = Errands(self)
        self.signed_in: SignedIn | None = None
        self.listed: Callable[[], list[str]] = list
        """Names of the pages in this person's column; the shell fills it."""

    @property
    def session(self) -> Session | None:
        """The session in force, or None while nobody is signed in."""
        return None if self.signed_in is None else self.signed_in.session

    def word(self, section: str, code: str) -> str:
        """A word of the office in the present language; "" for no code."""
        return office_word(section, code, self.display.current.value) if code else ""

    def words(self, section: str, codes: "list[str] | tuple[str, ...]") -> str:
        """Several words, as a list in the present language."""
        between = "、" if self.display.current is Language.ZH_CN else ", "
        return between.join(self.word(section, code) for code in codes) or "–"

    def error(self, code: ErrorCode | None) -> str:
        """What the core refused by, in the person's words."""
        return self.word("say", "bug") if code is None else self.display.say("error", code)


def local_time(iso_utc: str, *, seconds: bool = False) -> str:
    """ "2026-03-01 17:05" of the local day for an ISO 8601 time; "" when it is none."""
    try:
        moment = datetime.fromisoformat(iso_utc).astimezone()
    except ValueError:
        return ""
    return moment.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")
