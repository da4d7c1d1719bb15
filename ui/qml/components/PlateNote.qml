import QtQuick
import "../theme"

// A line worth knowing beside the instruction, on the plate: icon and words.
Rectangle {
    id: note
    property string text: ""
    property string icon: "light"
    // As wide as its words, up to `most`.
    property real most: 0
    visible: text !== ""
    width: Theme.portrait ? Math.min(most, words.x + words.implicitWidth + 2 * Theme.gap) : most
    implicitHeight: words.implicitHeight + 2 * Theme.gap
    radius: Theme.radius
    color: "#22343A"
    Icon {
        id: sign
        x: 1.5 * Theme.gap
        anchors.verticalCenter: parent.verticalCenter
        name: note.icon
        size: Theme.label * 1.3
        color: "#F0B45B"
    }
    Words {
        id: words
        x: sign.x + sign.width + 1.25 * Theme.gap
        anchors.verticalCenter: parent.verticalCenter
        width: note.width - x - 1.5 * Theme.gap
        text: note.text
        color: "#FFFFFF"
        lineHeight: 1.15
        font.pixelSize: Theme.label
    }
}
