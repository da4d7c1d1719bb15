"""Which reader, camera and sensor a visit uses, from the configuration. Part of the composition."""

from station.booth.messages import CameraChoice, ReaderChoice, SensorChoice
from station.booth.visit_booth import Devices
from station.config import Config
from station.simulation import Stage


def devices_of(config: Config, own_trust: str, stage: Stage | None) -> Devices:
    """The configured devices, or the stage's where they are simulated.

    `own_trust` is the station's own folder of trusted certificates.
    """
    reader, camera, sensor = config.reader, config.camera, config.sensor
    trust = reader.trust_folder or own_trust
    return Devices(
        ReaderChoice(
            reader.kind,
            reader.name,
            trust_folder=trust,
            photo_plugin=reader.photo_plugin,
            identity=reader.identity,
        ),
        CameraChoice(
            camera.kind,
            camera.device,
            camera.identity,
            bus_path=camera.bus_path,
            exposure_response=camera.exposure_response,
        ),
        _none if stage is None else stage.chip_descriptor,
        _none if stage is None or camera.kind != "feed" else stage.frames_descriptor,
        SensorChoice(sensor.kind, sensor.device),
        _none if stage is None or sensor.kind != "feed" else stage.sensor_descriptor,
    )


def _none() -> None:
    return None
