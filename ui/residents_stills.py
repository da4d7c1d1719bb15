"""Residents that are written down here, for pictures and tests of their page. Nobody is real."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from station.errors import ErrorCode, OfficeError, StorageError
from station.gate import Session
from station.residents_view import (
    BatchDone,
    ResidentDetail,
    ResidentLine,
    ResidentLines,
    ResidentState,
)
from station.subject_records import ConsentLine
from ui.residents_service import Progress

_MANY = 412
_CLEAR = (
    ("name", "住户一号"),
    ("document_number", "X00000001"),
    ("birth_date", "1990-01-01"),
    ("valid_until", "2031-05-01"),
    ("resident_number", "3141592653"),
)
_GIVEN = "2026-01-05T02:15:31.250Z"
_CONSENTS = tuple(
    ConsentLine(f"SAMPLE-{at}", purpose, "R-2026", "3", "0" * 64, _GIVEN)
    for at, purpose in enumerate(("VERIFY", "RETAIN_TEMPLATE", "RETAIN_PORTRAIT"))
)


def _line(at: int, days: int) -> ResidentLine:
    return ResidentLine(
        reference=f"resident-{at}",
        number=f"3{at}******{at}4",
        name="住***",
        document="X******01",
        expires_at=f"2026-{3 + days // 31:02}-{1 + days % 28:02}T02:00:00+00:00",
        days_left=days,
        template_version=1,
        portraits=2,
        locked=False,
        restricted=False,
        minor=False,
    )


class StillResidents:
    """A `ResidentsService` that remembers what was asked of it and touches nobody's data."""

    def __init__(self) -> None:
        self.lines = [
            _line(1, 0),
            replace(_line(2, 3), template_version=0, portraits=0),
            replace(_line(3, 12), restricted=True),
            replace(_line(4, 40), minor=True, portraits=0),
            replace(_line(5, 61), locked=True),
            replace(_line(6, 118), portraits=1, template_version=2),
            _line(7, 200),
        ]
        self.registers = True
        self.more = True
        self.calls: list[str] = []
        self.holds = threading.Event()
        """Set: an erasure of several goes on to its end; cleared, it waits half way."""
        self.holds.set()

    def residents(
        self,
        session: Session,
        state: ResidentState,
        after: int,
        progress: Progress,
        cancel: threading.Event,
    ) -> ResidentLines:
        """The written ones."""
        if not self.registers:
            return ResidentLines((), 0, registers=False)
        found = tuple(one for one in self.lines if one.is_in(state))
        more = self.more and state is ResidentState.ALL and not after
        return ResidentLines(() if after else found, _MANY, len(found) if more else 0)

    def look_up(self, session: Session, number: str) -> ResidentLine | None:
        """The first, for what ends in 1."""
        return self.lines[0] if number.endswith("1") else None

    def detail(self, session: Session, reference: str) -> ResidentDetail:
        """The written one with three consents."""
        for one in self.lines:
            if one.reference == reference:
                kept = 1 + bool(one.template_version) + bool(one.portraits)
                return ResidentDetail(one, _CONSENTS[:kept])
        raise StorageError(ErrorCode.RESIDENT_UNKNOWN)

    def in_clear(
        self, session: Session, reference: str, reason: str
    ) -> tuple[tuple[str, str], ...]:
        """Sample fields."""
        if self.detail(session, reference).line.minor:
            raise OfficeError(ErrorCode.MINOR_NEEDS_APPROVAL)
        self.calls.append(f"in_clear {reason}")
        return _CLEAR

    def erase(self, session: Session, reference: str, folder: Path) -> str:
        """Gone."""
        self.calls.append(f"erase {reference}")
        self.lines = [one for one in self.lines if one.reference != reference]
        return "erased-20260309-172635-5f0c.json"

    def erase_several(
        self,
        session: Session,
        references: Sequence[str],
        folder: Path,
        progress: Progress,
        cancel: threading.Event,
    ) -> BatchDone:
        """Gone, unless it is stopped half way."""
        self.calls.append(f"erase_several {len(references)}")
        half = len(references) // 2
        progress(half, len(references))
        while not self.holds.wait(0.01) and not cancel.is_set():
            pass
        gone = references[:half] if cancel.is_set() else references
        self.lines = [one for one in self.lines if one.reference not in gone]
        left = len(references) - len(gone)
        return BatchDone(len(gone), 0, left, "erased-20260309-172635-5f0c.jsonl")

    def restrict(self, session: Session, reference: str, restricted: bool) -> None:
        """Written down."""
        self.calls.append(f"restrict {restricted}")
        self.lines = [
            replace(one, restricted=restricted) if one.reference == reference else one
            for one in self.lines
        ]

    def renew(self, session: Session, reference: str) -> None:
        """Written down."""
        self.calls.append(f"renew {reference}")

    def ask_erase(self, session: Session, reference: str, reason: str) -> str:
        """Taken."""
        self.calls.append(f"ask_erase {reason}")
        return "5f0c9a71be2d"
