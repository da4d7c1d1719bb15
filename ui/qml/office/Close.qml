import QtQuick
import "../components"
import "../theme"

// The last step before the station is dark.
OfficeBody {
    objectName: "pageOfficeClose"
    bridge: officeClose
    title: qsTr("Close the station")
    Column {
        width: Math.min(parent.width, 720 * Theme.u)
        spacing: 2 * Theme.gap
        Note {
            width: parent.width
            tone: "caution"
            icon: "warning"
            text: qsTr("Visitors can no longer check in here until the station is started again with its passphrase. A visit in hand is stopped and cleared first.")
        }
        Facts {
            width: parent.width
            rows: [
                { label: qsTr("Visits today so far"), value: String(officeClose.visits) },
                { label: qsTr("Requests that wait for you and stay"), value: String(officeClose.waiting) }
            ]
        }
        Note {
            visible: officeBridge.message !== ""
            width: parent.width
            tone: "stop"
            icon: "warning"
            text: officeBridge.message
        }
        Row {
            spacing: 2 * Theme.gap
            PushButton {
                objectName: "closeNow"
                text: qsTr("Close it now")
                enabled: !officeBridge.busy
                onClicked: officeBridge.close_station()
            }
            PushButton {
                objectName: "closeNot"
                kind: "outline"
                text: qsTr("Keep it open")
                focus: true
                onClicked: officeBridge.go("Home")
            }
        }
    }
}
