"""Frozen, typed configuration: defaults, then the site's file; unknown keys refuse to start."""

import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from station.errors import ConfigError, ErrorCode

ROOT = Path(__file__).resolve().parent.parent
"""The checkout the station runs from."""

DEFAULTS = ROOT / "resources" / "default.toml"

_FILE_LIMIT_BYTES = 64 * 1024

Seconds = Annotated[float, Meta(gt=0, le=3600)]
Tries = Annotated[int, Meta(ge=1, le=10)]


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Site(_Section, frozen=True):
    """Where the station stands and which profile it runs."""

    place_name: str
    station_id: Annotated[str, Meta(pattern="^[A-Za-z0-9._-]{1,40}$")]
    profile: Literal["production", "demo"]
    language: Literal["zh_CN", "en"]


class Reader(_Section, frozen=True):
    """The document reader."""

    kind: str
    name: str
    trust_folder: str
    photo_plugin: str
    identity: Annotated[str, Meta(max_length=200)]


class CameraConfig(_Section, frozen=True):
    """The live camera."""

    kind: str
    device: str
    identity: str
    bus_path: Annotated[str, Meta(max_length=64)]
    exposure_response: Annotated[float, Meta(ge=0, le=0.95)]


class Sensor(_Section, frozen=True):
    """A depth or near-infrared sensor beside the camera; only the demo's feed has a driver yet."""

    kind: Literal["", "depth", "nir", "feed"]
    device: str


class Models(_Section, frozen=True):
    """An operator's own model files and the thresholds measured for them; empty: the shipped."""

    own_manifest: str
    own_calibration: str
    passive: str


class Policy(_Section, frozen=True):
    """Limits and times a visit is judged by."""

    fmr: Annotated[float, Meta(gt=0, lt=0.1)]
    accept_unknown_issuer: bool
    card_attempts: Tries
    capture_attempts: Tries
    pad: Literal["FAST", "NORMAL", "ASSISTED", "KEY_INFRASTRUCTURE"]
    min_iod_px: Annotated[float, Meta(ge=40, le=400)]
    face_lock_timeout_s: Seconds
    earliest_action_s: Annotated[float, Meta(ge=0.05, le=2)]
    action_timeout_s: Seconds
    plan_valid_s: Seconds
    consent_timeout_s: Seconds
    card_timeout_s: Seconds
    access_key_timeout_s: Seconds
    capture_timeout_s: Seconds
    result_timeout_s: Seconds
    booth_ready_timeout_s: Seconds
    visitor_retention_h: Annotated[float, Meta(ge=0, le=24)]
    resident_retention_days: Annotated[int, Meta(ge=1, le=365)]
    resident_retention_max_days: Annotated[int, Meta(ge=1, le=365)]
    resident_attempts: Tries
    resident_lock_min: Annotated[int, Meta(ge=1, le=1440)]
    minor_age_years: Annotated[int, Meta(ge=14, le=18)]
    ticket_days: Annotated[int, Meta(ge=1, le=30)]
    min_free_mb: Annotated[int, Meta(ge=1)]
    attended: bool


class Config(_Section, frozen=True):
    """Everything the composition root needs."""

    site: Site
    reader: Reader
    camera: CameraConfig
    sensor: Sensor
    models: Models
    policy: Policy


Overrides = dict[str, dict[str, Any]]


def load(site_file: Path | None = None, overrides: Overrides | None = None) -> Config:
    """Defaults, then `site_file` if it exists, then `overrides` (demo profile and tests).

    Raises `ConfigError(CONFIG_INVALID)` on an unknown, missing or mistyped key, and on a file that
    cannot be read or is larger than 64 KiB.
    """
    try:
        merged = _read(DEFAULTS)
        if site_file is not None:
            # Not `exists()`: it calls a file behind a loop of links absent, and its rules lost.
            with suppress(FileNotFoundError):
                _merge(merged, _read(site_file))
        _merge(merged, overrides or {})
        return msgspec.convert(merged, Config)
    except (OSError, ValueError, RecursionError) as error:
        # ValueError: no TOML, no UTF-8, or a value the types refuse. RecursionError: deep nesting.
        raise ConfigError(ErrorCode.CONFIG_INVALID) from error


def _read(path: Path) -> dict[str, dict[str, Any]]:
    with path.open("rb") as file:
        raw = file.read(_FILE_LIMIT_BYTES + 1)
    if len(raw) > _FILE_LIMIT_BYTES:
        raise ConfigError(ErrorCode.CONFIG_INVALID)
    return tomllib.loads(raw.decode("utf-8"))


def _merge(base: dict[str, dict[str, Any]], extra: dict[str, dict[str, Any]]) -> None:
    for section, values in extra.items():
        if not isinstance(values, dict):
            raise ConfigError(ErrorCode.CONFIG_INVALID)
        base.setdefault(section, {}).update(values)
