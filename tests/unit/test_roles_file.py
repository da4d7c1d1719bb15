"""The table of roles: the shipped one, byte for byte, or nothing is granted at all."""

from datetime import UTC, datetime
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.access import ROLES_FILE, Act, Role, load_matrix, parse_matrix
from station.errors import ConfigError, ErrorCode
from station.staffroom import open_staffroom
from tests.ledger_fakes import new_ledger
from tests.office_fakes import MemoryBook

SHIPPED = ROLES_FILE.read_bytes()


def code_of(call, *values):
    with pytest.raises(ConfigError) as raised:
        call(*values)
    return raised.value.code


@pytest.mark.parametrize(
    "edit",
    [
        lambda raw: raw + b"\n",
        lambda raw: raw.replace(b'RUN_VISIT = { roles = ["OPERATOR"]', b"RUN_VISIT = { roles = []"),
        lambda raw: raw.replace(b'second = ["SECURITY_ADMIN"]', b"second = []", 1),
        lambda raw: raw.replace(b"\n", b"\r\n"),
        lambda raw: b"",
        lambda raw: raw * 100,
    ],
    ids=range(6),
)
def test_a_file_edited_by_hand_is_void(tmp_path, edit, monkeypatch):
    path = tmp_path / "roles.toml"
    path.write_bytes(edit(SHIPPED))
    assert code_of(load_matrix, path) is ErrorCode.ROLES_INVALID
    path.unlink()
    assert code_of(load_matrix, path) is ErrorCode.ROLES_INVALID
    # A station with such a file does not open: there is no gate without a table.
    monkeypatch.setattr(load_matrix, "__defaults__", (path, "0" * 64))
    ledger = new_ledger()[0]
    opened = (MemoryBook(), ledger, lambda: datetime.now(UTC))
    assert code_of(open_staffroom, *opened) is ErrorCode.ROLES_INVALID


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace("RUN_VISIT", "RUN_VISITS"),
        lambda text: text.replace('"OPERATOR"', '"ROOT"'),
        lambda text: text + "\n[more]\na = 1\n",
        lambda text: text.replace("reason = true", "reason = 1"),
        lambda text: text.replace("reason = true", "anyone = true"),
        lambda text: text.replace("[acts]", "[[acts]]"),
        lambda text: text.replace("exclusive", "exclusives"),
        lambda _: "x = [" * 5000,
    ],
    ids=range(8),
)
def test_a_file_out_of_form_is_refused_even_with_its_digest(tmp_path, edit):
    raw = edit(SHIPPED.decode()).encode()
    path = tmp_path / "roles.toml"
    path.write_bytes(raw)
    assert code_of(load_matrix, path, sha256(raw).hexdigest()) is ErrorCode.ROLES_INVALID


@given(st.binary(max_size=200))
def test_whatever_stands_in_it_nothing_else_is_raised(raw):
    assert code_of(parse_matrix, raw) is ErrorCode.ROLES_INVALID


def test_the_shipped_table_separates_what_must_be_separate():
    matrix = load_matrix()
    assert not matrix.compatible({Role.SYSTEM_ADMIN, Role.AUDITOR})
    assert matrix.compatible({Role.MANAGER, Role.AUDITOR})
    # Whoever maintains the station gets at nobody's data by a second role.
    shows = (Act.RUN_VISIT, Act.VIEW_MASKED, Act.VIEW_FULL, Act.MINOR_READ, Act.AUDIT_UNMASK)
    for role in {role for act in shows for role in matrix.rules[act].roles}:
        assert not matrix.compatible({Role.MAINTAINER, role}), role
    assert matrix.compatible({Role.MAINTAINER})
    # Every act that takes two can be agreed to by somebody who has none of the asker's accounts.
    for act in Act:
        assert matrix.rules[act].roles, act
    administrators = {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN}
    for act in (Act.VIEW_MASKED, Act.VIEW_FULL, Act.ERASE, Act.AUDIT_READ, Act.TICKET_READ):
        assert not matrix.may(administrators, act), act
