import QtQuick
import "../components"
import "../theme"

// Names and values, one pair to a line. Each: "label", "value".
Column {
    id: facts
    property var rows: []
    spacing: 0.75 * Theme.gap
    Repeater {
        model: facts.rows
        Row {
            id: fact
            required property var modelData
            width: facts.width
            spacing: Theme.gap
            visible: modelData.value !== ""
            Words {
                width: fact.width * 0.34 - fact.spacing
                text: fact.modelData.label
                color: Theme.secondary
                lineHeight: 1.1
                font.pixelSize: Theme.caption
            }
            Words {
                width: fact.width * 0.66
                text: fact.modelData.value
                lineHeight: 1.1
                font.pixelSize: Theme.label
            }
        }
    }
}
