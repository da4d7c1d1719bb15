"""The signed thresholds: two people, one signature, nothing in silence."""

import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from consent.digest import sm3
from consent.signing import HeadSigner, verify
from station.access import Role
from station.booth.messages import CapturePolicy
from station.booth.pad_gates import DEFAULT_GATES
from station.build import Paths, create_keyring
from station.cli.main import station
from station.cli.settled import settled_station
from station.config import load
from station.errors import ConfigError, ErrorCode
from station.model import Secret
from station.pad_policy import (
    SHIPPED,
    SIGNED_FILE,
    PadPolicy,
    approve,
    load_policy,
    parse,
    propose,
    proposed,
)
from station.profile import require_allowed
from tests.cheap_keys import patch_keys_cheap
from tests.duty import on_disk

SIGNER, OTHER = HeadSigner.generate(), HeadSigner.generate()
SHIPPED_TEXT = SHIPPED.read_text("utf-8")
STRICTER = SHIPPED_TEXT.replace("planarity_residual = 0.055", "planarity_residual = 0.06 ")
NOW = "2026-11-22T08:00:00+00:00"


def loaded(folder: Path, signer: HeadSigner = SIGNER) -> PadPolicy:
    return load_policy(folder, sm3, lambda said, sig: verify(signer.public_key, said, sig))


def adopt(folder: Path, text: str = STRICTER, second: str = "wang") -> None:
    propose(folder, text.encode(), "chen", NOW, sm3)
    approve(folder, second, NOW, sm3, SIGNER.sign)


def code_of(folder: Path, signer: HeadSigner = SIGNER) -> ErrorCode:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, signer)
    return caught.value.code


def test_the_shipped_file_is_known_and_is_what_the_code_defaults_to(tmp_path: Path) -> None:
    policy = loaded(tmp_path)
    assert policy.approval is None
    assert policy.gates == DEFAULT_GATES


def test_two_people_put_a_file_in_force(tmp_path: Path) -> None:
    adopt(tmp_path)
    policy = loaded(tmp_path)
    assert policy.gates.planarity_residual == 0.06
    assert policy.approval is not None
    assert (policy.approval.proposed_by, policy.approval.approved_by) == ("chen", "wang")
    assert proposed(tmp_path) is None


def test_a_proposal_alone_changes_nothing(tmp_path: Path) -> None:
    propose(tmp_path, STRICTER.encode(), "chen", NOW, sm3)
    assert loaded(tmp_path).gates == DEFAULT_GATES


@pytest.mark.parametrize("second", ["chen", "CHEN"])
def test_one_person_alone_cannot(tmp_path: Path, second: str) -> None:
    with pytest.raises(ConfigError) as caught:
        adopt(tmp_path, second=second)
    assert caught.value.code is ErrorCode.POLICY_NOT_SIGNED
    assert loaded(tmp_path).gates == DEFAULT_GATES


@pytest.mark.parametrize("field", ["text", "approved_by", "approved_at", "proposed_by", "digest"])
def test_any_change_after_the_signature_refuses_to_start(tmp_path: Path, field: str) -> None:
    adopt(tmp_path)
    path = tmp_path / SIGNED_FILE
    signed = json.loads(path.read_text())
    changed = {
        "text": signed["text"].replace("0.06 ", "0.041"),
        "digest": sm3(b"other").hex(" ", 8),
    }.get(
        field, signed[field].replace("2026", "2027").replace("wang", "zhao").replace("chen", "li")
    )
    path.write_text(json.dumps(signed | {field: changed}))
    assert code_of(tmp_path) is ErrorCode.POLICY_NOT_SIGNED


def test_another_stations_signature_is_none(tmp_path: Path) -> None:
    adopt(tmp_path)
    assert code_of(tmp_path, OTHER) is ErrorCode.POLICY_NOT_SIGNED


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[gates]",
        SHIPPED_TEXT.replace("planarity_residual = 0.055", "planarity_residual = 0.0"),
        SHIPPED_TEXT.replace("cue_sum", "cue_summ"),
        SHIPPED_TEXT + "\nextra = 1\n",
        SHIPPED_TEXT.replace('date = "2026-11-22"', 'date = "today"'),
        "\x00" * 70_000,
    ],
)
def test_a_file_with_less_more_or_beyond_is_refused(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text.encode())
    assert caught.value.code is ErrorCode.POLICY_INVALID


@given(st.binary(max_size=400))
def test_any_bytes_are_parsed_or_refused(content: bytes) -> None:
    try:
        parse(content)
    except ConfigError as error:
        assert error.code is ErrorCode.POLICY_INVALID


def test_the_wire_refuses_a_threshold_out_of_range() -> None:
    policy = CapturePolicy(5, 5, 0.15, 90)
    raw = msgspec.json.decode(msgspec.json.encode(policy))
    raw["gates"]["planarity_residual"] = 0.0
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(json.dumps(raw), type=CapturePolicy)


@pytest.mark.parametrize(
    "overrides",
    [
        {"policy": {"pad": "KEY_INFRASTRUCTURE"}},
        {"policy": {"pad": "KEY_INFRASTRUCTURE"}, "sensor": {"kind": "depth"}},
        {"site": {"profile": "demo"}, "sensor": {"kind": "depth"}},
        {"sensor": {"kind": "nir"}},
    ],
)
def test_key_infrastructure_does_not_start_on_a_camera_alone(
    overrides: dict[str, dict[str, str]],
) -> None:
    require_allowed(load())
    with pytest.raises(ConfigError) as caught:
        require_allowed(load(overrides=overrides))
    assert caught.value.code is ErrorCode.SENSOR_MISSING


def test_only_the_demo_takes_a_simulated_sensor() -> None:
    wanted = {"policy": {"pad": "KEY_INFRASTRUCTURE"}, "sensor": {"kind": "feed"}}
    require_allowed(load(overrides=wanted | {"site": {"profile": "demo"}}))
    with pytest.raises(ConfigError) as caught:
        require_allowed(load(overrides=wanted))
    assert caught.value.code is ErrorCode.PROFILE_FORBIDS


def test_the_commands_take_two_people_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATION_HOME", str(tmp_path))
    patch_keys_cheap(monkeypatch)
    create_keyring(Paths(tmp_path / "data"), Secret(b"a long passphrase"))
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "station-passphrase").write_bytes(b"a long passphrase")
    (credentials / "station-passphrase").chmod(0o400)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    wished = tmp_path / "wished.toml"
    wished.write_text(STRICTER, "utf-8")

    duty = on_disk(monkeypatch, settled_station, Role.MANAGER)
    manager, security = (duty.member(role).user for role in (Role.MANAGER, Role.SECURITY_ADMIN))

    def run(role: Role, *words: str, code: int = 0) -> Result:
        done = CliRunner().invoke(station, ["policy", *words, *duty.signs_in(role), *LANG])
        assert done.exit_code == code, done.output
        return done

    why = ("--reason", "measured anew")
    request = run(Role.MANAGER, "propose", str(wished), *why).stdout.strip()
    assert "ACC-13" in run(Role.MANAGER, "apply", request, *why, code=1).stderr
    assert "ACC-01" in run(Role.MANAGER, "approve", request, "--yes", code=1).stderr
    told = run(Role.SECURITY_ADMIN, "approve", request, "--yes")
    assert "planarity_residual: 0.055 → 0.06" in told.stderr
    assert "ACC-01" in run(Role.SECURITY_ADMIN, "apply", request, *why, code=1).stderr
    assert json.loads(run(Role.MANAGER, "show", "--json").stdout)["approved_by"] == ""
    run(Role.MANAGER, "apply", request, *why)
    shown = json.loads(run(Role.MANAGER, "show", "--json").stdout)
    assert (shown["proposed_by"], shown["approved_by"]) == (manager, security)
    assert shown["gates"]["planarity_residual"] == 0.06
    assert "ACC-13" in run(Role.MANAGER, "apply", request, *why, code=1).stderr


LANG = ("--lang", "en")
