import QtQuick
import "../components"
import "../theme"

// How much of a long work is done, as a bar and in figures.
Column {
    id: line
    property int done: 0
    property int all: 0
    // What is counted, where it is not entries: with %1, %2 and %3.
    property string said: qsTr("%1 of %2 entries (%3 %)")
    readonly property real share: all > 0 ? Math.min(1, done / all) : 0
    spacing: Theme.gap
    Rectangle {
        width: parent.width
        height: 18 * Theme.u
        radius: height / 2
        color: Theme.neutralSoft
        Accessible.role: Accessible.ProgressBar
        Accessible.name: words.text
        Rectangle {
            objectName: "progressFill"
            width: Math.max(height, parent.width * line.share)
            height: parent.height
            radius: height / 2
            color: Theme.primary
        }
    }
    Words {
        id: words
        width: parent.width
        text: line.all > 0 ? line.said.arg(line.done).arg(line.all).arg(Math.floor(100 * line.share)) : qsTr("Getting ready…")
        font.pixelSize: Theme.label
    }
}
