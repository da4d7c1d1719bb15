"""Writes down what a person answered, and only then lets a visit begin.

`record_answer` is the one place that issues a `ConsentReceipt`: the capability every device call
of a visit asks for exists only after the consent is durable in the ledger.
"""

import secrets
from collections.abc import Callable, Mapping

from consent.canonical import Json
from consent.digest import to_text
from consent.entry import time_text
from consent.kinds import Kind
from consent.ledger import Ledger
from consent.notice import Notice
from consent.receipt import ConsentReceipt, _issue
from consent.record import ConsentRecord, Evidence, Presentation
from station.errors import ConsentError, ErrorCode
from station.model import Answer, Language, Purpose, VisitId

Seal = Callable[[str, bytes], bytes]
"""(record id, plaintext) → sealed evidence; the record id goes into the associated data."""

_KIND = {
    Answer.GIVEN: Kind.CONSENT_GIVEN,
    Answer.REFUSED: Kind.CONSENT_REFUSED,
    Answer.OTHER_ROUTE: Kind.CONSENT_OTHER_ROUTE,
}
# Without letters that are read as digits when spoken or written down.
_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_ID_GROUPS, _GROUP_LENGTH = 3, 4


def record_answer(
    ledger: Ledger,
    notice: Notice,
    answer: Answer,
    language: Language,
    *,
    method: str,
    dwell_s: float,
    shown_to_end: bool,
    visit_id: VisitId,
    station_id: str,
    operator: str,
    seal: Seal,
    agreed: frozenset[Purpose] | None = None,
    read_aloud: str = "absent",
    minor: Mapping[str, Json] | None = None,
) -> ConsentReceipt | None:
    """Record the answer, one record and one ledger entry per purpose; a receipt if it was yes.

    `agreed` are the purposes that were ticked, which a notice with several must say one by one; a
    purpose left alone is recorded as refused (PIPL art. 29). Refusal and other route are recorded
    as fully and return None, and so does a yes to nothing. `minor` says who agreed for a child: it
    is part of each record, and the ledger says no more than that there was one.

    Raises `ConsentError(CONSENT_MISSING)` for a yes to a notice that was not shown to its end, or
    to purposes it does not name or that were not answered one by one (the entry would prove no
    consent, so none is written), and the ledger's errors: then nothing may begin.
    """
    ticked = _ticked(notice, answer, agreed)
    if answer is Answer.GIVEN and not shown_to_end:
        raise ConsentError(ErrorCode.CONSENT_MISSING)
    dwell_ms = max(0, round(dwell_s * 1000))
    presentation = Presentation(
        language, method, dwell_ms, shown_to_end, station_id, operator, read_aloud
    )
    given_at = time_text(ledger.high_water())
    principal = secrets.token_hex(16)
    given: list[str] = []
    for purpose in notice.purposes:
        left_alone = answer is Answer.GIVEN and purpose not in ticked
        to_this = Answer.REFUSED if left_alone else answer
        record = ConsentRecord(
            _record_id(), principal, notice, purpose, to_this, given_at, presentation, minor or {}
        )
        evidence = Evidence.of(record)
        payload = _payload(record, evidence, visit_id)
        ledger.record(_KIND[to_this], payload, seal(record.record_id, evidence.to_bytes()))
        if to_this is Answer.GIVEN:
            given.append(record.record_id)
    if not given:
        return None
    record_ids = tuple(given)
    return _issue(
        given[0], notice.digest, ticked, language, given_at=given_at, record_ids=record_ids
    )


def _ticked(
    notice: Notice, answer: Answer, agreed: frozenset[Purpose] | None
) -> frozenset[Purpose]:
    if answer is not Answer.GIVEN:
        return frozenset()
    asked = frozenset(notice.purposes)
    if agreed is None and len(asked) == 1:
        return asked
    if agreed is None or not agreed <= asked:
        raise ConsentError(ErrorCode.CONSENT_MISSING)
    return agreed


def _payload(record: ConsentRecord, evidence: Evidence, visit_id: VisitId) -> dict[str, Json]:
    shown = record.presentation
    minor: dict[str, Json] = {"minor": True} if record.minor else {}
    return {
        **minor,
        "visit_id": visit_id,
        "record_id": record.record_id,
        "purpose": record.purpose.value,
        "notice_id": record.notice.notice_id,
        "notice_version": record.notice.version,
        # Like every digest in an entry: one in 250 in hexadecimal looks like an ID number.
        "notice_digest": to_text(bytes.fromhex(record.notice.digest)),
        "language": shown.language.value,
        "method": shown.method,
        "dwell_ms": shown.dwell_ms,
        "shown_to_end": shown.shown_to_end,
        "station_id": shown.station_id,
        "operator": shown.operator,
        "commitment": to_text(evidence.commitment()),
    }


def _record_id() -> str:
    """Short enough to be copied from the screen: 12 letters and digits, 59 bits."""
    return "-".join(
        "".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_ID_GROUPS)
    )
