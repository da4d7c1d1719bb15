"""The first start of a station: what the notice must say, then the keys."""

import sys
from typing import TYPE_CHECKING

import click

from station.config import ROOT
from station.model import Language, Secret

if TYPE_CHECKING:
    from station.build import Paths

_TEMPLATE = ROOT / "resources" / "notices" / "site_template.toml"
_CONFIG_TEMPLATE = """\
# 本机的设置；没有写的都用 resources/default.toml 的默认值。
# This station's own settings; everything else is as in resources/default.toml.

[reader]
kind = "pcsc"   # "pcsc": 护照等 / passports; "sam": 居民身份证阅读器 / resident-card reader
# name = "/dev/ttyUSB0"

[camera]
# 登记摄像头 / register the camera: ./station.sh devices camera --pin
"""
_SAY = {
    "site": (
        "请先填写本处信息：{site}\n"
        "读卡器和摄像头的设置在：{config}\n"
        "填好后再运行 ./station.sh（先看看效果：./station.sh demo）",
        "Please fill in what the notice says about this place: {site}\n"
        "Reader and camera settings: {config}\n"
        "Then run ./station.sh again (to look around first: ./station.sh demo)",
    ),
    "profile": (
        "还要填写部署信息（场所、依据、影响评估），否则摄像头不会打开：\n"
        "./station.sh profile form --out profile.toml（说明见 docs/deployment.md）",
        "The deployment profile (place, basis, impact assessment) comes next; until it is complete "
        "the camera stays closed:\n"
        "./station.sh profile form --out profile.toml (see docs/deployment.md)",
    ),
}


def set_up_station(paths: "Paths", language: Language, descriptor: int | None) -> Secret | None:
    """Write the two files to fill in and stop; once they are there, make the keys.

    Returns the new passphrase when keys were made: it need not be asked for twice.
    """
    paths.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not paths.config.exists():
        paths.config.write_text(_CONFIG_TEMPLATE, "utf-8")
    if not paths.site.exists():
        paths.site.write_text(_TEMPLATE.read_text("utf-8"), "utf-8")
        sentence = _SAY["site"][0 if language is Language.ZH_CN else 1]
        click.echo(sentence.format(site=paths.site, config=paths.config), err=True)
        sys.exit(1)
    _check_notice(paths)
    if paths.keyring.exists():
        return None
    from station.build import create_keyring
    from station.cli.keys import new_passphrase
    from station.cli.officers import show_codes

    secret = new_passphrase(language, descriptor)
    codes = create_keyring(paths, secret)
    codes.secret.wipe()
    show_codes(codes, language)
    click.echo(_SAY["profile"][0 if language is Language.ZH_CN else 1], err=True)
    return secret


def _check_notice(paths: "Paths") -> None:
    """A notice with a blank must be mended before anyone chooses a passphrase."""
    from consent.notice_source import read_notice, registers_residents
    from station.build import NOTICES
    from station.resident_desk import read_resident_notices

    read_notice(NOTICES, "visitor", paths.site)
    if registers_residents(paths.site):
        read_resident_notices(paths.site)
