"""The complete deployment profile of the demo, marked 演示: invented, and only in the demo.

It is made from the demo's own site data, so that notice and profile say the same.
"""

from pathlib import Path

from consent.notice_source import read_site
from station.deployment import (
    Answer,
    Assessment,
    Basis,
    Handler,
    Infrastructure,
    Profile,
    Retention,
    Sector,
    Site,
    SiteKind,
    Words,
)
from station.model import Language, Purpose

_PURPOSES = (Purpose.VERIFY, Purpose.RETAIN_TEMPLATE, Purpose.RETAIN_PORTRAIT, Purpose.PAD_TRIAL)
_INVENTED = "演示用，不是真实的评估 / demo, not a real assessment"


def demo_profile(site_file: Path) -> Profile:
    """The demo's profile. Raises `ConsentError(NOTICE_INCOMPLETE)` for a damaged site file."""
    site = read_site(site_file)

    def words(blank: str) -> Words:
        chinese, english = (site.blanks[language].get(blank, "") for language in Language)
        return Words(zh_CN=chinese, en=english)

    return Profile(
        site=Site(place_name=words("place_name"), kind=SiteKind.RESIDENTIAL),
        handler=Handler(
            name=words("handler_name"),
            address=words("handler_address"),
            contact=words("handler_contact"),
            officer_contact=words("officer_contact"),
            responsible_unit=words("handler_name"),
        ),
        bases=(Basis(id="DB31_294"),),
        infrastructure=Infrastructure(
            critical=Answer.NO, crypto_assessment=Answer.NO, sector=Sector.NONE
        ),
        assessment=Assessment(
            number=site.blanks[Language.ZH_CN].get("impact_assessment_no", ""),
            made_on="2026-01-01",
            responsible="演示负责人 / demo officer",
            lawful_and_necessary=_INVENTED,
            effect_on_people=_INVENTED,
            risk_of_leak=_INVENTED,
            measures=_INVENTED,
            purposes=_PURPOSES,
            children=True,
        ),
        retention=Retention(visitor_hours=24, resident_days=365),
        purposes=_PURPOSES,
        children="GUARDIAN",
    )
