"""What the residents' page calls, and the act each call signs for (`test_access_cells`)."""

import threading
from collections.abc import Callable

from station.access import Act
from station.config import ROOT
from station.gate import Session
from station.office_desk import StationOffice
from station.residents_view import ResidentState

NOBODY = "0" * 32
"""Of nobody the session was shown: what passes the gate finds nothing."""
_REASON = "for a test"
Call = Callable[[StationOffice, Session], object]
RESIDENT_CALLS: dict[str, tuple[Act, Call]] = {
    "residents.residents": (
        Act.VIEW_MASKED,
        lambda office, who: office.residents.residents(
            who, ResidentState.ALL, 0, lambda *_: None, threading.Event()
        ),
    ),
    "residents.look_up": (Act.VIEW_MASKED, lambda office, who: office.residents.look_up(who, "X1")),
    "residents.detail": (Act.VIEW_MASKED, lambda office, who: office.residents.detail(who, NOBODY)),
    "residents.in_clear": (
        Act.VIEW_FULL,
        lambda office, who: office.residents.in_clear(who, NOBODY, _REASON),
    ),
    "residents.erase": (Act.ERASE, lambda office, who: office.residents.erase(who, NOBODY, ROOT)),
    "residents.erase_several": (
        Act.ERASE_BATCH,
        lambda office, who: office.residents.erase_several(
            who, [NOBODY], ROOT, lambda *_: None, threading.Event()
        ),
    ),
    "residents.restrict": (
        Act.RESTRICT,
        lambda office, who: office.residents.restrict(who, NOBODY, True),
    ),
    "residents.renew": (Act.RENEW_ONE, lambda office, who: office.residents.renew(who, NOBODY)),
    "residents.ask_erase": (
        Act.ERASE_ASK,
        lambda office, who: office.residents.ask_erase(who, NOBODY, _REASON),
    ),
}
