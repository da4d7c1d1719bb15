import QtQuick
import Station
import "../components"
import "../theme"

// The live picture as a mirror, the oval that tells progress, and one instruction at a time.
Item {
    id: page
    objectName: "pageCapture"
    readonly property real lower: Theme.portrait ? height * 0.36 : 0
    readonly property real viewHeight: height - lower
    // What the plate hides of the picture, in whole pixels of the window.
    readonly property rect hidden: {
        const left = Math.ceil(plate.x + plate.inset), right = Math.floor(plate.x + plate.width - plate.inset)
        const top = Math.ceil(plate.y + plate.inset + oval.part) - oval.part
        const bottom = Math.floor(plate.y + plate.height - plate.inset + oval.part) - oval.part
        return Qt.rect(left, top, right - left, bottom - top)
    }
    // For the light around it.
    readonly property FaceOval faceOval: oval

    Rectangle {
        anchors.fill: parent
        color: "#0E1719"
    }
    Preview {
        id: live
        objectName: "preview"
        width: parent.width
        height: page.viewHeight
        source: previewBridge
        face: oval.unveiled
        hidden: page.hidden
        Accessible.role: Accessible.Graphic
        Accessible.name: qsTr("Your own picture, as in a mirror")
    }
    FaceOval {
        id: oval
        objectName: "faceOval"
        width: parent.width
        height: page.viewHeight
    }
    Ring {
        anchors.centerIn: oval
        width: 120 * Theme.u
        height: width
        fraction: -1
        visible: !(live && live.live)
    }
    Item {
        id: below
        x: (page.width - width) / 2
        y: oval.lowerEdge + 1.5 * Theme.gap
        width: sign.width + advice.implicitWidth + 5 * Theme.gap
        height: advice.implicitHeight + 2 * Theme.gap
        visible: captureBridge.guidanceText !== ""
        Rectangle {
            anchors.fill: parent
            radius: height / 2
            color: "#F0B45B"
        }
        Icon {
            id: sign
            x: 2 * Theme.gap
            anchors.verticalCenter: parent.verticalCenter
            name: captureBridge.glow ? "light" : captureBridge.guidance === "MORE_THAN_ONE_FACE" ? "person" : "eye"
            size: Theme.label * 1.3
            color: "#10242B"
        }
        Words {
            id: advice
            objectName: "guidance"
            x: sign.x + sign.width + Theme.gap
            anchors.verticalCenter: parent.verticalCenter
            text: captureBridge.guidanceText
            bold: true
            color: "#10242B"
            lineHeight: 1
            font.pixelSize: Theme.label * 1.1
            wrapMode: Text.NoWrap
        }
    }
    PromptPlate {
        id: plate
        x: Theme.portrait ? 0 : oval.rightEdge + 1.5 * Theme.margin
        y: Theme.portrait ? page.viewHeight : (page.viewHeight - height) / 2
        width: Theme.portrait ? parent.width : parent.width - x - Theme.margin
        most: Theme.portrait ? page.lower - Theme.low - 1.5 * Theme.margin : page.height - 2 * Theme.margin
        height: Theme.portrait ? page.lower : Math.min(implicitHeight, most)
    }
    CancelButton {
        x: Theme.margin
        y: page.height - height - Theme.margin
    }
}
