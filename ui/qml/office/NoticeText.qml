import QtQuick
import "../components"
import "../theme"

// A notice as people read it: headings and texts, one after another.
Column {
    id: notice
    // Each: "heading", "body".
    property var parts: []
    spacing: 1.25 * Theme.gap
    Repeater {
        model: notice.parts
        Column {
            id: part
            required property var modelData
            required property int index
            width: notice.width
            spacing: 0.25 * Theme.gap
            Words {
                visible: part.modelData.heading !== ""
                width: parent.width
                text: part.modelData.heading
                bold: true
                lineHeight: 1.15
                font.pixelSize: part.index === 0 ? Theme.body : Theme.label
                Accessible.role: Accessible.Heading
            }
            Words {
                objectName: "noticeBody" + part.index
                width: parent.width
                text: part.modelData.body
                lineHeight: 1.25
                font.pixelSize: Theme.caption
            }
        }
    }
}
