import QtQuick
import QtQuick.Shapes
import "../theme"

// Progress as a ring; turns by itself while nothing is known (fraction below 0).
Item {
    id: ring
    objectName: "ring"
    property real fraction: 0
    property real thickness: 10 * Theme.u
    property color color: Theme.primary
    readonly property bool waiting: fraction < 0
    property real turned: 0
    rotation: waiting ? turned : 0
    Accessible.role: Accessible.ProgressBar
    Accessible.name: qsTr("Progress")

    // In steps of its own: an animation would paint as often as the renderer can, and keep a core
    // from the booth that is waited for.
    Timer {
        running: ring.waiting && !Theme.still && ring.visible
        interval: 40
        repeat: true
        onTriggered: ring.turned = (ring.turned + 10) % 360
    }
    Shape {
        anchors.fill: parent
        ShapePath {
            strokeColor: Theme.neutralSoft
            strokeWidth: ring.thickness
            fillColor: "transparent"
            PathAngleArc {
                centerX: ring.width / 2; centerY: ring.height / 2
                radiusX: (ring.width - ring.thickness) / 2; radiusY: radiusX
                startAngle: 0; sweepAngle: 360
            }
        }
        ShapePath {
            strokeColor: ring.color
            strokeWidth: ring.thickness
            fillColor: "transparent"
            capStyle: ShapePath.RoundCap
            PathAngleArc {
                centerX: ring.width / 2; centerY: ring.height / 2
                radiusX: (ring.width - ring.thickness) / 2; radiusY: radiusX
                startAngle: -90; sweepAngle: ring.waiting ? 90 : Math.max(0.01, 360 * ring.fraction)
                Behavior on sweepAngle { NumberAnimation { duration: Theme.quick } }
            }
        }
    }
}
