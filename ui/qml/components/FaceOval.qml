import QtQuick
import Station
import "../theme"

// Dims all but the face; the rim is the progress, one segment per part of the attempt.
Item {
    id: oval
    readonly property real faceHeight: Math.min(height * 0.74, width * 0.62) * captureBridge.ovalScale
    readonly property real ry: faceHeight / 2
    readonly property real rx: ry * 0.76
    readonly property real cx: width / 2
    readonly property real cy: height * 0.46
    readonly property real lowerEdge: cy + ry
    readonly property real rightEdge: cx + rx
    readonly property real rim: 9 * Theme.u
    // Whole pixels of the window, or the veils' seams would show: a page may begin between two.
    readonly property real part: { height; return mapToItem(null, 0, 0).y % 1 }
    readonly property real veilLeft: Math.max(0, Math.floor(cx - rx - 2 * rim) - 1)
    readonly property real veilRight: Math.min(width, Math.ceil(cx + rx + 2 * rim) + 1)
    readonly property real veilTop: Math.max(0, Math.floor(cy - ry - 2 * rim + part) - 1 - part)
    readonly property real veilBottom: Math.min(height, Math.ceil(cy + ry + 2 * rim + part) + 1 - part)
    // What lies beside it is veiled altogether.
    readonly property rect unveiled: Qt.rect(veilLeft, veilTop, veilRight - veilLeft, veilBottom - veilTop)
    Accessible.role: Accessible.ProgressBar
    Accessible.name: captureBridge.promptText

    // A plain colour is blended faster than a picture of one.
    Rectangle { color: Theme.veil; width: oval.width; height: oval.veilTop }
    Rectangle { color: Theme.veil; y: oval.veilTop; width: oval.veilLeft; height: oval.veilBottom - y }
    Rectangle { color: Theme.veil; x: oval.veilRight; y: oval.veilTop; width: oval.width - x; height: oval.veilBottom - y }
    Rectangle { color: Theme.veil; y: oval.veilBottom; width: oval.width; height: oval.height - y }
    OvalMask {
        x: oval.veilLeft
        y: oval.veilTop
        width: oval.veilRight - x
        height: oval.veilBottom - y
        ellipse: Qt.rect(oval.cx - oval.rx - x, oval.cy - oval.ry - y, 2 * oval.rx, 2 * oval.ry)
        rim: oval.rim
        line: captureBridge.glow ? 2 * oval.rim : oval.rim
        segments: captureBridge.fractions.length
        apart: captureBridge.fractions.length > 1 ? 7 : 0
        fractions: captureBridge.fractions
        veil: Theme.veil
        ink: captureBridge.glow ? "#F0B45B" : captureBridge.good ? "#CCFFFFFF" : "#80FFFFFF"
        done: "#4CC2AE"
    }
}
