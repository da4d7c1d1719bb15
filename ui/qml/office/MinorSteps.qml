import QtQuick
import "../components"
import "../theme"

// What will happen, so that staff can tell the family before anything begins.
Column {
    id: steps
    spacing: 1.5 * Theme.gap
    Words {
        width: parent.width
        text: qsTr("How it goes")
        bold: true
        font.pixelSize: Theme.label
        Accessible.role: Accessible.Heading
    }
    Repeater {
        model: [
            qsTr("You see the papers and fill this in. No number of the guardian's document is kept."),
            qsTr("The screen goes to the guardian, who reads the notice and ticks both purposes."),
            qsTr("The child is asked in its own words. A no ends it calmly, and counts for 48 hours."),
            qsTr("The child's document is read, then its face is checked. No picture is kept."),
            qsTr("The screen is the visitors' again. You stay on duty.")
        ]
        Row {
            id: step
            required property string modelData
            required property int index
            width: steps.width
            spacing: Theme.gap
            Words {
                width: 24 * Theme.u
                text: step.index + 1
                bold: true
                color: Theme.primary
                font.pixelSize: Theme.label
                lineHeight: 1.15
            }
            Words {
                width: step.width - 24 * Theme.u - step.spacing
                text: step.modelData
                font.pixelSize: Theme.label
                lineHeight: 1.15
            }
        }
    }
}
