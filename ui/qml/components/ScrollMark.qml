import QtQuick
import "../theme"

// Where the reader is in a long text.
Item {
    id: mark
    property Flickable flick
    width: 8 * Theme.u
    visible: flick.contentHeight > flick.height + 1
    Accessible.ignored: true
    Rectangle {
        anchors.fill: parent
        radius: width / 2
        color: Theme.neutralSoft
    }
    Rectangle {
        width: parent.width
        radius: width / 2
        color: Theme.primary
        y: mark.flick.visibleArea.yPosition * mark.height
        height: mark.flick.visibleArea.heightRatio * mark.height
    }
}
