"""The one frontal frame a capture may leave behind, where the person agreed to keep a portrait.

At most one crop at a time, of a frame whose feature attack detection accepted; a frontal one
replaces a less frontal one. It never leaves the booth but sealed.
"""

from collections.abc import Callable, Sequence

from station.booth.ports import BgrImage, FeatureVector

Crop = Callable[[], BgrImage]
"""Makes the copy that is kept; called only when it will be."""


class LivePortrait:
    """Holds one crop; lives on the booth's main thread."""

    def __init__(self) -> None:
        self._picture: BgrImage | None = None
        self._feature: FeatureVector | None = None
        self._yaw = 0.0

    def offer(
        self, crop: Crop, feature: FeatureVector, yaw: float, accepted: Sequence[FeatureVector]
    ) -> None:
        """Keep this frame when its feature was accepted and none more frontal is held."""
        if not _is_in(feature, accepted):
            return
        if self.is_of(accepted) and abs(yaw) >= self._yaw:
            return
        self.wipe()
        self._picture, self._feature, self._yaw = crop(), feature, abs(yaw)

    def is_of(self, accepted: Sequence[FeatureVector]) -> bool:
        """Whether what is held is of one of these very frames."""
        return self._feature is not None and _is_in(self._feature, accepted)

    @property
    def picture(self) -> BgrImage | None:
        """What is held, BGR."""
        return self._picture

    def wipe(self) -> None:
        """Overwrite and drop what is held."""
        if self._picture is not None:
            self._picture.fill(0)
        self._picture = self._feature = None


def _is_in(feature: FeatureVector, accepted: Sequence[FeatureVector]) -> bool:
    # The very array: an equal one could be of another frame.
    return any(one is feature for one in accepted)
