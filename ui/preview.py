"""The live picture: an item that pulls the newest frame when it paints, and forgets it on demand.

Frames are never sent through signals, because a queued copy would outlive the purge (ui.md B2).
The ring's memory is copied before Qt sees it, so no QImage ever points into the ring.

Most of the cost is pixels that Qt's software renderer scales and blends. The face is therefore
painted with every picture, and what the page dims beside it with every second.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import Property, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QMatrix4x4
from PySide6.QtQml import QmlElement
from PySide6.QtQuick import (
    QQuickItem,
    QQuickWindow,
    QSGNode,
    QSGSimpleRectNode,
    QSGSimpleTextureNode,
    QSGTexture,
    QSGTransformNode,
)

from ui import oval as _oval  # noqa: F401 - QML knows its type once it is imported
from ui.service import PreviewFrame

QML_IMPORT_NAME = "Station"
QML_IMPORT_MAJOR_VERSION = 1

_REST_MS, _LOOK_MS, _IDLE_LOOK_MS = 24, 5, 15
"""After a picture the item rests for most of a 30 fps camera's interval, then asks often, so that
a picture waits little; asking often all the time would cost more than painting."""
_HASTY_LOOKS = 5
"""Looks in vain after which the camera is taken to be slower, or away."""
_BESIDE_S = 0.05
"""Between two paintings beside the face: every second picture at 30 fps, every one at 15."""
_ALL = (slice(None), slice(None))
_RGB32 = QImage.Format.Format_RGB32

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


class _Crop:
    """The centred part of a picture with the item's shape, as a mirror shows it."""

    def __init__(self, area: QRectF, size: tuple[int, ...]) -> None:
        height, width = size
        self._area = area
        self._scale = min(width / area.width(), height / area.height())
        self._left = (width - area.width() * self._scale) / 2
        self._top = (height - area.height() * self._scale) / 2

    def turned(self, target: QRectF) -> QRectF:
        """Where the rectangle `target` of the item lies once the item is turned round."""
        x = self._area.width() - target.right()
        return QRectF(x, target.y(), target.width(), target.height())

    def source(self, target: QRectF) -> QRectF:
        """The part of the picture, in its pixels, that `target` shows."""
        turned, scale = self.turned(target), self._scale
        left, top = self._left + turned.x() * scale, self._top + turned.y() * scale
        return QRectF(left, top, turned.width() * scale, turned.height() * scale)

    def pixels(self, target: QRectF) -> tuple[slice, slice]:
        """Rows and columns of the picture that `target` needs."""
        box = self.source(target).toAlignedRect()
        rows = slice(max(0, box.top() - 1), box.bottom() + 2)
        return rows, slice(max(0, box.left() - 1), box.right() + 2)


def _around(face: QRectF, area: QRectF) -> list[QRectF]:
    """What is left of `area` above, beside and below `face`: rectangles that do not overlap."""
    right, bottom = area.right() - face.right(), area.bottom() - face.bottom()
    return [
        QRectF(0, 0, area.width(), face.top()),
        QRectF(0, face.top(), face.left(), face.height()),
        QRectF(face.right(), face.top(), right, face.height()),
        QRectF(0, face.bottom(), area.width(), bottom),
    ]


class _Panes:
    """Rectangles of the item that are painted together, from one texture they own."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._nodes: list[QSGSimpleTextureNode] = []
        self._texture: QSGTexture | None = None

    def show(self, texture: QSGTexture, parent: QSGNode) -> None:
        """Paint `texture` from now on; the nodes are made under `parent` when there are none."""
        made = [QSGSimpleTextureNode() for _ in range(self._count - len(self._nodes))]
        self._nodes += made
        for node in self._nodes:
            node.setTexture(texture)
        for node in made:
            node.setFiltering(QSGTexture.Filtering.Linear)
            parent.appendChildNode(node)
        self._delete_texture()
        self._texture = texture

    def place(self, targets: Sequence[QRectF], crop: _Crop) -> None:
        """Where on the item the panes lie, and with it what each shows of the picture."""
        for node, target in zip(self._nodes, targets, strict=bool(self._nodes)):
            node.setRect(crop.turned(target))
            node.setSourceRect(crop.source(target))

    def drop(self) -> None:
        """Leave the nodes to the scene graph, and no picture behind."""
        self._nodes = []
        self._delete_texture()

    def _delete_texture(self) -> None:
        """For good: left to Qt, PySide would keep every one of them on its list."""
        if self._texture is not None:
            shiboken6.delete(self._texture)
            self._texture = None


@QmlElement
class Preview(QQuickItem):
    """Mirrored live picture, cropped to fill the item. Lives on the Qt thread.

    `face` is the part painted with every picture, in whole pixels of the item; empty: all of it.
    """

    source_changed = Signal()
    live_changed = Signal()
    face_changed = Signal()

    def __init__(self, parent: QQuickItem | None = None) -> None:
        super().__init__(parent)
        self.setFlag(QQuickItem.Flag.ItemHasContents, True)
        self._source: PreviewSource | None = None
        self._sequence = 0
        self._pixels: NDArray[np.uint32] | None = None
        self._node: QSGSimpleRectNode | None = None
        self._mirror: QSGTransformNode | None = None
        self._face = QRectF()
        self._face_pane, self._beside = _Panes(1), _Panes(4)
        self._face_pixels = _ALL
        self._whole_at_s = 0.0
        self._fitted: tuple[object, ...] = ()
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

    def _get_face(self) -> QRectF:
        return self._face

    def _set_face(self, face: QRectF) -> None:
        if face != self._face:
            self._face = face
            self.face_changed.emit()
            self.update()

    face = Property(QRectF, _get_face, _set_face, notify=face_changed)

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
        self._fresh = None
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
        """Bring the newest frame into the nodes; called by the scene graph."""
        if self._node is None:
            self._node = QSGSimpleRectNode(self.boundingRect(), QColor("black"))
        frame, self._fresh = self._fresh, None
        if self._emptied:
            self._remove_picture(self._node)
        elif frame is not None:
            self._show(self._node, frame)
        self._fit(self._node)
        return self._node

    def _show(self, node: QSGSimpleRectNode, frame: PreviewFrame) -> None:
        self._sequence = frame.sequence
        height, width = frame.bgra.shape[:2]
        pixels = np.ascontiguousarray(frame.bgra).view(np.uint32).reshape(height, width)
        if self._pixels is None or self._pixels.shape != pixels.shape:
            self._pixels = np.empty_like(pixels)
            self._whole_at_s = 0.0
        now_s = time.monotonic()
        whole = now_s - self._whole_at_s >= _BESIDE_S
        part = _ALL if whole else self._face_pixels
        # One private buffer for all pictures: the software renderer's textures share it.
        np.copyto(self._pixels[part], pixels[part])
        image = QImage(self._pixels.data, width, height, width * 4, _RGB32)
        shown = (self._face_pane, self._beside) if whole else (self._face_pane,)
        textures = [None if self._source is None else self._source.texture(image) for _ in shown]
        if self._mirror is None:
            # Turned round by the painter, at no cost: people move by their mirror picture.
            self._mirror = QSGTransformNode()
            node.appendChildNode(self._mirror)
        for panes, texture in zip(shown, textures, strict=True):
            if texture is not None:
                panes.show(texture, self._mirror)
                self._set_live(True)
        if whole:
            self._whole_at_s = now_s

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
        size = None if self._pixels is None else self._pixels.shape
        fitted = (self.width(), self.height(), self._face, size)
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
        crop = _Crop(area, size)
        self._face_pane.place([face], crop)
        self._beside.place(_around(face, area), crop)
        self._face_pixels = crop.pixels(face)

    def _set_live(self, live: bool) -> None:
        if live != self._live:
            self._live = live
            self.live_changed.emit()
