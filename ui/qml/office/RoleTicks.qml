import QtQuick
import "../components"
import "../theme"

// A tick for every role; those that exclude one another cannot be ticked together.
Flow {
    id: ticks
    property int columns: 2
    spacing: 0.5 * Theme.gap
    Repeater {
        model: officeUsers.roles
        TickBox {
            required property var modelData
            objectName: "role_" + modelData.role
            width: (ticks.width - Theme.gap) / ticks.columns
            quiet: true
            text: modelData.label
            opacity: modelData.excluded ? 0.55 : 1
            enabled: !modelData.excluded
            checked: modelData.picked
            onClicked: officeUsers.pick(modelData.role)
        }
    }
}
