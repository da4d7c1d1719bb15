"""Filing and signs: how many faces are stored, the sign beside the machine, what is processed."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import Property, Signal, Slot
from PySide6.QtGui import QImage

from resources.rights_texts import words
from station.access import Act
from station.errors import ErrorCode
from station.filing import DUTY, MARKS, FilingStatus
from station.gate import Session
from station.handed_out import Progress
from station.processing_paper import purpose_row
from station.processing_record import Version
from station.signage import FORBIDDEN, PUBLIC, Place, forbidden
from ui.office.desk import local_time
from ui.office.writing import WritingPage
from ui.sign_picture import SheetPicture as _SheetPicture  # noqa: F401 - QML knows it from here on
from ui.signage_sheet import picture

_VIEWS = {"count": Act.FILING_READ, "sign": Act.SIGNAGE, "record": Act.PROFILE_READ}
_ROOM = 1.1
"""The bar goes on a little beyond the duty, so that it is seen to be passed."""
Work = Callable[[Session, Progress], tuple[str, ...]]


class FilingPage(WritingPage):
    """Three views, each with what it writes into a folder."""

    shown = Signal()
    listed = Signal()

    def clear(self) -> None:
        """Drop counts, versions and the picture."""
        self._view = ""
        self._status: FilingStatus | None = None
        self._versions: tuple[Version, ...] = ()
        self._place: Place | None = None
        self._security = False
        self._picture = QImage()
        self._written = ""

    def load(self) -> None:
        """Ask for what the view shows."""
        if not self._view:
            self._view = next((one for one, act in _VIEWS.items() if self._may(act)), "")
        service = self.desk.service.filing
        if self._view == "count":
            self.ask(service.status, self._counted)
        elif self._view == "record":
            self.ask(service.record, self._listed)
        elif self._view == "sign":
            self._draw()

    def _counted(self, found: FilingStatus) -> None:
        self._status = found

    def _listed(self, found: tuple[Version, ...]) -> None:
        self._versions = found
        self.rows_changed.emit()

    def _may(self, act: Act) -> bool:
        who = self.desk.signed_in
        return who is not None and act in who.acts

    @Slot(str)
    def show_view(self, view: str) -> None:
        """Another view: a key of `views`."""
        self._view, self._written = view, ""
        self.dismiss()
        self.load()

    @Slot(str)
    def choose_place(self, place: str) -> None:
        """Where the sign will be: a name of `Place`. Where none may hang, the core says so."""
        self._place, self._security, self._written = Place(place), False, ""
        self.dismiss()
        self._draw()

    @Slot(bool)
    def choose_security(self, needed: bool) -> None:
        """Whether public security needs the machine at a public place."""
        self._security, self._written = needed, ""
        self.dismiss()
        self._draw()

    def _draw(self) -> None:
        place, security, service = self._place, self._security, self.desk.service.filing
        self._picture = QImage()
        # At a public place the question comes first; unanswered, it is not refused yet.
        if place is None or (place in PUBLIC and not security):
            self.changed.emit()
            return

        def show(drawn: QImage) -> None:
            if (place, security) == (self._place, self._security):
                self._picture = drawn

        self.ask(lambda session: picture(service.sign(session, place, security)), show)

    @Slot(str)
    def write_out(self, folder: str) -> None:
        """Write what the view is about into a folder."""
        where = folder.strip()
        if not where:
            self.refuse_locally(ErrorCode.PAPER_NOT_WRITTEN)
            return
        service, place, security = self.desk.service.filing, self._place, self._security
        out, self._written = Path(where), ""
        if self._view == "count":
            self._hand_out(lambda s, tell: service.pack(s, out, progress=tell), "filing_written")
        elif self._view == "record":
            self._hand_out(
                lambda s, tell: service.export_record(s, out, progress=tell), "record_written"
            )
        elif place is not None:
            self._hand_out(
                lambda s, tell: service.write_sign(s, place, security, out, progress=tell),
                "sign_written",
            )

    def _hand_out(self, work: Work, told: str) -> None:
        self.write(work, told, self._on_written)

    def _on_written(self, names: str) -> None:
        self._written = names

    # What the screens show

    def _word(self, section: str, key: str) -> str:
        return words(section, key, self.desk.display.current.value)

    def _say(self, key: str, **blanks: object) -> str:
        return self.desk.word("say", key).format(**blanks)

    @Property(list, notify=shown)
    def views(self) -> list[dict[str, str]]:
        """What this person may look at: "key", "label"."""
        return [
            {"key": one, "label": self.desk.word("filing", one)}
            for one, act in _VIEWS.items()
            if self._may(act)
        ]

    @Property(str, notify=shown)
    def view(self) -> str:
        """The view that is shown."""
        return self._view

    @Property(str, notify=shown)
    def count(self) -> str:
        """How many people's faces are stored; "" before it is counted."""
        return "" if self._status is None else number(self._status.count)

    @Property(float, notify=shown)
    def share(self) -> float:
        """How much of the bar is filled, 0 to 1."""
        return 0.0 if self._status is None else min(1.0, self._status.count / self._end())

    def _end(self) -> float:
        counted = 0 if self._status is None else self._status.count
        return max(DUTY * _ROOM, counted)

    @Property(list, notify=shown)
    def marks(self) -> list[dict[str, object]]:
        """The marks on the bar: "at" (0 to 1), "label", "reached"."""
        highest = 0 if self._status is None else self._status.mark
        return [
            {"at": one / self._end(), "label": number(one), "reached": highest >= one}
            for one in MARKS
        ]

    @Property(str, notify=shown)
    def alarm(self) -> str:
        """What the count asks for."""
        found = self._status
        if found is None:
            return ""
        if found.due:
            left = found.days_left(datetime.now().astimezone().date()) or 0
            key = "filing_over" if left < 0 else "filing_due"
            return self._say(key, due=found.due, days=abs(left))
        if found.mark:
            return self._say("filing_near", mark=number(found.mark))
        return self._say("filing_none", mark=number(MARKS[0]))

    @Property(str, notify=shown)
    def alarmTone(self) -> str:
        """Tone of the alarm."""
        found = self._status
        if found is None or not found.mark:
            return "good"
        return "stop" if found.due else "caution"

    @Property(str, notify=shown)
    def reached(self) -> str:
        """When 100,000 were first seen, or ""."""
        return "" if self._status is None else local_time(self._status.reached_at)

    @Property(list, notify=shown)
    def places(self) -> list[dict[str, str]]:
        """Where a sign can be asked for: "key", "label"; those that are refused last."""
        return [
            {"key": one.value, "label": self._word("place", one)}
            for one in sorted(Place, key=lambda one: one in FORBIDDEN)
        ]

    @Property(str, notify=shown)
    def place(self) -> str:
        """Where the sign will be, or ""."""
        return "" if self._place is None else self._place.value

    @Property(bool, notify=shown)
    def asksSecurity(self) -> bool:
        """Whether the place is open to anybody."""
        return self._place in PUBLIC

    @Property(bool, notify=shown)
    def security(self) -> bool:
        """Whether public security needs the machine there."""
        return self._security

    @Property(bool, notify=shown)
    def maySign(self) -> bool:
        """Whether a sign may hang at the chosen place, as far as is answered."""
        return self._place is not None and not forbidden(self._place, for_security=self._security)

    @Property(QImage, notify=shown)
    def preview(self) -> QImage:
        """The sign as it will be printed; empty before."""
        return self._picture

    @Property(bool, notify=shown)
    def drawn(self) -> bool:
        """Whether there is a sign to look at."""
        return not self._picture.isNull()

    @Property(list, notify=listed)
    def rows(self) -> list[dict[str, str]]:
        """Every purpose of every version of the record of processing, the newest first."""
        language = self.desk.display.current
        found = []
        for version in self._versions:
            since = f"{version.number} · {local_time(version.since)[:10]}"
            for at, purpose in enumerate(version.processing.purposes):
                what, notice, fields, term, recipients = purpose_row(purpose, language)
                found.append(
                    {
                        "id": f"{version.number}.{at}",
                        "since": since if at == 0 else "",
                        "what": what,
                        "notice": notice,
                        "fields": fields,
                        "term": term,
                        "recipients": recipients,
                        "assessment": version.processing.assessment if at == 0 else "",
                    }
                )
        return found

    @Property(str, notify=shown)
    def written(self) -> str:
        """Names of the files just written, or ""."""
        return self._written


def number(count: int) -> str:
    """A number of people with its thousands apart."""
    return f"{count:,}".replace(",", "\u00a0")
