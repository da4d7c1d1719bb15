import QtQuick
import "../theme"

// One short instruction on a neutral plate, with a drawn head that does it.
Rectangle {
    id: plate
    objectName: "promptPlate"
    readonly property bool acting: captureBridge.action !== ""
    implicitHeight: stack.implicitHeight + 5 * Theme.gap
    radius: Theme.portrait ? 0 : Theme.radius * 1.5
    color: Theme.plate
    Accessible.role: Accessible.AlertMessage
    Accessible.name: captureBridge.promptText

    Column {
        id: stack
        anchors.centerIn: parent
        anchors.verticalCenterOffset: Theme.portrait ? -Theme.low / 2 : 0
        width: plate.width - 4 * Theme.gap
        spacing: 2 * Theme.gap
        Head {
            anchors.horizontalCenter: parent.horizontalCenter
            width: Theme.portrait ? Math.min(170 * Theme.u, plate.height * 0.3) : 170 * Theme.u
            height: width
            act: captureBridge.action
            line: plate.acting ? "#4CC2AE" : Theme.inkOnPlate
        }
        Words {
            objectName: "prompt"
            width: parent.width
            horizontalAlignment: Text.AlignHCenter
            text: captureBridge.promptText
            bold: true
            color: Theme.inkOnPlate
            font.pixelSize: Theme.portrait ? Theme.title * 1.2 : Theme.title
            Accessible.ignored: true
        }
        Words {
            width: parent.width
            horizontalAlignment: Text.AlignHCenter
            text: plate.acting ? qsTr("%1 of %2").arg(captureBridge.number).arg(captureBridge.prompts) : captureBridge.attempt > 1 ? qsTr("Once more, with new movements") : qsTr("Your face inside the oval")
            color: "#C9D6D4"
            font.pixelSize: Theme.label
        }
    }
}
