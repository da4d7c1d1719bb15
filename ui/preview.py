"""The live picture: an item that pulls the newest frame when it paints, and forgets it on demand.

Frames are never sent through signals, because a queued copy would outlive the purge (ui.md B2).
The ring's memory is copied before Qt sees it, so no QImage ever points into the ring; and copied
once, into the one buffer that is painted, so no other copy is left in memory that was given back.

Most of the cost is pixels that are copied, and that Qt's software renderer scales and blends. The
face is therefore taken and painted with every picture, what the page dims beside it with every
second, and what an opaque part of the page hides never.
"""

import time
from typing import Any

import numpy as np
from PySide6.QtCore import Property, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QMatrix4x4
from PySide6.QtQml import QmlElement
from PySide6.QtQuick import (
    QQuickItem,
    QQuickWindow,
    QSGSimpleRectNode,
    QSGTexture,
    QSGTransformNode,
)

from ui import oval as _oval  # noqa: F401 - QML knows its type once it is imported
from ui.panes import BESIDE_PANES, Crop, Panes, beside
from ui.service import BgraImage, KioskService, Take

QML_IMPORT_NAME = "Station"
QML_IMPORT_MAJOR_VERSION = 1

_REST_MS, _LOOK_MS, _IDLE_LOOK_MS = 29, 5, 15
"""After a picture the item rests for most of a 30 fps camera's interval, then asks often, so that
a picture waits little; asking often all the time would cost more than painting."""
_HASTY_LOOKS = 5
"""Looks in vain after which the camera is taken to be slower, or away."""
_BESIDE_S = 0.05
"""Between two paintings beside the face: every second picture at 30 fps, every one at 15."""
_ALL = (slice(None), slice(None))
_RGB32 = QImage.Format.Format_RGB32


class PreviewSource(QObject):
    """Hands the service's newest frame to whichever item paints. Lives on the Qt thread."""

    emptied = Signal()

    def __init__(self, parent: QObject, service: KioskService) -> None:
        super().__init__(parent)
        self._service = service
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

    @staticmethod
    def textures_share() -> bool:
        """Whether a texture shows what its image's memory holds now, not what it held once."""
        return QQuickWindow.sceneGraphBackend() == "software"

    def newest(self, after: int, take: Take) -> int | None:
        """Show `take` the newest frame above `after`; its sequence, or None."""
        return self._service.newest_preview(after, take)

    def forget(self) -> None:
        """Make every item drop its picture and paint black (PURGE)."""
        self.emptied.emit()


def _as_image(bgra: BgraImage) -> QImage:
    """An image that shares the memory of `bgra`, and does not keep it."""
    height, width = bgra.shape[:2]
    return QImage(bgra.data, width, height, width * 4, _RGB32)


@QmlElement
class Preview(QQuickItem):
    """Mirrored live picture, cropped to fill the item. Lives on the Qt thread.

    `face` is the part painted with every picture, in whole pixels of the item; empty: all of it.
    `hidden` is what an opaque part of the page covers right of the face, and is not painted.
    """

    source_changed = Signal()
    live_changed = Signal()
    face_changed = Signal()
    hidden_changed = Signal()

    def __init__(self, parent: QQuickItem | None = None) -> None:
        super().__init__(parent)
        self.setFlag(QQuickItem.Flag.ItemHasContents, True)
        self._source: PreviewSource | None = None
        self._sequence = 0
        self._pixels: BgraImage | None = None
        self._node: QSGSimpleRectNode | None = None
        self._mirror: QSGTransformNode | None = None
        self._face, self._hidden = QRectF(), QRectF()
        self._face_pane, self._beside = Panes(1), Panes(BESIDE_PANES)
        self._stale: set[Panes] = set()
        self._renewed = False
        self._face_pixels = _ALL
        self._whole_at_s = 0.0
        self._fitted: tuple[object, ...] = ()
        self._live = False
        self._emptied = False
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

    def _get_face(self) -> QRectF:
        return self._face

    def _set_face(self, face: QRectF) -> None:
        if face != self._face:
            self._face = face
            self.face_changed.emit()
            self.update()

    face = Property(QRectF, _get_face, _set_face, notify=face_changed)

    def _get_hidden(self) -> QRectF:
        return self._hidden

    def _set_hidden(self, hidden: QRectF) -> None:
        if hidden != self._hidden:
            self._hidden = hidden
            self.hidden_changed.emit()
            self.update()

    hidden = Property(QRectF, _get_hidden, _set_hidden, notify=hidden_changed)

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
        self._stale.clear()
        self._set_live(False)
        self.update()

    def _look(self) -> None:
        if self._source is None or self._emptied:
            return
        sequence = self._source.newest(self._sequence, self._take)
        if self._stale:
            self.update()
        if sequence is None:
            self._misses += 1
            self._clock.setInterval(_LOOK_MS if self._misses < _HASTY_LOOKS else _IDLE_LOOK_MS)
            return
        self._misses = 0
        self._clock.setInterval(_REST_MS)
        self._sequence = sequence

    def _take(self, bgra: BgraImage) -> BgraImage:
        """Copy what is to be painted of `bgra` into the one buffer of all pictures."""
        if self._pixels is None or self._pixels.shape != bgra.shape:
            if self._pixels is not None:
                self._pixels.fill(0)
            # What is painted from the old one is painted anew before anything else is.
            self._pixels = np.empty(bgra.shape, np.uint8)
            self._whole_at_s, self._renewed = 0.0, True
        now_s = time.monotonic()
        part = self._face_pixels
        self._stale.add(self._face_pane)
        if now_s - self._whole_at_s >= _BESIDE_S:
            self._whole_at_s, part = now_s, _ALL
            self._stale.add(self._beside)
        np.copyto(self._pixels[part], bgra[part])
        return self._pixels

    def updatePaintNode(self, _old: Any, _data: Any) -> Any:  # noqa: ANN401 - Qt's signature
        """Bring the newest frame into the nodes; called by the scene graph."""
        if self._node is None:
            self._node = QSGSimpleRectNode(self.boundingRect(), QColor("black"))
        if self._emptied:
            self._remove_picture(self._node)
        elif self._source is not None and self._pixels is not None and self._stale:
            self._show(self._node, self._source, self._pixels)
        self._fit(self._node)
        return self._node

    def _show(self, node: QSGSimpleRectNode, source: PreviewSource, pixels: BgraImage) -> None:
        if self._mirror is None:
            # Turned round by the painter, at no cost: people move by their mirror picture.
            self._mirror = QSGTransformNode()
            node.appendChildNode(self._mirror)
        renew = self._renewed or not source.textures_share()
        for panes in self._stale:
            if not renew:
                panes.show_again()
            elif texture := source.texture(_as_image(pixels)):
                panes.show(texture, self._mirror)
                self._set_live(True)
            else:
                return
        self._stale.clear()
        self._renewed = False

    def _remove_picture(self, node: QSGSimpleRectNode) -> None:
        if self._mirror is not None:
            node.removeChildNode(self._mirror)
            self._mirror = None
        self._drop_textures()

    def releaseResources(self) -> None:
        """The page goes: its last picture must not stay behind in a texture nobody paints."""
        self.forget()
        self._drop_textures()

    def _drop_textures(self) -> None:
        for panes in (self._beside, self._face_pane):
            panes.drop()
        self._pixels = None

    def _fit(self, node: QSGSimpleRectNode) -> None:
        """Follow the sizes. A rectangle set without need would repaint the whole page."""
        size = None if self._pixels is None else self._pixels.shape[:2]
        fitted = (self.width(), self.height(), self._face, self._hidden, size)
        if fitted == self._fitted:
            return
        self._fitted = fitted
        area = self.boundingRect()
        node.setRect(area)
        if size is None or self._mirror is None or area.isEmpty():
            return
        turn = QMatrix4x4()
        turn.translate(area.width(), 0)
        turn.scale(-1, 1)
        self._mirror.setMatrix(turn)
        face = self._face.intersected(area) if self._face.isValid() else area
        crop = Crop(area, size)
        self._face_pane.place([face], crop)
        self._beside.place(beside(face, area, self._hidden), crop)
        self._face_pixels = crop.pixels(face)

    def _set_live(self, live: bool) -> None:
        if live != self._live:
            self._live = live
            self.live_changed.emit()
