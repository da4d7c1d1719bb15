import QtQuick
import "../components"
import "../theme"

// The self-check in words, faults first.
OfficeBody {
    id: page
    objectName: "pageOfficeHealth"
    bridge: officeHealth
    title: qsTr("Health")
    text: officeHealth.busy ? qsTr("The self-check is running; it takes a few seconds.") : officeHealth.faults > 0 ? qsTr("Faults that keep visitors waiting: %1").arg(officeHealth.faults) : qsTr("Nothing keeps visitors waiting.")
    tools: PushButton {
        objectName: "refreshButton"
        kind: "outline"
        tall: 44 * Theme.u
        iconName: "again"
        text: qsTr("Check again")
        enabled: !officeHealth.busy
        onClicked: officeHealth.refresh()
    }
    DataTable {
        objectName: "health"
        anchors.fill: parent
        name: page.title
        focus: true
        picks: false
        columns: [
            { key: "state", title: qsTr("State"), share: 2, tone: true, bold: true },
            { key: "name", title: qsTr("What"), share: 3 },
            { key: "text", title: qsTr("Finding"), share: 9 }
        ]
        rows: officeHealth.rows
        waiting: officeHealth.busy
        empty: qsTr("Nothing was checked yet. Press 'Check again'.")
    }
}
