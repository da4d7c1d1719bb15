"""The panes a live picture is painted in: what each shows of it, and the texture they share."""

from collections.abc import Sequence

import shiboken6
from PySide6.QtCore import QRectF
from PySide6.QtQuick import QSGNode, QSGSimpleTextureNode, QSGTexture

_PIXELS_CHANGED = QSGNode.DirtyStateBit.DirtyMaterial
BESIDE_PANES = 7
"""How many rectangles `beside` returns."""


class Crop:
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


def _around(part: QRectF, area: QRectF) -> list[QRectF]:
    """What is left of `area` above, left, right of and below `part`, without overlap."""
    if part.isEmpty():
        part = QRectF(area.x(), area.y(), 0, 0)
    x, width = area.x(), area.width()
    return [
        QRectF(x, area.y(), width, part.top() - area.top()),
        QRectF(x, part.top(), part.left() - x, part.height()),
        QRectF(part.right(), part.top(), area.right() - part.right(), part.height()),
        QRectF(x, part.bottom(), width, area.bottom() - part.bottom()),
    ]


def beside(face: QRectF, area: QRectF, hidden: QRectF) -> list[QRectF]:
    """What is left of `area` without `face`, and without what is `hidden` to the right of it.

    Left to the renderer, a hole in a picture would cost more than it saves: it scales quickly only
    what it clips to a rectangle.
    """
    above, left, right, below = _around(face, area)
    return [above, left, below, *_around(hidden.intersected(right), right)]


class Panes:
    """Rectangles of the item that are painted together, from one texture they own."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._nodes: list[QSGSimpleTextureNode] = []
        self._texture: QSGTexture | None = None

    def show_again(self) -> None:
        """Paint the texture again, because the pixels it shares are others now."""
        for node in self._nodes:
            node.markDirty(_PIXELS_CHANGED)

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

    def place(self, targets: Sequence[QRectF], crop: Crop) -> None:
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
