"""The deployment profile: what holds, what is missing, and the wizard that asks for it."""

from PySide6.QtCore import Property, Signal, Slot

from resources.deployment_texts import text
from station.access import Act
from station.deployment import Profile, legal_bases, parse
from station.deployment_checks import Missing, facts_of
from station.errors import ConfigError, ErrorCode
from station.place_view import Place
from ui.office.desk import local_time
from ui.office.page import OfficePage
from ui.office.profile_form import ON, STEPS, Field, document_of, step_of, values_of

_FACTS = {
    "place_name": "place_name",
    "name": "handler_name",
    "address": "handler_address",
    "contact": "handler_contact",
    "officer_contact": "officer_contact",
    "basis": "legal_basis",
}


class ProfilePage(OfficePage):
    """An overview and a form of steps. What is typed stays here until it is proposed or left."""

    shown = Signal()
    listed = Signal()

    def clear(self) -> None:
        """Drop the profile and a form half filled in."""
        self._place: Place | None = None
        self._form = False
        self._step = 0
        self._values: dict[str, str] = {}
        self._begun_from = ""

    def load(self) -> None:
        """Ask for the profile."""
        self.ask(self.desk.service.place.read, self._show)

    def _show(self, place: Place) -> None:
        self._place = place
        self.rows_changed.emit()

    # The wizard

    @Slot()
    def begin(self) -> None:
        """Open the form: at what was typed before, or at what there is."""
        if self._place is None:
            return
        if not self._values:
            self._values, self._begun_from = values_of(self._place.begun), self._place.revision
        self._form, self._step = True, 0
        self.dismiss()
        self.rows_changed.emit()

    @Slot()
    def end(self) -> None:
        """Close the form; what was typed stays until the page is left."""
        self._form = False
        self.dismiss()

    @Slot(int)
    def go_to(self, step: int) -> None:
        """Show a step of the form."""
        if 0 <= step < len(STEPS):
            self._step = step
            self.rows_changed.emit()
            self.dismiss()

    @Slot(str, str)
    def set_value(self, key: str, value: str) -> None:
        """What was typed or chosen. The fields are not made anew: whoever types goes on typing."""
        if self._form and self._values.get(key, "") != value:
            self._values[key] = value
            self.changed.emit()

    @Slot(str)
    def propose(self, reason: str) -> None:
        """Hand the form in."""
        document, service, why = document_of(self._values), self.desk.service.place, reason.strip()
        begun_from = self._begun_from
        self.act(
            lambda session: service.propose(session, document, why, begun_from),
            "asked",
            self._proposed,
        )

    def _on_refused(self, code: ErrorCode | None) -> None:
        super()._on_refused(code)
        if code is ErrorCode.DRAFT_CHANGED and self._values:
            # What was typed stays; handed in once more, it takes the colleague's place.
            self.ask(self.desk.service.place.read, self._follow)

    def _follow(self, place: Place) -> None:
        self._begun_from = place.revision
        self._show(place)

    def _proposed(self, _answer: None) -> None:
        self._form, self._values = False, {}

    @Slot()
    def put_in_force(self) -> None:
        """Let what was agreed to hold."""
        self.act(self.desk.service.place.put_in_force, "in_force", self._proposed)

    def _lacks(self) -> tuple[Missing, ...] | ErrorCode:
        try:
            return self.desk.service.place.lacks(document_of(self._values))
        except ConfigError as error:
            return error.code

    def _text(self, section: str, word: str) -> str:
        return text(section, word, self.desk.display.current.value)

    @Property(bool, notify=shown)
    def form(self) -> bool:
        """Whether the form is open."""
        return self._form

    @Property(int, notify=shown)
    def step(self) -> int:
        """The step in view, from 0."""
        return self._step

    @Property(list, notify=shown)
    def steps(self) -> list[dict[str, object]]:
        """Every step: "title", "done" (nothing of it is missing)."""
        lacks = self._lacks() if self._form else ()
        open_ = {step_of(one) for one in lacks} if isinstance(lacks, tuple) else {"CHECK", "TERMS"}
        if open_:
            open_.add("CHECK")
        return [{"title": self._text("step", name), "done": name not in open_} for name in STEPS]

    @Property(str, notify=shown)
    def title(self) -> str:
        """Title of the step in view."""
        return self._text("step", self._name())

    @Property(str, notify=shown)
    def why(self) -> str:
        """What the step is for."""
        return self._text("why", self._name())

    def _name(self) -> str:
        return tuple(STEPS)[self._step]

    @Property(list, notify=listed)
    def fields(self) -> list[dict[str, object]]:
        """Questions of the step: "key", "kind", "label", "value", "options", "needs", "most"."""
        return [self._field(one) for one in STEPS[self._name()]] if self._form else []

    def _field(self, field: Field) -> dict[str, object]:
        return {
            "key": field.key,
            "kind": field.kind,
            "label": self._label(field),
            "value": self._values.get(field.key, ""),
            "options": [{"key": one, "label": self._text("choice", one)} for one in field.options],
            "needs": field.needs,
            "most": field.most,
        }

    def _label(self, field: Field) -> str:
        section, _, last = field.key.rpartition(".")
        if section == "bases":
            return legal_bases()[last].name(self.desk.display.current)
        if section in ("purposes", "assessed"):
            return self._text("value", last)
        return self._text("question", field.key)

    @Property("QVariantMap", notify=shown)  # type: ignore[arg-type]
    def values(self) -> dict[str, str]:
        """What is ticked and chosen, by key."""
        return self._values

    @Property(list, notify=shown)
    def lacking(self) -> list[str]:
        """What the step in view still lacks; on the last step, all of it."""
        if not self._form:
            return []
        lacks, name = self._lacks(), self._name()
        if isinstance(lacks, ErrorCode):
            return (
                [self._text("form_invalid", "VALUE")]
                if name in ("TERMS", "ASSESSMENT", "CHECK")
                else []
            )
        return [self._text("missing", one) for one in lacks if name in ("CHECK", step_of(one))]

    @Property(bool, notify=shown)
    def complete(self) -> bool:
        """Whether the form can be proposed."""
        return self._form and self._lacks() == ()

    @Property(list, notify=shown)
    def summary(self) -> list[dict[str, str]]:
        """The form as it would hold: "label", "value"."""
        if not self._form or self._name() != "CHECK":
            return []
        try:
            return self._facts(parse(document_of(self._values)))
        except ConfigError:
            return []

    # The overview

    @Property(bool, notify=shown)
    def known(self) -> bool:
        """Whether the answer is there."""
        return self._place is not None

    @Property(bool, notify=shown)
    def mayDraft(self) -> bool:
        """Whether this person's column offers the form."""
        who = self.desk.signed_in
        return self._place is not None and who is not None and Act.PROFILE_DRAFT in who.acts

    @Property(list, notify=shown)
    def missing(self) -> list[str]:
        """What keeps visitors from being served, in words."""
        place = self._place
        return [] if place is None else [self._text("missing", one) for one in place.missing]

    @Property(list, notify=shown)
    def facts(self) -> list[dict[str, str]]:
        """The profile in force: "label", "value"; empty where there is none."""
        profile = None if self._place is None else self._place.profile
        return [] if profile is None else self._facts(profile)

    def _facts(self, profile: Profile) -> list[dict[str, str]]:
        found = facts_of(profile, self.desk.display.current)
        mode = "KEY_INFRASTRUCTURE" if profile.key_infrastructure else "ORDINARY"
        rows = {key: found[blank] for key, blank in _FACTS.items()} | {
            "mode": self._text("value", mode),
            "assessment": f"{profile.assessment.number} ({profile.assessment.made_on})",
            "purposes": " · ".join(self._text("value", one.value) for one in profile.purposes),
            "visitor_hours": str(profile.retention.visitor_hours),
            "resident_days": str(profile.retention.resident_days),
            "children": self._text("value", profile.children),
            "networking": self._text("value", profile.networking),
        }
        return [{"label": self._text("label", key), "value": value} for key, value in rows.items()]

    @Property(list, notify=shown)
    def versions(self) -> list[dict[str, str]]:
        """Accepted versions: "number", "time", "who", "digest"."""
        place = self._place
        return [
            {
                "number": str(one.number),
                "time": local_time(one.at),
                "who": "、".join(name for name in (one.actor, one.second) if name),
                "digest": one.profile.digest[:12],
            }
            for one in (() if place is None else place.versions)
        ]

    @Property(str, notify=shown)
    def pending(self) -> str:
        """How far a proposal is: WAITING, AGREED, REFUSED, OTHER (somebody else's), or ""."""
        pending = None if self._place is None else self._place.pending
        return "" if pending is None else pending.state or "OTHER"

    @Property(str, notify=shown)
    def answer(self) -> str:
        """Why the proposal was refused."""
        pending = None if self._place is None else self._place.pending
        return "" if pending is None else pending.answer

    @Property(str, constant=True)
    def on(self) -> str:
        """The value of a ticked box."""
        return ON
