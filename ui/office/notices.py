"""Notices: what is in force, the editor with its preview, and publication by two people."""

from PySide6.QtCore import Property, QObject, QTimer, Signal, Slot

from consent.draft import NAMES, Draft, draft_json, parse_draft
from consent.preview import Preview
from consent.required_words import Problem
from resources.deployment_texts import text
from station.access import Act
from station.errors import ConsentError, ErrorCode
from station.model import Language, Purpose
from station.place_view import NoticeLine
from ui.office.desk import OfficeDesk
from ui.office.notice_form import (
    Document,
    Field,
    fields_of,
    heading_of,
    part_of,
    parts_of,
    set_at,
)
from ui.office.page import OfficePage

_READ_AGAIN_MS = 250
_PURPOSES = frozenset(one.value for one in Purpose)


class NoticesPage(OfficePage):
    """A list, one notice in full, and the editor. A draft lives here until it is kept or left."""

    shown = Signal()
    listed = Signal()
    edited = Signal()
    """Another part or language of the draft is in view: its fields are made anew."""

    def __init__(self, parent: QObject, desk: OfficeDesk) -> None:
        self._again = QTimer(parent, singleShot=True, interval=_READ_AGAIN_MS)
        super().__init__(parent, desk)
        self._again.timeout.connect(self._read_again)
        desk.display.language_changed.connect(self.edited)

    def clear(self) -> None:
        """Drop the list and what was being edited."""
        self._again.stop()
        self._lines: tuple[NoticeLine, ...] = ()
        self._chosen = ""
        self._language = Language.ZH_CN.value
        self._drop_draft()

    def _drop_draft(self) -> None:
        self._draft: Document | None = None
        self._part = "terms"
        self._preview: Preview | None = None
        self._round = 0
        self._unreadable = False

    def load(self) -> None:
        """Ask for the notices."""
        self.ask(self.desk.service.place.notices, self._show)

    def _show(self, found: tuple[NoticeLine, ...]) -> None:
        self._lines = found
        self.rows_changed.emit()

    def _open(self) -> NoticeLine | None:
        return next((one for one in self._lines if one.name == self._chosen), None)

    # What staff do

    @Slot(str)
    def choose(self, name: str) -> None:
        """Show one notice in full; "" for none."""
        self._chosen = name
        self.changed.emit()

    @Slot(str)
    def show_language(self, language: str) -> None:
        """The language of the text in view and of the editor."""
        if language in (one.value for one in Language):
            self._language = language
            self.changed.emit()
            self.edited.emit()

    @Slot()
    def edit(self) -> None:
        """Open the draft of the chosen notice."""
        name = next((one for one in NAMES if one == self._chosen), None)
        if name is not None:
            service = self.desk.service.place
            self.dismiss()
            self.ask(lambda session: service.draft(session, name), self._begin)

    def _begin(self, draft: Draft) -> None:
        self._drop_draft()
        self._draft = draft_json(draft)
        self.edited.emit()
        self._read_again()

    @Slot()
    def end(self) -> None:
        """Leave the editor; what was not kept is gone."""
        self._again.stop()
        self._drop_draft()
        self.edited.emit()
        self.refresh()

    @Slot(str)
    def show_part(self, part: str) -> None:
        """Another part of the draft."""
        if self._draft is not None and part in parts_of(self._draft):
            self._part = part
            self.changed.emit()
            self.edited.emit()

    @Slot()
    def show_gap(self) -> None:
        """Where the first thing that is missing is filled in."""
        found = self._problems()
        if found:
            if found[0].language is not None:
                self._language = found[0].language.value
            self.show_part(part_of(found[0]))

    @Slot(str, str)
    def set_value(self, path: str, value: str) -> None:
        """What was typed; the preview follows a moment later."""
        if self._draft is not None and set_at(self._draft, path, value):
            self._again.start()

    def _typed(self) -> Draft | None:
        try:
            return None if self._draft is None else parse_draft(self._draft)
        except ConsentError:
            return None

    def _read_again(self) -> None:
        draft = self._typed()
        self._round += 1
        self._unreadable = draft is None
        if draft is None:
            self.changed.emit()
            return
        asked, service = self._round, self.desk.service.place

        def show(preview: Preview) -> None:
            # Two were asked for: only the newer one speaks of what stands there.
            if asked == self._round:
                self._preview = preview

        self.ask(lambda session: service.preview(session, draft), show)

    @Slot()
    def keep(self) -> None:
        """Keep the draft at the station, finished or not."""
        draft, service = self._typed(), self.desk.service.place
        if draft is not None:
            self.act(lambda session: service.keep(session, draft), "kept")

    @Slot(str)
    def propose(self, reason: str) -> None:
        """Hand the draft in for publication."""
        draft, service, why = self._typed(), self.desk.service.place, reason.strip()
        if draft is not None:
            self.act(
                lambda session: service.propose_notice(session, draft, why),
                "asked",
                self._proposed,
            )

    def _on_refused(self, code: ErrorCode | None) -> None:
        super()._on_refused(code)
        name = next((one for one in NAMES if one == self._chosen), None)
        if code is ErrorCode.DRAFT_CHANGED and self._draft is not None and name is not None:
            # What was typed stays; handed in once more, it takes the colleague's place.
            service = self.desk.service.place
            self.ask(lambda session: service.draft(session, name), self._follow)

    def _follow(self, newer: Draft) -> None:
        if self._draft is not None:
            self._draft["revision"] = newer.revision

    def _proposed(self, _answer: None) -> None:
        self._again.stop()
        self._drop_draft()
        self.edited.emit()

    @Slot()
    def publish(self) -> None:
        """Publish what was agreed to."""
        line, service = self._open(), self.desk.service.place
        if line is not None:
            name = line.name
            self.act(lambda session: service.publish(session, name), "published")

    # What the screens show

    def _text(self, section: str, word: str) -> str:
        return text(section, word, self.desk.display.current.value)

    def _problems(self) -> tuple[Problem, ...]:
        return () if self._preview is None else self._preview.problems

    @Property(list, notify=listed)
    def rows(self) -> list[dict[str, str]]:
        """The notices: "id", "name", "version", "since", "state", "tone"."""
        return [self._row(line) for line in self._lines]

    def _row(self, line: NoticeLine) -> dict[str, str]:
        state, tone = ("BEHIND", "stop") if line.behind else ("IN_FORCE", "good")
        if not line.digest:
            state, tone = "INCOMPLETE", "stop"
        return {
            "id": line.name,
            "name": self.desk.word("notice", line.name),
            "version": line.version or "–",
            "since": line.since or "–",
            "state": self.desk.word("state", state),
            "tone": tone,
            "digest": line.digest,
        }

    @Property(str, notify=shown)
    def chosen(self) -> str:
        """Name of the notice in full, or ""."""
        return self._chosen

    @Property(str, notify=shown)
    def language(self) -> str:
        """Language of the text in view."""
        return self._language

    @Property(bool, notify=shown)
    def mayDraft(self) -> bool:
        """Whether this person's column offers the editor."""
        who = self.desk.signed_in
        return who is not None and Act.NOTICE_DRAFT in who.acts

    @Property(str, notify=shown)
    def pending(self) -> str:
        """How far a proposal of the chosen one is: WAITING, AGREED, REFUSED, OTHER or ""."""
        line = self._open()
        pending = None if line is None else line.pending
        return "" if pending is None else pending.state or "OTHER"

    @Property(str, notify=shown)
    def answer(self) -> str:
        """Why it was refused, or the day from which it would hold."""
        line = self._open()
        if line is None or line.pending is None:
            return ""
        return line.pending.answer or line.pending_from

    @Property(list, notify=shown)
    def reading(self) -> list[dict[str, str]]:
        """The text in view, "heading" and "body": the preview, or what is in force."""
        if self._draft is not None:
            texts = {} if self._preview is None else self._preview.texts
        else:
            line = self._open()
            texts = {} if line is None else line.texts
        found = texts.get(Language(self._language), ())
        return [
            {"heading": self._text("value", head) if head in _PURPOSES else head, "body": body}
            for head, body in found
        ]

    @Property(bool, notify=shown)
    def editing(self) -> bool:
        """Whether the editor is open."""
        return self._draft is not None

    @Property(str, notify=shown)
    def part(self) -> str:
        """The part of the draft in view."""
        return self._part

    @Property(list, notify=edited)
    def parts(self) -> list[dict[str, str]]:
        """The parts of the draft: "key", "label"."""
        draft = self._draft
        if draft is None:
            return []
        named = ("terms", "blanks", "head", "header", "handler", "end")
        return [
            {"key": part, "label": self._text("part", part) if part in named else part}
            for part in parts_of(draft)
        ]

    @Property(str, notify=edited)
    def heading(self) -> str:
        """Heading of the section in view, or ""."""
        return "" if self._draft is None else heading_of(self._draft, self._part, self._language)

    @Property(list, notify=edited)
    def fields(self) -> list[dict[str, object]]:
        """Fields of the part in view: "path", "label", "long", "value"."""
        if self._draft is None:
            return []
        return [
            {
                "path": one.path,
                "label": self._label(one),
                "long": one.long,
                "value": one.value,
            }
            for one in fields_of(self._draft, self._part, self._language)
        ]

    def _label(self, field: Field) -> str:
        return self._text("value" if field.word in _PURPOSES else "words", field.word)

    @Property(list, notify=shown)
    def problems(self) -> list[str]:
        """What keeps the draft from being published, in words."""
        if self._unreadable:
            return [self._text("form_invalid", "VALUE")]
        return [self._problem(one) for one in self._problems()]

    def _problem(self, problem: Problem) -> str:
        part = part_of(problem)
        named = part in ("terms", "blanks", "head", "header", "handler", "end")
        where = self._text("part", part) if named else part
        if problem.language is not None:
            where += " · " + ("中文" if problem.language is Language.ZH_CN else "English")
        name = f" {{{problem.name}}}" if problem.name else ""
        return f"{where} · {self._text('lack', problem.lack)}{name}"

    @Property(bool, notify=shown)
    def complete(self) -> bool:
        """Whether the draft can be proposed."""
        return self._preview is not None and not self._preview.problems and not self._unreadable

    @Property(str, notify=shown)
    def draftDigest(self) -> str:
        """Digest of what would be published; "" while something is missing."""
        return "" if self._preview is None else self._preview.digest
