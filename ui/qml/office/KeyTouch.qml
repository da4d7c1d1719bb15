import QtQuick
import "../components"
import "../theme"

// A key is waited for: what to do now, how long there is, and a way out.
Column {
    id: touch
    objectName: "keyTouch"
    property var wait
    readonly property bool found: wait ? wait.step === "TOUCH" : false
    spacing: 2 * Theme.gap
    function take() { cancel.forceActiveFocus() }

    Item {
        width: parent.width
        height: 190 * Theme.u
        Ring {
            id: ring
            anchors.centerIn: parent
            width: parent.height
            height: width
            fraction: touch.wait ? touch.wait.fraction : 0
            Accessible.name: qsTr("Time left")
        }
        Icon {
            anchors.centerIn: parent
            name: touch.found ? "keytouch" : "key"
            size: ring.width * 0.58
            weight: 1.4
            color: touch.found ? Theme.primary : Theme.secondary
        }
    }
    Words {
        objectName: "keyStep"
        width: parent.width
        horizontalAlignment: Text.AlignHCenter
        text: touch.found ? qsTr("Touch your key now") : qsTr("Plug in your security key or lay it on the reader")
        bold: true
        font.pixelSize: Theme.lead
        Accessible.role: Accessible.AlertMessage
    }
    Words {
        objectName: "keyLeft"
        width: parent.width
        horizontalAlignment: Text.AlignHCenter
        text: (touch.found ? qsTr("Where it blinks. On a reader, leave it lying.") + " " : "") + qsTr("%1 s left").arg(touch.wait ? touch.wait.left : 0)
        color: Theme.secondary
        font.pixelSize: Theme.label
    }
    PushButton {
        id: cancel
        objectName: "keyCancel"
        anchors.horizontalCenter: parent.horizontalCenter
        kind: "outline"
        tall: Theme.low
        text: qsTr("Cancel")
        onClicked: touch.wait.cancel()
    }
}
