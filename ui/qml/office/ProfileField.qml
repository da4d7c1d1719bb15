import QtQuick
import "../components"
import "../theme"

// One question of the wizard, as the kind of its answer wants it.
Loader {
    id: question
    required property var modelData
    readonly property bool asked: modelData.needs === "" || officeProfile.values[modelData.needs] === officeProfile.on
    visible: asked
    sourceComponent: ({ line: line, passage: passage, choice: choice, tick: tick, head: head })[modelData.kind]

    Component {
        id: line
        TextEntry {
            fieldName: "field_" + question.modelData.key
            x: question.modelData.needs === "" ? 0 : Theme.low
            width: question.width - x
            name: question.modelData.label
            most: question.modelData.most
            text: question.modelData.value
            onTextChanged: officeProfile.set_value(question.modelData.key, text)
        }
    }
    Component {
        id: passage
        TextPassage {
            fieldName: "field_" + question.modelData.key
            width: question.width
            name: question.modelData.label
            most: question.modelData.most
            text: question.modelData.value
            onTextChanged: officeProfile.set_value(question.modelData.key, text)
        }
    }
    Component {
        id: choice
        Column {
            width: question.width
            spacing: 0.75 * Theme.gap
            Words {
                width: parent.width
                text: question.modelData.label
                color: Theme.secondary
                font.pixelSize: Theme.label
                Accessible.ignored: true
            }
            Tabs {
                width: parent.width
                prefix: "field_" + question.modelData.key + "_"
                options: question.modelData.options
                current: officeProfile.values[question.modelData.key] ?? ""
                onChosen: key => officeProfile.set_value(question.modelData.key, key)
            }
        }
    }
    Component {
        id: tick
        TickBox {
            objectName: "field_" + question.modelData.key
            width: question.width
            quiet: true
            text: question.modelData.label
            checked: officeProfile.values[question.modelData.key] === officeProfile.on
            onClicked: officeProfile.set_value(question.modelData.key, checked ? officeProfile.on : "")
        }
    }
    Component {
        id: head
        Words {
            width: question.width
            text: question.modelData.label
            bold: true
            font.pixelSize: Theme.label
            Accessible.role: Accessible.Heading
        }
    }
}
