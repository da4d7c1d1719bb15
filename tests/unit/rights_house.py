"""A rights desk over real stores, with a gate and an office book in memory."""

import pytest
from stores_kit import Desk, document

from consent.entry import parse_entry
from consent.kinds import Kind
from consent.notice_source import read_notice
from consent.signing import HeadSigner
from station.access import Act
from station.config import ROOT
from station.office_book import Shelf
from station.resident_desk import deletion_receipt
from station.rights_desk import RightsDesk
from station.tickets import TicketBook, TicketKind
from storage.subject_finder import SubjectFinder
from tests.office_fakes import MemoryBook
from tests.unit.rights_kit import Office, TurnedClock

NOTICES = ROOT / "resources" / "notices"
NOTICE = read_notice(NOTICES, "resident", NOTICES / "demo_site.toml")
ADULT = {"birth_date": "1980-02-03"}
NUMBER = "310101199001011234"


class House:
    """A desk with real stores, a gate, and an office book in memory."""

    def __init__(self, folder, days: int = 15) -> None:
        self.desk = Desk(folder)
        key = self.desk.keyring.ledger_signing_key()
        self.desk.signer = HeadSigner.from_private(key.reveal())
        self.office = Office(self.desk.ledger)
        self.clock = TurnedClock()
        self.book = MemoryBook()
        self.finder = SubjectFinder(
            self.desk.stores, self.desk.ledger, self.desk.clock, self.desk.register
        )
        self.tickets = TicketBook(self.book, self.desk.ledger, self.clock, days)
        self.rights = RightsDesk(
            self.finder,
            self.tickets,
            self.desk.ledger,
            self._receipt,
            lambda: frozenset(NOTICE.fields),
        )

    def open(self, kind: TicketKind, number: str = NUMBER, **more):
        return self.rights.open(self.permit("op", Act.TICKET_OPEN), kind, document(number), **more)

    def adult(self, number: str = NUMBER) -> str:
        self.desk.enrol(number)
        reference = self.finder.find(document(number)).reference
        self.finder.correct(reference, ADULT)
        return reference

    def permit(self, user: str, act: Act, about: str = "", **more: str):
        return self.office.permit(user, act, about, **more)

    def full(self, filed, user: str = "pio"):
        return self.permit(user, Act.VIEW_FULL, filed.ticket.id, reason="工单")

    def entries(self, kind: Kind):
        found = [parse_entry(one.body) for one in self.desk.stores.ledger.entries()]
        return [one for one in found if one.kind is kind]

    def sheets(self) -> str:
        return "".join(one.body.decode() for one in self.book.all(Shelf.TICKET))

    def ledger_text(self) -> str:
        return "".join(one.body.decode() for one in self.desk.stores.ledger.entries())

    def _receipt(self, erased):
        return deletion_receipt(erased, ledger=self.desk.ledger, signer=self.desk.signer, demo=True)


def refused(kind, call, *arguments, **more):
    with pytest.raises(kind) as raised:
        call(*arguments, **more)
    return raised.value.code
