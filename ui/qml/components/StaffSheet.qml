import QtQuick

// Where staff come in, reached by a long press on the place name; and, while nobody has an account
// here, the way out of the kiosk.
Sheet {
    id: sheet
    title: officeBridge.guarded ? qsTr("Staff: sign in?") : qsTr("Staff: close the station?")
    Words {
        width: parent.width
        text: qsTr("A visit in hand is stopped and cleared first.")
    }
    Note {
        objectName: "dutyNote"
        visible: officeBridge.onDuty !== ""
        width: parent.width
        icon: "person"
        text: qsTr("On duty: %1").arg(officeBridge.onDuty)
    }
    Note {
        visible: officeBridge.offered && !officeBridge.guarded
        width: parent.width
        tone: "caution"
        icon: "person"
        text: qsTr("No member of staff has an account yet. Two people make the first ones in the terminal: ./station.sh users first")
    }
    actions: [
        PushButton {
            objectName: "staffStay"
            kind: "outline"
            text: officeBridge.guarded ? qsTr("Back") : qsTr("Keep it open")
            focus: true
            onClicked: sheet.closed()
        },
        PushButton {
            objectName: "staffEndDuty"
            kind: "outline"
            visible: officeBridge.onDuty !== ""
            text: qsTr("End duty")
            onClicked: {
                sheet.closed()
                officeBridge.end_duty()
            }
        },
        PushButton {
            objectName: "staffQuit"
            visible: !officeBridge.guarded
            text: qsTr("Close")
            onClicked: officeBridge.close_station()
        },
        PushButton {
            objectName: "staffSignIn"
            visible: officeBridge.guarded
            text: qsTr("Sign in")
            onClicked: {
                sheet.closed()
                officeBridge.show_sign_in()
            }
        }
    ]
}
