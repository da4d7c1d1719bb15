import QtQuick
import "../components"
import "../theme"

// What has to be done about an incident, until when, and how long there is left.
Column {
    id: clocks
    spacing: 0.75 * Theme.gap
    Repeater {
        model: officeIncidents.clocks
        Rectangle {
            id: clock
            required property var modelData
            required property int index
            readonly property color ink: Theme.toneColor[modelData.tone]
            objectName: "clock" + index
            width: clocks.width
            height: Math.max(words.height, left.implicitHeight) + 1.5 * Theme.gap
            radius: 8 * Theme.u
            color: Theme.page
            border.width: 1
            border.color: Theme.outline
            Accessible.role: Accessible.StaticText
            Accessible.name: modelData.label + ": " + modelData.text + ", " + modelData.due
            Rectangle {
                width: 6 * Theme.u
                height: parent.height
                radius: 3 * Theme.u
                color: clock.ink
            }
            Icon {
                x: 2 * Theme.gap
                anchors.verticalCenter: parent.verticalCenter
                name: clock.modelData.icon
                size: 24 * Theme.u
                color: clock.ink
            }
            Column {
                id: words
                x: 2 * Theme.gap + 36 * Theme.u
                width: parent.width * 0.56 - x
                anchors.verticalCenter: parent.verticalCenter
                Words {
                    width: parent.width
                    text: clock.modelData.label
                    lineHeight: 1.1
                    font.pixelSize: Theme.label
                    Accessible.ignored: true
                }
                Words {
                    width: parent.width
                    text: clock.modelData.due
                    color: Theme.secondary
                    lineHeight: 1.1
                    font.pixelSize: Theme.caption
                    Accessible.ignored: true
                }
            }
            Words {
                id: left
                objectName: "clockLeft" + clock.index
                x: parent.width * 0.58
                width: parent.width * 0.42 - 2 * Theme.gap
                anchors.verticalCenter: parent.verticalCenter
                horizontalAlignment: Text.AlignRight
                text: clock.modelData.text
                bold: true
                color: clock.ink
                lineHeight: 1.1
                font.pixelSize: Theme.label
                Accessible.ignored: true
            }
        }
    }
}
