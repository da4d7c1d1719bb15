import QtQuick
import "../theme"

// A line of the form for a child, with what is to be mended below it.
Column {
    id: line
    property string field: ""
    property alias name: entry.name
    property alias hint: entry.hint
    property alias most: entry.most
    property alias text: entry.text
    spacing: 0.5 * Theme.gap
    function take() { entry.take() }
    TextEntry {
        id: entry
        fieldName: "minor_" + line.field
        width: line.width
        onTextChanged: officeMinors.mended(line.field)
    }
    MinorSlip {
        objectName: "slip_" + line.field
        width: line.width
        text: officeMinors.slips[line.field] ?? ""
    }
}
