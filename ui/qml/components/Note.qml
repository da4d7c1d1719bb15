import QtQuick
import "../theme"

// A fact or a warning on its own ground: icon, words, tone.
Rectangle {
    id: note
    property string text: ""
    property string icon: "shield"
    property string tone: "neutral"
    implicitHeight: words.implicitHeight + 3 * Theme.gap
    radius: Theme.radius
    color: Theme.toneSoft[tone]
    Icon {
        id: sign
        x: 2 * Theme.gap
        y: words.y + (Theme.label * 1.45 - size) / 2
        name: note.icon
        size: 26 * Theme.u
        // As a picture: a drawn shape is not cut off where a long page scrolls (software renderer).
        layer.enabled: true
        color: Theme.toneColor[note.tone]
    }
    Words {
        id: words
        x: sign.x + sign.width + 1.5 * Theme.gap
        // A line higher than its letters leaves its spare room below them.
        y: 1.5 * Theme.gap + 0.06 * Theme.label
        width: note.width - x - 2 * Theme.gap
        text: note.text
        lineHeight: 1.18
        font.pixelSize: Theme.label
    }
}
