import QtQuick
import "../components"
import "../theme"

// What is about to be done about a ticket: its effect first, then what it needs.
Column {
    id: form
    readonly property string what: officeRights.form
    readonly property string text: away.checked ? "" : typed.text
    readonly property string folder: folderEntry.text
    readonly property bool erases: ["erase", "withdraw", "face"].includes(what)
    // What a choice is needed for cannot be sent without it.
    readonly property bool ready: (what !== "correct" || (officeRights.field !== "" && (away.checked || typed.text.trim() !== ""))) && (what !== "extend" || officeRights.days !== "")
    readonly property var effects: ({
        erase: qsTr("Erased at once, and nothing brings it back: %1. A signed receipt is written."),
        withdraw: qsTr("The consent ends now. Erased at once, and nothing brings it back: %1. A signed receipt is written."),
        face: qsTr("Erased at once, and nothing brings it back: %1. The other fields stay; the face is compared no more until they register anew. A signed receipt is written."),
        receipt: qsTr("For a receipt that was lost, or that a power cut kept from being written: made again from the ledger, and signed."),
        restrict: qsTr("Everything stays (%1) and is compared with nobody until the hold is lifted."),
        minor: qsTr("This is a minor's record: the manager must agree before it is opened."),
        copy: qsTr("The record is opened for this copy and your reason goes into the ledger. No template, portrait or score is in it."),
        correct: qsTr("Look at the proof first. From now on the field is marked as typed by staff: the document's chip no longer vouches for it."),
        extend: qsTr("Thirty days from the day it came in at most. The person is told the reason.")
    })
    readonly property var asks: ({
        copy: qsTr("Reason, for the ledger"), minor: qsTr("Reason, for the ledger"),
        correct: qsTr("New content"), extend: qsTr("The reason the person gets in writing"),
        refuse: qsTr("The reason the person gets in writing"), close: qsTr("How it ended")
    })
    readonly property bool takesAway: away.checked
    function clear() { typed.text = folderEntry.text = ""; away.checked = false }
    spacing: 1.5 * Theme.gap

    Note {
        objectName: "rightsEffect"
        visible: form.effects[form.what] !== undefined
        width: parent.width
        tone: form.erases ? "stop" : "caution"
        icon: form.erases ? "warning" : "hand"
        text: visible ? form.effects[form.what].replace("%1", (form.what === "face" ? officeRights.person.faces : officeRights.person.effect) ?? "") : ""
    }
    Tabs {
        visible: form.what === "correct"
        width: parent.width
        prefix: "rightsField_"
        name: qsTr("Which field")
        options: officeRights.fields
        current: officeRights.field
        onChosen: key => officeRights.choose_field(key)
    }
    Tabs {
        visible: form.what === "extend"
        width: parent.width
        prefix: "rightsDays_"
        name: qsTr("Answer by")
        options: officeRights.extensions
        current: officeRights.days
        onChosen: key => officeRights.choose_days(key)
    }
    TextEntry {
        id: typed
        fieldName: "rightsTyped"
        visible: form.asks[form.what] !== undefined && !away.checked
        width: parent.width
        name: form.asks[form.what] ?? ""
        hint: form.what === "correct" && ["birth_date", "valid_from", "valid_until"].includes(officeRights.field) ? qsTr("dates like 2030-01-31") : ""
        most: ["close", "refuse", "extend"].includes(form.what) ? 500 : 200
    }
    TickBox {
        id: away
        objectName: "rightsAway"
        visible: form.what === "correct"
        width: parent.width
        quiet: true
        text: qsTr("Take the field away, with nothing in its place")
    }
    TextEntry {
        id: folderEntry
        fieldName: "rightsFolder"
        visible: form.what === "copy" || form.what === "receipt" || form.erases
        width: parent.width
        name: form.what === "copy" ? qsTr("Folder for the copy (JSON and PDF)") : qsTr("Folder for the signed receipt")
        hint: "/media/…"
        most: 512
    }
    ProgressLine {
        objectName: "rightsProgress"
        visible: officeRights.writing
        width: parent.width
        said: qsTr("%1 of %2 files (%3 %)")
        done: officeRights.doneCount
        all: officeRights.allCount
    }
    Note {
        objectName: "rightsWait"
        visible: officeRights.busy && form.erases
        width: parent.width
        icon: "clock"
        text: qsTr("Being erased from every store. Please wait; do not switch the machine off.")
    }
}
