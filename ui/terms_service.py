"""What the page of retention needs of the station; `station.office_terms` provides it."""

from typing import Protocol

from station.gate import Session
from station.terms_view import RetentionView


class TermsService(Protocol):
    """Terms and thresholds. Each call may take long and raises `AccessError`."""

    def read(self, session: Session) -> RetentionView:
        """Terms with their bounds, what is due, thresholds, what waits (POLICY_READ)."""
        ...

    def ask(self, session: Session, visitor_hours: int, resident_days: int, reason: str) -> None:
        """Ask for other terms (POLICY_CHANGE). TERM_TOO_LONG, CONFIG_INVALID."""
        ...

    def put_in_force(self, session: Session) -> None:
        """Let what was agreed to hold from now on. REQUEST_INVALID, CHANGED_MEANWHILE."""
        ...
