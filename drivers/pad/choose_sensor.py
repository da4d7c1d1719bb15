"""Turns a sensor choice into a sensor; the one place that knows all kinds."""

from drivers.pad.sensor_feed import FeedSensor
from station.booth.messages import SensorChoice
from station.booth.ports import FaceSensor, SensorKind
from station.errors import ConfigError, ErrorCode


def open_sensor(choice: SensorChoice, demo: bool) -> FaceSensor | None:
    """The chosen sensor, still closed; None where none is fitted.

    Raises `ConfigError` PROFILE_FORBIDS for a feed outside the demo profile, SENSOR_MISSING for a
    kind without a driver (there is none for real hardware yet), CONFIG_INVALID for a feed of
    unknown kinds.
    """
    if not choice.kind:
        return None
    if choice.kind != "feed":
        raise ConfigError(ErrorCode.SENSOR_MISSING)
    if not demo:
        raise ConfigError(ErrorCode.PROFILE_FORBIDS)
    try:
        kinds = tuple(SensorKind(name) for name in choice.device.split("+") if name)
    except ValueError as error:
        raise ConfigError(ErrorCode.CONFIG_INVALID) from error
    return FeedSensor(choice.descriptor, kinds or tuple(SensorKind))
