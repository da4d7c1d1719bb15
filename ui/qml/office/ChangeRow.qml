import QtQuick
import "../components"
import "../theme"

// One thing that a request changes: what it was, if it was anything, above what it will be.
Row {
    id: row
    property var change: ({})
    spacing: Theme.gap
    Words {
        width: parent.width * 0.34 - parent.spacing
        text: row.change.field ?? ""
        color: Theme.secondary
        lineHeight: 1.1
        font.pixelSize: Theme.caption
    }
    Column {
        width: parent.width * 0.66
        Words {
            objectName: "changeBefore"
            visible: row.change.before !== "–"
            width: parent.width
            text: qsTr("before: %1").arg(row.change.before ?? "")
            color: Theme.secondary
            lineHeight: 1.1
            font.pixelSize: Theme.caption
        }
        Words {
            objectName: "changeAfter"
            width: parent.width
            text: row.change.after ?? ""
            bold: true
            lineHeight: 1.1
            font.pixelSize: Theme.label
        }
    }
}
