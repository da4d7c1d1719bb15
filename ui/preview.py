"""The live picture: an item that pulls the newest frame when it paints, and forgets it on demand.

Frames are never sent through signals, because a queued copy would outlive the purge (ui.md B2).
The ring's memory is copied before Qt sees it, so no QImage ever points into the ring.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import Property, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage
from PySide6.QtQml import QmlElement
from PySide6.QtQuick import (
    QQuickItem,
    QQuickWindow,
    QSGSimpleRectNode,
    QSGSimpleTextureNode,
    QSGTexture,
)

from ui.service import PreviewFrame

QML_IMPORT_NAME = "Station"
QML_IMPORT_MAJOR_VERSION = 1

_REST_MS, _LOOK_MS, _IDLE_LOOK_MS = 24, 5, 15
"""After a picture the item rests for most of a 30 fps camera's interval, then asks often, so that
a picture waits little; asking often all the time would cost more than painting."""
_HASTY_LOOKS = 5
"""Looks in vain after which the camera is taken to be slower, or away."""

Pull = Callable[[int], PreviewFrame | None]


class PreviewSource(QObject):
    """Hands the service's newest frame to whichever item paints. Lives on the Qt thread."""

    emptied = Signal()

    def __init__(self, parent: QObject, pull: Pull) -> None:
        super().__init__(parent)
        self._pull = pull
        self._window: QQuickWindow | None = None

    def use(self, window: QQuickWindow) -> None:
        """The window whose scene graph shows the pictures.

        An item must not ask for its own window: PySide ties the answer's life to the item's and
        would take the window away with it.
        """
        self._window = window

    def texture(self, image: QImage) -> QSGTexture | None:
        """A texture of `image`, or None before there is a window."""
        return None if self._window is None else self._window.createTextureFromImage(image)

    def newest(self, after: int) -> PreviewFrame | None:
        """The newest frame above `after`, or None."""
        return self._pull(after)

    def forget(self) -> None:
        """Make every item drop its picture and paint black (PURGE)."""
        self.emptied.emit()


@QmlElement
class Preview(QQuickItem):
    """Mirrored live picture, cropped to fill the item. Lives on the Qt thread."""

    source_changed = Signal()
    live_changed = Signal()

    def __init__(self, parent: QQuickItem | None = None) -> None:
        super().__init__(parent)
        self.setFlag(QQuickItem.Flag.ItemHasContents, True)
        self._source: PreviewSource | None = None
        self._sequence = 0
        self._pixels: NDArray[np.uint32] | None = None
        self._texture: QSGTexture | None = None
        self._picture: QSGSimpleTextureNode | None = None
        self._node: QSGSimpleRectNode | None = None
        self._live = False
        self._emptied = False
        self._fresh: PreviewFrame | None = None
        self._misses = 0
        self._clock = QTimer(self, interval=_IDLE_LOOK_MS)
        self._clock.setTimerType(Qt.TimerType.PreciseTimer)
        self._clock.timeout.connect(self._look)
        self._clock.start()

    def _get_source(self) -> QObject | None:
        return self._source

    def _set_source(self, source: PreviewSource | None) -> None:
        if self._source is not None:
            self._source.emptied.disconnect(self.forget)
        self._source = source
        if source is not None:
            source.emptied.connect(self.forget)
        self.source_changed.emit()

    source = Property(QObject, _get_source, _set_source, notify=source_changed)

    @Property(bool, notify=live_changed)
    def live(self) -> bool:
        """Whether a picture has arrived since the item was made or emptied."""
        return self._live

    def forget(self) -> None:
        """Overwrite and drop the picture, paint black, and pull no more."""
        self._clock.stop()
        self._emptied = True
        if self._pixels is not None:
            self._pixels.fill(0)
        self._pixels = self._fresh = None
        self._set_live(False)
        self.update()

    def _look(self) -> None:
        if self._source is None or self._emptied:
            return
        frame = self._source.newest(self._sequence)
        if frame is None:
            self._misses += 1
            self._clock.setInterval(_LOOK_MS if self._misses < _HASTY_LOOKS else _IDLE_LOOK_MS)
            return
        self._misses = 0
        self._clock.setInterval(_REST_MS)
        self._fresh = frame
        self.update()

    def updatePaintNode(self, _old: Any, _data: Any) -> Any:  # noqa: ANN401 - Qt's signature
        """Pull the newest frame into the node; called by the scene graph."""
        if self._node is None:
            self._node = QSGSimpleRectNode(self.boundingRect(), QColor("black"))
        frame, self._fresh = self._fresh, None
        if frame is not None:
            self._show(self._node, frame)
        elif self._pixels is None and self._picture is not None:
            self._node.removeChildNode(self._picture)
            self._drop_texture()
            self._picture = None
        self._fit(self._node)
        return self._node

    def _fit(self, node: QSGSimpleRectNode) -> None:
        """Follow the item's size. A rectangle set without need would repaint the whole page."""
        area = self.boundingRect()
        if node.rect() != area:
            node.setRect(area)
        if self._picture is None:
            return
        crop = self._crop()
        if self._picture.rect() != area or self._picture.sourceRect() != crop:
            self._picture.setRect(area)
            self._picture.setSourceRect(crop)

    def _show(self, node: QSGSimpleRectNode, frame: PreviewFrame) -> None:
        self._sequence = frame.sequence
        height, width = frame.bgra.shape[:2]
        pixels = np.ascontiguousarray(frame.bgra).view(np.uint32).reshape(height, width)
        if self._pixels is None or self._pixels.shape != pixels.shape:
            self._pixels = np.empty_like(pixels)
        # One private buffer for all pictures, mirrored: people move by their mirror picture.
        np.copyto(self._pixels, pixels[:, ::-1])
        image = QImage(self._pixels.data, width, height, width * 4, QImage.Format.Format_RGB32)
        texture = None if self._source is None else self._source.texture(image)
        if texture is None:
            return
        if self._picture is None:
            self._picture = QSGSimpleTextureNode()
            self._picture.setFiltering(QSGTexture.Filtering.Linear)
            self._picture.setTexture(texture)
            node.appendChildNode(self._picture)
        else:
            self._picture.setTexture(texture)
        self._drop_texture()
        self._texture = texture
        self._set_live(True)

    def releaseResources(self) -> None:
        """The page goes: its last picture must not stay behind in a texture nobody paints."""
        self.forget()
        self._drop_texture()

    def _drop_texture(self) -> None:
        """Delete for good: left to Qt, PySide would keep every one of them on its list."""
        if self._texture is not None:
            shiboken6.delete(self._texture)
            self._texture = None

    def _crop(self) -> QRectF:
        """The centred part of the picture with the item's shape."""
        if self._texture is None or self.width() <= 0 or self.height() <= 0:
            return QRectF()
        size = self._texture.textureSize()
        scale = min(size.width() / self.width(), size.height() / self.height())
        width, height = self.width() * scale, self.height() * scale
        return QRectF((size.width() - width) / 2, (size.height() - height) / 2, width, height)

    def _set_live(self, live: bool) -> None:
        if live != self._live:
            self._live = live
            self.live_changed.emit()
