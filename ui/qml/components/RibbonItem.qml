import QtQuick
import "../theme"

// One fact of the ribbon: an icon, and words whose weight tells on from off.
Row {
    id: item
    property string icon: "camera"
    property string text: ""
    property bool on: false
    // No device: nothing that could be on.
    property bool plain: false
    property real size: 16
    spacing: 0.75 * Theme.gap
    Rectangle {
        width: 10 * Theme.u
        height: width
        radius: width / 2
        color: item.on ? Theme.caution : "transparent"
        border.width: 2 * Theme.u
        border.color: item.on ? Theme.caution : Theme.primary
        visible: !item.plain
        anchors.verticalCenter: parent.verticalCenter
    }
    Icon {
        name: item.icon
        size: item.size * 1.3
        color: item.on ? Theme.caution : Theme.primary
        anchors.verticalCenter: parent.verticalCenter
    }
    Words {
        text: item.text
        bold: item.on
        lineHeight: 1
        font.pixelSize: item.size
        color: item.on ? Theme.caution : Theme.text
        wrapMode: Text.NoWrap
        Accessible.ignored: true
        anchors.verticalCenter: parent.verticalCenter
    }
}
