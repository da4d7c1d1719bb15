"""Shared by the card tests: an invented holder, a chip in memory, and a reader for it."""

import os
from datetime import date
from pathlib import Path
from threading import Event

import pytest

from drivers.card.emrtd import EmrtdReader
from drivers.simulated.chip import ChipQuirks, ChipRemovedError, SimulatedChip
from drivers.simulated.chip_files import Holder, ImageType
from drivers.simulated.chip_issuer import Personalisation, personalise
from station.booth.ports import AccessKey, CardReading
from station.errors import CardError, ErrorCode
from station.model import IDENTITY_FIELDS

HOLDER = Holder(
    "ERIKSSON", "ANNA MARIA", "L898902C3", "UTO", "UTO", date(1974, 8, 12), date(2032, 4, 15), "F"
)
ACCESS = AccessKey(*HOLDER.access_items())
PORTRAIT = b"\xff\xd8\xff" + bytes(range(256)) * 12
TODAY = date(2026, 11, 22)


class MemoryTransport:
    """The chip itself; keeps every buffer it handed out, to look at them afterwards."""

    def __init__(self, chip: SimulatedChip) -> None:
        self.chip = chip
        self.answers: list[bytearray] = []
        self.closed = False

    def transmit(self, apdu: bytes) -> bytearray:
        try:
            answer = bytearray(self.chip.transmit(apdu))
        except ChipRemovedError as error:
            raise CardError(ErrorCode.CARD_REMOVED) from error
        self.answers.append(answer)
        return answer

    def close(self) -> None:
        self.closed = True


class Desk:
    """One chip, its issuer's trust folder, and a reader."""

    def __init__(
        self,
        folder: Path,
        options: Personalisation | None = None,
        holder: Holder = HOLDER,
        portrait: bytes = PORTRAIT,
    ) -> None:
        chip, csca = personalise(holder, portrait, ImageType.JPEG, options)
        (folder / "csca.der").write_bytes(csca)
        self.folder = folder
        self.transport = MemoryTransport(chip)

    def reader(self, fields: tuple[str, ...] = IDENTITY_FIELDS) -> EmrtdReader:
        return EmrtdReader(lambda _: self.transport, self.folder, fields, lambda: TODAY)

    def check(self, access: AccessKey | None = ACCESS) -> CardReading:
        """Read, and give back what was read (with its portrait destroyed)."""
        with self.reader().read(access, Event(), lambda _: None) as reading:
            assert reading.portrait is not None
            assert bytes(reading.portrait.view()) == PORTRAIT
            return reading

    def fails(self, code: ErrorCode, access: AccessKey | None = ACCESS) -> CardError:
        with (
            pytest.raises(CardError) as caught,
            self.reader().read(access, Event(), lambda _: None),
        ):
            pytest.fail("a reading was given")
        assert caught.value.code is code
        assert self.transport.closed
        return caught.value


def desk_with(folder: Path, **quirks: object) -> Desk:
    return Desk(folder, Personalisation(quirks=ChipQuirks(**quirks)))  # type: ignore[arg-type]


def shared_data(*parts: str) -> Path:
    """A path in the evaluation data, or skip with the reason."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    path = Path(os.environ.get("STATION_DATA", beside)).joinpath(*parts)
    if not path.exists():
        pytest.skip(f"evaluation data is not here: {'/'.join(parts)} (set STATION_DATA)")
    return path
