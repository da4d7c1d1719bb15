"""Accounts: who there is, and what may be asked for or done about one."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Property, Signal, Slot

from station.access import Act, Role
from station.errors import ErrorCode
from station.gate import Session
from station.office_view import AccountLine, NewAccount
from ui.office.page import OfficePage

_TONES = {
    "ACTIVE": "good",
    "NEW": "neutral",
    "LOCKED": "stop",
    "LOCKED_FOR_NOW": "stop",
    "EXPIRED": "caution",
}
_LOCKED = ("LOCKED", "LOCKED_FOR_NOW")
_NO_NUMBER = -1
_MOST_DIGITS = 4


class UsersPage(OfficePage):
    """A list of accounts, one in full, and a form that asks for a new one or for other roles."""

    shown = Signal()
    listed = Signal()

    def clear(self) -> None:
        """Drop the list and a form half filled in."""
        self._accounts: tuple[AccountLine, ...] = ()
        self._chosen = self._form = ""
        self._picked: frozenset[Role] = frozenset()

    def load(self) -> None:
        """Ask for all accounts."""
        self.ask(self.desk.service.accounts, self._show)

    def _show(self, found: tuple[AccountLine, ...]) -> None:
        self._accounts = found
        if self._open() is None:
            self._chosen = ""
        self.rows_changed.emit()

    def _open(self) -> AccountLine | None:
        return next((one for one in self._accounts if one.user == self._chosen), None)

    @Slot(str)
    def choose(self, account_id: str) -> None:
        """Show one account; "" for none."""
        self._chosen, self._form = account_id, ""
        self.changed.emit()

    @Slot(str)
    def begin(self, form: str) -> None:
        """Open a form: "add", "codes", "roles", "end", "factor", "lock" or "unlock"; "" closes."""
        account = self._open()
        self._form = form
        self._picked = frozenset(account.roles) if account and form == "roles" else frozenset()
        self.dismiss()

    @Slot(str)
    def pick(self, role: str) -> None:
        """Tick or untick a role; one that the others exclude stays unticked."""
        wanted = Role(role)
        if wanted in self._picked:
            self._picked -= {wanted}
        elif wanted not in self.desk.service.excluded(self._picked):
            self._picked |= {wanted}
        self.changed.emit()

    @Slot(str, str, str, str)
    def submit(self, user: str, name: str, days: str, reason: str) -> None:
        """Hand in the form; the core says what is missing or not allowed."""
        form, account, service = self._form, self._open(), self.desk.service
        ends, why = _days(days, form), reason.strip()
        if ends == _NO_NUMBER:
            self.refuse_locally(ErrorCode.TEXT_UNUSABLE)
            return
        wanted = NewAccount(user.strip(), self._picked, name.strip(), ends)
        if form == "add":
            self._hand_in(lambda s: service.ask_account(s, wanted, why), "asked")
        elif form == "codes":
            self._hand_in(lambda s: service.ask_codes(s, why), "asked")
        elif account is None:
            return
        elif form == "roles":
            self._hand_in(lambda s: service.ask_roles(s, account, wanted, why), "asked")
        elif form == "end":
            self._hand_in(lambda s: service.ask_end(s, account, why), "asked")
        elif form == "factor":
            self._hand_in(lambda s: service.ask_factor(s, account.user, why), "asked")
        elif form == "lock":
            self._hand_in(lambda s: service.lock(s, account.user), "locked")
        elif form == "unlock":
            self._hand_in(lambda s: service.unlock(s, account.user), "unlocked")

    def _hand_in(self, work: Callable[[Session], None], told: str) -> None:
        self.act(work, told, self._done)

    def _done(self, _answer: None) -> None:
        self._form, self._picked = "", frozenset()

    def _may(self, act: Act) -> bool:
        who = self.desk.signed_in
        return who is not None and act in who.acts

    @Property(list, notify=listed)
    def rows(self) -> list[dict[str, str]]:
        """All accounts: "id", "user", "name", "roles", "state", "until", "tone"."""
        return [
            {
                "id": one.user,
                "user": one.user,
                "name": one.name,
                "roles": self.desk.words("role", [role.value for role in one.roles]),
                "state": self.desk.word("state", one.state),
                "until": _day(one.ends_s),
                "tone": _TONES.get(one.state, "neutral"),
            }
            for one in self._accounts
        ]

    @Property(str, notify=shown)
    def chosen(self) -> str:
        """Id of the account in full, or ""."""
        return self._chosen

    @Property(str, notify=shown)
    def form(self) -> str:
        """Name of the open form, or ""."""
        return self._form

    @Property(list, notify=shown)
    def roles(self) -> list[dict[str, object]]:
        """Every role for the form: "role", "label", "picked", "excluded"."""
        excluded = self.desk.service.excluded(self._picked)
        return [
            {
                "role": role.value,
                "label": self.desk.word("role", role.value),
                "picked": role in self._picked,
                "excluded": role in excluded and role not in self._picked,
            }
            for role in Role
        ]

    @Property(list, notify=shown)
    def choices(self) -> list[str]:
        """Forms this person's column of the matrix offers for the chosen account."""
        account = self._open()
        if account is None:
            return []
        found = []
        if account.me:
            return []
        if self._may(Act.USER_CHANGE):
            found += ["roles", "end"]
        if self._may(Act.FACTOR_RESET):
            found.append("factor")
        if account.state in _LOCKED and self._may(Act.USER_UNLOCK):
            found.append("unlock")
        if account.state != "LOCKED" and self._may(Act.USER_LOCK):
            found.append("lock")
        return found

    @Property(bool, notify=shown)
    def mayRenewCodes(self) -> bool:
        """Whether this person's column offers new break-glass codes."""
        return self._may(Act.FACTOR_RESET)

    @Property(bool, notify=shown)
    def mayAdd(self) -> bool:
        """Whether this person's column offers new accounts."""
        return self._may(Act.USER_CREATE)


def _days(typed: str, form: str) -> int | None:
    """Days as typed; left empty: never for a new account, as it is for another."""
    plain = typed.strip()
    if not plain:
        return 0 if form == "add" else None
    if not plain.isdecimal() or not plain.isascii() or len(plain) > _MOST_DIGITS:
        return _NO_NUMBER
    return int(plain)


def _day(moment_s: int) -> str:
    return datetime.fromtimestamp(moment_s).astimezone().strftime("%Y-%m-%d") if moment_s else ""
