import QtQuick
import "../components"
import "../theme"

// Residents: whose term ends next comes first; one in full, and what may be done about them.
OfficeBody {
    id: page
    objectName: "pageOfficeResidents"
    readonly property bool picked: officeResidents.chosen !== "" && !officeResidents.ticking
    readonly property bool open: picked || officeResidents.form !== ""
    readonly property bool serves: officeResidents.may.includes("serve")
    bridge: officeResidents
    title: qsTr("Residents")
    text: officeResidents.ticking ? qsTr("Choose everybody who moves out; choose them again to take the tick away.") : qsTr("Who is registered, masked. Whose term ends next comes first.")
    tools: [
        PushButton {
            objectName: "registerResident"
            visible: page.serves
            tall: 44 * Theme.u
            text: qsTr("Register…")
            onClicked: { officeResidents.choose(""); officeResidents.begin("register") }
        },
        PushButton {
            objectName: "withdrawResident"
            visible: page.serves
            kind: "outline"
            tall: 44 * Theme.u
            text: qsTr("Withdraw…")
            onClicked: { officeResidents.choose(""); officeResidents.begin("withdraw") }
        },
        PushButton {
            objectName: "refreshButton"
            kind: "outline"
            tall: 44 * Theme.u
            implicitWidth: 48 * Theme.u
            iconName: "again"
            Accessible.name: qsTr("Refresh")
            enabled: !officeResidents.running
            onClicked: officeResidents.refresh()
        }
    ]
    Note {
        objectName: "registersNobody"
        visible: !officeResidents.registers
        width: Math.min(parent.width, 860 * Theme.u)
        icon: "person"
        text: qsTr("This station registers nobody: its site file gives residents no term. If it is to register them, put the term (resident_retention_days) into the site file, start the station again, and have the residents' notice published under Notices.")
    }
    ResidentsFilters {
        id: filters
        visible: officeResidents.registers && !page.open
        width: parent.width
    }
    DataTable {
        id: table
        objectName: "residents"
        visible: officeResidents.registers && (page.wide || !page.open)
        name: page.title
        focus: true
        y: filters.visible ? filters.height + 1.5 * Theme.gap : 0
        width: page.open ? parent.width * 0.4 : parent.width
        height: parent.height - y
        readonly property var mark: ({ key: "mark", title: qsTr("Ticked"), share: 3, bold: true })
        readonly property var name_: ({ key: "name", title: qsTr("Name"), share: 3, bold: true })
        readonly property var number: ({ key: "number", title: qsTr("Resident number"), share: 4 })
        readonly property var standing: ({ key: "state", title: qsTr("State"), share: 5, tone: true })
        readonly property var full: [
            number,
            name_,
            { key: "kept", title: qsTr("Kept"), share: 7, small: true },
            { key: "until", title: qsTr("Until"), share: 7, small: true },
            standing
        ]
        columns: page.open && page.wide ? [number, standing] : !officeResidents.ticking ? full : page.wide ? [mark].concat(full) : [mark].concat(full.filter(column => column.key !== "kept"))
        rows: officeResidents.rows
        chosen: officeResidents.chosen
        waiting: officeResidents.busy
        more: officeResidents.more
        moreText: qsTr("Show those who end later")
        empty: officeResidents.state === "ALL" ? qsTr("Nobody is registered yet. An operator chooses “Register” with the person at the desk.") : qsTr("Nobody is in this state. Choose “All” for everybody.")
        onPicked: id => officeResidents.choose(id)
        onMoreWanted: officeResidents.go_on()
    }
    ResidentsPane {
        visible: page.open && officeResidents.registers
        x: page.wide && table.visible ? table.width + 2 * Theme.gap : 0
        width: parent.width - x
        height: parent.height
    }
}
