"""A desk for children that is written down here, for pictures and tests. Nobody is real."""

import threading

from station.deployment_checks import Missing
from station.errors import ErrorCode
from station.gate import Session
from station.minors import MinorDialogue
from station.model import Outcome
from station.office_minors import ChildForm, ChildStanding
from station.ports import Publish

OTHER_ROUTE = ChildStanding(ErrorCode.MINOR_NEEDS_GUARDIAN)
"""The profile lets no child be registered."""
LACKING = ChildStanding(
    ErrorCode.LEGAL_BASIS_MISSING, (Missing.ASSESSMENT_CHILDREN, Missing.NOTICE_FACTS)
)
"""The assessment did not look at children, and the notice is behind."""


class StillMinors:
    """A `MinorsService` that remembers what was handed in and asks nobody."""

    def __init__(self) -> None:
        self.now = ChildStanding()
        self.forms: list[ChildForm] = []

    def standing(self, session: Session) -> ChildStanding:
        """As it is written."""
        return self.now

    def begin(self, session: Session, form: ChildForm) -> "StillVisit":
        """Taken."""
        self.forms.append(form)
        return StillVisit()


class StillVisit:
    """A granted visit that waits to be cancelled."""

    def run(self, dialogue: MinorDialogue, publish: Publish, cancel: threading.Event) -> Outcome:
        """Nobody is asked anything."""
        cancel.wait()
        return Outcome.CANCELLED
