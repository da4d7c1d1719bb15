"""One line of the doctor per requirement of roles, notices, rights and records: how it is met.

A line says met, not met, not applicable, or that it is known only once the keys are opened. The
words are in `resources/i18n/doctor.toml`, section `[requirement]`, keyed by "<id>.<case>".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from consent.notice import Notice, TermUnit
from station.access import Act, Role
from station.cli.requirement_facts import Facts, Opened
from station.deployment_checks import bounded, facts_of, missing
from station.filing import DUTY
from station.model import Language, Purpose
from station.passwords import CLASSES, SHORTEST
from station.refusals import NOT_ASKED_FOR
from station.sign_in import AccountPolicy
from station.tickets import MOST_DAYS

LEAST_LOG_DAYS = 184
"""Six months in the longest case (网络安全法 23, AU-1)."""
_G = 8
"""Place of the other route among a notice's sections."""
Values = Mapping[str, object]


class Status(StrEnum):
    """How a requirement stands."""

    MET = "MET"
    NOT_MET = "NOT_MET"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Line:
    """One requirement; `case` is the key of its text below its id."""

    id: str
    status: Status
    case: str
    values: Values = field(default_factory=dict)


Judge = Callable[[Facts], tuple[Status, str, Values]]
Found = tuple[Status, str, Values]


def requirement_lines(facts: Facts) -> tuple[Line, ...]:
    """Every requirement, in the order they are printed."""
    return tuple(Line(name, *judge(facts)) for name, judge in _JUDGES.items())


def _met(case: str = "met", **values: object) -> Found:
    return Status.MET, case, values


def _not_met(case: str = "not_met", **values: object) -> Found:
    return Status.NOT_MET, case, values


def _none(_facts: Facts) -> Found:
    return Status.NOT_APPLICABLE, "not_applicable", {}


def _opened(judge: Callable[[Facts, Opened], Found]) -> Judge:
    """For what lies in sealed stores."""

    def judged(facts: Facts) -> Found:
        if facts.opened is None:
            return Status.UNKNOWN, "sealed", {}
        return judge(facts, facts.opened)

    return judged


def _noticed(judge: Callable[[Facts, Notice], Found]) -> Judge:
    """For what a notice in force must say; published ones lie in a sealed store."""

    def judged(facts: Facts) -> Found:
        if facts.opened is None:
            return Status.UNKNOWN, "sealed", {}
        if not facts.notices:
            return Status.NOT_MET, "no_notice", {"code": facts.notice_code or ""}
        return judge(facts, facts.notices[0])

    return judged


@_opened
def _basis(facts: Facts, opened: Opened) -> Found:
    if facts.demo_profile and opened.profile is None:
        return _met("demo")
    if opened.profile is None:
        return _not_met("none")
    asked = [purpose for notice in facts.notices for purpose in notice.purposes]
    lacking = missing(opened.profile, asked, today=facts.now.astimezone().date())
    if lacking:
        return _not_met(missing=tuple(lacking))
    basis = {language: facts_of(opened.profile, language)["legal_basis"] for language in Language}
    return _met(basis=basis)


def _network(facts: Facts) -> Found:
    """The profile knows no other answer than off; the sources on this disk are looked through."""
    files, found = facts.network
    return _not_met(file=found[0]) if found else _met(files=files)


@_noticed
def _notice(_facts: Facts, notice: Notice) -> Found:
    return _met(id=notice.notice_id, version=notice.version, digest=notice.digest[:12])


@_noticed
def _recipients(_facts: Facts, notice: Notice) -> Found:
    return _met(recipients={one: notice.text(one).recipients for one in Language})


@_noticed
def _delivery(facts: Facts, _notice: Notice) -> Found:
    return _met("met" if facts.speaks else "silent")


@_noticed
def _fields(_facts: Facts, notice: Notice) -> Found:
    return _met(count=len(notice.fields))


@_opened
def _factors(_facts: Facts, opened: Opened) -> Found:
    if not opened.accounts:
        return _not_met("none")
    if opened.with_factor < opened.accounts:
        return _not_met(without=opened.accounts - opened.with_factor)
    return _met(count=opened.accounts)


def _passwords(_facts: Facts) -> Found:
    policy = AccountPolicy()
    return _met(
        shortest=SHORTEST,
        classes=CLASSES,
        remembered=policy.remembered,
        failures=policy.failures,
        lock_min=policy.lock_s // 60,
        idle_min=policy.idle_s // 60,
    )


def _devices(facts: Facts) -> Found:
    if facts.demo_profile:
        return _met("demo")
    pinned = facts.config.camera.identity
    return _met(camera=pinned) if pinned else _not_met()


def _roles(facts: Facts) -> Found:
    if facts.matrix is None:
        return _not_met()
    return _met(acts=len(facts.matrix.rules))


@_opened
def _ledger(facts: Facts, opened: Opened) -> Found:
    if opened.oldest_entry is None:
        return _not_met()
    days = (facts.now - opened.oldest_entry).days
    since = opened.oldest_entry.date().isoformat()
    return _met(entries=opened.entries, since=since, days=days, least=LEAST_LOG_DAYS)


@_noticed
def _separate(facts: Facts, _notice: Notice) -> Found:
    ticks = [len(one.text(Language.ZH_CN).ticks) for one in facts.notices]
    purposes = [len(one.purposes) for one in facts.notices]
    return _met(ticks=sum(ticks)) if ticks == purposes else _not_met()


@_noticed
def _route(_facts: Facts, notice: Notice) -> Found:
    said = {}
    for language in Language:
        body = notice.text(language).sections[_G][1]
        said[language] = next((line for line in body.splitlines() if line.strip()), "")
    return _met(route=said) if all(said.values()) else _not_met()


def _nagging(_facts: Facts) -> Found:
    return _met(hours=int(NOT_ASKED_FOR.total_seconds()) // 3600)


@_opened
def _children(facts: Facts, opened: Opened) -> Found:
    profile = opened.profile
    case = "guardian" if profile is not None and profile.children == "GUARDIAN" else "met"
    return _met(case, age=facts.config.policy.minor_age_years)


def _minors(facts: Facts) -> Found:
    rule = None if facts.matrix is None else facts.matrix.rules[Act.MINOR_READ]
    if rule is None or Role.MANAGER not in rule.second or not rule.reason:
        return _not_met()
    return _met()


@_opened
def _assessed(facts: Facts, opened: Opened) -> Found:
    if facts.demo_profile and opened.profile is None:
        return _met("demo")
    made = None if opened.profile is None else opened.profile.assessment
    if made is None or not made.number or not made.made_on:
        return _not_met()
    since = opened.processing_since[:10]
    if not since:
        return _not_met("no_record", number=made.number)
    return _met(number=made.number, date=made.made_on, since=since)


@_opened
def _terms(facts: Facts, opened: Opened) -> Found:
    policy = bounded(facts.config.policy, opened.profile, opened.agreed)
    hours = {n.retention_hours for n in facts.notices if n.term_unit is TermUnit.HOURS}
    longest = min([policy.visitor_retention_h, *hours])
    days = {n.retention_hours // 24 for n in facts.notices if n.term_unit is TermUnit.DAYS}
    usual = min([policy.resident_retention_days, *(one for one in days if one)])
    return _met(hours=int(longest), days=usual)


@_opened
def _rights(facts: Facts, opened: Opened) -> Found:
    days = facts.config.policy.ticket_days
    judged = _not_met if opened.overdue else _met
    case = "not_met" if opened.overdue else "met"
    return judged(case, days=days, most=MOST_DAYS, open=opened.tickets, overdue=opened.overdue)


@_opened
def _filing(facts: Facts, opened: Opened) -> Found:
    """Whether a duty was done is on paper elsewhere: the station never calls it met."""
    status = opened.filing
    if status is None or not status.due:
        return _met(count=0 if status is None else status.count, duty=DUTY)
    case = "past" if facts.now.astimezone().date().isoformat() > status.due else "due"
    return Status.UNKNOWN, case, {"count": status.count, "due": status.due}


@_opened
def _incidents(_facts: Facts, opened: Opened) -> Found:
    return _met(count=opened.incidents, open=opened.incidents_open)


def _entrusted(facts: Facts) -> Found:
    """The maintainer may do nothing that shows or holds a person's record, by any second role."""
    closed = {
        Act.VIEW_MASKED,
        Act.VIEW_FULL,
        Act.MINOR_READ,
        Act.TICKET_READ,
        Act.RUN_VISIT,
        Act.AUDIT_EXPORT,
    }
    matrix = facts.matrix
    if matrix is None:
        return _not_met()
    seeing = {role for act in closed for role in matrix.rules[act].roles}
    if any(matrix.compatible({Role.MAINTAINER, role}) for role in seeing):
        return _not_met()
    return _met()


@_opened
def _mode(facts: Facts, opened: Opened) -> Found:
    profile = opened.profile
    if profile is None:
        return _met("demo") if facts.demo_profile else _not_met()
    if profile.key_infrastructure:
        return _met("key_infrastructure")
    return _met()


def _always(_facts: Facts) -> Found:
    return _met()


def _analysis(_facts: Facts) -> Found:
    """No purpose of this station is an analysis; a new one would have to be judged here."""
    known = {
        Purpose.VERIFY,
        Purpose.RETAIN_TEMPLATE,
        Purpose.RETAIN_PORTRAIT,
        Purpose.UPLOAD,
        Purpose.PAD_TRIAL,
    }
    if set(Purpose) != known:
        return _not_met()
    return Status.NOT_APPLICABLE, "not_applicable", {}


_JUDGES: dict[str, Judge] = {
    "C4-1": _basis,
    "C4-2": _network,
    "N-1": _notice,
    "N-2": _recipients,
    "N-3": _always,
    "N-4": _delivery,
    "N-5": _fields,
    "N-6": _none,
    "N-7": _analysis,
    "U-4": _factors,
    "U-5": _passwords,
    "U-6": _devices,
    "U-12": _roles,
    "AU-1": _ledger,
    "X-1": _notice,
    "X-2": _separate,
    "X-3": _always,
    "X-4": _route,
    "X-5": _nagging,
    "X-6": _children,
    "X-7": _minors,
    "X-8": _assessed,
    "X-9": _network,
    "X-10": _terms,
    "X-11": _rights,
    "X-12": _filing,
    "X-13": _ledger,
    "X-14": _always,
    "X-15": _none,
    "X-16": _incidents,
    "X-17": _entrusted,
    "L-4": _mode,
}
