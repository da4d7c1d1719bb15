import QtQuick
import "../theme"

// What was just read from the document; empty again after the purge.
Column {
    id: rows
    visible: cardBridge.rows.length > 0
    spacing: Theme.gap
    Repeater {
        model: cardBridge.rows
        Row {
            id: row
            required property var modelData
            width: rows.width
            spacing: 2 * Theme.gap
            Words {
                width: (row.width - row.spacing) * 0.38
                text: row.modelData.label
                color: Theme.secondary
                font.pixelSize: Theme.label
            }
            Words {
                width: (row.width - row.spacing) * 0.62
                text: row.modelData.value
                bold: true
                font.pixelSize: Theme.label
            }
        }
    }
    Note {
        visible: cardBridge.expired
        width: rows.width
        tone: "caution"
        icon: "clock"
        text: qsTr("This document is past its date. Staff will decide; please go on.")
    }
}
