import QtQuick
import "../components"
import "../theme"

// Two sealed codes, two holders: opens accounts and keys for an hour, and raises an alarm.
FocusScope {
    id: page
    objectName: "pageEmergency"
    readonly property real column: Math.min(width - 2 * Theme.margin, 620 * Theme.u)
    readonly property bool ready: first.text.trim() !== "" && second.text.trim() !== "" && !officeBridge.busy
    function submit() {
        if (ready)
            officeBridge.break_glass(first.text, second.text)
    }
    Keys.onEscapePressed: officeBridge.show_emergency(false)
    Component.onCompleted: first.take()
    Flickable {
        id: reading
        anchors.fill: parent
        contentHeight: Math.max(height, form.implicitHeight + 2 * Theme.margin)
        interactive: contentHeight > height + 1
        clip: interactive
        Column {
            id: form
            x: (page.width - width) / 2
            y: Math.max(Theme.margin, (reading.contentHeight - implicitHeight) / 2)
            width: page.column
            spacing: 2 * Theme.gap
            Words {
                objectName: "title"
                width: parent.width
                text: qsTr("The two sealed codes")
                bold: true
                font.pixelSize: Theme.title
                Accessible.role: Accessible.Heading
            }
            Note {
                width: parent.width
                tone: "caution"
                icon: "warning"
                text: qsTr("Both holders must be here. The codes work once, for an hour, for accounts and keys only; their use is in the ledger and stays an alarm until new ones are made.")
            }
            Note {
                objectName: "emergencyMessage"
                visible: officeBridge.message !== ""
                width: parent.width
                tone: "stop"
                icon: "warning"
                text: officeBridge.message + (officeBridge.code ? " (" + officeBridge.code + ")" : "")
            }
            TextEntry {
                id: first
                fieldName: "firstCode"
                width: parent.width
                name: qsTr("First code")
                secret: true
                most: 64
                onAccepted: second.take()
            }
            TextEntry {
                id: second
                fieldName: "secondCode"
                width: parent.width
                name: qsTr("Second code")
                secret: true
                most: 64
                onAccepted: page.submit()
            }
            Row {
                width: parent.width
                layoutDirection: Qt.RightToLeft
                spacing: 2 * Theme.gap
                PushButton {
                    objectName: "breakGlass"
                    tall: Theme.low
                    text: officeBridge.busy ? qsTr("One moment…") : qsTr("Open")
                    enabled: page.ready
                    onClicked: page.submit()
                }
                PushButton {
                    objectName: "leaveEmergency"
                    tall: Theme.low
                    kind: "outline"
                    text: qsTr("Back")
                    onClicked: officeBridge.show_emergency(false)
                }
            }
        }
    }
    ScrollMark { flick: reading; x: parent.width - width - Theme.gap; y: Theme.gap; height: reading.height - 2 * Theme.gap }
}
