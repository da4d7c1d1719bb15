"""The simulated chip: what it refuses, and that its files are what ICAO prescribes."""

import ast
import socket
from datetime import date
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from drivers.simulated import chip_files
from drivers.simulated.chip import ChipQuirks, SimulatedChip
from drivers.simulated.chip_files import Holder, ImageType
from drivers.simulated.chip_issuer import Personalisation, personalise
from drivers.simulated.chip_secure_channel import access_keys
from drivers.simulated.person_portrait import PortraitError
from drivers.simulated.stage_card import CardSlot

HOLDER = Holder(
    "ERIKSSON", "ANNA MARIA", "L898902C3", "UTO", "UTO", date(1974, 8, 12), date(2012, 4, 15), "F"
)
SELECT_APPLICATION = "00a4040c07a0000002471001"


def _chip(**quirks: object) -> SimulatedChip:
    made = Personalisation(quirks=ChipQuirks(**quirks))  # type: ignore[arg-type]
    return personalise(HOLDER, b"\xff\xd8\xff" + bytes(50), ImageType.JPEG, made)[0]


def _say(chip: SimulatedChip, *commands: str) -> list[str]:
    return [chip.transmit(bytes.fromhex(c)).hex() for c in commands]


def test_the_mrz_is_the_specimen_of_icao_9303_4() -> None:
    lines = chip_files.td3_lines(HOLDER)
    assert lines[:44] == "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
    assert lines[44:72] == "L898902C36UTO7408122F1204159"


def test_files_need_access_control() -> None:
    chip = _chip()
    assert _say(chip, SELECT_APPLICATION, "00a4020c02011e", "00a4020c020103", "00b09e0004") == [
        "9000",
        "6982",
        "6982",
        "6982",
    ]


def test_files_lie_in_the_application() -> None:
    assert _say(_chip(), "00a4020c02011e", "00a4000c023f00", "00a4020c02011e") == [
        "6a82",
        "9000",
        "6a82",
    ]


def test_authentication_needs_a_fresh_challenge() -> None:
    chip = _chip()
    guess = "0082000028" + "00" * 40 + "28"
    assert _say(chip, SELECT_APPLICATION, guess) == ["9000", "6985"]
    assert _say(chip, "0084000008")[0].endswith("9000")
    assert _say(chip, guess, guess) == ["6300", "6985"]


def test_no_challenge_repeats() -> None:
    chip = _chip()
    answers = {_say(chip, SELECT_APPLICATION, "0084000008")[1] for _ in range(20)}
    assert len(answers) == 20


def test_a_protected_command_without_a_session_is_refused() -> None:
    chip = _chip()
    assert (
        _say(chip, SELECT_APPLICATION, "0ca4020c158709016375432908c044f68e08bf8b92d635ff24f800")[1]
        == "6988"
    )


@pytest.mark.parametrize("command", ["00", "00b0", "00b000000001", "00b000000000000000"])
def test_malformed_and_extended_commands_have_a_wrong_length(command: str) -> None:
    assert _say(_chip(), command) == ["6700"]


def test_the_odd_status_word_of_active_authentication() -> None:
    command = "0088000008" + "00" * 8 + "00"
    assert _say(_chip(internal_authenticate_sw=0x0005), SELECT_APPLICATION, command)[1] == "0005"
    assert _say(_chip(), SELECT_APPLICATION, command)[1] == "6d00"


def test_a_reset_forgets_the_application() -> None:
    chip = _chip(no_access_control=True)
    assert _say(chip, SELECT_APPLICATION, "00a4020c02011e") == ["9000", "9000"]
    chip.reset()
    assert _say(chip, "00a4020c02011e", "00b0000004") == ["6a82", "6982"]


def test_reads_end_with_the_file() -> None:
    chip = _chip(no_access_control=True)
    assert _say(chip, SELECT_APPLICATION, "00a4020c02011e") == ["9000", "9000"]
    whole = _say(chip, "00b00000ff")[0]
    assert whole == chip_files.ef_com(b"\x61\x75").hex() + "6282"
    length = len(whole) // 2 - 2
    assert _say(chip, f"00b000{length:02x}01") == ["6b00"]


@given(st.binary(max_size=60))
def test_no_bytes_upset_the_chip(raw: bytes) -> None:
    answer = _FUZZED.transmit(raw)
    assert len(answer) >= 2


_FUZZED = SimulatedChip({0x011E: b"\x60\x00"}, access_keys("X1", "900102", "300102"))


@pytest.mark.parametrize("content", [b"", b"no picture"])
def test_a_slot_names_a_file_that_is_no_picture(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "portrait.jpg").write_bytes(content)
    ours, theirs = socket.socketpair()
    slot = CardSlot(ours.detach())
    with theirs, pytest.raises(PortraitError, match="unreadable"):
        slot.present(tmp_path / "portrait.jpg")
    slot.close()


def test_each_document_has_its_own_throw_away_issuer() -> None:
    made = [personalise(HOLDER, b"\xff\xd8\xff", ImageType.JPEG)[1] for _ in range(2)]
    first, second = (x509.load_der_x509_certificate(der) for der in made)
    assert first.public_key() != second.public_key()
    first.verify_directly_issued_by(first)


def _imports(file: Path) -> set[str]:
    found = set()
    for statement in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(statement, ast.Import):
            found |= {alias.name for alias in statement.names}
        elif isinstance(statement, ast.ImportFrom):
            found |= {f"{statement.module}.{alias.name}" for alias in statement.names}
    return found


def test_the_chip_and_the_reader_share_no_code() -> None:
    drivers = Path(chip_files.__file__).parents[1]
    for folder, forbidden in (("simulated", "drivers.card"), ("card", "drivers.simulated")):
        files = list((drivers / folder).glob("*.py"))
        assert len(files) > 5
        for file in files:
            assert not any(name.startswith(forbidden) for name in _imports(file)), file.name


def test_a_holder_does_not_show() -> None:
    assert "ERIKSSON" not in repr(HOLDER)
