import QtQuick
import "../components"
import "../theme"

// A ticket in full: what it came to, what was asked, and of whom what is kept.
Column {
    id: full
    property var ticket: ({})
    // While something is being done about it, only whom that is about.
    property bool brief: false
    spacing: 1.5 * Theme.gap
    Note {
        objectName: "rightsOutcome"
        visible: !full.brief && text !== ""
        width: parent.width
        tone: full.ticket.outcomeTone ?? "good"
        icon: tone === "good" ? "check" : "hand"
        text: full.ticket.outcome ?? ""
    }
    Facts {
        visible: !full.brief
        width: parent.width
        rows: [
            { label: qsTr("Ticket"), value: full.ticket.id ?? "" },
            { label: qsTr("State"), value: full.ticket.state ?? "" },
            { label: qsTr("Answer by"), value: full.ticket.due ?? "" },
            { label: qsTr("Document"), value: full.ticket.document ?? "" },
            { label: qsTr("In their words"), value: full.ticket.wish ?? "" },
            { label: qsTr("Why it was put off"), value: full.ticket.answer ?? "" },
            { label: qsTr("Done so far"), value: full.ticket.steps ?? "" }
        ]
    }
    Words {
        visible: !full.brief && officeRights.person.name !== undefined
        width: parent.width
        text: qsTr("The person")
        bold: true
        font.pixelSize: Theme.label
    }
    PersonFacts {
        visible: officeRights.person.name !== undefined
        width: parent.width
        person: officeRights.person
        brief: full.brief
    }
    Note {
        objectName: "personGone"
        visible: officeRights.gone
        width: parent.width
        icon: "check"
        text: qsTr("Nothing is kept of this person.")
    }
}
