"""The officers' key: its private half opens with both codes, its public half is the station's."""

import json
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.digest import to_text
from consent.signing import HeadSigner
from station.errors import ErrorCode, StorageError
from station.model import Secret
from storage.hybrid import open_with, seal_to
from storage.officer_codes import join, new_codes, read_code
from storage.officers import (
    make_officers_key,
    officers_public_key,
    open_officers_file,
    publish,
    read_offline,
    write_offline,
)

STATION = HeadSigner.generate()
CODES = new_codes()
PUBLIC, CONTENT = make_officers_key(CODES.secret, STATION.public_key)


def code_of(call: object, *values: object) -> ErrorCode:
    with pytest.raises(StorageError) as raised:
        call(*values)  # type: ignore[operator]
    return raised.value.code


def test_file_and_both_codes_open_what_was_sealed() -> None:
    secret = join(read_code(CODES.first), read_code(CODES.second))
    opened = open_officers_file(CONTENT, secret)
    assert (opened.public_key, opened.station_key) == (PUBLIC, STATION.public_key)
    assert open_with(opened.private_key, seal_to(PUBLIC, b"portrait", b"x"), b"x") == b"portrait"
    assert opened.private_key.reveal()[:32] not in CONTENT
    assert opened.private_key.reveal()[:32].hex().encode() not in CONTENT


def test_codes_of_another_issue_open_nothing() -> None:
    for secret in (new_codes().secret, read_code(CODES.first).share, Secret(b"")):
        assert code_of(open_officers_file, CONTENT, secret) is ErrorCode.OFFICER_KEY_WRONG


@pytest.mark.parametrize("name", ["public_key", "station_key"])
def test_no_public_key_in_the_file_can_be_replaced(name: str) -> None:
    document = json.loads(CONTENT)
    document[name] = to_text(HeadSigner.generate().public_key)
    forged = json.dumps(document).encode()
    assert code_of(open_officers_file, forged, CODES.secret) is ErrorCode.OFFICER_KEY_WRONG


@settings(deadline=None)
@given(
    st.binary(max_size=200)
    | st.dictionaries(
        st.sampled_from(["format", "public_key", "station_key", "sealed", "signature"]),
        st.sampled_from(["", "AA", "station-officers-private/1", "station-officers-public/1"])
        | st.integers()
        | st.none(),
    ).map(lambda found: json.dumps(found).encode())
    | st.just(b"[" * 8000)
    | st.just(CONTENT + b" " * 9000)
)
def test_hostile_files_end_in_the_typed_error(content: bytes) -> None:
    found = code_of(open_officers_file, content, CODES.secret)
    assert found in (ErrorCode.BACKUP_INVALID, ErrorCode.OFFICER_KEY_WRONG)


def test_the_private_half_is_never_written_into_the_station(tmp_path: Path) -> None:
    home, stick = tmp_path / "home", tmp_path / "stick"
    (home / "deep").mkdir(parents=True)
    stick.mkdir()
    (tmp_path / "link").symlink_to(home / "deep")
    for inside in (home / "a", home / "deep" / "a", tmp_path / "link" / "a", stick / "../home/a"):
        assert code_of(write_offline, inside, CONTENT, home) is ErrorCode.OFFICER_KEY_WRONG
    assert [path for path in home.rglob("*") if path.is_file()] == []
    write_offline(stick / "officers.json", CONTENT, home)
    assert stat.S_IMODE((stick / "officers.json").stat().st_mode) == 0o600
    assert read_offline(stick / "officers.json") == CONTENT
    assert code_of(write_offline, stick / "officers.json", b"", home) is ErrorCode.STORE_LOCKED
    assert read_offline(stick / "officers.json") == CONTENT
    assert code_of(write_offline, stick / "no" / "x", CONTENT, home) is ErrorCode.DISK_FULL


def test_only_a_public_key_the_station_signed_is_sealed_to(tmp_path: Path) -> None:
    path = tmp_path / "officers.json"
    assert code_of(officers_public_key, path, STATION.public_key) is ErrorCode.KEY_MISSING
    publish(path, PUBLIC, STATION)
    assert officers_public_key(path, STATION.public_key) == PUBLIC
    mallory = HeadSigner.generate()
    publish(tmp_path / "forged.json", mallory.public_key, mallory)
    forged = tmp_path / "forged.json"
    assert code_of(officers_public_key, forged, STATION.public_key) is ErrorCode.OFFICER_KEY_WRONG
    document = json.loads(path.read_text())
    document["public_key"] = to_text(mallory.public_key)
    forged.write_text(json.dumps(document))
    assert code_of(officers_public_key, forged, STATION.public_key) is ErrorCode.OFFICER_KEY_WRONG
    for text in ("", "{}", '{"format": "station-officers-public/1"}'):
        forged.write_text(text)
        found = code_of(officers_public_key, forged, STATION.public_key)
        assert found is ErrorCode.OFFICER_KEY_WRONG
