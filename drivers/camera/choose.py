"""Turns a camera choice into a camera; the one place that knows all kinds."""

from pathlib import Path

from drivers.camera.feed import FeedCamera
from drivers.camera.uvc import UvcCamera
from drivers.camera.video_file import VideoFileCamera
from station.booth.messages import CameraChoice
from station.booth.ports import Camera
from station.errors import ConfigError, ErrorCode

_DEMO_KINDS = ("file", "feed")


def open_camera(choice: CameraChoice, demo: bool) -> Camera:
    """The chosen camera, still closed.

    Raises `ConfigError` PROFILE_FORBIDS for a file or feed outside the demo profile, and
    CONFIG_INVALID for an unknown kind.
    """
    if choice.kind in _DEMO_KINDS and not demo:
        raise ConfigError(ErrorCode.PROFILE_FORBIDS)
    match choice.kind:
        case "uvc":
            return UvcCamera(choice.device, choice.identity, choice.bus_path)
        case "file":
            return VideoFileCamera(Path(choice.device))
        case "feed":
            return FeedCamera(choice.descriptor)
        case _:
            raise ConfigError(ErrorCode.CONFIG_INVALID)
