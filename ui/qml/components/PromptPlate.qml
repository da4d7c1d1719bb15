import QtQuick
import "../theme"

// One short instruction on a neutral plate, with a picture of how it is done.
Rectangle {
    id: plate
    objectName: "promptPlate"
    readonly property bool acting: captureBridge.action !== ""
    readonly property string words: captureBridge.done ? (captureBridge.turned ? qsTr("Good, now face forward") : qsTr("Good")) : captureBridge.promptText
    readonly property string number: (captureBridge.praised && !captureBridge.done ? qsTr("Good") + " · " : "") + qsTr("%1 of %2").arg(captureBridge.number).arg(captureBridge.prompts)
    // Room for all of it: the words come first, the picture takes what large letters leave.
    property real most: 0
    readonly property real room: most - 5 * Theme.gap
    readonly property real wordsHeight: [prompt, counting, reason, ahead].reduce((sum, part) => sum + (part.visible ? part.height + stack.spacing : 0), 0)
    readonly property real picture: Math.max(64 * Theme.u, Math.min(170 * Theme.u, room - wordsHeight))
    // How far from its sides the plate hides what lies beneath altogether.
    readonly property real inset: 0.3 * radius
    implicitHeight: picture + wordsHeight + 5 * Theme.gap
    radius: Theme.portrait ? 0 : Theme.radius * 1.5
    color: Theme.plate
    Accessible.role: Accessible.AlertMessage
    Accessible.name: words

    // Opaque, unlike the round corners: while the picture beneath changes, nothing on it is painted.
    Rectangle {
        anchors.fill: parent
        anchors.margins: plate.inset
        color: plate.color
    }
    Column {
        id: stack
        x: 2 * Theme.gap
        y: 2.5 * Theme.gap + (Theme.portrait ? Math.max(0, plate.room - implicitHeight) / 2 : 0)
        width: plate.width - 4 * Theme.gap
        spacing: (Theme.textScale > 1.1 ? 1.25 : 2) * Theme.gap
        Hint {
            objectName: "hint"
            anchors.horizontalCenter: parent.horizontalCenter
            width: plate.picture
            height: width
            act: captureBridge.action
            guidance: captureBridge.guidance
            done: captureBridge.done
            line: plate.acting ? "#4CC2AE" : Theme.inkOnPlate
        }
        Words {
            id: prompt
            objectName: "prompt"
            width: parent.width
            horizontalAlignment: Text.AlignHCenter
            text: plate.words
            bold: true
            color: Theme.inkOnPlate
            font.pixelSize: Theme.portrait ? Theme.title * 1.2 : Theme.title
            Accessible.ignored: true
        }
        Row {
            id: counting
            anchors.horizontalCenter: parent.horizontalCenter
            visible: count.text !== ""
            spacing: Theme.gap
            Icon {
                visible: captureBridge.praised && !captureBridge.done
                name: "check"
                weight: 3
                size: Theme.label * 1.2
                color: "#4CC2AE"
            }
            Words {
                id: count
                objectName: "promptCount"
                width: Math.min(implicitWidth, stack.width - (captureBridge.praised ? Theme.label * 1.2 + Theme.gap : 0))
                horizontalAlignment: Text.AlignHCenter
                text: captureBridge.retryText !== "" ? "" : plate.acting ? plate.number : captureBridge.attempt > 1 ? qsTr("Once more, with new movements") : qsTr("Your face inside the oval")
                color: "#C9D6D4"
                font.pixelSize: Theme.label
            }
        }
        PlateNote {
            id: reason
            objectName: "retryReason"
            anchors.horizontalCenter: parent.horizontalCenter
            most: parent.width
            icon: "eye"
            text: captureBridge.retryText
        }
        PlateNote {
            id: ahead
            objectName: "lightsAhead"
            anchors.horizontalCenter: parent.horizontalCenter
            most: parent.width
            icon: "light"
            text: !plate.acting && captureBridge.lightsAhead && captureBridge.retryText === "" ? qsTr("The screen will change colour a few times") : ""
        }
    }
}
