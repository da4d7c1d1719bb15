"""Child with guardian: whether it may be at all, the form, and the way to the kiosk's own pages."""

from enum import StrEnum

from PySide6.QtCore import Property, Signal, Slot

from resources.deployment_texts import text
from station.errors import ErrorCode
from station.minors import GuardianDocument, Proof, Relation
from station.office_minors import ChildForm, ChildStanding, Slip, slips_of
from ui.office.page import OfficePage

_CHOICES: dict[str, type[StrEnum]] = {
    "document": GuardianDocument,
    "relation": Relation,
    "proof": Proof,
}


class MinorsPage(OfficePage):
    """What is typed stays in the fields until it is handed in, and is never kept here."""

    shown = Signal()
    listed = Signal()
    slipped = Signal(str)
    """The first field that is to be mended."""

    def clear(self) -> None:
        """Drop what was chosen."""
        self._standing: ChildStanding | None = None
        self._picked: dict[str, str] = {}
        self._seen = False
        self._slips: dict[str, Slip] = {}

    def load(self) -> None:
        """Ask whether a child may be registered now."""
        self.ask(self.desk.service.minors.standing, self._show)

    def _show(self, standing: ChildStanding) -> None:
        self._standing = standing

    @Slot(str, str)
    def pick(self, field: str, key: str) -> None:
        """Choose a document, relation or proof."""
        if field in _CHOICES:
            self._picked[field] = key
            self.mended(field)

    @Slot(bool)
    def tick(self, seen: bool) -> None:
        """The guardian is here, and both papers were seen."""
        self._seen = seen
        self.mended("seen")

    @Slot(str)
    def mended(self, field: str) -> None:
        """Something is typed or chosen there now: its mark goes."""
        self._slips.pop(field, None)
        self.changed.emit()

    @Slot(str, str, str)
    def go_on(self, child_document: str, name: str, contact: str) -> None:
        """Hand the form in; once it is granted, the screen is the guardian's."""
        if self._asking:
            return
        picked = {field: self._picked.get(field, "") for field in _CHOICES}
        form = ChildForm(child_document, name, contact, seen=self._seen, **picked)
        self._slips = slips_of(form)
        self.dismiss()
        if self._slips:
            self.slipped.emit(next(iter(self._slips)))
            return
        service = self.desk.service.minors
        self.ask(lambda session: service.begin(session, form), self.desk.visit_granted.emit)

    def _on_refused(self, code: ErrorCode | None) -> None:
        super()._on_refused(code)
        if code is ErrorCode.MINOR_NEEDS_GUARDIAN:
            # The profile has changed meanwhile: the page says so in its own words.
            self.refresh()

    # What the screens show

    @Property(str, notify=shown)
    def state(self) -> str:
        """Whether it may be: "", "READY", "OTHER_ROUTE", "NOBODY", "LACKS" or "FAULT"."""
        standing = self._standing
        if standing is None:
            return ""
        if not standing.registers:
            return "NOBODY"
        if standing.code is ErrorCode.MINOR_NEEDS_GUARDIAN:
            return "OTHER_ROUTE"
        if standing.missing:
            return "LACKS"
        return "READY" if standing.code is None else "FAULT"

    @Property(list, notify=shown)
    def missing(self) -> list[str]:
        """What profile or notice lack, in words."""
        found = () if self._standing is None else self._standing.missing
        return [text("missing", one, self.desk.display.current.value) for one in found]

    @Property(str, notify=shown)
    def fault(self) -> str:
        """What keeps the station from serving, in words; or ""."""
        code = None if self._standing is None else self._standing.code
        return self.desk.error(code) if code else ""

    @Property("QVariantMap", notify=listed)  # type: ignore[arg-type]
    def choices(self) -> dict[str, list[dict[str, str]]]:
        """The options of "document", "relation" and "proof": each "key", "label"."""
        return {
            field: [{"key": one.value, "label": self.desk.word(field, one)} for one in offered]
            for field, offered in _CHOICES.items()
        }

    @Property("QVariantMap", notify=shown)  # type: ignore[arg-type]
    def picked(self) -> dict[str, str]:
        """What was chosen of them."""
        return {field: self._picked.get(field, "") for field in _CHOICES}

    @Property(bool, notify=shown)
    def seen(self) -> bool:
        """Whether the tick is set."""
        return self._seen

    @Property("QVariantMap", notify=shown)  # type: ignore[arg-type]
    def slips(self) -> dict[str, str]:
        """What is to be mended, in words, by field."""
        return {field: self.desk.word("slip", slip) for field, slip in self._slips.items()}
