"""The editor's core: from the notice in force to a draft, its check, its preview, its publication.

A manager drafts and proposes, the officer for personal information agrees, and only then the words
change (N-1, X-1). What is in force is the newest publication whose day has come; where there is
none, the shipped texts with the site's file and the facts of the deployment profile.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import msgspec

from consent.canonical import Json, encode
from consent.digest import to_text
from consent.draft import NAMES, Draft, Name, draft_json, draft_of
from consent.entry import time_text
from consent.kinds import Kind
from consent.ledger import Ledger
from consent.notice import Notice, publish
from consent.notice_source import Facts, read_site, read_templates, with_facts
from consent.preview import Preview, read_out
from consent.publication import (
    Longest,
    Published,
    Templates,
    in_force,
    problems,
    published_json,
    rendered,
    version_of,
)
from consent.required_words import Lack, Problem
from station.access import Act
from station.deployment import Profile
from station.deployment_checks import facts_of
from station.draft_revision import check_unchanged, revision_of
from station.errors import AccessError, ConsentError, ErrorCode, StationBug
from station.gate import Permit, check_text
from station.model import Language
from station.notice_sheets import (
    DRAFT,
    PROPOSED,
    check_fits,
    draft_body,
    draft_on,
    edited_sheet,
    proposed_sheets,
    published_body,
    published_on,
)
from station.office_book import OfficeBook, Sheet, Shelf
from station.requests import digest_of
from station.retention import LONGEST_VISITOR_TERM

LONGEST_RESIDENT_DAYS = 365
_LONGEST_TEXT = 3000


@dataclass(frozen=True, slots=True)
class Folder:
    """Where the shipped texts and the site's own data are."""

    templates: Path
    site: Path


class NoticeDesk:
    """The notices of this station. Lives in the desk; safe from any thread."""

    def __init__(
        self,
        book: OfficeBook,
        ledger: Ledger,
        folder: Folder,
        profile: Callable[[], Profile | None],
        now: Callable[[], datetime],
    ) -> None:
        """`profile` is the accepted deployment profile, None where the site's file says it all.

        Raises `ConsentError(NOTICE_INCOMPLETE)` for a sheet out of form.
        """
        self._book = book
        self._ledger = ledger
        self._folder = folder
        self._profile = profile
        self._now = now
        self._lock = threading.Lock()
        self._published = tuple(made for _, made in published_on(book))
        self._of_site: dict[Name, tuple[Facts, Notice]] = {}

    def current(self, name: Name) -> Notice:
        """The notice in force. Raises `ConsentError(NOTICE_INCOMPLETE)` for one with a blank."""
        found = in_force(self._published, name, self._today())
        if found is not None:
            return found.notice
        return self._from_site(name)

    def is_behind(self, name: Name) -> bool:
        """Whether the notice in force says something else than the profile does by now."""
        found = in_force(self._published, name, self._today())
        return found is not None and found.facts != self._facts()

    def draft(self, permit: Permit, name: Name) -> Draft:
        """What is being edited: the kept draft, or the words in force to begin with."""
        permit.for_act(Act.NOTICE_DRAFT)
        edited = edited_sheet(self._book, name)
        begun_from = edited or self._newest_sheet(name)
        if begun_from is None:
            return draft_of(name, self._shipped(name), read_site(self._folder.site))
        draft = msgspec.structs.replace(draft_on(begun_from), revision=revision_of(begun_from))
        return draft if edited else msgspec.structs.replace(draft, effective_on="")

    def check(self, draft: Draft) -> tuple[Problem, ...]:
        """Everything that keeps a draft from being published, by language, place and name."""
        past = (Problem(Lack.DATE_PAST, "effective_on"),) if self._is_past(draft) else ()
        return past + problems(draft, self._shipped(draft.name), self._facts(), self._longest())

    def preview(self, draft: Draft) -> Preview:
        """How the draft reads in both languages, whatever it lacks."""
        found, facts, number = self.check(draft), self._facts(), self._next(draft.name)
        texts = {
            language: read_out(draft, template, facts, version_of(number))
            for language, template in self._shipped(draft.name).items()
        }
        return Preview(texts, found, "" if found else _digest(self._rendered(draft, number)))

    def keep(self, permit: Permit, draft: Draft) -> None:
        """Keep what is being edited, blanks and all; a proposal of it falls.

        Raises `AccessError`: TEXT_UNUSABLE, DRAFT_CHANGED, CHANGED_MEANWHILE.
        """
        permit.for_act(Act.NOTICE_DRAFT)
        self._lay_down(permit, DRAFT, draft, "")

    def propose(self, permit: Permit, draft: Draft) -> dict[str, Json]:
        """Lay the draft down for the second person; returns the document to ask about.

        Raises `ConsentError`: NOTICE_DAY_PAST, NOTICE_INCOMPLETE where `check` names anything
        else; `AccessError` as `keep` does.
        """
        permit.for_act(Act.NOTICE_DRAFT)
        number = self._next(draft.name)
        notice = self._rendered(draft, number)
        made = Published(draft.name, number, draft.effective_on, notice, self._facts())
        check_fits(encode(draft_json(draft)), encode(published_json(made)))
        document = _asked_about(draft, notice)
        self._lay_down(permit, PROPOSED, draft, digest_of(document))
        return document

    def proposals(self) -> tuple[tuple[Draft, str], ...]:
        """What waits for a second person, with what each request has to be about."""
        return tuple((draft_on(sheet), digest) for sheet, digest in proposed_sheets(self._book))

    def publish(self, permit: Permit) -> Published:
        """Put the proposed notice the permit is about in force from its day on.

        Raises `AccessError`: REQUEST_INVALID where no proposal would still become that notice
        (edited, or the profile has changed), TEXT_UNUSABLE for one longer than a sheet,
        CHANGED_MEANWHILE; `ConsentError(NOTICE_DAY_PAST)`.
        """
        permit.for_act(Act.NOTICE_PUBLISH)
        with self._lock:
            sheet = self._proposal(permit.about)
            made = self._made(draft_on(sheet), permit.about)
            body = published_body(sheet, permit, made)
            # Before the ledger says that it is published.
            check_fits(body)
            payload: dict[str, Json] = {
                **permit.actor(),
                "notice_id": made.notice.notice_id,
                "notice_version": made.notice.version,
                "notice_digest": _digest(made.notice),
                "effective_on": made.effective_on,
            }
            self._ledger.record(Kind.NOTICE_PUBLISHED, payload)
            self._book.replace(sheet, body)
            self._published = (*self._published, made)
        return made

    def versions(self, permit: Permit) -> tuple[Published, ...]:
        """Every publication by name, the newest first (NOTICE_READ)."""
        permit.for_act(Act.NOTICE_READ)
        return tuple(sorted(self._published, key=lambda one: (one.name, -one.number)))

    def _made(self, draft: Draft, about: str) -> Published:
        """The publication a proposal becomes now, if it is still the one agreed to."""
        number = self._next(draft.name)
        try:
            notice = self._rendered(draft, number)
        except ConsentError as error:
            if error.code is ErrorCode.NOTICE_DAY_PAST:
                raise
            raise AccessError(ErrorCode.REQUEST_INVALID) from error
        if digest_of(_asked_about(draft, notice)) != about:
            raise AccessError(ErrorCode.REQUEST_INVALID)
        return Published(draft.name, number, draft.effective_on, notice, self._facts())

    def _lay_down(self, permit: Permit, state: str, draft: Draft, about: str) -> None:
        for text in _typed(draft_json(draft)):
            check_text(text, _LONGEST_TEXT)
        kept = msgspec.structs.replace(draft, revision="")
        body = draft_body(permit, time_text(self._now()), state, kept, about)
        with self._lock:
            before = edited_sheet(self._book, draft.name)
            newest = before or self._newest_sheet(draft.name)
            check_unchanged(newest, draft.revision, permit.user)
            if before is None:
                self._book.add(Shelf.NOTICE, body)
            else:
                self._book.replace(before, body)

    def _newest_sheet(self, name: Name) -> Sheet | None:
        """Where the newest publication lies."""
        before = [found for found in published_on(self._book) if found[1].name == name]
        return max(before, key=lambda found: found[1].number)[0] if before else None

    def _from_site(self, name: Name) -> Notice:
        """The shipped texts with the site's file: read once, like the configuration."""
        facts = self._facts()
        kept = self._of_site.get(name)
        if kept is None or kept[0] != facts:
            site = with_facts(read_site(self._folder.site), facts or None)
            kept = self._of_site[name] = (facts, publish(self._shipped(name), site))
        return kept[1]

    def _is_past(self, draft: Draft) -> bool:
        return bool(draft.effective_on) and date.fromisoformat(draft.effective_on) < self._today()

    def _rendered(self, draft: Draft, number: int) -> Notice:
        if self._is_past(draft):
            raise ConsentError(ErrorCode.NOTICE_DAY_PAST)
        shipped = self._shipped(draft.name)
        return rendered(draft, shipped, self._facts(), self._longest(), number)

    def _shipped(self, name: Name) -> Templates:
        if name not in NAMES:
            raise StationBug("no such notice")
        return read_templates(self._folder.templates, name)

    def _facts(self) -> Facts:
        profile = self._profile()
        if profile is None:
            return {}
        return {language: facts_of(profile, language) for language in Language}

    def _longest(self) -> Longest:
        profile = self._profile()
        if profile is None:
            return Longest(int(LONGEST_VISITOR_TERM.total_seconds()) // 3600, LONGEST_RESIDENT_DAYS)
        return Longest(profile.retention.visitor_hours, profile.retention.resident_days)

    def _next(self, name: str) -> int:
        return 1 + max((one.number for one in self._published if one.name == name), default=0)

    def _today(self) -> date:
        return self._now().astimezone().date()

    def _proposal(self, about: str) -> Sheet:
        for sheet, proposed in proposed_sheets(self._book):
            if proposed == about:
                return sheet
        raise AccessError(ErrorCode.REQUEST_INVALID)


def _asked_about(draft: Draft, notice: Notice) -> dict[str, Json]:
    """The document of a request to publish: it names the words by their digest."""
    return {
        "notice": draft.name,
        "version": notice.version,
        "effective_on": draft.effective_on,
        "digest": _digest(notice),
    }


def _digest(notice: Notice) -> str:
    return to_text(bytes.fromhex(notice.digest))


def _typed(value: Json) -> list[str]:
    """Every text in it."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.values() for text in _typed(item)]
    if isinstance(value, list | tuple):
        return [text for item in value for text in _typed(item)]
    return []
