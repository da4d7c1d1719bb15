import QtQuick
import "../components"
import "../theme"

// The devices that are plugged in, and which of them may be used.
OfficeBody {
    id: page
    objectName: "pageOfficeDevices"
    readonly property bool open: officeDevices.chosen !== ""
    readonly property var device: officeDevices.rows.find(row => row.id === officeDevices.chosen) ?? ({})
    bridge: officeDevices
    title: qsTr("Devices")
    text: qsTr("Once a camera or a reader is registered, no other is ever opened. A change holds from the next visit on.")
    tools: PushButton {
        objectName: "refreshButton"
        kind: "outline"
        tall: 44 * Theme.u
        iconName: "again"
        text: qsTr("Refresh")
        onClicked: officeDevices.refresh()
    }
    DataTable {
        id: table
        objectName: "devices"
        visible: page.wide || !page.open
        width: page.open ? parent.width * 0.48 : parent.width
        height: parent.height
        name: page.title
        focus: true
        columns: page.open && page.wide ? [
            { key: "kind", title: qsTr("Kind"), share: 3, bold: true },
            { key: "name", title: qsTr("Name"), share: 5 },
            { key: "state", title: qsTr("State"), share: 5, tone: true }
        ] : [
            { key: "kind", title: qsTr("Kind"), share: 3, bold: true },
            { key: "name", title: qsTr("Name"), share: 5 },
            { key: "identity", title: qsTr("Identity"), share: 5, small: true },
            { key: "port", title: qsTr("Port"), share: 2, small: true },
            { key: "state", title: qsTr("State"), share: 4, tone: true }
        ]
        rows: officeDevices.rows
        chosen: officeDevices.chosen
        waiting: officeDevices.busy
        empty: qsTr("No device was found. Connect the camera and the card reader, then refresh.")
        onPicked: id => officeDevices.choose(id)
    }
    DevicesPane {
        objectName: "devicePane"
        visible: page.open
        device: page.device
        x: page.wide ? table.width + 2 * Theme.gap : 0
        width: parent.width - x
        height: parent.height
    }
}
