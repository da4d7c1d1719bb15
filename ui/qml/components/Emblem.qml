import QtQuick
import "../theme"

// The large sign of a page: an icon in two circles of its tone.
Item {
    id: emblem
    property string icon: "check"
    property string tone: "neutral"
    readonly property real size: Math.min(width, height, (Theme.portrait ? 440 : 380) * Theme.u)
    Rectangle {
        anchors.centerIn: parent
        width: emblem.size
        height: width
        radius: width / 2
        color: Theme.toneSoft[emblem.tone]
        Rectangle {
            anchors.centerIn: parent
            width: emblem.size * 0.62
            height: width
            radius: width / 2
            color: Theme.surface
            border.width: 3 * Theme.u
            border.color: Theme.toneColor[emblem.tone]
            Icon {
                anchors.centerIn: parent
                name: emblem.icon
                size: emblem.size * 0.34
                weight: 1.8
                color: Theme.toneColor[emblem.tone]
            }
        }
    }
}
