import QtQuick
import "../components"
import "../theme"

// A sheet's questions by parts, or what one act about it needs.
Column {
    id: form
    readonly property string what: officeIncidents.form
    readonly property bool drafting: what === "open" || what === "change"
    readonly property string text: what === "note" ? note.text : why.text
    readonly property string folder: folderEntry.text
    function clear() { note.text = why.text = folderEntry.text = "" }
    spacing: 1.5 * Theme.gap

    Tabs {
        visible: form.drafting
        width: parent.width
        prefix: "incidentPart_"
        options: officeIncidents.parts
        current: officeIncidents.part
        onChosen: key => officeIncidents.show_part(key)
    }
    Repeater {
        model: form.drafting ? officeIncidents.fields : []
        IncidentField { width: form.width }
    }
    Note {
        objectName: "incidentEffect"
        visible: text !== ""
        width: parent.width
        tone: form.what === "close" || (form.what === "notices" && officeIncidents.missing !== "") ? "caution" : "neutral"
        icon: form.what === "close" ? "warning" : "hand"
        text: form.what === "notices" ? (officeIncidents.missing !== "" ? qsTr("Not written yet: %1. Fill it in under “Change”, part “Told in Chinese”.").arg(officeIncidents.missing) : qsTr("One paper for the authority, one for the people, one for guardians where minors are among them; in English too, where that is filled in.")) : form.what === "contained" ? qsTr("It cannot spread any more. The other clocks go on.") : form.what === "told" ? qsTr("Only after the notice really went out. The ledger keeps that you said so.") : form.what === "close" ? qsTr("A closed sheet cannot be changed any more. The authority must have been told; the people too, or the reason why no harm can come to them.") : form.what === "note" ? qsTr("Nothing takes a note away again. No names and no full numbers.") : ""
    }
    Tabs {
        visible: form.what === "told"
        width: parent.width
        prefix: "incidentWhom_"
        options: officeIncidents.addressees
        current: officeIncidents.whom
        onChosen: key => officeIncidents.choose_whom(key)
    }
    TextPassage {
        id: note
        visible: form.what === "note"
        fieldName: "incidentNote"
        width: parent.width
        name: qsTr("What was found out or done")
        most: 800
    }
    TextPassage {
        id: why
        visible: form.what === "close"
        fieldName: "incidentWhy"
        width: parent.width
        name: qsTr("If people were not told: why no harm can come to them")
        most: 800
    }
    TextEntry {
        id: folderEntry
        fieldName: "incidentFolder"
        visible: form.what === "notices" && officeIncidents.missing === ""
        width: parent.width
        name: qsTr("Folder for the notices (PDF)")
        hint: "/media/…"
        most: 512
    }
    ProgressLine {
        objectName: "incidentProgress"
        visible: officeIncidents.writing
        width: parent.width
        said: qsTr("%1 of %2 notices (%3 %)")
        done: officeIncidents.doneCount
        all: officeIncidents.allCount
    }
}
