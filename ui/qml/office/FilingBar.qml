import QtQuick
import "../components"
import "../theme"

// How many people's faces are stored, against the three marks at which the station speaks up.
Item {
    id: bar
    property real share: 0
    property string count: ""
    // Each: "at" (0 to 1), "label", "reached".
    property var marks: []
    property color fill: Theme.primary
    readonly property real thick: 36 * Theme.u
    implicitHeight: 2 * Theme.caption * 1.6 + thick + 2 * Theme.gap
    Accessible.role: Accessible.Chart
    Accessible.name: count + " / " + marks.map(mark => mark.label).join(", ")
    Rectangle {
        id: track
        y: Theme.caption * 1.6 + Theme.gap
        width: parent.width
        height: bar.thick
        radius: 8 * Theme.u
        color: Theme.neutralSoft
        border.width: 1
        border.color: Theme.outline
        Rectangle {
            objectName: "filingFill"
            width: Math.max(parent.radius, parent.width * bar.share)
            height: parent.height
            radius: parent.radius
            color: bar.fill
        }
    }
    Repeater {
        model: bar.marks
        Item {
            id: mark
            required property var modelData
            required property int index
            // The middle one above the bar: below, its words would run into its neighbour's.
            readonly property bool above: index % 2 === 1
            x: bar.width * modelData.at
            Rectangle {
                x: -width / 2
                y: mark.above ? track.y - 0.75 * Theme.gap : track.y
                width: Math.max(2, 3 * Theme.u)
                height: track.height + 0.75 * Theme.gap
                color: mark.modelData.reached ? Theme.toneColor.stop : Theme.text
            }
            Words {
                objectName: "filingMark" + mark.index
                x: Math.min(-width / 2, bar.width - mark.x - width)
                y: mark.above ? 0 : track.y + track.height + Theme.gap
                text: mark.modelData.label
                bold: mark.modelData.reached
                wrapMode: Text.NoWrap
                lineHeight: 1.1
                font.pixelSize: Theme.caption
                Accessible.ignored: true
            }
        }
    }
}
