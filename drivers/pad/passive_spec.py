"""The description of a site's own passive network, and reading its files (no OpenCV here).

`[models] passive` names an ONNX file; the description lies beside it with the suffix `.toml`:

    [model]
    title = "…"
    sha256 = "…"              # of the ONNX file
    input_px = 80             # side of the square input
    crop_scale = 2.7          # side of the crop over the longer side of the face box
    colour = "BGR"            # or "RGB"
    value_mean = 0.0          # taken from each value 0..255 first
    value_scale = 1.0         # and then multiplied with
    output = ""               # name of the output, where there are several
    activation = "softmax"    # what makes the raw output 0..1: "none", "sigmoid" or "softmax"
    output_index = 1
    attack_is = "low"         # whether a "high" or a "low" value there means an attack

    [threshold]               # found on this station's own camera
    attack_score = 0.93       # 0 bona fide .. 1 attack, whichever way the network points
    bpcer = 0.01              # share of live people at or above it, at most 1 %
    date = "2026-11-22"
    data = "…"

    [self_test]               # two pictures with one face each, beside the description
    live = "live.png"
    live_sha256 = "…"
    attack = "attack.png"
    attack_sha256 = "…"
"""

import hashlib
import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from station.errors import ErrorCode, ModelError

_MODEL_LIMIT_BYTES = 256 << 20
_PICTURE_LIMIT_BYTES = 16 << 20
_TEXT_LIMIT_BYTES = 64 << 10
Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Name = Annotated[str, Meta(pattern=r"^[\w-][\w. -]{0,99}$")]
"""A file beside the description, never a path."""


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class ModelTable(_Table, frozen=True):
    """How the network is fed and read."""

    title: Annotated[str, Meta(min_length=1, max_length=100)]
    sha256: Digest
    input_px: Annotated[int, Meta(ge=16, le=1024)]
    crop_scale: Annotated[float, Meta(ge=0.5, le=8)]
    colour: Literal["RGB", "BGR"]
    value_scale: Annotated[float, Meta(gt=0, le=10)]
    activation: Literal["none", "sigmoid", "softmax"]
    output_index: Annotated[int, Meta(ge=0, le=4095)]
    attack_is: Literal["high", "low"]
    value_mean: Annotated[float, Meta(ge=0, le=255)] = 0.0
    output: Annotated[str, Meta(max_length=200)] = ""


class ThresholdTable(_Table, frozen=True):
    """From which score on the network counts, and where that comes from."""

    attack_score: Annotated[float, Meta(gt=0, lt=1)]
    bpcer: Annotated[float, Meta(gt=0, le=0.01)]
    date: Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\d$")]
    data: Annotated[str, Meta(min_length=1, max_length=400)]


class SelfTestTable(_Table, frozen=True):
    """One picture that must be accepted and one that must be refused."""

    live: Name
    live_sha256: Digest
    attack: Name
    attack_sha256: Digest


class PassiveSpec(_Table, frozen=True):
    """The whole description."""

    model: ModelTable
    threshold: ThresholdTable
    self_test: SelfTestTable


class PassiveFiles(msgspec.Struct, frozen=True):
    """Bytes whose digests are those of the description."""

    spec: PassiveSpec
    model: bytes
    live: bytes
    attack: bytes


def read_passive(path: Path) -> PassiveFiles:
    """Read description, network and pictures, and check every digest.

    Raises `ModelError`: MODEL_MISSING for a file that cannot be read or a path that is not
    absolute, MODEL_DAMAGED for a digest or a description that is not as it must be.
    """
    if not path.is_absolute():
        raise ModelError(ErrorCode.MODEL_MISSING)
    try:
        text = _read(path.with_suffix(".toml"), _TEXT_LIMIT_BYTES).decode("utf-8")
        spec = msgspec.convert(tomllib.loads(text), PassiveSpec)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ModelError(ErrorCode.MODEL_DAMAGED) from error
    test = spec.self_test
    return PassiveFiles(
        spec,
        _checked(path, _MODEL_LIMIT_BYTES, spec.model.sha256),
        _checked(path.with_name(test.live), _PICTURE_LIMIT_BYTES, test.live_sha256),
        _checked(path.with_name(test.attack), _PICTURE_LIMIT_BYTES, test.attack_sha256),
    )


def _checked(path: Path, most_bytes: int, sha256: str) -> bytes:
    data = _read(path, most_bytes)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ModelError(ErrorCode.MODEL_DAMAGED)
    return data


def _read(path: Path, most_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(most_bytes + 1)
    except OSError as error:
        raise ModelError(ErrorCode.MODEL_MISSING) from error
    if len(data) > most_bytes:
        raise ModelError(ErrorCode.MODEL_DAMAGED)
    return data
