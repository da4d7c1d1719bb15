import QtQuick
import QtQuick.Templates as T
import "../theme"

// The trust ribbon: what is open and held right now, as the booth itself reports it.
T.AbstractButton {
    id: bar
    objectName: "ribbon"
    // Narrow and tall, with one more thing to say: in smaller type.
    readonly property real size: Math.max(16, (Theme.portrait && keptText ? 14 : 17) * Theme.u)
    readonly property string cameraText: ribbonBridge.camera ? qsTr("Camera on") : qsTr("Camera off")
    readonly property string readerText: ribbonBridge.reader ? qsTr("Reader on") : qsTr("Reader off")
    readonly property string imagesText: qsTr("Images held here now: %1").arg(ribbonBridge.images)
    readonly property string endedText: ribbonBridge.endedAt ? qsTr("cleared at %1").arg(ribbonBridge.endedAt) : ""
    // A template is no image: where one stays, the line must not read as if nothing did.
    readonly property string keptText: ribbonBridge.kept === "template" ? qsTr("face template kept") : ribbonBridge.kept === "portraits" ? qsTr("face pictures kept") : ""
    implicitHeight: 48 * Theme.u
    focusPolicy: Qt.StrongFocus
    Accessible.role: Accessible.Button
    Accessible.name: [cameraText, readerText, imagesText, endedText, keptText].filter(text => text).join(" · ")
    Accessible.description: qsTr("What does this mean?")
    Keys.onReturnPressed: event => { if (!event.isAutoRepeat) click() }
    Keys.onEnterPressed: event => { if (!event.isAutoRepeat) click() }

    background: Rectangle {
        color: ribbonBridge.camera || ribbonBridge.reader || ribbonBridge.images > 0 ? Theme.cautionSoft : Theme.primarySoft
        Behavior on color { ColorAnimation { duration: Theme.quick } }
        Rectangle { width: parent.width; height: 1; color: Theme.outline }
        FocusRing { shown: bar.visualFocus; anchors.margins: 3; radius: 4 }
    }
    contentItem: Item {
        Row {
            anchors.centerIn: parent
            spacing: (bar.keptText ? 1.75 : 3) * Theme.gap
            RibbonItem { icon: "camera"; text: bar.cameraText; on: ribbonBridge.camera; size: bar.size }
            RibbonItem { icon: "reader"; text: bar.readerText; on: ribbonBridge.reader; size: bar.size }
            RibbonItem { icon: "image"; text: bar.imagesText; on: ribbonBridge.images > 0; size: bar.size }
            RibbonItem { icon: "check"; plain: true; text: bar.endedText; visible: bar.endedText !== ""; size: bar.size }
            RibbonItem { icon: "lock"; plain: true; text: bar.keptText; visible: bar.keptText !== ""; size: bar.size }
        }
    }
}
