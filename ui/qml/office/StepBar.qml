import QtQuick
import "../theme"

// How far a form is, in steps; the words beside it say the same.
Rectangle {
    id: bar
    property real share: 0
    height: 6 * Theme.u
    radius: height / 2
    color: Theme.neutralSoft
    Accessible.ignored: true
    Rectangle {
        width: parent.width * bar.share
        height: parent.height
        radius: height / 2
        color: Theme.primary
    }
}
