"""Header and manifest of a backup: what is written comes back, anything else is refused."""

import json
import secrets

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.errors import ErrorCode, StorageError
from station.model import Secret
from storage.backup_manifest import (
    BackupHeader,
    BackupPart,
    Manifest,
    parse_header,
    parse_manifest,
)

HEADER = BackupHeader("2026-03-01T09:00:00.000Z", "", "0123456789abcdef", with_keys=False)
MANIFEST = Manifest(
    (
        BackupPart("identity", 4096, secrets.token_bytes(32), Secret(secrets.token_bytes(32)), 7),
        BackupPart("keyring", 900, secrets.token_bytes(32), Secret(b""), 0),
    ),
    12,
    3,
)


def refused(call: object, data: bytes) -> None:
    with pytest.raises(StorageError) as raised:
        call(data)  # type: ignore[operator]
    assert raised.value.code is ErrorCode.BACKUP_INVALID


def test_what_was_written_is_read() -> None:
    assert parse_header(HEADER.to_bytes()) == HEADER
    found = parse_manifest(MANIFEST.to_bytes())
    assert found.to_bytes() == MANIFEST.to_bytes()
    assert found.part("identity") is not None and found.part("keys") is None


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_hostile_bytes_are_refused(data: bytes) -> None:
    refused(parse_header, data)
    refused(parse_manifest, data)


values = st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.lists(st.integers())


@settings(deadline=None)
@given(st.sampled_from(["format", "created", "expires", "station", "with_keys"]), values)
def test_a_header_with_another_kind_of_value_is_refused(name: str, value: object) -> None:
    document = json.loads(HEADER.to_bytes())
    kept = type(document[name]) is type(value) and name != "format"
    document[name] = value
    data = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    if not kept:
        refused(parse_header, data)


@settings(deadline=None)
@given(st.sampled_from(["name", "size", "sm3", "key", "generation"]), values)
def test_a_part_with_another_value_is_refused_or_read_as_it_is(name: str, value: object) -> None:
    document = json.loads(MANIFEST.to_bytes())
    document["parts"][0][name] = value
    data = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    natural = type(value) is int and 0 <= value <= 1 << 40 and name in ("size", "generation")
    if natural or (name == "key" and value == ""):
        assert parse_manifest(data).part("identity") is not None
    else:
        refused(parse_manifest, data)


@pytest.mark.parametrize("name", ["identity", "keyring"])
def test_a_file_named_twice_is_refused(name: str) -> None:
    part = MANIFEST.part(name)
    assert part is not None
    twice = Manifest((*MANIFEST.parts, part), 0, 0)
    refused(parse_manifest, twice.to_bytes())


def test_a_file_of_another_name_is_refused() -> None:
    part = BackupPart("../../evil", 1, bytes(32), Secret(b""), 0)
    refused(parse_manifest, Manifest((part,), 0, 0).to_bytes())
