"""Incidents that are written down here, for pictures and tests. Nothing happened."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from station.gate import Session
from station.handed_out import Progress
from station.incident_clock import IncidentLine, clocks
from station.incidents import Addressee, Incident, IncidentState, Line, Narrative, Note

_NOW = datetime(2026, 3, 9, 9, 26, 35, tzinfo=UTC)
_ZH = Narrative(
    "装有备份的移动硬盘在搬运途中遗失",
    "交接时没有登记，硬盘没有随人携带",
    "证件号码可能被人冒用；人脸特征经过加密，目前看不能还原",
    "停用旧的恢复码，报警",
    "更换全部密钥和人脸特征",
    "留意冒用您身份的电话和短信",
)
_LEAK = Incident(
    data=("FACE_TEMPLATE", "PERSONAL_IDENTITY"),
    people=412,
    about=True,
    minors=True,
    leak=True,
    found_at="2026-03-09T07:10:00+00:00",
    happened_at="2026-03-08T10:00:00+00:00",
    zh=_ZH,
    id="3f0c9a12be44",
    state=IncidentState.CONTAINED,
    told=("AUTHORITY",),
    history=(
        Line("2026-03-09T07:15:00+00:00", "li.na", "OPENED", (), ""),
        Line("2026-03-09T07:40:00+00:00", "li.na", "NOTED", ("notes",), ""),
        Line("2026-03-09T07:58:00+00:00", "li.na", "CONTAINED", ("state",), ""),
        Line("2026-03-09T08:30:00+00:00", "he.min", "TOLD_AUTHORITY", ("told",), ""),
    ),
    notes=(Note("2026-03-09T07:40:00+00:00", "li.na", "已查车辆和前台，没有找到；警方已受理。"),),
)
_NEW = Incident(
    data=("AUDIT",),
    people=0,
    found_at="2026-03-09T09:05:00+00:00",
    id="77d1e0a2c935",
    history=(Line("2026-03-09T09:08:00+00:00", "li.na", "OPENED", (), ""),),
)
_PAST = Incident(
    data=("CONFIG",),
    people=0,
    found_at="2026-01-12T02:00:00+00:00",
    id="b5a8041f6c20",
    state=IncidentState.CLOSED,
    told=("AUTHORITY",),
    history=(
        Line("2026-01-12T02:10:00+00:00", "li.na", "OPENED", (), ""),
        Line("2026-01-14T03:00:00+00:00", "li.na", "CLOSED", ("state",), ""),
    ),
)


class StillIncidents:
    """An `IncidentsService` that remembers what was asked of it."""

    def __init__(self) -> None:
        self.sheets = [_NEW, _LEAK, _PAST]
        self.calls: list[str] = []

    def incidents(self, session: Session) -> tuple[IncidentLine, ...]:
        """The written ones, at a written time."""
        return tuple(IncidentLine(one, clocks(one, _NOW)) for one in self.sheets)

    def open(self, session: Session, sheet: Incident) -> str:
        """Added."""
        number = f"{len(self.sheets):012x}"
        self.calls.append(f"open {','.join(sheet.data)} {sheet.people} {sheet.found_at}")
        self.sheets.insert(0, msgspec.structs.replace(sheet, id=number))
        return number

    def change(
        self, session: Session, number: str, changes: Mapping[str, object], begun_from: Incident
    ) -> None:
        """Taken."""
        self.calls.append(f"change {','.join(sorted(changes))}")
        merged = {**msgspec.structs.asdict(self._sheet(number)), **changes}
        self._put(msgspec.convert(msgspec.to_builtins(merged), Incident))

    def note(self, session: Session, number: str, text: str) -> None:
        """Taken."""
        self.calls.append(f"note {text}")

    def contained(self, session: Session, number: str) -> None:
        """It is."""
        self.calls.append("contained")
        self._put(msgspec.structs.replace(self._sheet(number), state=IncidentState.CONTAINED))

    def told(self, session: Session, number: str, whom: Addressee) -> None:
        """They are."""
        self.calls.append(f"told {whom}")
        sheet = self._sheet(number)
        told = tuple(sorted({*sheet.told, whom.value}))
        self._put(msgspec.structs.replace(sheet, told=told))

    def close(self, session: Session, number: str, not_told_why: str) -> None:
        """Closed."""
        self.calls.append(f"close {not_told_why}")
        self._put(msgspec.structs.replace(self._sheet(number), state=IncidentState.CLOSED))

    def notices(
        self, session: Session, number: str, folder: Path, *, progress: Progress
    ) -> tuple[str, ...]:
        """Nothing is written."""
        self.calls.append(f"notices {folder}")
        progress(1, 2)
        return (f"incident-{number}-authority.pdf", f"incident-{number}-persons.pdf")

    def _sheet(self, number: str) -> Incident:
        return next(one for one in self.sheets if one.id == number)

    def _put(self, sheet: Incident) -> None:
        self.sheets = [sheet if one.id == sheet.id else one for one in self.sheets]
