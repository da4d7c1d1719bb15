"""The eMRTD reader: open the chip, read EF.COM, DG1, DG2 and EF.SOD, and say what they prove."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Event

from drivers.card import bac, lds, mrz, passive_authentication
from drivers.card.apdu import (
    Channel,
    CommandApdu,
    Instruction,
    PlainChannel,
    StatusWord,
    Transport,
    TransportFactory,
    wipe,
)
from drivers.card.file_reader import FileReader
from drivers.card.lds import ElementaryFile
from drivers.card.secure_messaging import SecureChannelLostError
from drivers.card.trust_store import TrustStore, load_trust_folder
from station.booth.portrait import CardPortrait
from station.booth.ports import AccessKey, CardReading
from station.errors import CardError, ErrorCode
from station.model import (
    IDENTITY_FIELDS,
    Authenticity,
    DocumentCheck,
    DocumentKind,
    IdentityRecord,
)

Progress = Callable[[float], None]

_FILES = (ElementaryFile.COM, ElementaryFile.DG1, ElementaryFile.DG2, ElementaryFile.SOD)
_SHARE = {
    ElementaryFile.COM: (0.05, 0.08),
    ElementaryFile.DG1: (0.08, 0.12),
    ElementaryFile.DG2: (0.12, 0.88),
    ElementaryFile.SOD: (0.88, 0.97),
}
"""Where each file begins and ends on the progress scale; DG2 is by far the longest."""
_MAX_REOPENINGS = 2


@dataclass(slots=True)
class _OpenChip:
    channel: Channel
    access: str


class EmrtdReader:
    """Reads ICAO eMRTDs over any transport. Lives in the booth, used on one thread.

    `transport_factory` waits for a card; `trust_folder` holds the trusted CSCA certificates;
    `fields` are the identity fields the notice lists, and no other is produced. `today` serves
    the century rule of `mrz` and the expiry warning.
    """

    def __init__(
        self,
        transport_factory: TransportFactory,
        trust_folder: Path,
        fields: Sequence[str],
        today: Callable[[], date] = lambda: datetime.now(UTC).astimezone().date(),
    ) -> None:
        self._connect = transport_factory
        self._trust_folder = trust_folder
        self._fields = tuple(f for f in IDENTITY_FIELDS if f in fields)
        self._today = today
        self._trust: TrustStore | None = None

    @contextmanager
    def read(
        self, access: AccessKey | None, cancel: Event, progress: Progress
    ) -> Iterator[CardReading]:
        """Read one document and yield it; see `station.booth.ports.CardReader.read`.

        The card is let go before the reading is yielded. A portrait in a format that is not
        supported is None.
        """
        transport = self._connect(cancel)
        try:
            files = _read_files(transport, access, cancel, _never_back(progress))
        finally:
            transport.close()
        try:
            reading = self._interpret(files)
        finally:
            lds.wipe_all(*files.contents.values())
        try:
            progress(1.0)
            yield reading
        finally:
            if reading.portrait is not None:
                reading.portrait.destroy()

    def _interpret(self, files: "_Files") -> CardReading:
        zone = lds.parse_dg1(files.contents[ElementaryFile.DG1])
        authenticity = self._authenticate(files)
        expiry = mrz.expiry_date(zone.expiry_date)
        check = DocumentCheck(
            kind=DocumentKind.EMRTD,
            authenticity=authenticity,
            expired=expiry is not None and expiry < self._today(),
            access=files.access,
        )
        identity = identity_of(zone, self._fields, self._today())
        # Last, so that nothing can fail between making the portrait and handing it over.
        return CardReading(identity, check, _portrait(files.contents[ElementaryFile.DG2]))

    def _authenticate(self, files: "_Files") -> Authenticity:
        sod = files.contents.get(ElementaryFile.SOD)
        if sod is None:
            return Authenticity.FAILED
        if self._trust is None:
            self._trust = load_trust_folder(self._trust_folder)
        groups = {
            1: files.contents[ElementaryFile.DG1],
            2: files.contents[ElementaryFile.DG2],
        }
        return passive_authentication.authenticate(lds.sod_content(sod), groups, self._trust)


def identity_of(
    zone: mrz.MachineReadableZone, fields: Sequence[str], today: date
) -> IdentityRecord:
    """The listed identity fields of an MRZ; fields it leaves empty or unknown are left out.

    `name` and `name_latin` are both the MRZ's Latin spelling, surname first.
    """
    name = f"{zone.surname} {zone.given_names}".strip()
    birth = mrz.birth_date(zone.birth_date, today)
    expiry = mrz.expiry_date(zone.expiry_date)
    values = {
        "name": name,
        "name_latin": name,
        "sex": zone.sex,
        "birth_date": birth.isoformat() if birth else "",
        "document_number": zone.document_number,
        "nationality": zone.nationality,
        "issuer": zone.issuer,
        "valid_until": expiry.isoformat() if expiry else "",
    }
    return IdentityRecord(tuple((f, values[f]) for f in fields if values.get(f)))


def _never_back(progress: Progress) -> Progress:
    """`progress`, silent while a file that broke off is read a second time."""
    furthest = -1.0

    def forward(part: float) -> None:
        nonlocal furthest
        if part > furthest:
            furthest = part
            progress(part)

    return forward


def _portrait(dg2: bytearray) -> CardPortrait | None:
    try:
        return CardPortrait(lds.parse_dg2(dg2).encoded)
    except lds.PortraitNotSupportedError:
        return None


# Without a representation: it would show what the chip holds.
@dataclass(slots=True, repr=False)
class _Files:
    contents: dict[ElementaryFile, bytearray]
    access: str


def _read_files(
    transport: Transport, access: AccessKey | None, cancel: Event, progress: Progress
) -> _Files:
    """Read every file, opening the chip again where it leaves secure messaging on the way."""
    contents: dict[ElementaryFile, bytearray] = {}
    reopenings = 0
    try:
        progress(0.0)
        chip = _open_chip(transport, access)
        progress(_SHARE[_FILES[0]][0])
        missing = list(_FILES)
        while missing:
            file = missing[0]
            try:
                content = _read_one(chip.channel, file, cancel, progress)
            except SecureChannelLostError:
                # cards.md 1.5: a plain status word ends the channel; never guess the counter.
                reopenings += 1
                if reopenings > _MAX_REOPENINGS:
                    raise
                chip = _open_chip(transport, access)
                continue
            missing.pop(0)
            if content is not None:
                contents[file] = content
            progress(_SHARE[file][1])
        lds.parse_com(contents[ElementaryFile.COM])
    except BaseException:
        lds.wipe_all(*contents.values())
        raise
    return _Files(contents, chip.access)


def _read_one(
    channel: Channel, file: ElementaryFile, cancel: Event, progress: Progress
) -> bytearray | None:
    begin, end = _SHARE[file]
    reader = FileReader(channel, cancel, lambda part: progress(begin + part * (end - begin)))
    content = reader.read(file)
    if content is None and file is not ElementaryFile.SOD:
        raise CardError(ErrorCode.CARD_UNREADABLE, missing_file=int(file))
    return content


def _open_chip(transport: Transport, access: AccessKey | None) -> _OpenChip:
    plain = PlainChannel(transport)
    _select_application(plain)
    if access is None:
        return _without_access_control(plain, ErrorCode.CARD_ACCESS_DENIED)
    try:
        return _OpenChip(bac.authenticate(plain, transport, access), "BAC")
    except bac.BacNotSupportedError:
        if _has_card_access(plain):
            raise
        _select_application(plain)
        return _without_access_control(plain, ErrorCode.CARD_NOT_SUPPORTED)


def _select_application(channel: Channel) -> None:
    """SELECT the eMRTD application (ICAO 9303-10 §3.6.2)."""
    command = CommandApdu(0x00, Instruction.SELECT, 0x04, 0x0C, lds.AID_EMRTD)
    answer = channel.exchange(command)
    if answer.ok:
        return
    # A chip that offers PACE alone may hide the application until PACE is done.
    if answer.sw in _ACCESS_CONTROL_FIRST and _has_card_access(channel):
        raise CardError(ErrorCode.CARD_NOT_SUPPORTED, sw=answer.sw)
    raise CardError(ErrorCode.CARD_WRONG_KIND, sw=answer.sw)


_ACCESS_CONTROL_FIRST = (
    StatusWord.SECURITY_STATUS_NOT_SATISFIED,
    StatusWord.CONDITIONS_NOT_SATISFIED,
)


def _has_card_access(channel: Channel) -> bool:
    """Whether the master file holds EF.CardAccess, which announces PACE (ICAO 9303-11 §4.4.1)."""
    channel.exchange(CommandApdu(0x00, Instruction.SELECT, 0x00, 0x0C, b"\x3f\x00"))
    file_id = ElementaryFile.CARD_ACCESS.to_bytes(2, "big")
    return channel.exchange(CommandApdu(0x00, Instruction.SELECT, 0x02, 0x0C, file_id)).ok


def _without_access_control(channel: Channel, refused: ErrorCode) -> _OpenChip:
    """Use the chip as it is if EF.COM can be read; otherwise raise `CardError(refused)`."""
    file_id = ElementaryFile.COM.to_bytes(2, "big")
    selected = channel.exchange(CommandApdu(0x00, Instruction.SELECT, 0x02, 0x0C, file_id))
    probe = channel.exchange(CommandApdu(0x00, Instruction.READ_BINARY, 0, 0, le=1))
    wipe(probe.data)
    if not probe.ok:
        raise CardError(refused, sw=probe.sw if selected.ok else selected.sw)
    return _OpenChip(channel, "NONE")
