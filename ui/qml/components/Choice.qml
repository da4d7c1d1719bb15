import QtQuick
import "../theme"

// A few options of one thing, side by side; the present one is filled.
Column {
    id: choice
    property string name: ""
    property var options: []
    property int current: 0
    // Names of the buttons for tests, in the order of the options.
    property var names: []
    signal chosen(int index)
    spacing: Theme.gap
    Words {
        text: choice.name
        color: Theme.secondary
        font.pixelSize: Theme.label
    }
    Row {
        spacing: Theme.gap
        Repeater {
            model: choice.options
            PushButton {
                required property int index
                required property string modelData
                objectName: choice.names[index] ?? ""
                width: (choice.width - 2 * Theme.gap) / 3
                kind: index === choice.current ? "primary" : "outline"
                text: modelData
                Accessible.role: Accessible.RadioButton
                Accessible.name: choice.name + ": " + modelData
                Accessible.checkable: true
                Accessible.checked: index === choice.current
                onClicked: choice.chosen(index)
            }
        }
    }
}
