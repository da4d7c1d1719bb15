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
        visible: (pane.secret.code1 ?? "") === ""
        text: qsTr("Shown once. The person scans the code with their authenticator and signs in with this first password; they must change it at once.")
    }
    Note {
        width: parent.width
        tone: "caution"
        icon: "eye"
        visible: (pane.secret.code1 ?? "") !== ""
        text: qsTr("Shown once. Write each code down for another holder, and seal each in its own envelope. Only both together open the station.")
    }
    Row {
        width: parent.width
        spacing: 2 * Theme.gap
        Facts {
            width: parent.width - (symbol.visible ? symbol.width + parent.spacing : 0)
            rows: [
                { label: qsTr("First code"), value: pane.secret.code1 ?? "" },
                { label: qsTr("Second code"), value: pane.secret.code2 ?? "" },
                { label: qsTr("User name"), value: pane.secret.user ?? "" },
                { label: qsTr("First password"), value: pane.secret.password ?? "" }
            ]
        }
        QrCode {
            id: symbol
            objectName: "secretSymbol"
            visible: (pane.secret.uri ?? "") !== ""
            width: 280 * Theme.u
            height: width
            code: pane.secret.uri ?? ""
        }
    }
    foot: PushButton {
        objectName: "secretDone"
        tall: Theme.low
        text: qsTr("It is handed over")
        onClicked: pane.closed()
    }
}
