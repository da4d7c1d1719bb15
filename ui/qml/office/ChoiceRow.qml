import QtQuick
import "../components"
import "../theme"

// What may be done about the thing above: one button for each.
Flow {
    id: row
    property var choices: []
    property var names: ({})
    property real tall: Theme.low
    signal picked(string choice)
    spacing: Theme.gap
    Repeater {
        model: row.choices
        PushButton {
            required property string modelData
            objectName: "choice_" + modelData
            kind: "outline"
            tall: row.tall
            text: row.names[modelData]
            onClicked: row.picked(modelData)
        }
    }
}
