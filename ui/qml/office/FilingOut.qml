import QtQuick
import "../components"
import "../theme"

// The folder, what is written into it, and how far that is.
Column {
    id: out
    readonly property var names: ({ count: qsTr("Write the filing pack"), sign: qsTr("Write A4 and A3"), record: qsTr("Write the record") })
    readonly property var what: ({ count: qsTr("Folder for the filing pack (JSON and PDF)"), sign: qsTr("Folder for the sign (PDF)"), record: qsTr("Folder for the record (JSON and PDF)") })
    spacing: Theme.gap
    Note {
        objectName: "filingWritten"
        visible: officeFiling.written !== ""
        width: parent.width
        tone: "good"
        icon: "receipt"
        text: qsTr("Written: %1").arg(officeFiling.written)
    }
    ProgressLine {
        objectName: "filingProgress"
        visible: officeFiling.writing
        width: parent.width
        said: qsTr("%1 of %2 files (%3 %)")
        done: officeFiling.doneCount
        all: officeFiling.allCount
    }
    TextEntry {
        id: folder
        fieldName: "filingFolder"
        visible: !officeFiling.writing
        width: parent.width
        name: out.what[officeFiling.view] ?? ""
        hint: "/media/…"
        most: 512
        onAccepted: officeFiling.write_out(text)
    }
    PushButton {
        objectName: "filingWrite"
        visible: !officeFiling.writing
        tall: Theme.low
        text: out.names[officeFiling.view] ?? ""
        enabled: !officeFiling.busy && folder.text.trim() !== ""
        onClicked: officeFiling.write_out(folder.text)
    }
}
