import QtQuick
import "../components"
import "../theme"

// What is to be mended in the field above: a sign and words, not colour alone.
Row {
    id: slip
    property string text: ""
    visible: text !== ""
    spacing: 0.75 * Theme.gap
    Icon {
        name: "warning"
        size: Theme.label * 1.1
        color: Theme.stop
        // As a picture: a drawn shape is not cut off where a form scrolls (software renderer).
        layer.enabled: true
    }
    Words {
        width: slip.width - Theme.label * 1.1 - slip.spacing
        text: slip.text
        color: Theme.stop
        lineHeight: 1.1
        font.pixelSize: Theme.caption
        Accessible.role: Accessible.AlertMessage
    }
}
