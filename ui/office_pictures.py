"""The office's part of the picture script: sign-in, forced change, lock, and every page."""

import time
from collections.abc import Callable, Iterator
from functools import partial

from PySide6.QtCore import QObject

from station.errors import AccessError, ErrorCode
from station.key_wire import KeyStep
from station.office_view import SignedIn
from station.security_key import KeyHand
from ui.minor_pictures import office_minor_pages
from ui.office.devices import DevicesPage
from ui.office.export import ExportPage
from ui.office.filing import FilingPage
from ui.office.incidents import IncidentsPage
from ui.office.ledger import LedgerPage
from ui.office.ledger_filters import OWN
from ui.office.my_key import MyKeyPage
from ui.office.notices import NoticesPage
from ui.office.profile import ProfilePage
from ui.office.requests import RequestsPage
from ui.office.residents import ResidentsPage
from ui.office.retention import RetentionPage
from ui.office.rights import RightsPage
from ui.office.users import UsersPage
from ui.office_stills import STILL_NUMBER, StillOffice
from ui.residents_stills import StillResidents
from ui.stage import Stage

Settle = Callable[[Stage], None]
_WAIT_S = 5.0


class PictureOffice(StillOffice):
    """A `StillOffice` whose sign-in can be made to fail, or to want another password."""

    def __init__(self) -> None:
        super().__init__()
        self.refusal: ErrorCode | None = None
        self.must_change = False

    def sign_in(self, user: str, password: str, code: str | KeyHand) -> SignedIn:
        """As the script wants it; a key is found at once, and waited for."""
        if not isinstance(code, str):
            code.told(KeyStep.TOUCH)
            code.cancel.wait(_WAIT_S)
            raise AccessError(ErrorCode.KEY_NOT_TOUCHED)
        if self.refusal is not None:
            raise AccessError(self.refusal)
        return self.known(user, must_change=self.must_change)


def office_pages(stage: Stage, settle: Settle, office: PictureOffice) -> Iterator[str]:
    """Walk through the office from the idle page and back to it; yields the pages' names."""
    stage.office.show_sign_in()
    yield "41-office-sign-in"
    _sign_in_page(stage).setProperty("way", "key")
    yield "41-office-sign-in-key"
    stage.office.sign_in("li.na", "-", "")
    _until_touch(stage, settle, stage.office.key)
    yield "41-office-sign-in-touch"
    stage.office.key.cancel()
    answered(stage, settle)
    _sign_in_page(stage).setProperty("way", "code")
    for name, refusal in (
        ("42-office-sign-in-wrong", ErrorCode.SIGN_IN_FAILED),
        ("42-office-account-locked", ErrorCode.ACCOUNT_LOCKED),
    ):
        office.refusal = refusal
        _sign_in(stage, settle, "li.na")
        yield name
    office.refusal, office.must_change = None, True
    _sign_in(stage, settle, "li.na")
    yield "43-office-change-password"
    office.must_change = False
    stage.office.sign_out()
    stage.office.show_sign_in()
    stage.office.show_emergency(True)
    yield "43-office-emergency"
    stage.office.leave()
    for user, script in (
        ("chen.jie", _operator),
        ("he.min", partial(_manager, residents=office.residents)),
        ("li.na", _security),
        ("wu.gang", _system),
        ("qian.wei", _auditor),
    ):
        stage.office.show_sign_in()
        _sign_in(stage, settle, user)
        yield from script(stage, settle)
        stage.office.sign_out()
        settle(stage)


def _operator(stage: Stage, settle: Settle) -> Iterator[str]:
    yield "44-office-home-operator"
    yield from _shown(stage, settle, "MyKey", "44-office-my-key")
    page = stage.office.bridge(MyKeyPage)
    page.register("-")
    wait = page.property("wait")
    _until_touch(stage, settle, wait)
    yield "44-office-my-key-touch"
    wait.cancel()
    answered(stage, settle)
    yield from _shown(stage, settle, "Close", "44-office-close")
    yield from _residents_served(stage, settle)
    stage.office.go("Minors")
    answered(stage, settle)
    yield from office_minor_pages(stage, settle)


def _residents_served(stage: Stage, settle: Settle) -> Iterator[str]:
    yield from _shown(stage, settle, "Residents", "54-office-residents-operator")
    page = stage.office.bridge(ResidentsPage)
    page.begin("register")
    yield "54-office-residents-register"
    page.begin("")
    page.choose(page.property("rows")[1]["id"])
    answered(stage, settle)
    page.begin("ask")
    yield "54-office-residents-ask"


def _residents(stage: Stage, settle: Settle, residents: StillResidents) -> Iterator[str]:
    residents.registers = False
    yield from _shown(stage, settle, "Residents", "54-office-residents-none")
    residents.registers = True
    page = stage.office.bridge(ResidentsPage)
    page.refresh()
    answered(stage, settle)
    yield "54-office-residents"
    page.look_up("0000000002")
    answered(stage, settle)
    yield "54-office-residents-unknown"
    ids = [row["id"] for row in page.property("rows")]
    page.choose(ids[1])
    answered(stage, settle)
    yield "54-office-resident-recalled"
    page.choose(ids[3])
    answered(stage, settle)
    yield "54-office-resident-minor"
    page.choose(ids[0])
    answered(stage, settle)
    page.begin("clear")
    yield "54-office-resident-reason"
    page.submit("核对搬离日期", "")
    answered(stage, settle)
    yield "54-office-resident-clear"
    page.begin("erase")
    yield "54-office-resident-erase"
    page.pick_several(True)
    page.choose(ids[0])
    page.choose(ids[5])
    yield "54-office-residents-ticked"
    page.begin("batch")
    yield "54-office-residents-batch"
    residents.holds.clear()
    page.submit("", "/media/usb")
    until = time.monotonic() + _WAIT_S
    while not page.property("progress")[0] and time.monotonic() < until:
        settle(stage)
    yield "54-office-residents-erasing"
    residents.holds.set()
    answered(stage, settle)
    yield "54-office-residents-erased"


def _manager(stage: Stage, settle: Settle, residents: StillResidents) -> Iterator[str]:
    yield from _residents(stage, settle, residents)
    yield from _shown(stage, settle, "Profile", "51-office-profile")
    profile = stage.office.bridge(ProfilePage)
    profile.begin()
    yield "51-office-profile-step"
    for step, name in ((3, "basis"), (4, "infrastructure"), (6, "assessment"), (7, "findings")):
        profile.go_to(step)
        yield f"51-office-profile-{name}"
    profile.set_value("assessment.lawful_and_necessary", "")
    profile.go_to(9)
    yield "51-office-profile-check"
    yield from _rights(stage, settle)
    yield from _incidents(stage, settle)
    yield from _filing(stage, settle)
    yield from _retention(stage, settle)
    yield from _shown(stage, settle, "Notices", "52-office-notices")
    notices = stage.office.bridge(NoticesPage)
    notices.choose("visitor")
    yield "52-office-notice"
    notices.edit()
    answered(stage, settle)
    yield "52-office-notice-edit"
    notices.show_part("A")
    notices.show_language("en")
    yield "52-office-notice-section"


def _retention(stage: Stage, settle: Settle) -> Iterator[str]:
    yield from _shown(stage, settle, "Retention", "56-office-terms")
    page = stage.office.bridge(RetentionPage)
    page.edit(True)
    yield "56-office-terms-change"
    page.submit("6", "90", "-")
    answered(stage, settle)
    yield "56-office-terms-asked"
    page.show_view("due")
    yield "56-office-terms-due"
    page.show_purpose("resident")
    yield "56-office-terms-due-residents"
    page.show_view("pad")
    yield "56-office-thresholds"


def _rights(stage: Stage, settle: Settle) -> Iterator[str]:
    yield from _shown(stage, settle, "Rights", "53-office-rights")
    rights = stage.office.bridge(RightsPage)
    rights.begin("open")
    rights.look_up("310101199001011234")
    answered(stage, settle)
    yield "53-office-rights-new"
    rights.begin("")
    rights.choose(rights.property("rows")[0]["id"])
    answered(stage, settle)
    yield "53-office-rights-ticket"
    rights.begin("erase")
    yield "53-office-rights-erase"
    rights.begin("correct")
    rights.choose_field("name")
    yield "53-office-rights-correct"
    rights.choose(rights.property("rows")[3]["id"])
    answered(stage, settle)
    yield "53-office-rights-finished"


def _incidents(stage: Stage, settle: Settle) -> Iterator[str]:
    yield from _shown(stage, settle, "Incidents", "54-office-incidents")
    incidents = stage.office.bridge(IncidentsPage)
    incidents.choose(incidents.property("rows")[1]["id"])
    yield "54-office-incident"
    incidents.begin("change")
    yield "54-office-incident-facts"
    incidents.show_part("zh")
    yield "54-office-incident-told"
    incidents.begin("notices")
    yield "54-office-incident-notices"


def _filing(stage: Stage, settle: Settle) -> Iterator[str]:
    yield from _shown(stage, settle, "Filing", "55-office-filing")
    filing = stage.office.bridge(FilingPage)
    filing.show_view("sign")
    filing.choose_place("DESK")
    answered(stage, settle)
    yield "55-office-filing-sign"
    filing.choose_place("BATH")
    answered(stage, settle)
    yield "55-office-filing-refused"
    filing.show_view("record")
    answered(stage, settle)
    yield "55-office-filing-record"


def _security(stage: Stage, settle: Settle) -> Iterator[str]:
    yield from _shown(stage, settle, "Requests", "45-office-requests")
    page = stage.office.bridge(RequestsPage)
    page.choose(page.property("rows")[0]["id"])
    yield "45-office-request"
    yield from _shown(stage, settle, "Users", "46-office-accounts")
    users = stage.office.bridge(UsersPage)
    users.choose(users.property("rows")[0]["id"])
    yield "46-office-account"
    users.begin("roles")
    users.pick("SECURITY_ADMIN")
    yield "46-office-account-roles"
    yield from _shown(stage, settle, "Devices", "49-office-devices")
    devices = stage.office.bridge(DevicesPage)
    devices.choose(devices.property("rows")[1]["id"])
    devices.begin("allow")
    yield "49-office-device-allow"
    devices.choose(devices.property("rows")[0]["id"])
    yield "49-office-device"
    yield from _shown(stage, settle, "Health", "49-office-health")
    stage.office.lock()
    yield "43-office-locked"
    _sign_in(stage, settle, "li.na")


def _system(stage: Stage, settle: Settle) -> Iterator[str]:
    yield from _shown(stage, settle, "Users", "46-office-accounts-system")
    users = stage.office.bridge(UsersPage)
    users.begin("add")
    users.pick("AUDITOR")
    yield "46-office-account-new"
    yield from _shown(stage, settle, "Requests", "45-office-requests-none")
    page = stage.office.bridge(RequestsPage)
    page.show_mine(True)
    page.choose(next(row["id"] for row in page.property("rows") if row["tone"] == "good"))
    yield "45-office-request-agreed"
    page.carry_out()
    answered(stage, settle)
    yield "45-office-first-secret"


def _auditor(stage: Stage, settle: Settle) -> Iterator[str]:
    yield from _shown(stage, settle, "Ledger", "47-office-ledger")
    ledger = stage.office.bridge(LedgerPage)
    ledger.show_view("charts")
    answered(stage, settle)
    yield "47-office-figures"
    ledger.show_steps("WEEKS")
    answered(stage, settle)
    yield "47-office-figures-weeks"
    ledger.show_view("lines")
    ledger.search("DAY", "RESIDENTS", "nobody")
    answered(stage, settle)
    yield "47-office-ledger-nothing"
    yield from _ledger_filters(stage, settle, ledger)
    yield from _shown(stage, settle, "Export", "48-office-export")
    yield from _export_filters(stage, settle)


def _ledger_filters(stage: Stage, settle: Settle, ledger: LedgerPage) -> Iterator[str]:
    filters = ledger.property("filters")
    filters.choose("WEEK", "ALL", "", "", "")
    filters.look_for("X0000077")
    answered(stage, settle)
    yield "47-office-ledger-person-unknown"
    filters.look_for(STILL_NUMBER)
    answered(stage, settle)
    filters.choose(OWN, "ALL", "", "", "")
    filters.choose(OWN, "ALL", "", "2026-03-01", "2026-03-31")
    answered(stage, settle)
    yield "47-office-ledger-person"
    filters.choose(OWN, "ALL", "", "2026-03-31", "2026-03-01")
    yield "47-office-ledger-days-wrong"


def _export_filters(stage: Stage, settle: Settle) -> Iterator[str]:
    page = stage.office.bridge(ExportPage)
    filters = page.property("filters")
    filters.look_for(STILL_NUMBER)
    answered(stage, settle)
    filters.choose("MONTH", "RESIDENTS", "he.min", "", "")
    page.ask_for("住户申请查阅")
    answered(stage, settle)
    yield "48-office-export-asked"


def _shown(stage: Stage, settle: Settle, page: str, name: str) -> Iterator[str]:
    stage.office.go(page)
    answered(stage, settle)
    yield name


def _sign_in(stage: Stage, settle: Settle, user: str) -> None:
    stage.office.sign_in(user, "-", "000000")
    answered(stage, settle)


def _sign_in_page(stage: Stage) -> QObject:
    page = stage.window.findChild(QObject, "pageSignIn")
    if page is None:
        raise LookupError("pageSignIn")
    return page


def _until_touch(stage: Stage, settle: Settle, wait: QObject) -> None:
    until = time.monotonic() + _WAIT_S
    while wait.property("step") != "TOUCH":
        if time.monotonic() > until:
            raise TimeoutError("no key is asked for")
        settle(stage)


def answered(stage: Stage, settle: Settle) -> None:
    """Wait until the office awaits no answer. Raises `TimeoutError`."""
    until = time.monotonic() + _WAIT_S
    asked = (stage.office, *stage.office.pages.values())
    settle(stage)
    while any(one.property("busy") for one in asked):
        if time.monotonic() > until:
            raise TimeoutError("the office does not answer")
        settle(stage)
