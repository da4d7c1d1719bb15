"""Pairs of pictures in the LFW form, which the evaluations run on.

A folder has one sub-folder per person, `NAME/NAME_0001.jpg`. The pairs file has a header `folds
pairs` (or only `pairs`), then per fold that many mated lines `NAME i j` and as many non-mated lines
`NAME i OTHER j`.
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from station.booth.ports import BgrImage

FOLDS_WHERE_NONE_STATED = 10
PAIRS_LIMIT = 1_000_000
PAIRS_LIMIT_BYTES = 256 * 1024 * 1024
IMAGE_LIMIT_BYTES = 32 * 1024 * 1024
_MOST_DIGITS = 7
Key = tuple[str, int]
"""A person's name and the number of the picture."""
T = TypeVar("T")


class PairsError(click.ClickException):
    """The pairs file or the folder does not have the form it must have."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures and whether they show one person."""

    one: Key
    other: Key
    is_mated: bool
    fold: int


def read_pairs(path: Path) -> list[Pair]:
    """Read a pairs file. Raises `PairsError`, with the line number where a line is malformed."""
    if path.stat().st_size > PAIRS_LIMIT_BYTES:
        raise PairsError(f"the pairs file is larger than {PAIRS_LIMIT_BYTES >> 20} MiB")
    try:
        lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    except UnicodeDecodeError:
        raise PairsError("the pairs file is not UTF-8 text") from None
    header = lines[0] if lines else []
    numbers = all(part.isdecimal() and len(part) <= _MOST_DIGITS for part in header)
    if len(header) not in (1, 2) or not numbers:
        raise PairsError("line 1: expected `folds pairs`")
    per_class = int(header[-1])
    folds = int(header[0]) if len(header) == 2 else 1
    if not 1 <= per_class * folds <= PAIRS_LIMIT:
        raise PairsError(f"line 1: more than {PAIRS_LIMIT} pairs, or none")
    body = [(number, line) for number, line in enumerate(lines[1:], start=2) if line]
    if len(body) != 2 * per_class * folds:
        raise PairsError(f"expected {2 * per_class * folds} pairs, found {len(body)}")
    pairs = [_pair(line, number, per_class, index) for index, (number, line) in enumerate(body)]
    if folds > 1:
        return pairs
    share = max(1, -(-per_class // FOLDS_WHERE_NONE_STATED))
    return [
        Pair(pair.one, pair.other, pair.is_mated, index % per_class // share)
        for index, pair in enumerate(pairs)
    ]


def image_path(images: Path, key: Key) -> Path:
    """The picture's file. Raises `PairsError` when it is not there."""
    name, number = key
    for ending in ("jpg", "png"):
        path = images / name / f"{name}_{number:04d}.{ending}"
        if path.is_file():
            return path
    # The name may be a person's own: only its place in the file is told.
    raise PairsError("a picture that the pairs file names is not in the folder")


def read_picture(path: Path) -> "BgrImage | None":
    """The decoded picture; None for a file that is too large or no picture."""
    from drivers.face.pictures import decode_picture

    return decode_picture(path.read_bytes()) if path.stat().st_size <= IMAGE_LIMIT_BYTES else None


def tracked(items: Sequence[T], name: str) -> Iterable[T]:
    """The items, with a progress bar called `name` on standard error."""
    from rich.console import Console
    from rich.progress import track

    return track(items, description=name, console=Console(file=sys.stderr), total=len(items))


def _pair(parts: list[str], number: int, per_class: int, index: int) -> Pair:
    is_mated = index % (2 * per_class) < per_class
    wanted = 3 if is_mated else 4
    if len(parts) != wanted:
        raise PairsError(f"line {number}: expected {wanted} fields")
    one = _key(parts[0], parts[1], number)
    other = _key(parts[0] if is_mated else parts[2], parts[-1], number)
    return Pair(one, other, is_mated, index // (2 * per_class))


def _key(name: str, picture: str, number: int) -> Key:
    if not picture.isdecimal() or len(picture) > 6 or Path(name).name != name or name == "..":
        raise PairsError(f"line {number}: not a name and a picture number")
    return name, int(picture)
