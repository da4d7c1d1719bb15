"""The eMRTD reader on one simulated chip: quirks, codes, wiping, fields and dates."""

import logging
import traceback
from datetime import date
from pathlib import Path
from threading import Event

import pytest

from drivers.card import emrtd, mrz
from drivers.simulated.chip import ChipQuirks
from drivers.simulated.chip_files import Holder
from drivers.simulated.chip_issuer import Personalisation
from station.booth.ports import AccessKey
from station.errors import CardError, ErrorCode
from station.model import IDENTITY_FIELDS, Authenticity
from tests.card_desk import ACCESS, PORTRAIT, TODAY, Desk, desk_with


@pytest.mark.parametrize(
    "quirks",
    [
        {},
        {"plain_errors": True},
        {"short_identifier_kills_channel": True},
        {"le_256_gives_nothing": True},
        {"internal_authenticate_sw": 0x0005},
        {"longest_read": 100},
        {"longest_read": 1},
        {"loses_channel_at": frozenset({5})},
        {"loses_channel_at": frozenset({10, 17})},
    ],
    ids=str,
)
def test_quirks_a_reader_has_to_live_with(tmp_path: Path, quirks: dict[str, object]) -> None:
    reading = desk_with(tmp_path, **quirks).check()
    assert reading.check.authenticity is Authenticity.VERIFIED
    assert reading.check.access == "BAC"


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("size", [0x7F80, 0x8000, 0xFE00])
def test_a_long_portrait_is_read_beyond_32_kib(tmp_path: Path, size: int, plain: bool) -> None:
    portrait = (PORTRAIT * 30)[:size]
    options = Personalisation(quirks=ChipQuirks(no_access_control=plain))
    desk = Desk(tmp_path, options, portrait=portrait)
    with desk.reader().read(ACCESS, Event(), lambda _: None) as reading:
        assert reading.portrait is not None
        assert bytes(reading.portrait.view()) == portrait
        assert reading.check.authenticity is Authenticity.VERIFIED


def test_a_portrait_in_an_unsupported_format_is_none_and_the_rest_is_read(tmp_path: Path) -> None:
    desk = Desk(tmp_path, portrait=b"GIF89a" + bytes(100))
    with desk.reader().read(ACCESS, Event(), lambda _: None) as reading:
        assert reading.portrait is None
        assert reading.check.authenticity is Authenticity.VERIFIED
        assert reading.identity.get("document_number") == "L898902C3"


def test_a_chip_that_keeps_losing_the_channel_is_given_up(tmp_path: Path) -> None:
    desk = desk_with(tmp_path, loses_channel_at=frozenset(range(5, 200)))
    assert desk.fails(ErrorCode.CARD_UNREADABLE).numbers == {"sw": 0x6988}


def test_a_chip_without_access_control_is_read_plainly(tmp_path: Path) -> None:
    desk = desk_with(tmp_path, no_access_control=True)
    assert desk.check(None).check.access == "NONE"
    assert desk.check(ACCESS).check.access == "NONE"


@pytest.mark.parametrize(
    ("quirks", "code"),
    [
        ({"authentication_answers_6f00": True}, ErrorCode.CARD_ACCESS_DENIED),
        ({"reads_give_nothing": True}, ErrorCode.CARD_UNREADABLE),
        ({"challenge_length": 4}, ErrorCode.CARD_UNREADABLE),
        ({"challenge_length": 0}, ErrorCode.CARD_UNREADABLE),
        ({"without_application": True}, ErrorCode.CARD_WRONG_KIND),
        ({"pace_only": True}, ErrorCode.CARD_NOT_SUPPORTED),
        ({"pace_only": True, "pace_only_shows_application": True}, ErrorCode.CARD_NOT_SUPPORTED),
        ({"removed_after": 0}, ErrorCode.CARD_REMOVED),
        ({"removed_after": 9}, ErrorCode.CARD_REMOVED),
    ],
    ids=str,
)
def test_faults_have_their_own_code(
    tmp_path: Path, quirks: dict[str, object], code: ErrorCode
) -> None:
    desk_with(tmp_path, **quirks).fails(code)


def test_a_wrong_key_is_denied_and_none_as_well(tmp_path: Path) -> None:
    wrong = AccessKey(ACCESS.document_number, ACCESS.birth_date, "320416")
    assert Desk(tmp_path).fails(ErrorCode.CARD_ACCESS_DENIED, wrong).numbers == {"sw": 0x6300}
    Desk(tmp_path).fails(ErrorCode.CARD_ACCESS_DENIED, None)


def test_one_wrong_mac_costs_the_channel_and_not_the_reading(tmp_path: Path) -> None:
    desk = desk_with(tmp_path, wrong_mac_at=8)
    assert desk.check().check.authenticity is Authenticity.VERIFIED


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (Personalisation(tampered_data_group=1), Authenticity.FAILED),
        (Personalisation(unknown_issuer=True), Authenticity.UNKNOWN_ISSUER),
        (Personalisation(forged_issuer=True), Authenticity.FAILED),
        (Personalisation(broken_signature=True), Authenticity.FAILED),
        (Personalisation(quirks=ChipQuirks(without_sod=True)), Authenticity.FAILED),
    ],
)
def test_authenticity_is_a_result_and_not_an_error(
    tmp_path: Path, options: Personalisation, expected: Authenticity
) -> None:
    assert Desk(tmp_path, options).check().check.authenticity is expected


def test_a_tampered_portrait_fails(tmp_path: Path) -> None:
    desk = Desk(tmp_path, Personalisation(tampered_data_group=2))
    with desk.reader().read(ACCESS, Event(), lambda _: None) as reading:
        assert reading.check.authenticity is Authenticity.FAILED


@pytest.mark.parametrize(
    ("expiry", "expired"), [(date(2026, 11, 21), True), (TODAY, False), (date(2031, 1, 1), False)]
)
def test_a_document_expires_after_its_last_day(tmp_path: Path, expiry: date, expired: bool) -> None:
    holder = Holder("DOE", "JO", "X1", "UTO", "UTO", date(1990, 1, 2), expiry)
    desk = Desk(tmp_path, holder=holder)
    assert desk.check(AccessKey(*holder.access_items())).check.expired is expired


def test_only_the_listed_fields_are_produced(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    with desk.reader(("name", "valid_until", "address")).read(
        ACCESS, Event(), lambda _: None
    ) as reading:
        assert reading.identity.fields == (
            ("name", "ERIKSSON ANNA MARIA"),
            ("valid_until", "2032-04-15"),
        )
    assert dict(desk.check().identity.fields) == {
        "name": "ERIKSSON ANNA MARIA",
        "name_latin": "ERIKSSON ANNA MARIA",
        "sex": "F",
        "birth_date": "1974-08-12",
        "document_number": "L898902C3",
        "nationality": "UTO",
        "issuer": "UTO",
        "valid_until": "2032-04-15",
    }


def test_an_unknown_birth_date_is_left_out() -> None:
    zone = mrz.MachineReadableZone("P", "UTO", "DOE", "", "X1", "UTO", "74<<<<", "X", "320415")
    fields = dict(emrtd.identity_of(zone, IDENTITY_FIELDS, TODAY).fields)
    assert "birth_date" not in fields
    assert fields["name"] == "DOE"


@pytest.mark.parametrize("fails", [False, True])
def test_every_buffer_with_the_portrait_is_wiped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    portraits: list[memoryview] = []
    files: list[bytearray] = []
    real = emrtd.lds.wipe_all  # type: ignore[attr-defined]

    def watching(*buffers: bytearray) -> None:
        files.extend(buffers)
        assert any(PORTRAIT in b for b in buffers)
        real(*buffers)

    monkeypatch.setattr(emrtd.lds, "wipe_all", watching)  # type: ignore[attr-defined]

    def read_and_leave() -> None:
        with Desk(tmp_path).reader().read(ACCESS, Event(), lambda _: None) as reading:
            assert reading.portrait is not None
            portraits.append(reading.portrait.view())
            assert bytes(portraits[0]) == PORTRAIT
            if fails:
                raise KeyError("the visit goes wrong")

    if fails:
        with pytest.raises(KeyError):
            read_and_leave()
    else:
        read_and_leave()
    assert not any(portraits[0])
    assert files
    assert not any(any(f) for f in files)


def test_a_reading_without_access_control_leaves_no_chunk_behind(tmp_path: Path) -> None:
    desk = desk_with(tmp_path, no_access_control=True)
    desk.check(None)
    assert len(desk.transport.answers) > 10
    assert not any(any(answer) for answer in desk.transport.answers)


def test_cancelling_on_the_way_stops_the_reading(tmp_path: Path) -> None:
    cancel = Event()

    def stop_half_way(part: float) -> None:
        if part > 0.3:
            cancel.set()

    desk = Desk(tmp_path)
    with (
        pytest.raises(CardError, match=ErrorCode.CARD_NOT_PRESENTED),
        desk.reader().read(ACCESS, cancel, stop_half_way),
    ):
        pytest.fail("a reading was given")
    assert desk.transport.closed


def test_progress_only_grows(tmp_path: Path) -> None:
    seen: list[float] = []
    with (
        desk_with(tmp_path, loses_channel_at=frozenset({15}))
        .reader()
        .read(ACCESS, Event(), seen.append)
    ):
        assert seen[-1] == 1.0
    assert seen[0] == 0.0
    assert seen == sorted(seen)
    assert len(seen) > 15


def test_nothing_personal_is_in_errors_or_logs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    texts = []
    for at in range(1, 40, 3):
        error = desk_with(tmp_path, removed_after=at)
        try:
            error.check()
        except CardError as caught:
            texts.append("".join(traceback.format_exception(caught)) + repr(caught.numbers))
    assert len(texts) > 5
    for text in [*texts, caplog.text]:
        for secret in ("ERIKSSON", "L898902C3", "740812", "1974"):
            assert secret not in text
