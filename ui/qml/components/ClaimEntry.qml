import QtQuick
import "../theme"

// Who a resident says they are: a number on an own pad, or the document; never a face.
Item {
    id: entry
    objectName: "claimEntry"
    readonly property real paneWidth: Theme.portrait ? width - 2 * Theme.margin : (width - 3 * Theme.margin) / 2
    Keys.onPressed: event => {
        event.accepted = event.text.length === 1 && event.text >= "0" && event.text <= "9"
        if (event.accepted)
            claimBridge.type(event.text)
        else if (event.key === Qt.Key_Backspace)
            claimBridge.rub_out()
    }
    Keys.onReturnPressed: claimBridge.submit()
    Keys.onEnterPressed: claimBridge.submit()
    Keys.onDeletePressed: claimBridge.rub_out()

    Column {
        id: form
        x: Theme.margin
        y: Theme.portrait ? 2 * Theme.margin : Math.max(Theme.gap, (cancel.y - implicitHeight) / 2)
        width: entry.paneWidth
        spacing: 2 * Theme.gap
        Words {
            objectName: "title"
            width: parent.width
            text: qsTr("Your resident number, please")
            bold: true
            font.pixelSize: Theme.title
            Accessible.role: Accessible.Heading
        }
        Note {
            objectName: "claimRetryNote"
            visible: claimBridge.retryText !== ""
            width: parent.width
            tone: "caution"
            icon: "warning"
            text: claimBridge.retryText + (claimBridge.attemptsLeft > 0 ? " " + qsTr("Tries left: %1").arg(claimBridge.attemptsLeft) : "")
        }
        Words {
            visible: claimBridge.retryText === ""
            width: parent.width
            text: qsTr("Ten digits; you got it when you registered.")
            color: Theme.secondary
            font.pixelSize: Theme.label
        }
        KeyField {
            objectName: "claimField"
            width: form.width
            name: qsTr("Resident number")
            hint: qsTr("ten digits")
            advice: qsTr("a digit is wrong, please compare")
            value: claimBridge.shown
            chosen: true
            wrong: claimBridge.wrong
            focusPolicy: Qt.NoFocus
        }
        PushButton {
            objectName: "useDocument"
            width: form.width
            kind: "outline"
            iconName: "card"
            text: qsTr("Use my document instead")
            enabled: claimBridge.asking
            held: claimBridge.pressed && claimBridge.shown === ""
            onClicked: claimBridge.use_document()
        }
    }
    CancelButton {
        id: cancel
        x: Theme.margin
        y: entry.height - height - Theme.margin
    }
    Keypad {
        id: pad
        into: claimBridge
        letters: false
        width: entry.paneWidth
        x: Theme.portrait ? Theme.margin : entry.paneWidth + 2 * Theme.margin
        y: Theme.portrait ? Math.max(form.y + form.height + 2 * Theme.margin, entry.height * 0.4) : (entry.height - height) / 2
        available: Theme.portrait ? entry.height - y - Theme.low - 2 * Theme.margin : entry.height - 2 * Theme.gap
    }
}
