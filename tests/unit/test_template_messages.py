"""What of a template may cross the wall: exact lengths, and nothing else in bytes."""

import socket
import struct
import threading
import typing
from collections.abc import Iterator
from types import SimpleNamespace

import msgspec
import msgspec.inspect as shape
import pytest
from template_kit import keys_of

from station.booth import messages, template_messages
from station.booth.handle import BoothProcess, Conversation
from station.booth.messages import BoothMessage, DeskMessage, Fault
from station.booth.portrait_form import PORTRAIT_BYTES
from station.booth.template_messages import (
    CompareTemplate,
    EnrolTemplate,
    RecordKeys,
    RenewTemplate,
    TemplateSealed,
)
from station.booth.template_talk import (
    compare_template,
    enrol_template,
    renew_template,
    renew_templates,
)
from station.booth.wire import Wire, booth_wire, desk_wire
from station.errors import BoothError, ErrorCode, StationError
from station.model import SealedTemplate, TemplateKeys, TemplateReference

MODEL = b"m" * 16
RECORD = RecordKeys(b"p" * 16, b"r" * 2112, b"k" * 16)
SEALED = TemplateSealed(b"\1\1\0" + b"p" * 172, MODEL, 2)
BYTES_OUT = {
    "TemplateSealed.sealed": 175,
    "TemplateSealed.model_id": 16,
    "PortraitSealed.sealed": PORTRAIT_BYTES,
}


def bytes_fields(kind: shape.Type, where: str) -> Iterator[tuple[str, int | None, int | None]]:
    """Every field of a message that holds bytes, wherever it is nested, with its two limits."""
    match kind:
        case shape.BytesType() | shape.ByteArrayType() | shape.MemoryViewType():
            yield where, kind.min_length, kind.max_length
        case shape.StructType():
            for field in kind.fields:
                yield from bytes_fields(field.type, f"{kind.cls.__name__}.{field.name}")
        case shape.UnionType():
            for option in kind.types:
                yield from bytes_fields(option, where)
        case shape.ListType() | shape.VarTupleType() | shape.SetType() | shape.FrozenSetType():
            yield from bytes_fields(kind.item_type, where)
        case shape.TupleType():
            for item in kind.item_types:
                yield from bytes_fields(item, where)
        case shape.DictType():
            yield from bytes_fields(kind.key_type, where)
            yield from bytes_fields(kind.value_type, where)


def test_the_only_bytes_that_leave_the_booth_are_a_sealed_templates_or_portraits() -> None:
    found = list(bytes_fields(shape.type_info(BoothMessage), ""))
    assert {where: most for where, _, most in found} == BYTES_OUT
    assert all(least == most for _, least, most in found)


def test_every_field_of_bytes_has_one_exact_length_both_ways() -> None:
    found = list(bytes_fields(shape.type_info(DeskMessage), ""))
    assert {where for where, _, _ in found} >= {"RecordKeys.rotation", "TemplateSealed.sealed"}
    assert [where for where, least, most in found if least != most or most is None] == []


def test_every_message_of_the_module_has_a_direction_or_stands_in_one() -> None:
    """A type nobody sends would be walked by no test of a direction."""
    sent = {*typing.get_args(BoothMessage), *typing.get_args(DeskMessage)}
    assert {EnrolTemplate, CompareTemplate, RenewTemplate} <= sent
    assert TemplateSealed in typing.get_args(BoothMessage)
    assert TemplateSealed not in typing.get_args(DeskMessage)
    walked = {messages.__name__, template_messages.__name__}
    assert {kind.__module__ for kind in sent} == walked


Ends = tuple[Wire[DeskMessage, BoothMessage], Wire[BoothMessage, DeskMessage], socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    near, far = socket.socketpair()
    desk, booth = desk_wire(near), booth_wire(far)
    yield desk, booth, far
    desk.close()
    booth.close()


@pytest.mark.parametrize("size", [0, 174, 176, 512])
@pytest.mark.parametrize("field", ["sealed", "model_id"])
def test_another_length_is_refused_by_the_desk(ends: Ends, field: str, size: int) -> None:
    desk, _, raw = ends
    body = {"type": "TemplateSealed", "sealed": bytes(175), "model_id": MODEL, "profile": 1}
    data = msgspec.msgpack.encode(body | {field: bytes(size)})
    raw.sendall(struct.pack(">I", len(data)) + data)
    with pytest.raises(BoothError) as caught:
        desk.receive(1)
    assert caught.value.code is ErrorCode.BOOTH_PROTOCOL


def test_the_keys_of_a_renewal_fit_one_message(ends: Ends) -> None:
    desk, booth, _ = ends
    renewal = RenewTemplate(RECORD, SEALED, RECORD)
    desk.send(renewal)
    received = booth.receive(1)
    assert received is not None and received.message == renewal


def test_no_message_shows_a_key_or_a_template() -> None:
    for message in (
        EnrolTemplate(RECORD, 1e-4),
        CompareTemplate(RECORD, SEALED),
        RenewTemplate(RECORD, SEALED, RECORD),
        SEALED,
    ):
        assert "b'" not in repr(message)
        assert len(repr(message)) < 120


# The desk's side: what a booth that misbehaves cannot pass off as an answer


def talk(ends: Ends) -> Conversation:
    return Conversation(typing.cast(BoothProcess, SimpleNamespace(wire=ends[0])))


def sealed(
    keys: TemplateKeys, version: int = 1, model: bytes = MODEL, profile: int = 2
) -> TemplateSealed:
    return TemplateSealed(
        b"\1" + version.to_bytes(2, "little") + keys.pid + bytes(156), model, profile
    )


def reference(keys: TemplateKeys, version: int = 1) -> TemplateReference:
    made = sealed(keys, version)
    return TemplateReference(SealedTemplate(made.sealed, made.model_id, made.profile), keys)


def test_a_new_template_must_be_the_one_asked_for(ends: Ends) -> None:
    keys = keys_of(50)
    ends[1].send(sealed(keys))
    assert enrol_template(talk(ends), keys, 1e-4).pid == keys.pid
    for wrong in (sealed(keys_of(51)), sealed(keys, version=2)):
        ends[1].send(wrong)
        with pytest.raises(BoothError) as caught:
            enrol_template(talk(ends), keys, 1e-4)
        assert caught.value.code is ErrorCode.BOOTH_PROTOCOL


def test_a_renewed_template_keeps_model_and_profile_and_is_one_version_on(ends: Ends) -> None:
    old, new = reference(keys_of(52), version=7), keys_of(53)
    ends[1].send(sealed(new, version=8))
    assert renew_template(talk(ends), old, new).version == 8
    for wrong in (
        sealed(new, version=7),
        sealed(old.keys, version=8),
        sealed(new, version=8, model=bytes(16)),
        sealed(new, version=8, profile=1),
    ):
        ends[1].send(wrong)
        with pytest.raises(BoothError) as caught:
            renew_template(talk(ends), old, new)
        assert caught.value.code is ErrorCode.BOOTH_PROTOCOL


def test_a_refused_template_is_the_desks_typed_error(ends: Ends) -> None:
    for ask in (
        lambda: enrol_template(talk(ends), keys_of(54), 1e-4),
        lambda: compare_template(talk(ends), reference(keys_of(54)), lambda _: None),
        lambda: renew_template(talk(ends), reference(keys_of(54)), keys_of(55)),
    ):
        ends[1].send(Fault(ErrorCode.TEMPLATE_REFUSED.value))
        with pytest.raises(StationError) as caught:
            ask()
        assert caught.value.code is ErrorCode.TEMPLATE_REFUSED


def play_renewals(booth: Wire[BoothMessage, DeskMessage], refused: tuple[int, ...]) -> None:
    for index in range(40):
        received = booth.receive(5)
        assert received is not None and isinstance(received.message, RenewTemplate)
        pid = received.message.new_keys.pid
        answer = TemplateSealed(b"\1\2\0" + pid + bytes(156), MODEL, 2)
        booth.send(Fault(ErrorCode.TEMPLATE_REFUSED.value) if index in refused else answer)


def test_many_are_renewed_in_order_and_a_refused_one_stops_none(ends: Ends) -> None:
    refused, drawn = (0, 17, 39), [0]

    def pairs() -> Iterator[tuple[TemplateReference, TemplateKeys]]:
        for index in range(40):
            drawn[0] += 1
            yield reference(keys_of(60 + index)), keys_of(160 + index)

    playing = threading.Thread(target=play_renewals, args=(ends[1], refused))
    playing.start()
    try:
        done = renew_templates(talk(ends), pairs())
        assert next(done) is None
        # Drawn lazily: the first answer is there long before the last key is derived.
        assert drawn == [32]
        pids = [None, *(None if one is None else one.pid for one in done)]
    finally:
        playing.join()
    wanted = [None if index in refused else keys_of(160 + index).pid for index in range(40)]
    assert pids == wanted


def test_a_lost_booth_ends_the_renewal_and_what_was_done_is_good(ends: Ends) -> None:
    pairs = [(reference(keys_of(60 + i)), keys_of(160 + i)) for i in range(3)]
    ends[1].send(sealed(pairs[0][1], version=2))
    done = renew_templates(talk(ends), pairs)
    first = next(done)
    assert first is not None and first.pid == pairs[0][1].pid
    ends[1].send(Fault(ErrorCode.BOOTH_PROTOCOL.value))
    with pytest.raises(StationError) as caught:
        next(done)
    assert caught.value.code is ErrorCode.BOOTH_PROTOCOL
