"""Finds what a person would see as broken: clipped or overlapping text, items outside the window,
characters the font cannot draw. Used by the tests and while writing the screenshots.
"""

from collections.abc import Iterator

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtQuick import QQuickItem, QQuickWindow

_SLACK_PX = 1.5


def faults(window: QQuickWindow) -> list[str]:
    """One line per fault of what `window` shows now; empty when all is well."""
    bounds = QRectF(0, 0, window.width(), window.height())
    found: list[str] = []
    texts: list[tuple[QQuickItem, QRectF]] = []
    for item, visible in _shown(_top(window.contentItem()), bounds):
        if not item.property("text") or not _is_text(item):
            continue
        found += _text_faults(item)
        area = _ink(item)
        if not _scrolls(item) and not _inside(area, bounds):
            found.append(f"outside the window: {_name(item)}")
        texts.append((item, area & visible))
    return found + _overlaps(texts) + _button_overlaps(window, bounds)


def shown_texts(window: QQuickWindow) -> list[str]:
    """Every text now visible."""
    bounds = QRectF(0, 0, window.width(), window.height())
    return [
        str(item.property("text"))
        for item, _ in _shown(_top(window.contentItem()), bounds)
        if _is_text(item) and item.property("text")
    ]


def _shown(item: QQuickItem, clip: QRectF) -> Iterator[tuple[QQuickItem, QRectF]]:
    """Visible items with the part of the window they may paint in."""
    if not item.isVisible() or item.opacity() == 0:
        return
    area = item.mapRectToScene(QRectF(0, 0, item.width(), item.height()))
    if item.clip():
        clip = clip & area
        if clip.isEmpty():
            return
    if not _is_text(item) or (area & clip).isValid():
        yield item, clip
    for child in item.childItems():
        yield from _shown(child, clip)


def _top(root: QQuickItem) -> QQuickItem:
    """The lit screen or the open sheet, if one covers the page, else everything."""
    covers = [child for child in root.childItems() if child.isVisible()]
    for ending in ("lightScreen", "Sheet"):
        for child in covers:
            if child.objectName().endswith(ending):
                return child
    return root


def _is_text(item: QQuickItem) -> bool:
    return item.inherits("QQuickText")


def _ink(item: QQuickItem) -> QRectF:
    """Where the letters are, which may be less than the item."""
    width, height = float(item.property("contentWidth")), float(item.property("contentHeight"))
    x = (item.width() - width) / 2 if item.property("centred") else 0.0
    return item.mapRectToScene(QRectF(x, 0, width, height))


def _text_faults(item: QQuickItem) -> list[str]:
    found = []
    if item.property("truncated"):
        found.append(f"shortened: {_name(item)}")
    if float(item.property("contentWidth")) > item.width() + _SLACK_PX:
        found.append(f"wider than its place: {_name(item)}")
    if float(item.property("contentHeight")) > item.height() + _SLACK_PX:
        found.append(f"higher than its place: {_name(item)}")
    font = item.property("font")
    metrics = QFontMetrics(font if isinstance(font, QFont) else QFont())
    missing = {c for c in str(item.property("text")) if c > " " and not metrics.inFontUcs4(ord(c))}
    if missing:
        found.append(f"no glyph for {sorted(missing)}: {_name(item)}")
    button = _button_of(item)
    if button is not None:
        area = button.mapRectToScene(QRectF(0, 0, button.width(), button.height()))
        if not _inside(_ink(item), area):
            found.append(f"wider than its button: {_name(item)}")
    return found


def _button_of(item: QQuickItem) -> QQuickItem | None:
    walk: QQuickItem | None = item.parentItem()
    while walk is not None:
        if walk.inherits("QQuickAbstractButton"):
            return walk
        walk = walk.parentItem()
    return None


def _scrolls(item: QQuickItem) -> bool:
    walk: QQuickItem | None = item.parentItem()
    while walk is not None:
        if walk.inherits("QQuickFlickable") and walk.property("interactive"):
            return True
        walk = walk.parentItem()
    return False


def _inside(area: QRectF, bounds: QRectF) -> bool:
    return bounds.adjusted(-_SLACK_PX, -_SLACK_PX, _SLACK_PX, _SLACK_PX).contains(area)


def _overlaps(texts: list[tuple[QQuickItem, QRectF]]) -> list[str]:
    found = []
    for index, (one, area) in enumerate(texts):
        for other, other_area in texts[index + 1 :]:
            shared = area & other_area
            if shared.width() > 2 * _SLACK_PX and shared.height() > 2 * _SLACK_PX:
                found.append(f"overlap: {_name(one)} / {_name(other)}")
    return found


def _button_overlaps(window: QQuickWindow, bounds: QRectF) -> list[str]:
    """Buttons that touch each other, or cover a text that is not their own."""
    shown = list(_shown(_top(window.contentItem()), bounds))
    buttons = [
        (item, item.mapRectToScene(QRectF(0, 0, item.width(), item.height())) & clip)
        for item, clip in shown
        if item.inherits("QQuickAbstractButton")
    ]
    texts = [
        (item, _ink(item) & clip, _button_of(item))
        for item, clip in shown
        if _is_text(item) and item.property("text")
    ]
    found = []
    for index, (one, area) in enumerate(buttons):
        if not _scrolls(one) and not _inside(
            one.mapRectToScene(QRectF(0, 0, one.width(), one.height())), bounds
        ):
            found.append(f"outside the window: button {_name(one)}")
        for other, other_area in buttons[index + 1 :]:
            shared = area & other_area
            if shared.width() > _SLACK_PX and shared.height() > _SLACK_PX:
                found.append(f"buttons overlap: {_name(one)} / {_name(other)}")
        for text, ink, own in texts:
            shared = area & ink
            if own is not one and min(shared.width(), shared.height()) > 2 * _SLACK_PX:
                found.append(f"button {_name(one)} covers {_name(text)}")
    return found


def _name(item: QQuickItem) -> str:
    return item.objectName() or repr(str(item.property("text"))[:24])
