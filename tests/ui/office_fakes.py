"""An office that plays a written part: who may sign in, what is refused, what takes long."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from station.access import Role
from station.errors import AccessError, ErrorCode
from station.gate import Session
from station.office_view import ExportDone, SignedIn
from tests.ui.kiosk_fakes import FakeService
from ui.office_stills import StillOffice

PASSWORD, CODE = "Long-enough-7-words", "246810"
_AT_ONCE = frozenset({"excluded", "known"})


class FakeOffice(StillOffice):
    """Records every call with its thread; `refusals` and `before` belong to names of calls."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.threads: set[int] = set()
        self.refusals: dict[str, ErrorCode] = {}
        self.before: dict[str, Callable[[], None]] = {}
        self.must_change = False
        self.ended: list[bool] = []
        self.accounts_there = True
        for role in Role:
            self.staff[role.value.lower()] = (role,)

    def __getattribute__(self, name: str) -> object:
        found = object.__getattribute__(self, name)
        if name.startswith("_") or not callable(found) or name in _AT_ONCE:
            return found

        def call(*values: object, **named: object) -> object:
            self.calls.append(name)
            self.threads.add(threading.get_ident())
            self.before.get(name, lambda: None)()
            if name in self.refusals:
                raise AccessError(self.refusals[name])
            return found(*values, **named)

        return call

    def sign_in(self, user: str, password: str, code: str) -> SignedIn:
        if (password, code) != (PASSWORD, CODE) or user not in self.staff:
            raise AccessError(ErrorCode.SIGN_IN_FAILED)
        return self.known(user, must_change=self.must_change)

    def change_password(self, session: Session, present: str, wanted: str) -> SignedIn:
        if len(wanted) < 12:
            raise AccessError(ErrorCode.PASSWORD_WEAK)
        return self.known(session.user)

    def sign_out(self, session: Session, idle: bool) -> None:
        self.ended.append(idle)

    def export(
        self,
        session: Session,
        request_id: str,
        folder: Path,
        progress: Callable[[int, int], None],
        cancel: threading.Event,
    ) -> ExportDone:
        progress(300, 1000)
        self.before.get("halfway", lambda: None)()
        if cancel.wait(0.0):
            raise AccessError(ErrorCode.EXPORT_FAILED)
        return super().export(session, request_id, folder, progress, cancel)


@dataclass
class StaffedFake(FakeService):
    office: FakeOffice = field(default_factory=FakeOffice)

    @property
    def staffed(self) -> "StaffedFake":
        return self

    def has_accounts(self) -> bool:
        return self.office.accounts_there
