"""An office whose people, requests and entries are written down here, for pictures and tests.

It holds nobody's data and decides nothing but what the matrix says; the real one is
`station.office_desk`.
"""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

from consent.canonical import Json
from consent.entry import Entry, time_text
from consent.kinds import Kind, Phase
from consent.ledger_port import StoredEntry
from consent.search import Row, row_of
from station.access import Act, Matrix, Role, load_matrix
from station.errors import ErrorCode, StorageError
from station.gate import Session
from station.ledger_counts import LedgerCounts
from station.model import Language, Outcome
from station.office_view import (
    MOST_LINES,
    AccountLine,
    Asked,
    Change,
    DeviceLine,
    ExportDone,
    ExportTerms,
    FirstSecret,
    HealthLine,
    LedgerLines,
    LedgerQuery,
    NewAccount,
    SignedIn,
    Today,
)
from station.security_key import KeyHand
from ui.device_stills import StillDevices
from ui.filing_stills import StillFiling
from ui.incidents_stills import StillIncidents
from ui.key_stills import StillKeys
from ui.minors_stills import StillMinors
from ui.office.ledger_text import GROUPS
from ui.office_service import Progress
from ui.place_stills import StillPlace
from ui.residents_stills import StillResidents
from ui.rights_stills import StillRights
from ui.terms_stills import StillTerms

_NOW = datetime(2026, 3, 9, 9, 26, 35, tzinfo=UTC)
_ENDS_S = 1_774_972_799
_FIRST = "Sample-first-password-9"
_URI = (
    "otpauth://totp/demo-1:sun.yu?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    "&issuer=demo-1&algorithm=SHA256&digits=6&period=30"
)
STILL_NUMBER = "1008000010"
"""Of the one resident whom a search finds."""
_REFERENCE = "Sample-reference-of-one-resident-0123456789"
_STAFF: tuple[tuple[str, str, tuple[Role, ...], str], ...] = (
    ("chen.jie", "陈杰", (Role.OPERATOR,), "ACTIVE"),
    ("he.min", "何敏", (Role.MANAGER, Role.PI_OFFICER), "ACTIVE"),
    ("li.na", "李娜", (Role.SECURITY_ADMIN,), "ACTIVE"),
    ("qian.wei", "钱伟", (Role.AUDITOR,), "ACTIVE"),
    ("sun.yu", "孙宇", (Role.INSPECTOR,), "NEW"),
    ("wu.gang", "吴刚", (Role.SYSTEM_ADMIN,), "ACTIVE"),
    ("zhou.ting", "周婷", (Role.OPERATOR, Role.MANAGER), "LOCKED"),
)
_Row: TypeAlias = tuple[Act, str, str, str, tuple[Change, ...]]
_VISITS = (31, 28, 44, 39, 12, 9, 35, 41, 38, 47, 40, 14, 11, 23)
_DECLINED = (2, 1, 3, 2, 0, 1, 2, 4, 2, 3, 1, 0, 1, 2)
_ATTACKS = (0, 0, 1, 0, 0, 0, 0, 2, 0, 0, 1, 0, 0, 1)
_DENIED = (0, 1, 0, 0, 0, 0, 3, 0, 0, 1, 0, 0, 0, 1)


class StillOffice(StillKeys):
    """An `OfficeService` that always gives the same answers."""

    def __init__(self, matrix: Matrix | None = None) -> None:
        self._matrix = matrix or load_matrix()
        self.asked = list(_requests())
        self.staff = {user: roles for user, _, roles, _ in _STAFF}
        self.entries = _entries()
        self.place = StillPlace()
        self.rights = StillRights()
        self.plugged = StillDevices()
        self.incidents = StillIncidents()
        self.filing = StillFiling()
        self.terms = StillTerms()
        self.residents = StillResidents()
        self.minors = StillMinors()

    def sign_in(self, user: str, password: str, code: str | KeyHand) -> SignedIn:
        """Whoever is named; nothing is checked."""
        return self.known(user)

    def known(self, user: str, *, must_change: bool = False) -> SignedIn:
        """Somebody of the written staff, with what the matrix gives their roles."""
        roles = self.staff[user]
        return SignedIn(
            Session("0" * 32, user),
            roles,
            frozenset(act for act in Act if self._matrix.may(roles, act)),
            frozenset(act for act in Act if self._matrix.may_agree(roles, act)),
            must_change,
        )

    def break_glass(self, first: str, second: str) -> SignedIn:
        """The first of the written staff."""
        return self.known("wu.gang")

    def change_password(self, session: Session, present: str, wanted: str) -> SignedIn:
        """Taken."""
        return self.known(session.user)

    def sign_out(self, session: Session, idle: bool) -> None:
        """Nothing to end."""

    def touch(self, session: Session) -> None:
        """Never over."""

    def today(self, session: Session) -> Today:
        """A quiet day."""
        waiting = sum(one.decides for one in self.requests(session))
        return Today(23, 17, 2, 1, 412, waiting)

    def requests(self, session: Session) -> tuple[Asked, ...]:
        """Those of others that this person may agree to, and their own."""
        roles = self.staff[session.user]
        return tuple(
            replace(
                one,
                mine=one.user == session.user,
                decides=one.user != session.user
                and one.state == "WAITING"
                and self._matrix.may_agree(roles, one.act),
                ready=one.user == session.user and one.state == "AGREED",
                where="Export" if one.act in (Act.AUDIT_EXPORT, Act.AUDIT_UNMASK) else "",
            )
            for one in self.asked
        )

    def _decide(self, request_id: str, state: str, user: str, answer: str = "") -> None:
        self.asked = [
            replace(one, state=state, second=user, answer=answer) if one.id == request_id else one
            for one in self.asked
        ]

    def agree(self, session: Session, request_id: str) -> None:
        """Written down."""
        self._decide(request_id, "AGREED", session.user)

    def refuse(self, session: Session, request_id: str, reason: str) -> None:
        """Written down."""
        self._decide(request_id, "REFUSED", session.user, reason)

    def carry_out(self, session: Session, request_id: str) -> FirstSecret | None:
        """The request is gone; a sample of what a new account needs comes back."""
        self.asked = [one for one in self.asked if one.id != request_id]
        return FirstSecret("sun.yu", _FIRST, _URI)

    def accounts(self, session: Session) -> tuple[AccountLine, ...]:
        """The written staff."""
        return tuple(
            AccountLine(
                user,
                name,
                roles,
                state,
                _ENDS_S if Role.INSPECTOR in roles else 0,
                me=user == session.user,
            )
            for user, name, roles, state in _STAFF
        )

    def ask_account(self, session: Session, wanted: NewAccount, reason: str) -> None:
        """Added to the requests."""
        roles = ",".join(sorted(wanted.roles))
        changes = (Change("user", "", wanted.user), Change("roles", "", roles))
        self._ask(session, Act.USER_CREATE, reason, changes)

    def ask_roles(
        self, session: Session, account: AccountLine, wanted: NewAccount, reason: str
    ) -> None:
        """Added to the requests."""
        change = Change("roles", ",".join(account.roles), ",".join(sorted(wanted.roles)))
        self._ask(session, Act.USER_CHANGE, reason, (Change("user", "", account.user), change))

    def ask_end(self, session: Session, account: AccountLine, reason: str) -> None:
        """Added to the requests."""
        changes = (Change("user", "", account.user), Change("expire", "", "yes"))
        self._ask(session, Act.USER_CHANGE, reason, changes)

    def ask_factor(self, session: Session, user: str, reason: str) -> None:
        """Added to the requests."""
        self._ask(session, Act.FACTOR_RESET, reason, (Change("user", "", user),))

    def ask_codes(self, session: Session, reason: str) -> None:
        """Added to the requests."""
        self._ask(session, Act.FACTOR_RESET, reason, (Change("user", "", "break-glass"),))

    def _ask(self, session: Session, act: Act, reason: str, changes: tuple[Change, ...]) -> None:
        row = (act, session.user, reason, "WAITING", changes)
        asked = _request(len(self.asked), row)
        self.asked = [asked, *self.asked]

    def lock(self, session: Session, user: str) -> None:
        """Taken."""

    def unlock(self, session: Session, user: str) -> None:
        """Taken."""

    def excluded(self, roles: frozenset[Role]) -> frozenset[Role]:
        """As the matrix says."""
        return frozenset(one for one in Role if not self._matrix.compatible({*roles, one}))

    def counts(self, session: Session, days: int) -> LedgerCounts:
        """Fourteen written days, again and again."""
        every = tuple(date(2026, 3, 9) - timedelta(days=days - 1 - at) for at in range(days))
        times = -(-days // 14)

        def series(written: tuple[int, ...]) -> tuple[int, ...]:
            return (written * times)[-days:]

        visits = series(_VISITS)
        outcomes = {outcome.value: 0 for outcome in Outcome}
        declined, attacks = sum(series(_DECLINED)), sum(series(_ATTACKS))
        rest = sum(visits) - declined - attacks
        outcomes |= {"DECLINED": declined, "ATTACK": attacks, "MANUAL": rest // 12}
        outcomes |= {"NON_MATCH": rest // 40, "CANCELLED": rest // 30}
        outcomes["MATCH"] = sum(visits) - sum(outcomes.values())
        return LedgerCounts(
            every, visits, series(_DECLINED), series(_ATTACKS), series(_DENIED), outcomes
        )

    def ledger(self, session: Session, query: LedgerQuery) -> LedgerLines:
        """The written entries of the kinds asked for."""
        found = [
            entry
            for entry in reversed(self.entries)
            if (not query.kinds or entry.kind in query.kinds)
            and (not query.actor or entry.said("actor") == query.actor)
            and (not query.person or query.person.encode() in entry.body)
            and (query.before is None or entry.seq < query.before)
        ]
        return LedgerLines(tuple(found[:MOST_LINES]), len(found) > MOST_LINES, len(self.entries))

    def ledger_person(self, session: Session, number: str) -> str:
        """One written resident; whoever else is asked for is not registered."""
        if number.strip() != STILL_NUMBER:
            raise StorageError(ErrorCode.RESIDENT_UNKNOWN)
        return _REFERENCE

    def newer(self, session: Session, after: int, query: LedgerQuery) -> LedgerLines:
        """What of the written entries comes after `after`."""
        found = [entry for entry in self.ledger(session, query).lines if entry.seq > after]
        return LedgerLines(tuple(found), False, len(self.entries))

    def ask_export(self, session: Session, terms: ExportTerms, reason: str) -> None:
        """Added to the requests."""
        act = Act.AUDIT_UNMASK if terms.unmasked else Act.AUDIT_EXPORT
        wanted = (
            ("selection.from", f"{terms.first}T00:00:00Z" if terms.first else "none"),
            ("selection.kinds", ",".join(sorted(terms.kinds))),
            ("selection.actors", terms.actor),
            ("selection.person", terms.person),
            ("masked", "no" if terms.unmasked else "yes"),
        )
        self._ask(
            session, act, reason, tuple(Change(name, "", said) for name, said in wanted if said)
        )

    def export(
        self,
        session: Session,
        request_id: str,
        folder: Path,
        progress: Progress,
        cancel: threading.Event,
    ) -> ExportDone:
        """Counts to the end; writes nothing."""
        progress(184_200, 184_200)
        return ExportDone(str(folder / "audit-20260309"), 184_200, 96_400_000)

    def health(self, session: Session, language: Language) -> tuple[HealthLine, ...]:
        """A station with one fault."""
        chinese = language is Language.ZH_CN
        lines = (
            ("系统", "System", "OK", "Debian 12", "Debian 12"),
            ("字体", "Font", "OK", "Noto Sans CJK SC", "Noto Sans CJK SC"),
            (
                "摄像头",
                "Camera",
                "FAULT",
                "没有找到登记的摄像头，请检查连接线",
                "The registered camera was not found; please check its cable",
            ),
            (
                "显示",
                "Display",
                "NOTE",
                "没有图形界面，只能在终端办理",
                "No display: visits run in the terminal only",
            ),
            ("时钟", "Clock", "OK", "不早于最后一次记录", "Not earlier than the last record"),
            ("磁盘", "Disk", "OK", "还有 41 GB", "41 GB free"),
        )
        return tuple(
            HealthLine(zh if chinese else en, verdict, zh_text if chinese else text)
            for zh, en, verdict, zh_text, text in lines
        )

    def devices(self, session: Session) -> tuple[DeviceLine, ...]:
        """As `ui.device_stills` has them."""
        return self.plugged.lines

    def allow_device(self, session: Session, device: str) -> None:
        """Registered."""
        self.plugged.allow(device)

    def withdraw_device(self, session: Session, kind: str) -> None:
        """None is registered."""
        self.plugged.withdraw(kind)

    def may_close(self, session: Session) -> None:
        """Whoever asks."""


def _request(at: int, row: _Row) -> Asked:
    act, user, reason, state, changes = row
    asked = _NOW - timedelta(hours=3 * at + 1)
    until = asked + timedelta(days=3)
    times = time_text(asked), time_text(until)
    return Asked(f"{at:032x}", act, user, *times, reason, state, changes)


def _requests() -> tuple[Asked, ...]:
    new = (
        Change("user", "", "sun.yu"),
        Change("roles", "", "INSPECTOR"),
        Change("until", "", "2026-03-31T15:59:59Z"),
    )
    other = (
        Change("user", "chen.jie", "chen.jie"),
        Change("roles", "OPERATOR", "OPERATOR,MANAGER"),
    )
    span = (
        Change("selection.from", "", "2026-02-08T00:00:00Z"),
        Change("selection.kinds", "", ",".join(sorted(GROUPS["RESIDENTS"]))),
        Change("selection.actors", "", "he.min"),
        Change("selection.person", "", _REFERENCE),
        Change("masked", "", "yes"),
    )
    rows: tuple[_Row, ...] = (
        (Act.USER_CREATE, "wu.gang", "街道来检查，为期三周", "WAITING", new),
        (Act.USER_CHANGE, "li.na", "夜班需要代理物业管理员", "WAITING", other),
        (Act.AUDIT_EXPORT, "qian.wei", "季度合规审计", "WAITING", span),
        (Act.USER_CREATE, "wu.gang", "夜班操作员", "AGREED", new[:2]),
    )
    return tuple(
        replace(_request(at, row), second="li.na" if row[3] == "AGREED" else "")
        for at, row in enumerate(rows)
    )


def _entries() -> list[Row]:
    rows: tuple[tuple[Kind, dict[str, Json]], ...] = (
        (Kind.STATION_START, {"profile": "demo"}),
        (Kind.SIGN_IN, {"actor": "chen.jie"}),
        (Kind.CONSENT_GIVEN, {}),
        (Kind.VISIT_OUTCOME, {"outcome": "MATCH", "resident": _REFERENCE}),
        (Kind.PURGE, {"reaped": True}),
        (Kind.RECEIPT, {}),
        (Kind.CONSENT_REFUSED, {}),
        (Kind.VISIT_OUTCOME, {"outcome": "DECLINED"}),
        (Kind.PAD_REJECT, {"species": "SCREEN"}),
        (Kind.VISIT_OUTCOME, {"outcome": "ATTACK"}),
        (Kind.ACCESS_REFUSED, {"actor": "chen.jie", "act": "AUDIT_READ", "code": "ACC-01"}),
        (Kind.REQUEST_ASKED, {"actor": "wu.gang", "act": "USER_CREATE"}),
        (Kind.SIGN_IN_REFUSED, {"actor": "zhou.ting", "code": "ACC-02"}),
        (
            Kind.ACCESS_GRANTED,
            {"actor": "he.min", "act": "VIEW_FULL", "role": "MANAGER", "reason": "核对搬离日期"},
        ),
        (
            Kind.RECORD_READ,
            {"actor": "he.min", "reason": "核对搬离日期", "commitment": _REFERENCE},
        ),
        (Kind.SWEEP, {"expired": 3}),
    )
    found = []
    for seq in range(208):
        kind, payload = rows[seq % len(rows)]
        moment = _NOW - timedelta(minutes=7 * (208 - seq))
        entry = Entry(seq, time_text(moment), "", Phase.SINGLE, kind, payload, bytes(32), demo=True)
        found.append(row_of(StoredEntry(seq, entry.to_bytes())))
    return found
