import QtQuick
import "../components"
import "../theme"

// Nobody works with a password somebody else has chosen.
FocusScope {
    id: page
    objectName: "pageChangePassword"
    readonly property real column: Math.min(width - 2 * Theme.margin, 620 * Theme.u)
    readonly property bool ready: present.text !== "" && wanted.text !== "" && again.text !== "" && !officeBridge.busy
    function submit() {
        if (ready)
            officeBridge.change_password(present.text, wanted.text, again.text)
    }
    Keys.onEscapePressed: officeBridge.sign_out()
    Component.onCompleted: present.take()
    Connections {
        target: officeBridge
        function onRefused() {
            wanted.text = again.text = ""
            wanted.take()
        }
    }
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
                text: qsTr("Choose your own password")
                bold: true
                font.pixelSize: Theme.title
                Accessible.role: Accessible.Heading
            }
            Words {
                width: parent.width
                text: qsTr("At least 12 characters, three of: capitals, small letters, digits, signs. Not your user name, not a common password, none of your last five.")
                color: Theme.secondary
                font.pixelSize: Theme.label
            }
            Note {
                objectName: "changeMessage"
                visible: officeBridge.message !== ""
                width: parent.width
                tone: "caution"
                icon: "warning"
                text: officeBridge.message + (officeBridge.code ? " (" + officeBridge.code + ")" : "")
            }
            TextEntry {
                id: present
                fieldName: "presentField"
                width: parent.width
                name: qsTr("The password you signed in with")
                secret: true
                most: 256
                onAccepted: wanted.take()
            }
            TextEntry {
                id: wanted
                fieldName: "wantedField"
                width: parent.width
                name: qsTr("Your new password")
                secret: true
                most: 256
                onAccepted: again.take()
            }
            TextEntry {
                id: again
                fieldName: "againField"
                width: parent.width
                name: qsTr("Once more, to be sure")
                secret: true
                most: 256
                onAccepted: page.submit()
            }
            Row {
                width: parent.width
                layoutDirection: Qt.RightToLeft
                spacing: 2 * Theme.gap
                PushButton {
                    objectName: "changeButton"
                    tall: Theme.low
                    text: officeBridge.busy ? qsTr("One moment…") : qsTr("Change it and go on")
                    enabled: page.ready
                    onClicked: page.submit()
                }
                PushButton {
                    objectName: "leaveChange"
                    tall: Theme.low
                    kind: "outline"
                    text: qsTr("Sign out")
                    onClicked: officeBridge.sign_out()
                }
            }
        }
    }
    ScrollMark { flick: reading; x: parent.width - width - Theme.gap; y: Theme.gap; height: reading.height - 2 * Theme.gap }
}
