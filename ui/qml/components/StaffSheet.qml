import QtQuick

// The way out of the kiosk, reached by a long press on the place name.
Sheet {
    id: sheet
    objectName: "staffSheet"
    title: qsTr("Staff: close the station?")
    Words {
        width: parent.width
        text: qsTr("A visit in hand is stopped and cleared first.")
    }
    actions: [
        PushButton {
            objectName: "staffStay"
            kind: "outline"
            text: qsTr("Keep it open")
            focus: true
            onClicked: sheet.open = false
        },
        PushButton {
            objectName: "staffQuit"
            text: qsTr("Close")
            onClicked: visitBridge.unlock_and_quit()
        }
    ]
}
