"""Whether anybody may be served: asked before a booth is told to begin, and by the idle page.

The camera never opens where the deployment profile lacks something, where the notice in force is
behind it, or where key infrastructure has no sensor (C4-1, X-8, L-3). Each try is in the ledger.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from consent.canonical import Json
from consent.draft import Name
from consent.kinds import Kind
from consent.ledger import Ledger
from station.config import Config, Policy
from station.deployment import Retention
from station.deployment_checks import Missing, bounded, missing
from station.deployment_desk import DeploymentDesk
from station.errors import ConfigError, ConsentError, ErrorCode, StationError
from station.events import Flow
from station.model import Purpose
from station.notice_desk import NoticeDesk
from station.profile import require_allowed
from station.terms import Terms, terms_of

NOTICES_OF: dict[Flow, tuple[Name, ...]] = {
    Flow.VISITOR: ("visitor",),
    Flow.ENROLMENT: ("resident",),
    Flow.RESIDENT_CHECK: ("resident_check", "resident"),
    Flow.WITHDRAWAL: ("resident_check",),
}
"""What is shown, or may be, in each flow."""
CHILD: tuple[Name, ...] = ("resident_minor",)
"""What is shown where a guardian registers a child."""


class Readiness:
    """The one answer to "may we begin?". Lives in the desk; safe from any thread."""

    def __init__(
        self,
        deployment: DeploymentDesk,
        notices: NoticeDesk,
        ledger: Ledger,
        config: Config,
        now: Callable[[], datetime],
        *,
        agreed: Callable[[], Retention | None] = lambda: None,
    ) -> None:
        """`agreed` are the terms two people agreed to, if any."""
        self._deployment = deployment
        self._notices = notices
        self._ledger = ledger
        self._config = config
        self._now = now
        self._agreed = agreed
        # The booths are warmed for one mode: another one begins with the next start.
        self._mode = self.policy.pad

    @property
    def policy(self) -> Policy:
        """The configured policy, held to the profile and to the terms agreed to."""
        return bounded(self._config.policy, self._deployment.accepted, self._agreed())

    @property
    def terms(self) -> Terms:
        """How long records are kept, with every bound of it."""
        profile = self._deployment.accepted
        return terms_of(self._config.policy, profile, self._agreed(), self._notices.current)

    def missing(
        self,
        names: Iterable[Name] = NOTICES_OF[Flow.VISITOR],
        purposes: Iterable[Purpose] = (),
    ) -> tuple[Missing, ...]:
        """What keeps visits that show these notices from beginning; empty where nothing does.

        `purposes` are some that no notice of the station names.
        """
        names = tuple(names)
        asked = {one for name in names for one in self._notices.current(name).purposes}
        asked |= set(purposes)
        today = self._now().astimezone().date()
        found = list(missing(self._deployment.current, asked, today=today))
        if any(self._notices.is_behind(name) for name in names):
            found.append(Missing.NOTICE_FACTS)
        policy = self.policy
        try:
            require_allowed(msgspec.structs.replace(self._config, policy=policy))
        except ConfigError as error:
            if error.code is not ErrorCode.SENSOR_MISSING:
                raise
            found.append(Missing.SENSOR)
        if policy.pad != self._mode:
            found.append(Missing.RESTART)
        return tuple(found)

    def code(self, flow: Flow = Flow.VISITOR) -> ErrorCode | None:
        """Why no visit of this kind may begin right now, or None."""
        try:
            found = self.missing(NOTICES_OF[flow])
            if flow is Flow.WITHDRAWAL:
                found = _for_withdrawal(found)
        except StationError as error:
            return error.code
        return _code(found) if found else None

    def require(self, flow: Flow) -> None:
        """Raises `ConfigError`: LEGAL_BASIS_MISSING, NOTICE_BEHIND, SENSOR_MISSING; it is in the
        ledger by then, with what is missing. Also what reading the notices raises.
        """
        self._require(flow.value, NOTICES_OF[flow])

    def require_child(self) -> None:
        """As `require`, where a guardian registers a child.

        Raises `ConsentError(MINOR_NEEDS_GUARDIAN)` where the profile lets no child be registered.
        """
        if not self._lets_children():
            self._refuse_in_ledger("CHILD", ErrorCode.MINOR_NEEDS_GUARDIAN, ())
            raise ConsentError(ErrorCode.MINOR_NEEDS_GUARDIAN)
        self._require("CHILD", CHILD)

    def child(self) -> tuple[ErrorCode | None, tuple[Missing, ...]]:
        """What `require_child` would raise, and what is missing; nothing is written."""
        if not self._lets_children():
            return ErrorCode.MINOR_NEEDS_GUARDIAN, ()
        try:
            found = self.missing(CHILD)
        except StationError as error:
            return error.code, ()
        return (_code(found), found) if found else (None, ())

    def _lets_children(self) -> bool:
        # Without a profile that is what is missing, and all that can be said.
        profile = self._deployment.current
        return profile is None or profile.children == "GUARDIAN"

    def require_trials(self) -> None:
        """As `require`, where attack detection is tried out: that opens the camera as well."""
        self._require("TRIALS", (), (Purpose.PAD_TRIAL,))

    def _require(
        self, what: str, names: tuple[Name, ...], purposes: tuple[Purpose, ...] = ()
    ) -> None:
        found = self.missing(names, purposes)
        if what == Flow.WITHDRAWAL:
            found = _for_withdrawal(found)
        if not found:
            return
        code = _code(found)
        self._refuse_in_ledger(what, code, found)
        raise ConfigError(code)

    def _refuse_in_ledger(self, what: str, code: ErrorCode, found: tuple[Missing, ...]) -> None:
        listed: list[Json] = [item.value for item in found]
        payload: dict[str, Json] = {"flow": what, "code": code.value, "missing": listed}
        self._ledger.record(Kind.NO_LEGAL_BASIS, payload)


def _for_withdrawal(found: tuple[Missing, ...]) -> tuple[Missing, ...]:
    """Paper that is behind keeps nobody from taking consent back (PIPL 15)."""
    return tuple(item for item in found if item is not Missing.NOTICE_FACTS)


def _code(found: tuple[Missing, ...]) -> ErrorCode:
    """The code of the first thing to mend: the profile, then the notice, then the machine."""
    later = {
        Missing.NOTICE_FACTS: ErrorCode.NOTICE_BEHIND,
        Missing.SENSOR: ErrorCode.SENSOR_MISSING,
        Missing.RESTART: ErrorCode.RESTART_NEEDED,
    }
    return later.get(found[0], ErrorCode.LEGAL_BASIS_MISSING)
