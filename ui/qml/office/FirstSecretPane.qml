import QtQuick
import Station
import "../components"
import "../theme"

// What a new account needs, shown this once: the person takes it over here and now.
Pane {
    id: pane
    objectName: "secretPane"
    property var secret: ({})
    title: qsTr("Hand this over now")
    closable: false
    Note {
        width: parent.width
        tone: "caution"
        icon: "eye"
        text: qsTr("Shown once. The person scans the code with their authenticator and signs in with this first password; they must change it at once.")
    }
    Facts {
        width: parent.width
        rows: [
            { label: qsTr("User name"), value: pane.secret.user ?? "" },
            { label: qsTr("First password"), value: pane.secret.password ?? "" }
        ]
    }
    QrCode {
        visible: (pane.secret.uri ?? "") !== ""
        width: 260 * Theme.u
        height: width
        code: pane.secret.uri ?? ""
    }
    foot: PushButton {
        objectName: "secretDone"
        tall: Theme.low
        text: qsTr("It is handed over")
        onClicked: pane.closed()
    }
}
