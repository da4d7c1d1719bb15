import QtQuick
import Station
import "../theme"

// The whole window as a lamp: two halves of light, above header, page, ribbon and sheets. Only an
// oval of dimmed picture, one line and the way out are left. Nothing fades: a fade would blur what
// the camera is to see.
FocusScope {
    id: lamp
    // The oval of the page beneath, while there is one, and where that page begins in the window.
    property FaceOval oval: null
    property point origin: Qt.point(0, 0)
    readonly property color leftLight: captureBridge.leftColour
    readonly property color rightLight: captureBridge.rightColour
    // A little smaller than on the page: the lamp is what counts now.
    readonly property real rx: oval ? 0.88 * oval.rx : 0
    readonly property real ry: oval ? 0.88 * oval.ry : 0
    readonly property real rim: oval ? oval.rim : 0
    readonly property real cx: origin.x + (oval ? oval.cx : 0)
    readonly property real cy: origin.y + (oval ? oval.cy : 0)
    readonly property real split: Math.round(width / 2)
    // Whole pixels, or seams would show between the parts.
    readonly property real reach: 3 * rim
    readonly property real x0: Math.floor(cx - rx - reach)
    readonly property real x1: Math.ceil(cx + rx + reach)
    readonly property real y0: Math.floor(cy - ry - reach)
    readonly property real y1: Math.ceil(cy + ry + reach)
    focus: true
    Accessible.role: Accessible.AlertMessage
    Accessible.name: line.text
    Keys.onEscapePressed: stop.click()

    MouseArea { anchors.fill: parent }
    Rectangle { color: lamp.leftLight; width: lamp.x0; height: lamp.height }
    Rectangle { color: lamp.rightLight; x: lamp.x1; width: lamp.width - x; height: lamp.height }
    Rectangle { color: lamp.leftLight; x: lamp.x0; width: lamp.split - x; height: lamp.y0 }
    Rectangle { color: lamp.rightLight; x: lamp.split; width: lamp.x1 - x; height: lamp.y0 }
    Rectangle { color: lamp.leftLight; x: lamp.x0; y: lamp.y1; width: lamp.split - x; height: lamp.height - y }
    Rectangle { color: lamp.rightLight; x: lamp.split; y: lamp.y1; width: lamp.x1 - x; height: lamp.height - y }
    LightMask {
        objectName: "lightMask"
        x: lamp.x0
        y: lamp.y0
        width: lamp.x1 - x
        height: lamp.y1 - y
        ellipse: Qt.rect(lamp.cx - lamp.rx - x, lamp.cy - lamp.ry - y, 2 * lamp.rx, 2 * lamp.ry)
        rim: lamp.rim
        line: 0.7 * lamp.rim
        segments: captureBridge.fractions.length
        apart: captureBridge.fractions.length > 1 ? 7 : 0
        veil: "#780E1719"
        ink: "#8FA3A0"
        done: "#4CC2AE"
        split: lamp.split - x
        fractions: captureBridge.fractions
        leftLight: lamp.leftLight
        rightLight: lamp.rightLight
    }
    Rectangle {
        x: (lamp.width - width) / 2
        y: lamp.y1 + Theme.gap
        width: line.implicitWidth + 5 * Theme.gap
        height: line.implicitHeight + 2 * Theme.gap
        radius: height / 2
        color: "#0E1719"
        Words {
            id: line
            objectName: "lightLine"
            anchors.centerIn: parent
            text: captureBridge.lightText || qsTr("Look at the screen and keep still")
            bold: true
            color: "#FFFFFF"
            lineHeight: 1
            font.pixelSize: Theme.label * 1.1
            wrapMode: Text.NoWrap
        }
    }
    DemoMark { x: Theme.margin; y: 2 * Theme.gap }
    CancelButton {
        id: stop
        objectName: "stopButton"
        focus: true
        x: Theme.margin
        y: lamp.height - height - 2 * Theme.margin
        onClicked: captureBridge.stop_lights()
    }
}
