"""One entry of the ledger as a line a person reads: what happened, who did it, what else is known.

Only words for codes and figures: an entry holds nothing personal, and nothing is added here.
"""

from collections.abc import Mapping

from consent.canonical import Json
from consent.kinds import Kind, Phase
from consent.search import Row
from ui.office.desk import OfficeDesk, local_time

_DETAILS = (
    "outcome",
    "act",
    "what",
    "account",
    "change",
    "roles",
    "role",
    "code",
    "result",
    "second",
    "reason",
    "species",
    "expired",
    "count",
    "behind_s",
    "why",
    "stores",
    "profile",
)
_CODED = {
    "act": "act",
    "role": "role",
    "roles": "role",
    "outcome": "outcome",
    "change": "change",
    "why": "why",
}
_ALARMS = frozenset(
    {
        Kind.PAD_REJECT,
        Kind.LOCK_OUT,
        Kind.FAULT,
        Kind.LOCKED,
        Kind.CLOCK_SET_BACK,
        Kind.SIGN_IN_REFUSED,
        Kind.ACCESS_REFUSED,
        Kind.REQUEST_REFUSED,
        Kind.BREAK_GLASS,
        Kind.NO_LEGAL_BASIS,
        Kind.INCIDENT,
        Kind.FILING,
    }
)
_MOST_CHARACTERS = 160

GROUPS: Mapping[str, frozenset[Kind]] = {
    "ALL": frozenset(),
    "VISITS": frozenset(
        {
            Kind.CONSENT_GIVEN,
            Kind.CONSENT_REFUSED,
            Kind.CONSENT_OTHER_ROUTE,
            Kind.VISIT_OUTCOME,
            Kind.PURGE,
            Kind.RECEIPT,
            Kind.PAD_REJECT,
            Kind.KEEP_IDENTITY,
        }
    ),
    "RESIDENTS": frozenset(
        {
            Kind.ENROL,
            Kind.UPDATE,
            Kind.LOCK_OUT,
            Kind.RESTRICT,
            Kind.RECORD_READ,
            Kind.RENEW,
            Kind.EXPIRE,
            Kind.ERASE,
            Kind.WITHDRAW,
            Kind.TICKET,
        }
    ),
    "STAFF": frozenset(
        {
            Kind.SIGN_IN,
            Kind.SIGN_OUT,
            Kind.ACCESS_GRANTED,
            Kind.ACCOUNT_CHANGED,
            Kind.REQUEST_ASKED,
            Kind.REQUEST_AGREED,
            Kind.REQUEST_REFUSED,
            Kind.AUDIT_READ,
            Kind.AUDIT_EXPORT,
        }
    ),
    "SECURITY": _ALARMS,
    "STATION": frozenset(
        {
            Kind.STATION_START,
            Kind.STATION_STOP,
            Kind.SWEEP,
            Kind.REWRAP,
            Kind.REKEY,
            Kind.BACKUP,
            Kind.RESTORE,
            Kind.OFFICERS_CHANGED,
            Kind.TPM_SEALED,
            Kind.TPM_REMOVED,
            Kind.DEVICE_CHANGED,
            Kind.NOTICE_PUBLISHED,
            Kind.CONFIG_CHANGED,
            Kind.PROFILE_CHANGED,
        }
    ),
}
"""What a search by kind offers; an empty set is every kind."""


def line(entry: Row, desk: OfficeDesk) -> dict[str, str]:
    """One row of the table: "id", "seq", "time", "what", "who", "detail", "tone"."""
    what = desk.word("kind", entry.kind) or "–"
    if entry.phase in (Phase.INTENT, Phase.COMPLETION):
        step = "begun" if entry.phase == Phase.INTENT else "done"
        what += f" · {desk.word('say', step)}"
    return {
        "id": str(entry.seq),
        "seq": str(entry.seq),
        "time": local_time(entry.time, seconds=True),
        "what": what,
        "who": _plain(entry.said("actor")) or "–",
        "detail": _detail(entry, desk),
        "tone": "stop" if entry.kind in _ALARMS else "neutral",
    }


def _detail(entry: Row, desk: OfficeDesk) -> str:
    found = []
    for name in _DETAILS:
        value = _plain(entry.payload.get(name, ""))
        if not value:
            continue
        section = _CODED.get(name)
        said = desk.words(section, value.split(",")) if section else value
        found.append(f"{desk.word('detail', name)}: {said}")
    text = " · ".join(found)
    # The whole entry is in the export; a line stays a line.
    return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + "…"


def _plain(value: Json) -> str:
    """What a payload says as text, without what cannot be seen."""
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, str):
        return value if value.isprintable() else ""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return ""
    return ",".join(_plain(item) for item in value)
