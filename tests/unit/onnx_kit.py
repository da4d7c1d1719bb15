"""Tiny ONNX files written byte by byte (protobuf wire form): no `onnx` package is installed."""

import struct

INPUT_PX = 16
_FLOAT = 1


def threshold_net(weights: tuple[float, float], biases: tuple[float, float]) -> bytes:
    """A net whose two outputs are weight * mean(first channel of the input) + bias.

    Input (1, 3, 16, 16), output (1, 2): one 16x16 convolution whose kernel is flat on the first
    channel and zero on the others.
    """
    area = INPUT_PX * INPUT_PX
    kernel = b"".join(
        struct.pack("<f", value / area if channel == 0 else 0.0) * area
        for value in weights
        for channel in range(3)
    )
    graph = b"".join(
        (
            _bytes(1, _node("Conv", ("data", "w", "b"), "conv")),
            _bytes(1, _node("Flatten", ("conv",), "score")),
            _bytes(2, b"tiny"),
            _bytes(5, _tensor("w", (2, 3, INPUT_PX, INPUT_PX), kernel)),
            _bytes(5, _tensor("b", (2,), struct.pack("<2f", *biases))),
            _bytes(11, _value("data", (1, 3, INPUT_PX, INPUT_PX))),
            _bytes(12, _value("score", (1, 2))),
        )
    )
    opset = _bytes(1, b"") + _number(2, 13)
    return _number(1, 8) + _bytes(7, graph) + _bytes(8, opset)


def _node(kind: str, inputs: tuple[str, ...], output: str) -> bytes:
    names = b"".join(_bytes(1, name.encode()) for name in inputs)
    return (
        names + _bytes(2, output.encode()) + _bytes(3, output.encode()) + _bytes(4, kind.encode())
    )


def _tensor(name: str, shape: tuple[int, ...], raw: bytes) -> bytes:
    dims = b"".join(_number(1, side) for side in shape)
    return dims + _number(2, _FLOAT) + _bytes(8, name.encode()) + _bytes(9, raw)


def _value(name: str, shape: tuple[int, ...]) -> bytes:
    dims = b"".join(_bytes(1, _number(1, side)) for side in shape)
    tensor = _number(1, _FLOAT) + _bytes(2, dims)
    return _bytes(1, name.encode()) + _bytes(2, _bytes(1, tensor))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, body: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(body)) + body


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
