import QtQuick
import "../components"
import "../theme"

// The incident book: a list, one incident with its clocks, and what is done about it.
OfficeBody {
    id: page
    objectName: "pageOfficeIncidents"
    readonly property bool drafting: officeIncidents.form === "open" || officeIncidents.form === "change"
    readonly property bool open: officeIncidents.form === "open" || officeIncidents.chosen !== ""
    readonly property var names: ({ open: qsTr("New incident"), notices: qsTr("Write the notices…"), change: qsTr("Change…"), note: qsTr("Add a note…"), contained: qsTr("Contained…"), told: qsTr("Told…"), close: qsTr("Close it…") })
    readonly property var sure: ({ open: qsTr("Record it"), notices: qsTr("Write the notices"), change: qsTr("Save the changes"), note: qsTr("Add the note"), contained: qsTr("Yes, it is contained"), told: qsTr("Yes, they were told"), close: qsTr("Yes, close it for good") })
    bridge: officeIncidents
    title: qsTr("Incidents")
    text: qsTr("When data may have got out, been lost or changed: record it at once, contain it, tell the authority and the people.")
    tools: [
        PushButton {
            objectName: "openIncident"
            visible: officeIncidents.mayWrite
            tall: 44 * Theme.u
            text: qsTr("New incident…")
            onClicked: { officeIncidents.choose(""); officeIncidents.begin("open") }
        },
        PushButton {
            objectName: "refreshButton"
            kind: "outline"
            tall: 44 * Theme.u
            implicitWidth: 48 * Theme.u
            iconName: "again"
            Accessible.name: qsTr("Refresh")
            onClicked: officeIncidents.refresh()
        }
    ]
    Timer {
        interval: 10000
        repeat: true
        running: page.open
        onTriggered: officeIncidents.tick()
    }
    DataTable {
        id: table
        objectName: "incidents"
        visible: page.wide || !page.open
        name: page.title
        focus: true
        width: page.open ? parent.width * 0.36 : parent.width
        height: parent.height
        columns: page.open && page.wide ? [
            { key: "what", title: qsTr("What it is about"), share: 5, bold: true },
            { key: "state", title: qsTr("State"), share: 3, tone: true }
        ] : [
            { key: "what", title: qsTr("What it is about"), share: 5, bold: true },
            { key: "found", title: qsTr("Found"), share: 3, small: true },
            { key: "state", title: qsTr("State"), share: 3, tone: true },
            { key: "next", title: qsTr("Next, and by when"), share: 5 }
        ]
        rows: officeIncidents.rows
        chosen: officeIncidents.chosen
        waiting: officeIncidents.busy
        empty: officeIncidents.mayWrite ? qsTr("Nothing has happened. If data may have got out, choose “New incident”; blanks can be filled in later.") : qsTr("Nothing has happened.")
        onPicked: id => officeIncidents.choose(id)
    }
    Pane {
        id: pane
        objectName: "incidentPane"
        visible: page.open
        title: officeIncidents.form !== "" ? page.names[officeIncidents.form] : qsTr("Incident")
        x: page.wide && table.visible ? table.width + 2 * Theme.gap : 0
        width: parent.width - x
        height: parent.height
        onClosed: officeIncidents.form !== "" ? officeIncidents.begin("") : officeIncidents.choose("")
        Connections {
            target: officeIncidents
            property string before: ""
            function onChanged() {
                const now = officeIncidents.chosen + officeIncidents.form
                if (now === before)
                    return
                before = now
                form.clear()
                pane.toTop()
            }
        }
        IncidentClocks {
            visible: officeIncidents.form === "" && officeIncidents.clocks.length > 0
            width: parent.width
        }
        Note {
            objectName: "incidentAdvice"
            visible: officeIncidents.form === "" && officeIncidents.advice !== ""
            width: parent.width
            tone: "stop"
            icon: "warning"
            text: officeIncidents.advice
        }
        Note {
            objectName: "incidentWritten"
            visible: officeIncidents.written !== ""
            width: parent.width
            tone: "good"
            icon: "receipt"
            text: qsTr("Written: %1. This machine sends nothing: send or hand them out yourselves, then note who was told.").arg(officeIncidents.written)
        }
        Facts {
            objectName: "incidentFacts"
            visible: officeIncidents.form === ""
            width: parent.width
            rows: officeIncidents.facts
        }
        IncidentForm {
            id: form
            visible: officeIncidents.form !== ""
            width: parent.width
        }
        foot: [
            ChoiceRow {
                visible: officeIncidents.form === "" && officeIncidents.choices.length > 0
                width: parent.width
                tall: 44 * Theme.u
                choices: officeIncidents.choices
                names: page.names
                onPicked: choice => officeIncidents.begin(choice)
            },
            Flow {
                visible: officeIncidents.form !== ""
                width: parent.width
                spacing: 1.5 * Theme.gap
                PushButton {
                    objectName: "incidentSubmit"
                    tall: Theme.low
                    text: page.sure[officeIncidents.form] ?? ""
                    enabled: !officeIncidents.busy && (officeIncidents.form !== "notices" || officeIncidents.missing === "")
                    onClicked: page.drafting ? officeIncidents.submit() : officeIncidents.form === "notices" ? officeIncidents.write_notices(form.folder) : officeIncidents.carry_out(form.text)
                }
                PushButton {
                    objectName: "incidentBack"
                    tall: Theme.low
                    kind: "outline"
                    text: qsTr("Back")
                    onClicked: officeIncidents.begin("")
                }
            }
        ]
    }
}
