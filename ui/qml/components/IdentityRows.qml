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
            Words {
                width: row.width * 0.34
                text: row.modelData.label
                color: Theme.secondary
                font.pixelSize: Theme.label
            }
            Words {
                width: row.width * 0.66
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
