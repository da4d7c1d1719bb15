"""Tiny ONNX files written byte by byte (protobuf wire form), and what belongs beside them.

No `onnx` package is installed, and nothing here writes pictures but this PNG by hand.
"""

import hashlib
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from station.booth.ports import BgrImage

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


def png_of(bgr: BgrImage) -> bytes:
    """A BGR picture as PNG (ISO/IEC 15948), rows unfiltered."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        checksum = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)

    height, width = bgr.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = b"".join(b"\x00" + row.tobytes() for row in bgr[..., ::-1])
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def install_passive(
    folder: Path,
    net: bytes | None = None,
    live: bytes | None = None,
    attack: bytes | None = None,
    changed: Mapping[str, str] | None = None,
) -> Path:
    """A network with its description and two pictures: live people are dark, attacks bright."""
    net = net or BRIGHT_IS_INDEX_1
    live = live or png_of(np.full((100, 100, 3), 30, np.uint8))
    attack = attack or png_of(np.full((100, 100, 3), 220, np.uint8))
    (folder / "net.onnx").write_bytes(net)
    (folder / "live.png").write_bytes(live)
    (folder / "attack.png").write_bytes(attack)
    lines = {
        "title": '"bright is attack"',
        "sha256": f'"{_sha256(net)}"',
        "input_px": "16",
        "crop_scale": "1.0",
        "colour": '"BGR"',
        "value_scale": "0.00392156862745098",
        "activation": '"softmax"',
        "output_index": "1",
        "attack_is": '"high"',
    } | dict(changed or {})
    model = "\n".join(f"{key} = {value}" for key, value in lines.items())
    (folder / "net.toml").write_text(
        f"""[model]\n{model}
[threshold]
attack_score = 0.6
bpcer = 0.01
date = "2026-11-22"
data = "made up for this test"
[self_test]
live = "live.png"
live_sha256 = "{_sha256(live)}"
attack = "attack.png"
attack_sha256 = "{_sha256(attack)}"
""",
        "utf-8",
    )
    return folder / "net.onnx"


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


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


BRIGHT_IS_INDEX_1 = threshold_net((-8.0, 8.0), (4.0, -4.0))
"""Logits -8x+4 and 8x-4 of the mean value x of the first channel, 0..1."""
