"""Rules of the house no other tool checks: sizes, texts, locks, what may cross the wall."""

import ast
import dataclasses
import enum
import inspect
import re
import types
import typing
from collections.abc import Iterator
from pathlib import Path

import msgspec
import msgspec.inspect as shape
import pytest

from resources.texts import table
from station import errors, events
from station.booth import messages, template_messages
from station.booth.portrait_form import PORTRAIT_BYTES

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("station", "consent", "storage", "drivers", "ui", "resources")
LOCKS = sorted(ROOT.glob("*.lock"))

MAX_FILE_LINES = 400
TRAVELS_ALONE = {"resources/verify/verify_bundle.py": 970}
"""One file by its purpose: an auditor takes it away and reads it without the project."""
MAX_QML_LINES = 200
MAX_FUNCTION_LINES = 60
USUAL_FUNCTION_LINES = 40
USUAL_SHARE = 0.95
MAX_WIRE_BYTES = 4096
SEALED_PORTRAIT = "PortraitSealed.sealed"
"""The one longer field: of one exact length, and held to its form (test_portrait_form.py)."""


def sources(*folders: str, suffix: str = ".py") -> list[Path]:
    return sorted(p for f in folders for p in (ROOT / f).rglob(f"*{suffix}"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def line_count(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def test_the_search_sees_the_product() -> None:
    """The other tests would pass on an empty list."""
    assert len(sources(*ROOMS)) > 50
    assert {lock.name for lock in LOCKS} >= {"requirements.lock", "requirements-dev.lock"}


# Sizes


def test_files_stay_short() -> None:
    long = [
        name_of(p)
        for p in sources(*ROOMS, "tests")
        if line_count(p) > TRAVELS_ALONE.get(name_of(p), MAX_FILE_LINES)
    ]
    assert long == []


def test_qml_files_stay_short() -> None:
    long = [name_of(p) for p in sources("ui", suffix=".qml") if line_count(p) > MAX_QML_LINES]
    assert long == []


def functions() -> Iterator[tuple[str, int]]:
    for path in sources(*ROOMS):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                yield f"{name_of(path)}:{node.lineno} {node.name} {lines}", lines


def test_functions_stay_short() -> None:
    found = list(functions())
    assert [name for name, lines in found if lines > MAX_FUNCTION_LINES] == []
    usual = sum(lines <= USUAL_FUNCTION_LINES for _, lines in found)
    longer = [name for name, lines in found if lines > USUAL_FUNCTION_LINES]
    assert usual / len(found) >= USUAL_SHARE, longer


# Words


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        name_of(p)
        for p in sources(*ROOMS)
        if p.read_text("utf-8").strip() and not ast.get_docstring(ast.parse(p.read_text("utf-8")))
    ]
    assert silent == []


def test_names_that_say_nothing_are_not_used() -> None:
    empty_names = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
    assert [name_of(p) for p in sources(*ROOMS) if p.stem in empty_names] == []


@pytest.mark.parametrize("code", list(errors.ErrorCode))
def test_every_error_code_has_a_text_in_both_languages(code: errors.ErrorCode) -> None:
    found = table()["error"][code.value]
    assert set(found) == {"zh_CN", "en"}
    assert all(text.strip() for text in found.values())


def test_no_text_belongs_to_a_code_that_does_not_exist() -> None:
    assert set(table()["error"]) == {code.value for code in errors.ErrorCode}


# What must not be written


IMAGE_WRITERS = re.compile(r"\bimwrite\b|\.save\(|\bQImageWriter\b|\.tofile\(|\bsavez?\b\(")


def test_no_picture_is_written_to_a_file() -> None:
    """Only screenshots of the kiosk's own pages are, and only in the demo profile."""
    allowed = {"ui/screenshots.py"}
    writers = [
        f"{name_of(path)}:{number}"
        for path in sources(*ROOMS)
        if name_of(path) not in allowed
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if IMAGE_WRITERS.search(line)
    ]
    assert writers == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_locks_carry_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text("utf-8")
    assert not re.search(r"https?://|file:|--(extra-)?index-url|--find-links|--trusted-host", text)
    requirements = re.findall(r"^[A-Za-z0-9].*?(?<!\\)$", text, re.M | re.S)
    assert requirements
    assert [r for r in requirements if "--hash=sha256:" not in r] == []


TEXT_SUFFIXES = {".py", ".qml", ".toml", ".md", ".sh", ".lock", ".txt", ".json", ""}


def committed_text() -> Iterator[tuple[Path, str]]:
    """Text files of the project; what is git-ignored lies in folders named here."""
    skipped = {".git", ".venv", ".station", "__pycache__", "node_modules"}
    for path in ROOT.rglob("*"):
        inside = path.relative_to(ROOT).parts
        if path.suffix not in TEXT_SUFFIXES or not path.is_file():
            continue
        if any(p in skipped or (p.startswith(".") and p.endswith("_cache")) for p in inside):
            continue
        if inside[0] == ".hypothesis":
            continue
        try:
            yield path, path.read_text("utf-8")
        except UnicodeDecodeError:
            continue


def test_no_path_of_somebodys_machine_is_committed() -> None:
    homes = re.compile(r"(?<![\w.~])/(home|Users|work|mnt|root)/[A-Za-z0-9._-]+")
    found = [
        f"{name_of(path)}: {match.group()}"
        for path, text in committed_text()
        if path != Path(__file__)
        for match in homes.finditer(text)
    ]
    assert found == []


def test_no_private_key_is_committed() -> None:
    marker = "-----BEGIN " + r"(?:EC |RSA |ENCRYPTED )?" + "PRIVATE KEY-----"
    assert [name_of(p) for p, text in committed_text() if re.search(marker, text)] == []


# What may cross the wall


def wire_types() -> list[type[msgspec.Struct]]:
    return [
        member
        for module in (messages, template_messages)
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, msgspec.Struct) and member.__module__ == module.__name__
    ]


def too_free(kind: shape.Type, where: str) -> Iterator[str]:
    """Fields that could carry pixels or a feature vector: unbounded bytes, text or numbers."""
    match kind:
        case shape.BytesType() | shape.ByteArrayType() | shape.MemoryViewType():
            exact = kind.min_length == kind.max_length == PORTRAIT_BYTES
            if exact and where.endswith(SEALED_PORTRAIT):
                return
            if kind.max_length is None or kind.max_length > MAX_WIRE_BYTES:
                yield f"{where}: bytes without a small limit"
        case shape.StrType():
            if kind.pattern is None and (kind.max_length is None or kind.max_length > 200):
                yield f"{where}: text without a small limit"
        case shape.AnyType() | shape.RawType() | shape.ExtType() | shape.CustomType():
            yield f"{where}: anything at all"
        case shape.ListType() | shape.VarTupleType() | shape.SetType() | shape.FrozenSetType():
            numeric = isinstance(kind.item_type, shape.FloatType | shape.IntType)
            if numeric and (kind.max_length is None or kind.max_length > 16):
                yield f"{where}: as many numbers as a feature vector has"
            yield from too_free(kind.item_type, f"{where}[]")
        case shape.DictType():
            if kind.max_length is None or kind.max_length > 16:
                yield f"{where}: a table without a small limit"
            yield from too_free(kind.key_type, f"{where} key")
            yield from too_free(kind.value_type, f"{where} value")
        case shape.TupleType():
            if len(kind.item_types) > 16:
                yield f"{where}: as many numbers as a feature vector has"
            for item in kind.item_types:
                yield from too_free(item, where)
        case shape.UnionType():
            for option in kind.types:
                yield from too_free(option, where)
        case shape.StructType():
            for field in kind.fields:
                yield from too_free(field.type, f"{kind.cls.__name__}.{field.name}")


@pytest.mark.parametrize("kind", wire_types(), ids=lambda kind: kind.__name__)
def test_message_could_not_carry_a_picture_or_a_vector(kind: type[msgspec.Struct]) -> None:
    assert list(too_free(shape.type_info(kind), kind.__name__)) == []
    assert kind.__struct_config__.forbid_unknown_fields


class _Leak(msgspec.Struct):
    picture: bytes
    vector: tuple[float, ...]
    note: str
    rest: typing.Any


def test_the_walk_finds_a_message_that_could() -> None:
    found = list(too_free(shape.type_info(_Leak), "Leak"))
    assert len(found) == 4


HARMLESS = (int, float, bool, str, types.NoneType, enum.Enum)


def holds_more(hint: object, where: str) -> Iterator[str]:
    """Parts of an event's field that are not an enum, a number, a flag or a short text."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        for option in typing.get_args(hint):
            yield from holds_more(option, where)
        return
    if typing.get_origin(hint) is tuple:
        # A list of words is no picture and no vector; a list of numbers could be one.
        leaves = {leaf for leaf in typing.get_args(hint) if leaf is not ...}
        for leaf in leaves:
            nested = typing.get_origin(leaf) is tuple
            yield from holds_more(leaf, where) if nested else _not_words(leaf, where)
        return
    plain = getattr(hint, "__supertype__", hint)
    if not (isinstance(plain, type) and issubclass(plain, HARMLESS)):
        yield f"{where}: {hint}"


def _not_words(hint: object, where: str) -> Iterator[str]:
    if hint is not str:
        yield f"{where}: {hint}"


def event_types() -> list[type[events.Event]]:
    return [
        member
        for _, member in inspect.getmembers(events, inspect.isclass)
        if issubclass(member, events.Event) and member is not events.Event
    ]


@pytest.mark.parametrize("kind", event_types(), ids=lambda kind: kind.__name__)
def test_event_carries_no_bytes_and_no_array(kind: type[events.Event]) -> None:
    hints = typing.get_type_hints(kind)
    assert set(hints) == {field.name for field in dataclasses.fields(kind)}
    assert [b for name, hint in hints.items() for b in holds_more(hint, name)] == []


def test_the_event_walk_finds_bytes_and_lists() -> None:
    for leak in (bytes, list[int], tuple[float, ...], tuple[tuple[int, int], ...]):
        assert list(holds_more(leak, "x"))
    assert not list(holds_more(tuple[tuple[str, str], ...], "x"))
    assert list(holds_more(int | None, "x")) == []
