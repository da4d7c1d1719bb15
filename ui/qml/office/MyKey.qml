import QtQuick
import "../components"
import "../theme"

// A security key in place of one-time codes: one's own, by whoever has just signed in.
OfficeBody {
    id: page
    objectName: "pageOfficeMyKey"
    bridge: officeMyKey
    title: qsTr("My security key")
    text: qsTr("The second half of your sign-in, beside your password.")
    readonly property bool waiting: officeMyKey.wait.step !== ""
    function submit() {
        officeMyKey.register(password.text)
        password.text = ""
    }
    onWaitingChanged: settled.start()
    Timer {
        // Once what is shown can take the focus; gone with the page.
        id: settled
        interval: 1
        onTriggered: page.waiting ? touch.take() : password.take()
    }
    Flickable {
        id: reading
        anchors.fill: parent
        contentHeight: column.implicitHeight
        interactive: contentHeight > height + 1
        clip: interactive
        Column {
            id: column
            width: Math.min(parent.width, 720 * Theme.u)
            spacing: 2 * Theme.gap
            KeyTouch {
                id: touch
                visible: page.waiting
                width: parent.width
                wait: officeMyKey.wait
            }
            Facts {
                visible: !page.waiting
                width: parent.width
                rows: [
                    { label: qsTr("Second factor now"), value: officeMyKey.hasKey ? qsTr("security key") : qsTr("one-time codes") }
                ]
            }
            Words {
                visible: !page.waiting
                width: parent.width
                text: qsTr("A FIDO2 key on USB, or a FIDO2 card on the reader, without a PIN of its own. It is touched twice: to register it, and to show that it works. What you used before then opens nothing any more. If you lose the key, a system administrator asks for a new password and codes for you.")
                font.pixelSize: Theme.label
                color: Theme.secondary
            }
            TextEntry {
                id: password
                visible: !page.waiting
                fieldName: "keyPassword"
                width: parent.width
                name: qsTr("Your password, once more")
                secret: true
                most: 256
                onAccepted: page.submit()
            }
            PushButton {
                visible: !page.waiting
                objectName: "keyRegister"
                tall: Theme.low
                text: officeMyKey.hasKey ? qsTr("Register another key in its place") : qsTr("Register a key in place of codes")
                enabled: password.text !== "" && !officeMyKey.busy
                onClicked: page.submit()
            }
        }
    }
}
