"""What the page "Child with guardian" needs of the station; `station.office_minors` provides it."""

import threading
from typing import TYPE_CHECKING, Protocol

from station.gate import Session
from station.model import Outcome
from station.ports import Publish

if TYPE_CHECKING:
    from station.minors import MinorDialogue
    from station.office_minors import ChildForm, ChildStanding


class GrantedVisit(Protocol):
    """A visit staff were granted at the office; the kiosk runs it, once."""

    def run(self, dialogue: "MinorDialogue", publish: Publish, cancel: threading.Event) -> Outcome:
        """From notice to purge; blocks, called on the visit thread."""
        ...


class MinorsService(Protocol):
    """Children at the staffed desk; each call may take long and raises `AccessError`."""

    def standing(self, session: Session) -> "ChildStanding":
        """Whether a child may be registered here now (MINOR_ENROL)."""
        ...

    def begin(self, session: Session, form: "ChildForm") -> GrantedVisit:
        """Grant one child's registration (MINOR_ENROL). CNS-04, CNS-05, ACC-16, SYS-06."""
        ...
