"""Keeps the deployment profile: proposed by one person, put in force with a second (C4-1, L-4).

Every version stays on its shelf: with the assessment in it, it is the record that has to be kept
for three years (PIPL 56). The ledger knows each by its digest.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from consent.canonical import Json, decode_object, encode
from consent.entry import time_text
from consent.kinds import Kind
from consent.ledger import Ledger
from station.access import Act
from station.deployment import Profile, parse, texts, to_json
from station.deployment_checks import missing
from station.draft_revision import check_unchanged, revision_of
from station.errors import AccessError, ConfigError, ErrorCode, LedgerError
from station.gate import Permit, check_text
from station.office_book import MOST_BYTES, OfficeBook, Sheet, Shelf

_LONGEST_TEXT = 2000
_PROPOSED, _ACCEPTED = "PROPOSED", "ACCEPTED"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the profile, as it lies on the shelf; `number` 0 is proposed, not accepted."""

    number: int
    profile: Profile
    at: str
    """When it was proposed or accepted, ISO 8601 UTC."""
    actor: str
    second: str


class DeploymentDesk:
    """The profile of this station. Lives in the desk; safe from any thread."""

    def __init__(
        self,
        book: OfficeBook,
        ledger: Ledger,
        now: Callable[[], datetime],
        fallback: Profile | None = None,
    ) -> None:
        """`fallback` holds where none was accepted: the demo has one, a real station has none.

        Raises `ConfigError(DEPLOYMENT_INVALID)` for a sheet out of form.
        """
        self._book = book
        self._ledger = ledger
        self._now = now
        self._fallback = fallback
        self._lock = threading.Lock()
        self._accepted = self._newest()

    @property
    def current(self) -> Profile | None:
        """The profile in force, or None."""
        return self._fallback if self._accepted is None else self._accepted.profile

    @property
    def accepted(self) -> Profile | None:
        """The profile two people put in force here, or None; the demo's own is not one."""
        return None if self._accepted is None else self._accepted.profile

    def read(self, permit: Permit) -> tuple[Version, ...]:
        """Every version, the newest first, and before them what is proposed (PROFILE_READ)."""
        permit.for_act(Act.PROFILE_READ)
        found = (_version(sheet) for sheet in self._book.all(Shelf.PROFILE))
        return tuple(sorted(found, key=lambda one: (one.number == 0, one.number), reverse=True))

    def proposal(self) -> Profile | None:
        """What waits to be put in force, or None."""
        sheet = self._proposed()
        return None if sheet is None else _version(sheet).profile

    def revision(self) -> str:
        """What a form begun now remembers: the proposal's, or that of what is in force."""
        return revision_of(self._begun_from())

    def acts_for(self, profile: Profile) -> tuple[Act, ...]:
        """What has to be asked for, each about the profile's digest, to put it in force.

        From key infrastructure to an ordinary site two approvals by two people are needed (L-4).
        """
        now = self.accepted
        if now is not None and now.key_infrastructure and not profile.key_infrastructure:
            return (Act.PROFILE_CHANGE, Act.PROFILE_DOWNGRADE)
        return (Act.PROFILE_CHANGE,)

    def propose(self, permit: Permit, profile: Profile, begun_from: str = "") -> str:
        """Lay a profile down for the second person, in place of an earlier one; returns its digest.

        `begun_from` is the `revision` read with the form. The document of the request is
        `station.deployment.to_json(profile)`.

        Raises `ConfigError(LEGAL_BASIS_MISSING)` for one that lacks something (`missing` says
        what), `AccessError`: TEXT_UNUSABLE, DRAFT_CHANGED.
        """
        permit.for_act(Act.PROFILE_DRAFT)
        for text in texts(profile):
            check_text(text, _LONGEST_TEXT)
        if missing(profile, today=self._now().astimezone().date()):
            raise ConfigError(ErrorCode.LEGAL_BASIS_MISSING)
        body = self._body(_PROPOSED, 0, profile, permit)
        with self._lock:
            before = self._proposed()
            check_unchanged(self._begun_from(), begun_from, permit.user)
            if before is None:
                self._book.add(Shelf.PROFILE, body)
            else:
                self._book.replace(before, body)
        return profile.digest

    def put_in_force(self, permit: Permit, downgrade: Permit | None = None) -> Profile:
        """Let the proposed profile hold from now on; both permits are about its digest.

        Raises `AccessError`: REQUEST_INVALID when something else is proposed by now, or the two
        permits are of two people, SECOND_PERSON_NEEDED where the second approval of a downgrade is
        missing or by the same person, CHANGED_MEANWHILE.
        """
        permit.for_act(Act.PROFILE_CHANGE)
        with self._lock:
            sheet = self._proposed()
            if sheet is None or _version(sheet).profile.digest != permit.about:
                raise AccessError(ErrorCode.REQUEST_INVALID)
            profile = _version(sheet).profile
            actors = {**permit.actor(), **self._third(profile, permit, downgrade)}
            number = 1 if self._accepted is None else self._accepted.number + 1
            before = self.accepted
            payload: dict[str, Json] = {
                **actors,
                "digest": profile.digest,
                "before": "" if before is None else before.digest,
                "number": number,
                "mode": "KEY_INFRASTRUCTURE" if profile.key_infrastructure else "ORDINARY",
            }
            body = self._body(_ACCEPTED, number, profile, permit)
            if len(body) > MOST_BYTES:
                # Before the ledger says that it holds.
                raise AccessError(ErrorCode.TEXT_UNUSABLE)
            self._ledger.record(Kind.PROFILE_CHANGED, payload)
            kept = self._book.replace(sheet, body)
            self._accepted = _version(kept)
        return profile

    def _third(self, profile: Profile, permit: Permit, downgrade: Permit | None) -> dict[str, Json]:
        """Who else agreed, where a downgrade needs it."""
        if Act.PROFILE_DOWNGRADE not in self.acts_for(profile):
            return {}
        if downgrade is None:
            raise AccessError(ErrorCode.SECOND_PERSON_NEEDED)
        downgrade.for_act(Act.PROFILE_DOWNGRADE)
        # Asked for by one person, or two could agree to each other's and be all three.
        if downgrade.about != permit.about or downgrade.user != permit.user:
            raise AccessError(ErrorCode.REQUEST_INVALID)
        if downgrade.second in ("", permit.second):
            raise AccessError(ErrorCode.SECOND_PERSON_NEEDED)
        return {"third": downgrade.second, "reason": downgrade.reason}

    def _body(self, state: str, number: int, profile: Profile, permit: Permit) -> bytes:
        return encode(
            {
                "state": state,
                "number": number,
                "at": time_text(self._now()),
                "actor": permit.user,
                "second": permit.second,
                "document": to_json(profile),
            }
        )

    def _proposed(self) -> Sheet | None:
        found = (sheet for sheet in self._book.all(Shelf.PROFILE) if not _version(sheet).number)
        return next(found, None)

    def _newest(self) -> Version | None:
        sheet = self._newest_sheet()
        return None if sheet is None else _version(sheet)

    def _newest_sheet(self) -> Sheet | None:
        found = ((_version(sheet).number, sheet) for sheet in self._book.all(Shelf.PROFILE))
        accepted = [one for one in found if one[0]]
        return max(accepted, key=lambda one: one[0])[1] if accepted else None

    def _begun_from(self) -> Sheet | None:
        return self._proposed() or self._newest_sheet()


def _version(sheet: Sheet) -> Version:
    try:
        body = decode_object(sheet.body)
        state, number = body["state"], body["number"]
        if not isinstance(number, int) or state != (_ACCEPTED if number > 0 else _PROPOSED):
            raise ValueError("no such state")
        at, actor, second = (str(body[key]) for key in ("at", "actor", "second"))
    except (LedgerError, KeyError, ValueError) as error:
        raise ConfigError(ErrorCode.DEPLOYMENT_INVALID) from error
    return Version(number, parse(body.get("document")), at, actor, second)
