import QtQuick
import "../components"
import "../theme"

// One question of a sheet, as the kind of its answer wants it; what is typed is kept at once.
Loader {
    id: question
    required property var modelData
    sourceComponent: ({ line: line, passage: passage, tick: tick, head: head })[modelData.kind]

    Component {
        id: line
        TextEntry {
            fieldName: "incident_" + question.modelData.key
            width: question.width
            name: question.modelData.label
            most: question.modelData.most
            text: question.modelData.value
            onTextChanged: officeIncidents.set_value(question.modelData.key, text)
        }
    }
    Component {
        id: passage
        TextPassage {
            fieldName: "incident_" + question.modelData.key
            width: question.width
            name: question.modelData.label
            most: question.modelData.most
            text: question.modelData.value
            onTextChanged: officeIncidents.set_value(question.modelData.key, text)
        }
    }
    Component {
        id: tick
        TickBox {
            objectName: "incident_" + question.modelData.key
            width: question.width
            quiet: true
            text: question.modelData.label
            checked: question.modelData.value !== ""
            onClicked: officeIncidents.set_value(question.modelData.key, checked ? "on" : "")
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
