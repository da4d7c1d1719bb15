import QtQuick
import "../theme"

// The keyboard's place, drawn outside its parent.
Rectangle {
    property bool shown: false
    visible: shown
    anchors.fill: parent
    anchors.margins: -5 * Theme.u
    radius: Theme.radius + 5 * Theme.u
    color: "transparent"
    border.width: 3 * Theme.u
    border.color: Theme.primary
}
