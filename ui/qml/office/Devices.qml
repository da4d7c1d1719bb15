import QtQuick
import "../components"
import "../theme"

// The devices this station uses or knows.
OfficeBody {
    id: page
    objectName: "pageOfficeDevices"
    bridge: officeDevices
    title: qsTr("Devices")
    tools: PushButton {
        objectName: "refreshButton"
        kind: "outline"
        tall: 44 * Theme.u
        iconName: "again"
        text: qsTr("Refresh")
        onClicked: officeDevices.refresh()
    }
    DataTable {
        objectName: "devices"
        anchors.fill: parent
        name: page.title
        focus: true
        picks: false
        columns: [
            { key: "kind", title: qsTr("Kind"), share: 3, bold: true },
            { key: "name", title: qsTr("Name"), share: 5 },
            { key: "identity", title: qsTr("Identity"), share: 4, small: true },
            { key: "state", title: qsTr("State"), share: 3, tone: true }
        ]
        rows: officeDevices.rows
        waiting: officeDevices.busy
        empty: qsTr("No device was found. Connect the camera and the card reader, then refresh.")
    }
}
