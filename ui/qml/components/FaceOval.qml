import QtQuick
import QtQuick.Shapes
import "../theme"

// Dims all but the face; the rim is the progress, one segment per prompt.
Item {
    id: oval
    // Painted once per change, not once per picture beneath it.
    layer.enabled: true
    readonly property real faceHeight: Math.min(height * 0.74, width * 0.62) * captureBridge.ovalScale
    readonly property real ry: faceHeight / 2
    readonly property real rx: ry * 0.76
    readonly property real cx: width / 2
    readonly property real cy: height * 0.46
    readonly property real lowerEdge: cy + ry
    readonly property real rightEdge: cx + rx
    readonly property real rim: 9 * Theme.u
    readonly property int parts: Math.max(1, captureBridge.prompts)
    readonly property real apart: captureBridge.prompts > 1 ? 7 : 0
    Accessible.role: Accessible.ProgressBar
    Accessible.name: captureBridge.promptText

    Shape {
        anchors.fill: parent
        ShapePath {
            fillColor: Theme.veil
            strokeColor: "transparent"
            fillRule: ShapePath.OddEvenFill
            PathMove { x: 0; y: 0 }
            PathLine { x: oval.width; y: 0 }
            PathLine { x: oval.width; y: oval.height }
            PathLine { x: 0; y: oval.height }
            PathLine { x: 0; y: 0 }
            PathMove { x: oval.cx - oval.rx; y: oval.cy }
            PathArc { x: oval.cx + oval.rx; y: oval.cy; radiusX: oval.rx; radiusY: oval.ry }
            PathArc { x: oval.cx - oval.rx; y: oval.cy; radiusX: oval.rx; radiusY: oval.ry }
        }
    }
    Repeater {
        model: oval.parts
        Shape {
            id: part
            required property int index
            readonly property real share: captureBridge.fractions[index] || 0
            readonly property real start: -90 + index * 360 / oval.parts + oval.apart / 2
            readonly property real span: 360 / oval.parts - oval.apart
            anchors.fill: parent
            ShapePath {
                strokeColor: captureBridge.glow ? "#F0B45B" : captureBridge.good ? "#CCFFFFFF" : "#80FFFFFF"
                strokeWidth: captureBridge.glow ? 2 * oval.rim : oval.rim
                fillColor: "transparent"
                capStyle: ShapePath.RoundCap
                PathAngleArc {
                    centerX: oval.cx; centerY: oval.cy
                    radiusX: oval.rx + oval.rim; radiusY: oval.ry + oval.rim
                    startAngle: part.start; sweepAngle: part.span
                }
            }
            ShapePath {
                strokeColor: part.share > 0 ? "#4CC2AE" : "transparent"
                strokeWidth: 1.5 * oval.rim
                fillColor: "transparent"
                capStyle: ShapePath.RoundCap
                PathAngleArc {
                    centerX: oval.cx; centerY: oval.cy
                    radiusX: oval.rx + oval.rim; radiusY: oval.ry + oval.rim
                    startAngle: part.start; sweepAngle: Math.max(0.01, part.span * part.share)
                }
            }
        }
    }
}
