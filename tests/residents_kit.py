"""A station with registered residents for tests of the residents' page: real stores, real core."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import cast

from consent.entry import Entry, parse_entry
from consent.kinds import Kind
from consent.notice_source import read_notice
from consent.signing import HeadSigner
from station.config import ROOT, load
from station.model import Claim
from station.office_residents import OfficeResidents
from station.resident_desk import ResidentDesk, deletion_receipt
from station.residents_room import ResidentsRoom
from station.rights_room import RightsRoom, Standing
from station.staffroom import Staffroom
from storage.resident_register import ResidentRegister
from tests.office_kit import SITE
from tests.staff_kit import StaffKit
from tests.unit.stores_kit import Desk, document

_NOTICES = ROOT / "resources" / "notices"
CONSENT = "AAAA-BBBB-CCCC"
"""The consent that everybody registered by `Desk.enrol` rests on."""


@dataclass
class FakeResidentDesk:
    """What of the residents' desk the page uses; a renewal is written down, for want of a booth."""

    register: ResidentRegister
    receipt: object
    renewed: list[Claim]

    def renew(self, claim: Claim) -> None:
        self.renewed.append(claim)


class Town:
    """Stores with residents, staff who can sign in, and the core behind the page."""

    def __init__(self, folder: Path) -> None:
        self.desk = Desk(folder / "station")
        ledger = self.desk.ledger
        self.kit = StaffKit(ledger=ledger)
        self.kit.clock.moment = datetime.now(UTC)
        self.signer = HeadSigner.from_private(self.desk.keyring.ledger_signing_key().reveal())
        both = tuple(read_notice(_NOTICES, name, SITE) for name in ("visitor", "resident"))
        self.rights = RightsRoom(
            self.desk.stores,
            ledger,
            self.signer,
            load(None, {"site": {"profile": "demo"}}),
            standing=lambda: Standing(both, "PIA-7"),
            now=self.kit.clock,
        )
        receipt = partial(deletion_receipt, ledger=ledger, signer=self.signer, demo=True)
        self.served = FakeResidentDesk(self.desk.register, receipt, [])
        self.room = ResidentsRoom(self.desk.stores, ledger, cast(ResidentDesk, self.served))
        kit = self.kit
        self.staff = Staffroom(kit.accounts, kit.requests, kit.gate)
        self.residents = OfficeResidents(self.staff, self.room, self.rights.rights, kit.clock)

    def born(self, number: str, date: str) -> None:
        """Note when a resident was born."""
        finder = self.rights.rights._records
        finder.correct(finder.find(document(number)).reference, {"birth_date": date})

    def consented(self) -> None:
        """Write the consent of `Desk.enrol` into the ledger."""
        said = {
            "record_id": CONSENT,
            "purpose": "RETAIN_TEMPLATE",
            "notice_id": "R-1",
            "notice_version": "3",
            "notice_digest": "0" * 64,
        }
        self.desk.ledger.record(Kind.CONSENT_GIVEN, dict(said))

    def entries(self) -> list[Entry]:
        """The ledger, oldest first."""
        return [parse_entry(one.body) for one in self.desk.stores.ledger.entries()]

    def close(self) -> None:
        """Close the stores."""
        self.desk.stores.close()
