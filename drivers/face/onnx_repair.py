"""Repair of an ONNX file that lists inputs its graph does not have.

OpenCV 5 and onnxruntime refuse such a file. Only the protobuf wire form is walked, so that no
`onnx` package is needed: a ModelProto's graph is field 7, a GraphProto's inputs are field 11, an
input's name is field 1.
"""

from collections.abc import Iterator

from station.errors import ErrorCode, ModelError

_GRAPH, _INPUT, _NAME = 7, 11, 1
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_VARINT_LIMIT = 10


def strip_inputs(model: bytes, keep: tuple[str, ...] = ("data",)) -> bytes:
    """Return `model` without the graph inputs that are not in `keep`, all else byte for byte.

    Raises `ModelError(MODEL_DAMAGED)` where the bytes are no protobuf.
    """
    names = {name.encode() for name in keep}
    out = bytearray()
    for field, raw, body in _fields(model):
        if field != _GRAPH:
            out += raw
            continue
        graph = bytearray()
        for inner, inner_raw, inner_body in _fields(body):
            if inner == _INPUT and _name(inner_body) not in names:
                continue
            graph += inner_raw
        out += _varint(_GRAPH << 3 | _BYTES) + _varint(len(graph)) + graph
    return bytes(out)


def _name(value_info: bytes) -> bytes:
    return next((body for field, _, body in _fields(value_info) if field == _NAME), b"")


def _fields(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield (field number, the field as it stands, its payload) of one protobuf message."""
    position = 0
    while position < len(data):
        start = position
        key, position = _read_varint(data, position)
        kind = key & 7
        if kind == _VARINT:
            _, position = _read_varint(data, position)
            body = b""
        elif kind in (_FIXED64, _FIXED32):
            position += 8 if kind == _FIXED64 else 4
            body = b""
        elif kind == _BYTES:
            length, position = _read_varint(data, position)
            body = data[position : position + length]
            position += length
        else:
            raise ModelError(ErrorCode.MODEL_DAMAGED)
        if position > len(data):
            raise ModelError(ErrorCode.MODEL_DAMAGED)
        yield key >> 3, data[start:position], body


def _read_varint(data: bytes, position: int) -> tuple[int, int]:
    value = 0
    for count in range(_VARINT_LIMIT):
        if position >= len(data):
            break
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return value, position
    raise ModelError(ErrorCode.MODEL_DAMAGED)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
