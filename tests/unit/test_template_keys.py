"""Keys of protected templates: the known answer, what each depends on, and what wrapping binds."""

import ast
import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.face.models import sm3_hex
from station.config import ROOT
from station.errors import ErrorCode, StationBug, StorageError
from station.model import Secret
from storage import template_keys
from storage.template_keys import (
    ROTATION_BYTES,
    WRAPPED_BYTES,
    derive_template_keys,
    new_draft,
    unwrap_secret,
    wrap_secret,
)

PEPPER = Secret(bytes(range(0x20)))
SECRET = Secret(bytes(range(0x20, 0x40)))
PID = bytes(range(0x40, 0x50))
PERSON_KEY = Secret(bytes(16))


def test_the_keys_of_the_known_answer() -> None:
    keys = derive_template_keys(PEPPER, PID, SECRET)
    assert keys.pid == PID
    assert keys.seal_key.reveal().hex() == "df8cafcdb82a6b02cb34c231ff022a09"
    rotation = keys.rotation.reveal()
    assert len(rotation) == ROTATION_BYTES
    assert rotation[:16].hex() == "93b837ce97781f33b57aaa7a87faff57"
    assert sm3_hex(rotation) == "cc5facd67c86f0355ff437b917b2f65ce79e2707ffdd8985d1de145b30d6b5d3"


def test_every_ingredient_changes_both_keys() -> None:
    variants = [
        derive_template_keys(PEPPER, PID, SECRET),
        derive_template_keys(Secret(bytes(32)), PID, SECRET),
        derive_template_keys(PEPPER, bytes(16), SECRET),
        derive_template_keys(PEPPER, PID, Secret(bytes(32))),
        derive_template_keys(PEPPER, PID, SECRET, b"1234"),
    ]
    assert len({keys.rotation.reveal() for keys in variants}) == len(variants)
    assert len({keys.seal_key.reveal() for keys in variants}) == len(variants)


def test_drafts_are_never_alike_and_their_keys_come_back_from_their_secret() -> None:
    drafts = [new_draft(PEPPER) for _ in range(100)]
    assert len({draft.keys.pid for draft in drafts}) == 100
    assert len({draft.secret.reveal() for draft in drafts}) == 100
    draft = drafts[0]
    again = derive_template_keys(PEPPER, draft.keys.pid, draft.secret)
    assert again.seal_key.reveal() == draft.keys.seal_key.reveal()
    assert again.rotation.reveal() == draft.keys.rotation.reveal()
    assert repr(draft).count("Secret(…)") == 3


@pytest.mark.parametrize(
    ("pepper", "pid", "secret"),
    [
        (Secret(b""), PID, SECRET),
        (PEPPER, PID[:-1], SECRET),
        (PEPPER, PID, Secret(bytes(33))),
    ],
)
def test_wrong_lengths_are_our_own_fault(pepper: Secret, pid: bytes, secret: Secret) -> None:
    with pytest.raises(StationBug):
        derive_template_keys(pepper, pid, secret)


def test_wrapped_secrets_are_60_bytes_never_alike_and_open_again() -> None:
    one, other = (wrap_secret(PERSON_KEY, PID, SECRET) for _ in range(2))
    assert (len(one), WRAPPED_BYTES) == (60, 60)
    assert one != other
    assert unwrap_secret(PERSON_KEY, PID, one).reveal() == SECRET.reveal()
    with pytest.raises(StationBug):
        wrap_secret(PERSON_KEY, PID, Secret(bytes(31)))


@given(bit=st.integers(min_value=0, max_value=WRAPPED_BYTES * 8 - 1))
def test_an_altered_bit_of_a_wrapped_secret_is_refused(bit: int) -> None:
    wrapped = bytearray(wrap_secret(PERSON_KEY, PID, SECRET))
    wrapped[bit // 8] ^= 1 << bit % 8
    with pytest.raises(StorageError) as caught:
        unwrap_secret(PERSON_KEY, PID, bytes(wrapped))
    assert caught.value.code is ErrorCode.STORE_CORRUPT


@pytest.mark.parametrize(
    ("key", "pid", "cut"),
    [
        (Secret(b"\x01" * 16), PID, None),
        (PERSON_KEY, bytes(16), None),
        (PERSON_KEY, PID, -1),
        (PERSON_KEY, PID, 0),
    ],
)
def test_another_person_another_template_and_another_length_are_refused(
    key: Secret, pid: bytes, cut: int | None
) -> None:
    wrapped = wrap_secret(PERSON_KEY, PID, SECRET)[:cut]
    with pytest.raises(StorageError) as caught:
        unwrap_secret(key, pid, wrapped)
    assert caught.value.code is ErrorCode.STORE_CORRUPT


def test_the_desk_makes_keys_and_cannot_open_or_rotate() -> None:
    """Nothing here computes on vectors, and no name of the module promises it."""
    tree = ast.parse(inspect.getsource(template_keys))
    imported = {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [node.names[0].name])
    }
    assert not [name for name in imported if str(name).startswith(("numpy", "drivers"))]
    defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert defined == {
        "new_draft",
        "derive_template_keys",
        "wrap_secret",
        "unwrap_secret",
        "_expand",
    }


def test_no_desk_module_imports_what_opens_or_turns() -> None:
    """Beside the import contract: in words, and for imports inside functions too."""
    allowed = {
        "station/booth/portrait_step.py",
        "station/booth/template_step.py",
        "station/cli/bench_records.py",
        "station/cli/bench_residents.py",
        "station/cli/bench_templates.py",
        "station/cli/bench_turning.py",
        "station/cli/template_attacks.py",
        "station/cli/template_trials.py",
    }
    found = {
        str(path.relative_to(ROOT))
        for room in ("station", "consent", "storage", "ui", "resources")
        for path in (ROOT / room).rglob("*.py")
        if "drivers.face.sealed_rotation" in path.read_text("utf-8")
    }
    assert found == allowed
