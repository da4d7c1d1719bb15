"""The office as a whole: who is signed in, which page, and when everything is put away."""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQuick import QQuickWindow

from station.access import Act
from station.errors import ErrorCode
from station.gate import Session
from ui.bridge.display import Display
from ui.office.desk import OfficeDesk
from ui.office.errands import Done, Errands
from ui.office.key_wait import KeyWait
from ui.office.page import OfficePage
from ui.office.presence import Presence

if TYPE_CHECKING:
    from station.office_view import SignedIn
    from ui.office.pages import PageEntry
    from ui.office_service import OfficeService, StaffedService

Answer = TypeVar("Answer")
Bridge = TypeVar("Bridge", bound=OfficePage)


class Office(QObject):
    """The shell around the pages. Lives on the Qt thread; `pages` are its children's bridges.

    Pages and service come with the first sign-in: the kiosk's first page does not wait for them.
    """

    changed = Signal()
    page_changed = Signal()
    refused = Signal()
    """Sign-in or new password were not taken: what was typed is to be typed again."""
    opened = Signal()
    """The office covers the visitor's pages: what is under way there must end."""
    locked = Signal()
    used = Signal()
    """Somebody is at the keyboard or the screen; at most once in a while."""
    handed_over = Signal()
    """Visitors have the screen, with somebody on duty."""
    close_wanted = Signal()
    furnished = Signal()
    """There are pages now; before anybody is signed in."""

    def __init__(self, parent: QObject, staffed: "StaffedService | None", display: Display) -> None:
        """Where it is not `staffed` nobody can sign in, and closing needs nobody."""
        super().__init__(parent)
        self._staffed = staffed
        self._service: OfficeService | None = None
        self._display = display
        self._state = self._page = ""
        self._refusal: ErrorCode | None = None
        self._refused = self._busy = self._was_locked = self._differs = False
        self._errands = Errands(self)
        self._duty: Session | None = None
        self.pages: dict[str, OfficePage] = {}
        self.desk: OfficeDesk | None = None
        self._entries: tuple[PageEntry, ...] = ()
        self._presence = Presence(self)
        self.key = KeyWait(self)
        self._presence.idle.connect(self.lock)
        self._presence.left.connect(self.leave)
        self._presence.due.connect(self._on_touch_due)
        display.language_changed.connect(self.changed)

    def watch(self, window: QQuickWindow) -> None:
        """The window whose keys and touches keep the office open."""
        self._presence.watch(window)

    def bridge(self, kind: type[Bridge]) -> Bridge:
        """The page of this kind (scripts and tests). Raises `LookupError`."""
        for page in self.pages.values():
            if isinstance(page, kind):
                return page
        raise LookupError(kind.__name__)

    def close(self) -> None:
        """The window is being closed: end the session, wait for what is being done."""
        self._end("", idle=False)
        self.end_duty()
        self._errands.close()
        for page in self.pages.values():
            page.close()
        if self.desk is not None:
            self.desk.errands.close()

    # What staff do

    @Slot()
    def show_sign_in(self) -> None:
        """Cover the visitor's pages with the sign-in; a visit in hand ends in its purge."""
        staffed = self._staffed
        if staffed is None or self._state:
            return
        # While the name is being typed.
        self._errands.run(lambda: _opened(staffed), self._furnish, self._on_refused)
        self._state, self._was_locked = "signIn", False
        self._presence.at_entrance()
        self.opened.emit()
        self.changed.emit()

    @Slot(str, str, str)
    def sign_in(self, user: str, password: str, code: str) -> None:
        """Try both factors together, a key without a code; what was wrong of them is not said."""
        if self._state == "signIn" and not self._busy:
            given = code or self.key.begin()
            self._come_in(lambda office: office.sign_in(user.strip(), password, given))

    @Slot(bool)
    def show_emergency(self, shown: bool) -> None:
        """From the sign-in to the two sealed codes, and back."""
        if self._state in ("signIn", "glass") and not self._busy:
            self._state = "glass" if shown else "signIn"
            self.dismiss()

    @Slot(str, str)
    def break_glass(self, first: str, second: str) -> None:
        """Come in by both sealed codes; they are void with that."""
        if self._state == "glass" and not self._busy:
            self._come_in(lambda office: office.break_glass(first, second))

    @Slot(str, str, str)
    def change_password(self, present: str, wanted: str, again: str) -> None:
        """Choose an own password, typed twice."""
        service, session = self._service, None if self.desk is None else self.desk.session
        if service is None or session is None or self._state != "change" or self._busy:
            return
        if wanted != again:
            self._refused, self._refusal, self._differs = False, None, True
            self.changed.emit()
            self.refused.emit()
            return
        self._run(lambda: service.change_password(session, present, wanted), self._on_signed_in)

    @Slot(str)
    def go(self, page: str) -> None:
        """Show another page of this person's column."""
        if self._state != "open" or page == self._page or page not in self._listed():
            return
        if self._page:
            self.pages[self._page].leave()
        self._page = page
        self.changed.emit()
        self.page_changed.emit()
        self.pages[page].open()

    @Slot()
    def lock(self) -> None:
        """Put everything away; only a new sign-in leads back, and to the first page."""
        if self._state in ("open", "change"):
            self._end("signIn", idle=True)
            self._was_locked = True
            self._presence.at_entrance()
            self.locked.emit()
            self.changed.emit()

    @Slot()
    def serve(self) -> None:
        """Give the screen to visitors and stay on duty: the session goes on, no page does.

        Only a sign-in leads back to the office. The core ends the duty of whoever lets ten minutes
        pass without a visit, and with it a visit in hand.
        """
        desk = self.desk
        if desk is None or desk.signed_in is None or self._state != "open" or not self._may_serve():
            return
        self._duty, desk.signed_in = desk.signed_in.session, None
        self._end("", idle=False)
        self.handed_over.emit()

    @Slot()
    def end_duty(self) -> None:
        """Whoever is on duty is not any more; asked for by anybody, because it only closes."""
        service, duty, self._duty = self._service, self._duty, None
        if service is None or duty is None:
            return
        self._sign_out(service, duty, idle=False)
        self.changed.emit()

    @Slot()
    def sign_out(self) -> None:
        """Put everything away and give the kiosk back to visitors."""
        if self._state in ("open", "change"):
            self._end("", idle=False)

    @Slot()
    def leave(self) -> None:
        """Back to the visitor's pages from the sign-in."""
        if self._state in ("signIn", "glass"):
            self._end("", idle=False)

    @Slot()
    def close_station(self) -> None:
        """Close the kiosk: freely while it has no accounts, else by whoever may."""
        if not self.property("guarded"):
            self.close_wanted.emit()
            return
        service, session = self._service, None if self.desk is None else self.desk.session
        if service is not None and session is not None:
            self._run(lambda: service.may_close(session), lambda _: self.close_wanted.emit())

    @Slot()
    def dismiss(self) -> None:
        """The message was read."""
        self._refused, self._refusal, self._differs = False, None, False
        self.changed.emit()

    # What comes of it

    def _furnish(self, service: "OfficeService") -> None:
        """Make the pages, once."""
        if self.desk is not None:
            return
        self._service = service
        self.desk = desk = OfficeDesk(self, service, self._display)
        desk.listed = self._listed
        desk.session_over.connect(self._on_session_over)
        self._entries = import_module("ui.office.pages").PAGES
        self.pages = {entry.page: entry.bridge(self, desk) for entry in self._entries}
        self.furnished.emit()

    def _come_in(self, sign_in: "Callable[[OfficeService], SignedIn]") -> None:
        if (staffed := self._staffed) is None:
            return

        def let_in() -> "tuple[OfficeService, SignedIn]":
            service = _opened(staffed)
            return service, sign_in(service)

        # Whoever turned round meanwhile is not left signed in.
        self._run(let_in, self._on_let_in, lambda late: self._sign_out(late[0], late[1].session))

    def _on_let_in(self, found: "tuple[OfficeService, SignedIn]") -> None:
        self._furnish(found[0])
        self._on_signed_in(found[1])

    def _run(
        self, work: Callable[[], Answer], done: Done[Answer], late: Done[Answer] | None = None
    ) -> None:
        self._busy = True
        self._refused, self._refusal, self._differs = False, None, False

        def answered(answer: Answer) -> None:
            self._busy = False
            done(answer)
            self.changed.emit()

        self._errands.run(work, answered, self._on_refused, late)
        self.changed.emit()

    def _sign_out(self, service: "OfficeService", who: Session, *, idle: bool = False) -> None:
        self._errands.run(lambda: service.sign_out(who, idle), lambda _: None, lambda _: None)

    def _on_refused(self, code: ErrorCode | None) -> None:
        self._busy, self._refused, self._refusal = False, True, code
        self.changed.emit()
        self.refused.emit()

    def _on_signed_in(self, who: "SignedIn") -> None:
        if (desk := self.desk) is None:
            return
        # Whoever was on duty here has handed the screen over.
        self.end_duty()
        desk.signed_in, self._was_locked = who, False
        self._presence.inside()
        if who.must_change:
            self._state = "change"
            return
        self._state = "open"
        self.go(self._listed()[0])

    def _on_session_over(self, code: ErrorCode) -> None:
        """The core ended the session: to the sign-in, which says why."""
        if self._state in ("open", "change"):
            self.lock()
            self._refused, self._refusal = True, code
            self.changed.emit()

    def _end(self, state: str, *, idle: bool) -> None:
        """Forget the person and every page; the core is told, whether it listens or not."""
        self._errands.forget()
        desk, service = self.desk, self._service
        self._state, self._page, self._busy, self._was_locked = state, "", False, False
        self._refused, self._refusal, self._differs = False, None, False
        self._presence.gone()
        # The pages leave the screen before their bridges are emptied.
        self.changed.emit()
        self.page_changed.emit()
        for page in self.pages.values():
            page.forget()
        if desk is not None and service is not None and desk.signed_in is not None:
            session, desk.signed_in = desk.signed_in.session, None
            self._sign_out(service, session, idle=idle)
        self.changed.emit()

    def _on_touch_due(self, was_used: bool) -> None:
        # As long as the office is open, nothing of the display is put back for visitors.
        self.used.emit()
        service, session = self._service, None if self.desk is None else self.desk.session
        if was_used and service is not None and session is not None:
            self._errands.run(lambda: service.touch(session), lambda _: None, self._on_untouched)

    def _on_untouched(self, code: ErrorCode | None) -> None:
        if code in (ErrorCode.SIGNED_OUT, ErrorCode.ACCOUNT_EXPIRED):
            self._on_session_over(code)

    def _may_serve(self) -> bool:
        who = None if self.desk is None else self.desk.signed_in
        return who is not None and Act.RUN_VISIT in who.acts

    def _column(self) -> "list[PageEntry]":
        who = None if self.desk is None else self.desk.signed_in
        return [] if who is None else [entry for entry in self._entries if entry.listed_for(who)]

    def _listed(self) -> list[str]:
        return [entry.page for entry in self._column()]

    # What the screens show

    @Property(bool, constant=True)
    def offered(self) -> bool:
        """Whether this station has an office at all."""
        return self._staffed is not None

    @Property(bool, notify=changed)
    def guarded(self) -> bool:
        """Whether closing needs somebody to sign in."""
        return self._staffed is not None and self._staffed.has_accounts()

    @Property(str, notify=changed)
    def state(self) -> str:
        """What covers the visitor's pages: "", "signIn", "glass", "change" or "open"."""
        return self._state

    @Property(bool, notify=changed)
    def wasLocked(self) -> bool:
        """Whether the sign-in comes after a lock."""
        return self._was_locked

    @Property(str, notify=page_changed)
    def page(self) -> str:
        """Name of the page's file, or ""."""
        return self._page

    @Property(list, notify=changed)
    def menu(self) -> list[dict[str, str]]:
        """The pages of whoever is signed in, with "page", "title" and "icon"."""
        return [entry.line(self._display.current.value) for entry in self._column()]

    @Property(str, notify=changed)
    def user(self) -> str:
        """Who is signed in, or ""."""
        return "" if self.desk is None or self.desk.signed_in is None else self.desk.signed_in.user

    @Property(bool, notify=changed)
    def mayServe(self) -> bool:
        """Whether this person can be the one on duty while visitors are served."""
        return self._may_serve()

    @Property(str, notify=changed)
    def onDuty(self) -> str:
        """Who is on duty while the visitor's pages are shown, or ""."""
        return "" if self._duty is None else self._duty.user

    @Property(str, notify=changed)
    def roles(self) -> str:
        """Their roles, in words."""
        if self.desk is None or self.desk.signed_in is None:
            return ""
        return self.desk.words("role", [role.value for role in self.desk.signed_in.roles])

    @Property(bool, notify=changed)
    def busy(self) -> bool:
        """Whether an answer is awaited."""
        return self._busy

    @Property(str, notify=changed)
    def message(self) -> str:
        """What was refused and why, or ""."""
        if self.desk is None:
            return ""
        if self._differs:
            return self.desk.word("say", "differs")
        return self.desk.error(self._refusal) if self._refused else ""

    @Property(str, notify=changed)
    def code(self) -> str:
        """The stable code of a refusal, small; or ""."""
        return self._refusal.value if self._refused and self._refusal else ""


def _opened(staffed: "StaffedService") -> "OfficeService":
    """The office, with its pages loaded; takes a while, on a worker thread."""
    import_module("ui.office.pages")
    return staffed.office
