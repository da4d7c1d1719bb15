import QtQuick
import "../components"
import "../theme"

// A day of the calendar, typed, with its name before it; empty for no limit.
Row {
    id: entry
    property string name: ""
    property alias fieldName: field.fieldName
    property alias text: field.text
    signal accepted
    spacing: 0.75 * Theme.gap
    function take() { field.take() }
    Words {
        height: field.height
        verticalAlignment: Text.AlignVCenter
        text: entry.name
        color: Theme.secondary
        lineHeight: 1
        font.pixelSize: Theme.caption
        Accessible.ignored: true
    }
    TextEntry {
        id: field
        width: 8 * Theme.label
        inline: true
        name: qsTr("%1: no limit").arg(entry.name)
        most: 10
        onAccepted: entry.accepted()
    }
}
