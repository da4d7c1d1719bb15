"""Accounts: who there is, and what may be asked for or done about one."""

from PySide6.QtCore import Property, Signal, Slot

from station.access import Act, Role
from station.errors import ErrorCode
from station.office_view import AccountLine
from ui.office.desk import local_time
from ui.office.page import OfficePage

_TONES = {"ACTIVE": "good", "NEW": "neutral", "LOCKED": "stop", "EXPIRED": "caution"}


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
        return next((one for one in self._accounts if one.id == self._chosen), None)

    @Slot(str)
    def choose(self, account_id: str) -> None:
        """Show one account; "" for none."""
        self._chosen, self._form = account_id, ""
        self.changed.emit()

    @Slot(str)
    def begin(self, form: str) -> None:
        """Open a form: "add", "roles", "factor", "lock", "unlock"; "" closes it."""
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

    @Slot(str, str, str)
    def submit(self, user: str, days: str, reason: str) -> None:
        """Hand in the form; the core says what is missing or not allowed."""
        form, chosen, service = self._form, self._chosen, self.desk.service
        picked, why = self._picked, reason.strip()
        if form == "add":
            if not (not days.strip() or days.strip().isdecimal()) or len(days) > 4:
                self.refuse_locally(ErrorCode.TEXT_UNUSABLE)
                return
            until = int(days.strip() or 0)
            self.act(
                lambda s: service.ask_account(s, user.strip(), picked, until, why),
                "asked",
                self._done,
            )
        elif form == "roles":
            self.act(lambda s: service.ask_roles(s, chosen, picked, why), "asked", self._done)
        elif form == "factor":
            self.act(lambda s: service.ask_factor(s, chosen, why), "asked", self._done)
        elif form == "lock":
            self.act(lambda s: service.lock(s, chosen), "locked", self._done)
        elif form == "unlock":
            self.act(lambda s: service.unlock(s, chosen), "unlocked", self._done)

    def _done(self, _answer: None) -> None:
        self._form, self._picked = "", frozenset()

    def _may(self, act: Act) -> bool:
        who = self.desk.signed_in
        return who is not None and act in who.acts

    @Property(list, notify=listed)
    def rows(self) -> list[dict[str, str]]:
        """All accounts: "id", "user", "roles", "state", "until", "seen", "tone"."""
        return [
            {
                "id": one.id,
                "user": one.user,
                "roles": self.desk.words("role", [role.value for role in one.roles]),
                "state": self.desk.word("state", one.state),
                "until": local_time(one.until)[:10],
                "seen": local_time(one.last_seen) or self.desk.word("say", "never"),
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
        if self._may(Act.USER_CHANGE):
            found.append("roles")
        if self._may(Act.FACTOR_RESET):
            found.append("factor")
        if account.state == "LOCKED" and self._may(Act.USER_UNLOCK):
            found.append("unlock")
        elif account.state != "LOCKED" and self._may(Act.USER_LOCK) and not account.me:
            found.append("lock")
        return found

    @Property(bool, notify=shown)
    def mayAdd(self) -> bool:
        """Whether this person's column offers new accounts."""
        return self._may(Act.USER_CREATE)
