"""What the demo profile may do and the production profile refuses (house.md section 2)."""

from station.config import Config
from station.errors import ConfigError, ErrorCode

_PRODUCTION_READERS = frozenset({"pcsc", "sam"})
_PRODUCTION_CAMERAS = frozenset({"uvc"})
_DEMO_READERS = _PRODUCTION_READERS | {"feed"}
_SENSOR_DRIVERS = frozenset({""})
"""A driver for a real sensor goes into drivers/pad and its kind in here."""
_DEMO_SENSORS = _SENSOR_DRIVERS | {"feed"}
_DEMO_CAMERAS = _PRODUCTION_CAMERAS | {"feed", "file"}


def require_allowed(config: Config) -> None:
    """Refuse simulated drivers, video files and feeds outside the demo profile.

    Raises `ConfigError(PROFILE_FORBIDS)`, and `(SENSOR_MISSING)` for key infrastructure on a camera
    alone (L-3): no driver for a real sensor exists yet, so naming one does not help.
    """
    demo = config.site.profile == "demo"
    readers = _DEMO_READERS if demo else _PRODUCTION_READERS
    cameras = _DEMO_CAMERAS if demo else _PRODUCTION_CAMERAS
    if config.reader.kind not in readers or config.camera.kind not in cameras:
        raise ConfigError(ErrorCode.PROFILE_FORBIDS)
    if not demo and config.sensor.kind == "feed":
        raise ConfigError(ErrorCode.PROFILE_FORBIDS)
    if config.sensor.kind not in _DEMO_SENSORS:
        raise ConfigError(ErrorCode.SENSOR_MISSING)
    if config.policy.pad == "KEY_INFRASTRUCTURE" and not config.sensor.kind:
        raise ConfigError(ErrorCode.SENSOR_MISSING)
