"""The table of the office's pages. A new page is a QML file, a bridge, and one line here."""

from dataclasses import dataclass

from station.access import Act
from station.office_view import SignedIn
from ui.office.closing import ClosePage
from ui.office.devices import DevicesPage
from ui.office.export import ExportPage
from ui.office.filing import FilingPage
from ui.office.health import HealthPage
from ui.office.home import HomePage
from ui.office.incidents import IncidentsPage
from ui.office.ledger import LedgerPage
from ui.office.minors import MinorsPage
from ui.office.my_key import MyKeyPage
from ui.office.notices import NoticesPage
from ui.office.page import OfficePage
from ui.office.profile import ProfilePage
from ui.office.requests import RequestsPage
from ui.office.residents import ResidentsPage
from ui.office.retention import RetentionPage
from ui.office.rights import RightsPage
from ui.office.users import UsersPage


@dataclass(frozen=True, slots=True)
class PageEntry:
    """One line of the column at the left."""

    page: str
    """Name of the QML file in ui/qml/office and of the bridge in QML: `office<page>`."""
    acts: frozenset[Act]
    """Listed for whoever may do one of these; empty: for everybody."""
    zh_CN: str
    en: str
    icon: str
    bridge: type[OfficePage]

    def line(self, language: str) -> dict[str, str]:
        """ "page", "title" and "icon" as the column shows them."""
        return {"page": self.page, "title": getattr(self, language), "icon": self.icon}

    def listed_for(self, who: SignedIn) -> bool:
        """Whether this person finds the page in their column."""
        if self.page == "Requests":
            return bool(who.agrees) or bool(who.acts)
        return not self.acts or not self.acts.isdisjoint(who.acts)


def _acts(*acts: Act) -> frozenset[Act]:
    return frozenset(acts)


_USERS = (Act.USERS_READ, Act.USER_CREATE, Act.USER_CHANGE, Act.USER_LOCK, Act.USER_UNLOCK)

PAGES: tuple[PageEntry, ...] = (
    PageEntry("Home", _acts(), "今天", "Today", "home", HomePage),
    PageEntry("Requests", _acts(), "待办申请", "Requests", "hand", RequestsPage),
    PageEntry("Residents", _acts(Act.VIEW_MASKED), "居民", "Residents", "person", ResidentsPage),
    PageEntry(
        "Rights",
        _acts(Act.TICKET_READ, Act.TICKET_OPEN),
        "权利请求",
        "Rights desk",
        "card",
        RightsPage,
    ),
    PageEntry(
        "Minors", _acts(Act.MINOR_ENROL), "儿童登记", "Child with guardian", "child", MinorsPage
    ),
    PageEntry(
        "Incidents",
        _acts(Act.INCIDENT_READ),
        "泄露和事件",
        "Incidents",
        "warning",
        IncidentsPage,
    ),
    PageEntry(
        "Filing",
        _acts(Act.FILING_READ, Act.SIGNAGE),
        "备案和标识",
        "Filing and signs",
        "image",
        FilingPage,
    ),
    PageEntry("Profile", _acts(Act.PROFILE_READ), "部署档案", "Profile", "pen", ProfilePage),
    PageEntry("Notices", _acts(Act.NOTICE_READ), "告知书", "Notices", "eye", NoticesPage),
    PageEntry(
        "Retention",
        _acts(Act.POLICY_READ),
        "期限与阈值",
        "Terms",
        "clock",
        RetentionPage,
    ),
    PageEntry("Users", _acts(*_USERS), "账号", "Accounts", "person", UsersPage),
    PageEntry(
        "Ledger", _acts(Act.AUDIT_READ, Act.AUDIT_SUMMARY), "台账", "Ledger", "receipt", LedgerPage
    ),
    PageEntry("Export", _acts(Act.AUDIT_EXPORT), "导出", "Export", "down", ExportPage),
    PageEntry("MyKey", _acts(), "我的安全钥匙", "My security key", "key", MyKeyPage),
    PageEntry("Health", _acts(Act.HEALTH_READ), "运行状况", "Health", "shield", HealthPage),
    PageEntry("Devices", _acts(Act.DEVICE_READ), "设备", "Devices", "camera", DevicesPage),
    PageEntry(
        "Close", _acts(Act.STATION_CLOSE), "关闭本机", "Close the station", "cross", ClosePage
    ),
)
