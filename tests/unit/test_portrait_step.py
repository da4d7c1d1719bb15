"""The PORTRAIT steps: when a booth seals one, when it opens some, and what the desk takes."""

import secrets
import socket
import typing
from collections.abc import Iterator
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest
from template_kit import keys_of, near
from test_template_step import (
    CAPTURE,
    ENROL,
    FACE,
    KEYS,
    READ,
    STRANGER,
    Booth,
    begin,
    booth,
    live,
)

from consent.signing import HeadSigner
from drivers.face.portrait_encoder import encode_jpeg
from drivers.face.sealed_rotation import compare_sealed
from station.booth import portrait_step, process
from station.booth.capture_step import CaptureOutcome
from station.booth.handle import BoothProcess, Conversation
from station.booth.live_portrait import LivePortrait
from station.booth.messages import Captured, Compare, Fault
from station.booth.portrait_form import PORTRAIT_BYTES
from station.booth.portrait_seal import open_picture, seal_picture
from station.booth.portrait_talk import Ceremony, renew_from_portraits, seal_portrait
from station.booth.template_messages import (
    PortraitSealed,
    PortraitsRenewed,
    RenewFromPortraits,
    SealPortrait,
    TemplateSealed,
)
from station.booth.wire import (
    PORTRAIT_MESSAGE_BYTES,
    Wire,
    booth_wire,
    desk_wire,
)
from station.errors import BoothError, ErrorCode, StationError
from station.model import SealedTemplate

assert booth
OFFICERS, NEXT = HeadSigner.generate(), HeadSigner.generate()
SEAL = SealPortrait(OFFICERS.public_key)
ALL_THREE = ("VERIFY", "RETAIN_TEMPLATE", "RETAIN_PORTRAIT")


@pytest.fixture
def held(booth: Booth, monkeypatch: pytest.MonkeyPatch) -> list[LivePortrait]:
    """The crops captures have left in the booth, newest last."""
    crops: list[LivePortrait] = []

    def capture(_request: object, _context: object, _demo: bool, keep: bool) -> CaptureOutcome:
        frames, portrait = live(), None
        if keep:
            portrait = LivePortrait()
            portrait.offer(lambda: np.full((32, 24, 3), 128, np.uint8), frames[0], 0.0, frames)
            crops.append(portrait)
        return CaptureOutcome(Captured("BONA_FIDE", "", "", (), 1.0), frames, portrait)

    monkeypatch.setattr(process, "capture", capture)
    return crops


def test_a_portrait_is_sealed_once_and_before_the_template(
    booth: Booth, held: list[LivePortrait]
) -> None:
    booth.obey(begin(*ALL_THREE), READ, CAPTURE, Compare(1e-4))
    answer = booth.obey(SEAL)
    assert isinstance(answer, PortraitSealed)
    assert open_picture(answer.sealed, OFFICERS.export_private()).startswith(b"\xff\xd8")
    assert held[0].picture is None, "wiped"
    assert booth.refuses(SEAL) is ErrorCode.BOOTH_PROTOCOL
    assert isinstance(booth.obey(ENROL), TemplateSealed)


@pytest.mark.parametrize("purposes", [("VERIFY",), ALL_THREE[:2], ("VERIFY", "RETAIN_PORTRAIT")])
def test_without_its_own_consent_no_crop_is_even_made(
    booth: Booth, held: list[LivePortrait], purposes: tuple[str, ...]
) -> None:
    booth.obey(begin(*purposes), READ, CAPTURE, Compare(1e-4))
    assert held == []
    assert booth.refuses(SEAL) is ErrorCode.CONSENT_MISSING


def test_before_the_document_matched_and_after_the_template_none_is_sealed(
    booth: Booth, held: list[LivePortrait]
) -> None:
    booth.obey(begin(*ALL_THREE), READ, CAPTURE)
    assert booth.refuses(SEAL) is ErrorCode.BOOTH_PROTOCOL
    booth.document = STRANGER
    booth.obey(READ, Compare(1e-4))
    assert booth.refuses(SEAL) is ErrorCode.BOOTH_PROTOCOL
    booth.document = near(FACE, 0.6, seed=23)
    booth.obey(READ, CAPTURE)
    assert held[0].picture is None, "a new capture wipes the crop of the one before"
    booth.obey(Compare(1e-4), ENROL)
    assert held[1].picture is None
    assert booth.refuses(SEAL) is ErrorCode.BOOTH_PROTOCOL


# The ceremony


def sealed(shade: int) -> PortraitSealed:
    picture = encode_jpeg(np.full((64, 48, 3), shade, np.uint8), 60_000)
    return PortraitSealed(seal_picture(picture, OFFICERS.public_key))


def ceremony(*shades: int, private: bytes | None = None) -> RenewFromPortraits:
    key = private or OFFICERS.export_private().reveal()
    portraits = tuple(sealed(shade) for shade in shades)
    return RenewFromPortraits(key, portraits, KEYS, 7, 1e-4, NEXT.public_key)


@pytest.fixture
def faces(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bright picture shows the face, a dark one somebody else."""

    def look(picture: np.ndarray, _engine: object) -> np.ndarray:
        return (FACE if picture.mean() > 100 else STRANGER).copy()

    monkeypatch.setattr(portrait_step, "reference_from_picture", look)


@pytest.mark.usefixtures("faces")
@pytest.mark.parametrize("shades", [(200,), (200, 180)])
def test_a_ceremony_makes_the_template_and_seals_anew(
    booth: Booth, shades: tuple[int, ...]
) -> None:
    command = ceremony(*shades)
    answer = booth.obey(command)
    assert isinstance(answer, PortraitsRenewed)
    made = SealedTemplate(answer.template.sealed, answer.template.model_id, answer.template.profile)
    assert made.version == 7
    assert compare_sealed(made, keys_of(21), [FACE])[0] > 0.999
    for before, after in zip(command.portraits, answer.portraits, strict=True):
        assert open_picture(after.sealed, NEXT.export_private()) == open_picture(
            before.sealed, OFFICERS.export_private()
        )
    assert booth.refuses(begin("VERIFY")) is ErrorCode.BOOTH_PROTOCOL


@pytest.mark.usefixtures("faces")
def test_two_faces_a_wrong_key_or_a_visit_stop_a_ceremony(booth: Booth) -> None:
    assert booth.refuses(ceremony(200, 20)) is ErrorCode.TEMPLATE_REFUSED
    wrong = NEXT.export_private().reveal()
    assert booth.refuses(ceremony(200, private=wrong)) is ErrorCode.OFFICER_KEY_WRONG


def test_no_ceremony_in_a_visit(booth: Booth) -> None:
    booth.obey(begin("VERIFY"))
    assert booth.refuses(ceremony(200)) is ErrorCode.BOOTH_PROTOCOL


# The wire and the desk

Ends = tuple[
    Wire[typing.Any, typing.Any], Wire[typing.Any, typing.Any], socket.socket, Conversation
]


@pytest.fixture
def ends() -> Iterator[Ends]:
    near_end, far = socket.socketpair()
    for end in (near_end, far):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    desk, other = desk_wire(near_end), booth_wire(far)
    process_like = typing.cast(BoothProcess, SimpleNamespace(wire=desk))
    yield desk, other, far, Conversation(process_like)
    desk.close()
    other.close()


def test_a_portrait_passes_only_while_it_is_waited_for(ends: Ends) -> None:
    desk, other, _, _ = ends
    other.send(sealed(9))
    with pytest.raises(BoothError) as caught:
        desk.receive(1)
    assert caught.value.code is ErrorCode.BOOTH_PROTOCOL


def test_only_the_exact_length_passes_and_no_other_kind_is_as_long(ends: Ends) -> None:
    desk, _, raw, _ = ends
    body = msgspec.msgpack.encode({"type": "PortraitSealed", "sealed": bytes(PORTRAIT_BYTES - 1)})
    raw.sendall(len(body).to_bytes(4, "big") + body)
    with pytest.raises(BoothError):
        desk.receive(1, PORTRAIT_MESSAGE_BYTES)
    with pytest.raises(BoothError):
        desk.send(Fault("x" * 20_000))


def test_the_desk_takes_a_portrait_sealed_to_its_officers_alone(ends: Ends) -> None:
    _, other, _, talk = ends
    good = sealed(9)
    other.send(good)
    assert seal_portrait(talk, OFFICERS.public_key) == good.sealed
    raw = PortraitSealed(bytes(PORTRAIT_BYTES))
    painted = PortraitSealed(good.sealed[:200] + bytes(PORTRAIT_BYTES - 200))
    for wrong in (raw, painted, PortraitSealed(secrets.token_bytes(PORTRAIT_BYTES))):
        other.send(wrong)
        with pytest.raises(BoothError) as caught:
            seal_portrait(talk, OFFICERS.public_key)
        assert caught.value.code is ErrorCode.BOOTH_PROTOCOL
    other.send(good)
    with pytest.raises(BoothError):
        seal_portrait(talk, NEXT.public_key)


def test_a_ceremonys_answer_is_held_to_what_was_asked(ends: Ends) -> None:
    _, other, _, talk = ends
    keys, lent = keys_of(90), Ceremony(OFFICERS.export_private(), OFFICERS.public_key, 1e-4)
    before = sealed(9).sealed
    head = b"\1" + (4).to_bytes(2, "little") + keys.pid
    template = TemplateSealed(head + bytes(156), bytes(16), 2)
    other.send(PortraitsRenewed(template, (sealed(9),)))
    made, (anew,) = renew_from_portraits(talk, lent, [before], keys, 4)
    assert (made.version, len(anew)) == (4, PORTRAIT_BYTES)
    received = other.receive(1, 1 << 20)
    assert received is not None and isinstance(received.message, RenewFromPortraits)
    for answer in (
        PortraitsRenewed(template, (sealed(9), sealed(9))),
        PortraitsRenewed(template, (PortraitSealed(before),)),
        PortraitsRenewed(TemplateSealed(bytes(175), bytes(16), 2), (sealed(9),)),
        PortraitsRenewed(template, (PortraitSealed(bytes(PORTRAIT_BYTES)),)),
    ):
        other.send(answer)
        with pytest.raises(StationError) as caught:
            renew_from_portraits(talk, lent, [before], keys, 4)
        assert caught.value.code is ErrorCode.BOOTH_PROTOCOL
        assert "b'" not in repr(answer) and "b'" not in repr(received.message)
