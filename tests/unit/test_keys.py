"""The key hierarchy: slots, wrong keys, hostile files, where a passphrase may come from."""

import json
import os
import re
import stat

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stores_kit import PASSPHRASE, cheap_keyring

from consent.signing import HeadSigner
from station.errors import ErrorCode, StationBug, StorageError
from station.model import Secret
from storage.keyring_file import (
    LARGEST_BYTES,
    KeyringContent,
    Slot,
    read_keyring,
    write_keyring,
)
from storage.keys import STORE_NAMES, KeyRing
from storage.officer_codes import join, new_codes, read_code
from storage.passphrase import credential, read_passphrase


def code_of(raised):
    return raised.value.code


def test_created_ring_opens_with_the_real_cost_by_passphrase_and_by_both_codes(tmp_path):
    path = tmp_path / "ring" / "keyring"
    ring, codes = KeyRing.create(path, PASSPHRASE)
    document = json.loads(path.read_text())
    assert [(s["t"], s["m_kib"], s["p"]) for s in document["slots"].values()] == [(3, 65536, 4)] * 2
    both = join(read_code(codes.first), read_code(codes.second))
    for other in (KeyRing.open(path, PASSPHRASE), KeyRing.open_with_recovery(path, both)):
        for store in STORE_NAMES:
            assert other.store_key(store).reveal() == ring.store_key(store).reveal()
        assert other.op_key().reveal() == ring.op_key().reveal()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_one_officer_alone_opens_nothing_and_new_codes_end_the_old_ones(tmp_path):
    ring = cheap_keyring(tmp_path)
    path = tmp_path / "keyring"
    codes = new_codes()
    ring.change_recovery(codes.secret)
    both = join(read_code(codes.first), read_code(codes.second))
    assert KeyRing.open_with_recovery(path, both).op_key().reveal() == ring.op_key().reveal()
    assert KeyRing.open(path, PASSPHRASE).op_key().reveal() == ring.op_key().reveal()
    later = new_codes()
    ring.change_recovery(later.secret)
    shares = [read_code(code).share for code in (codes.first, codes.second, later.first)]
    for refused in (both, *shares):
        with pytest.raises(StorageError) as raised:
            KeyRing.open_with_recovery(path, refused)
        assert code_of(raised) is ErrorCode.KEY_WRONG


def test_every_key_has_one_use(tmp_path):
    ring = cheap_keyring(tmp_path)
    keys = [ring.store_key(s).reveal() for s in STORE_NAMES]
    keys += [ring.record_kek(s).reveal() for s in STORE_NAMES]
    keys += [ring.op_key().reveal(), ring.link_key().reveal()]
    assert len(set(keys)) == len(keys)
    on_disk = (tmp_path / "keyring").read_bytes().replace(b" ", b"")
    assert not any(key in on_disk or key.hex().encode() in on_disk for key in keys)
    with pytest.raises(StationBug):
        ring.store_key("portraits")


def test_wrong_passphrase_changes_nothing(tmp_path):
    cheap_keyring(tmp_path)
    path = tmp_path / "keyring"
    before = path.read_bytes()
    for opener in (KeyRing.open, KeyRing.open_with_recovery):
        with pytest.raises(StorageError) as raised:
            opener(path, Secret(b"not the passphrase"))
        assert code_of(raised) is ErrorCode.KEY_WRONG
    assert path.read_bytes() == before


def test_missing_short_and_second_ring_are_refused(tmp_path):
    with pytest.raises(StorageError) as raised:
        KeyRing.open(tmp_path / "none", PASSPHRASE)
    assert code_of(raised) is ErrorCode.KEY_MISSING
    with pytest.raises(StorageError) as raised:
        KeyRing.create(tmp_path / "keyring", Secret(b"short"))
    assert code_of(raised) is ErrorCode.KEY_WRONG
    cheap_keyring(tmp_path)
    with pytest.raises(StorageError) as raised:
        KeyRing.create(tmp_path / "keyring", PASSPHRASE)
    assert code_of(raised) is ErrorCode.STORE_LOCKED


def test_new_passphrase_keeps_stores_and_recovery(tmp_path):
    ring = cheap_keyring(tmp_path)
    path = tmp_path / "keyring"
    recovery = json.loads(path.read_text())["slots"]["recovery"]
    ring.change_passphrase(Secret(b"another passphrase"))
    with pytest.raises(StorageError):
        KeyRing.open(path, PASSPHRASE)
    again = KeyRing.open(path, Secret(b"another passphrase"))
    assert again.store_key("ledger").reveal() == ring.store_key("ledger").reveal()
    assert json.loads(path.read_text())["slots"]["recovery"] == recovery


def test_signing_key_is_made_once_and_signs(tmp_path):
    ring = cheap_keyring(tmp_path)
    with pytest.raises(StorageError) as raised:
        ring.ledger_signing_key()
    assert code_of(raised) is ErrorCode.KEY_MISSING
    made = ring.ledger_signing_key(create=True)
    HeadSigner.from_private(made.reveal())
    assert cheap_keyring(tmp_path).ledger_signing_key(create=True).reveal() == made.reveal()
    assert made.reveal()[:32].hex() not in (tmp_path / "keyring").read_text().replace(" ", "")


def test_no_run_of_digits_in_the_file_is_as_long_as_an_identity_number(tmp_path):
    """Whatever chance draws; and a file from before, in one piece, is the same to whoever reads."""
    path = tmp_path / "keyring"
    digits = KeyringContent(
        {"daily": Slot(1, 8192, 1, b"\x12" * 16, b"\x34" * 60)},
        {"identity": b"\x56" * 60},
        {"ledger": b"\x78" * 200},
    )
    write_keyring(path, digits)
    assert not re.search(r"\d{17}[\dXx]", path.read_text())
    assert read_keyring(path) == digits
    former = json.loads(path.read_text())
    for part in (former["slots"]["daily"], former["stores"], former["keys"]):
        for name, value in part.items():
            part[name] = value.replace(" ", "") if isinstance(value, str) else value
    path.write_text(json.dumps(former))
    assert re.search(r"\d{17}[\dXx]", path.read_text())
    assert read_keyring(path) == digits
    ring = cheap_keyring(tmp_path / "real")
    document = json.loads((tmp_path / "real" / "keyring").read_text())
    whole = json.dumps(document).replace(" ", "")
    (tmp_path / "real" / "keyring").write_text(whole)
    again = cheap_keyring(tmp_path / "real")
    assert again.op_key().reveal() == ring.op_key().reveal()
    again.ledger_signing_key(create=True)
    assert " " in json.loads((tmp_path / "real" / "keyring").read_text())["stores"]["identity"]


def test_wrapped_secrets_cannot_change_places_or_costs(tmp_path):
    cheap_keyring(tmp_path)
    path = tmp_path / "keyring"
    good = json.loads(path.read_text())

    swapped = json.loads(json.dumps(good))
    swapped["stores"]["identity"], swapped["stores"]["keys"] = (
        good["stores"]["keys"],
        good["stores"]["identity"],
    )
    path.write_text(json.dumps(swapped))
    ring = KeyRing.open(path, PASSPHRASE)
    with pytest.raises(StorageError) as raised:
        ring.store_key("identity")
    assert code_of(raised) is ErrorCode.STORE_CORRUPT

    cheaper = json.loads(json.dumps(good))
    cheaper["slots"]["daily"]["t"] = 2
    path.write_text(json.dumps(cheaper))
    with pytest.raises(StorageError) as raised:
        KeyRing.open(path, PASSPHRASE)
    assert code_of(raised) is ErrorCode.KEY_WRONG

    del good["stores"]["ledger"]
    path.write_text(json.dumps(good))
    with pytest.raises(StorageError) as raised:
        KeyRing.open(path, PASSPHRASE).store_key("ledger")
    assert code_of(raised) is ErrorCode.KEY_MISSING


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"slots": []},
        {"stores": {"identity": "zz"}},
        {"slots": {"daily": {"kdf": "argon2id", "t": 3, "m_kib": 1 << 40, "p": 4}}},
        {"slots": {"daily": {"kdf": "none", "t": 3, "m_kib": 65536, "p": 4}}},
        {"slots": {"daily": {"kdf": "argon2id", "t": True, "m_kib": 65536, "p": 4}}},
        {"extra": 1},
    ],
)
def test_altered_file_is_refused(tmp_path, change):
    cheap_keyring(tmp_path)
    path = tmp_path / "keyring"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(StorageError) as raised:
        KeyRing.open(path, PASSPHRASE)
    assert code_of(raised) is ErrorCode.STORE_CORRUPT


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.binary(max_size=300) | st.just(b"[" * 60000) | st.just(b" " * (LARGEST_BYTES + 1)))
def test_hostile_file_raises_only_the_typed_error(tmp_path, data):
    path = tmp_path / "hostile"
    path.write_bytes(data)
    with pytest.raises(StorageError):
        read_keyring(path)


def test_failed_rewrite_leaves_the_old_file(tmp_path, monkeypatch):
    ring = cheap_keyring(tmp_path)
    path = tmp_path / "keyring"
    before = path.read_bytes()

    def full(_descriptor):
        raise OSError(28, "no room")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError) as raised:
        write_keyring(path, ring._content)
    assert code_of(raised) is ErrorCode.DISK_FULL
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["keyring"]


def test_passphrase_from_a_descriptor(tmp_path):
    reader, writer = os.pipe()
    os.write(writer, b"from a pipe\n")
    os.close(writer)
    assert read_passphrase(reader).reveal() == b"from a pipe"
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(reader)
    with pytest.raises(StorageError) as raised:
        read_passphrase(reader)
    assert code_of(raised) is ErrorCode.KEY_MISSING


def test_passphrase_from_a_credential_file(tmp_path, monkeypatch):
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(StorageError):
        credential("station")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    path = credential("station")
    with pytest.raises(StorageError):
        read_passphrase(path)
    path.write_bytes(b"from systemd")
    path.chmod(0o400)
    assert read_passphrase(path).reveal() == b"from systemd"
    path.chmod(0o644)
    with pytest.raises(StorageError):
        read_passphrase(path)
    with pytest.raises(StorageError):
        credential("../station")


@pytest.mark.parametrize("content", [b"", b"\n", b"x" * 1025])
def test_empty_or_endless_passphrase_is_refused(tmp_path, content):
    path = tmp_path / "credential"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(StorageError):
        read_passphrase(path)


def test_a_pipe_named_as_file_is_refused_without_hanging(tmp_path):
    path = tmp_path / "fifo"
    os.mkfifo(path, 0o600)
    with pytest.raises(StorageError):
        read_passphrase(path)
