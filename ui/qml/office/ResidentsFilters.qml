import QtQuick
import "../components"
import "../theme"

// Which residents: by state, by a number, or ticked one by one to be erased together.
Flow {
    id: filters
    spacing: 1.5 * Theme.gap
    Tabs {
        prefix: "residentState"
        visible: !officeResidents.ticking || officeResidents.found
        name: qsTr("Show")
        options: officeResidents.states
        current: officeResidents.found ? "" : officeResidents.state
        onChosen: key => officeResidents.narrow(key)
    }
    TextEntry {
        id: number
        fieldName: "residentNumber"
        width: Math.min(filters.width, (Theme.textScale > 1.1 ? 480 : 380) * Theme.u)
        inline: true
        secret: true
        name: qsTr("Resident or document number, then Enter")
        most: 64
        onAccepted: { officeResidents.look_up(text); text = "" }
    }
    PushButton {
        objectName: "pickSeveral"
        visible: officeResidents.may.includes("tick") && !officeResidents.ticking
        kind: "outline"
        tall: Theme.low
        text: qsTr("Erase several…")
        onClicked: officeResidents.pick_several(true)
    }
    PushButton {
        objectName: "eraseTicked"
        visible: officeResidents.ticking
        tall: Theme.low
        enabled: officeResidents.tickedCount > 0
        text: qsTr("Erase the %1 ticked…").arg(officeResidents.tickedCount)
        onClicked: officeResidents.begin("batch")
    }
    PushButton {
        objectName: "stopTicking"
        visible: officeResidents.ticking
        kind: "outline"
        tall: Theme.low
        text: qsTr("Tick nobody")
        onClicked: officeResidents.pick_several(false)
    }
    Words {
        objectName: "residentCount"
        height: Theme.low
        verticalAlignment: Text.AlignVCenter
        lineHeight: 1
        text: officeResidents.looked > 0 ? qsTr("Looked through %1 of %2").arg(officeResidents.looked).arg(officeResidents.total) : officeResidents.found ? qsTr("Found by the number") : officeResidents.total === 0 ? "" : qsTr("%1 shown of %2 residents").arg(officeResidents.rows.length).arg(officeResidents.total)
        color: Theme.secondary
        font.pixelSize: Theme.label
    }
}
