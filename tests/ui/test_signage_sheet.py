"""The sign on paper: refused where the law says so, its code read back, nothing cut off."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
import pytest
from numpy.typing import NDArray

from consent.notice import Notice
from consent.notice_source import read_notice
from station.access import Act
from station.config import ROOT
from station.errors import AccessError, ErrorCode, OfficeError
from station.model import Language
from station.signage import FORBIDDEN, MOST_RULES_BYTES, PUBLIC, Place, Sign, cut, make_sign
from tests.unit.rights_kit import Office, fake_office
from ui.signage_sheet import SignPaper, picture, write_sign

NOTICES = ROOT / "resources" / "notices"


@pytest.fixture(scope="module")
def notices() -> tuple[Notice, ...]:
    site = NOTICES / "demo_site.toml"
    return tuple(read_notice(NOTICES, name, site) for name in ("visitor", "resident"))


@pytest.fixture
def office() -> Office:
    return fake_office()


MakeSign = Callable[..., Sign]


@pytest.fixture
def sign(office: Office, notices: tuple[Notice, ...]) -> MakeSign:
    def made(place: Place = Place.DESK, **more: bool) -> Sign:
        return make_sign(office.permit("boss", Act.SIGNAGE, place.value), place, notices, **more)

    return made


def codes(grey: NDArray[np.uint8]) -> set[str]:
    _, texts, _, _ = cv2.QRCodeDetectorAruco().detectAndDecodeMulti(grey)
    return set(texts)


def rendered(path: Path, dpi: int) -> tuple[NDArray[np.uint8], tuple[float, float], int]:
    document = pypdfium2.PdfDocument(path)
    page = document[0]
    size, pages = page.get_size(), len(document)
    grey = page.render(scale=dpi / 72, grayscale=True).to_numpy().copy()
    document.close()
    return grey.reshape(grey.shape[:2]), size, pages


@pytest.mark.parametrize("place", sorted(FORBIDDEN))
def test_no_sign_for_a_private_place(sign: MakeSign, place: Place) -> None:
    for for_security in (False, True):
        with pytest.raises(OfficeError) as raised:
            sign(place, for_security=for_security)
        assert raised.value.code is ErrorCode.PLACE_FORBIDDEN


@pytest.mark.parametrize("place", sorted(PUBLIC))
def test_a_public_place_only_where_security_needs_it(sign: MakeSign, place: Place) -> None:
    with pytest.raises(OfficeError):
        sign(place)
    assert all(text.security for text in sign(place, for_security=True).texts.values())
    assert not any(text.security for text in sign(Place.DESK).texts.values())


def test_only_managers_make_signs(office: Office) -> None:
    for user in ("op", "aud", "sec", "sys"):
        with pytest.raises(AccessError):
            office.permit(user, Act.SIGNAGE)


def test_the_sign_says_who_what_and_how_else(sign: MakeSign, notices: tuple[Notice, ...]) -> None:
    for language, text in sign(demo=True).texts.items():
        noticed = notices[0].text(language)
        assert text.handler == noticed.handler_name
        assert noticed.handler_contact in text.contact
        for wanted in (noticed.handler_name, noticed.handler_contact, "24", "365"):
            assert wanted in text.rules
        assert notices[0].digest[:12] in text.rules
        assert text.purpose and text.other and text.demo
    assert not sign().texts[Language.EN].demo


@pytest.mark.parametrize(("paper", "points"), [(SignPaper.A4, 595), (SignPaper.A3, 842)])
def test_both_codes_are_read_back_from_the_paper(
    sign: MakeSign, tmp_path: Path, paper: SignPaper, points: int
) -> None:
    made = sign(Place.ENTRANCE, for_security=True)
    write_sign(tmp_path / "sign.pdf", made, paper)
    grey, size, pages = rendered(tmp_path / "sign.pdf", 150)
    assert (round(size[0]), pages) == (points, 1)
    assert codes(grey) == {text.rules for text in made.texts.values()}
    assert [one.name for one in tmp_path.iterdir()] == ["sign.pdf"]


def test_long_names_do_not_run_into_the_codes(office: Office, notices: tuple[Notice, ...]) -> None:
    long = replace(
        notices[0],
        languages={
            language: replace(
                text,
                handler_name="某某物业管理服务有限公司" * 12,
                handler_contact="内线 0000，" * 20,
            )
            for language, text in notices[0].languages.items()
        },
    )
    permit = office.permit("boss", Act.SIGNAGE)
    made = make_sign(permit, Place.DESK, (long,))
    assert all(len(text.rules.encode()) <= MOST_RULES_BYTES for text in made.texts.values())
    image = picture(made)
    flat = np.frombuffer(image.constBits(), np.uint8)
    grey = flat.reshape(image.height(), image.bytesPerLine() // 4, 4)[:, : image.width(), 1].copy()
    assert codes(grey) == {text.rules for text in made.texts.values()}
    # The gap above the cards and the margins stay white.
    per_mm = 150 / 25.4
    assert grey[int(191 * per_mm) : int(195 * per_mm)].min() == 255
    assert grey[int(88 * per_mm) :, : int(16 * per_mm)].min() == 255


def test_a_cut_text_stays_whole_characters() -> None:
    for most in range(3, 20):
        assert len(cut("汉字和letters", most).encode()) <= most
    assert cut("汉字", 6) == "汉字"
    assert cut("汉字和", 8) == "汉…"
