"""What the rights desk's page is shown: tickets and masked people, never anything in clear."""

from dataclasses import dataclass

from station.tickets import Ticket


@dataclass(frozen=True, slots=True)
class TicketLine:
    """One ticket with how long there is left to answer it."""

    ticket: Ticket
    days_left: int
    overdue: bool


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a document led to, masked, and how much is kept of them."""

    name: str
    document_number: str
    resident: bool
    minor: bool
    restricted: bool
    expires_at: str
    records: int
    """Records of fields: 1."""
    templates: int
    portraits: int
    approval: str = ""
    """For a minor: how far the manager's agreement is (WAITING, AGREED, REFUSED), or ""."""
    correctable: tuple[str, ...] = ()
    """Names of the fields that may be corrected or completed."""
