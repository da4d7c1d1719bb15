import QtQuick
import "../components"

// One text of a draft: a line, or a passage of several; what is typed is kept at once.
Loader {
    id: field
    required property var modelData
    sourceComponent: modelData.long ? passage : line
    Component {
        id: line
        TextEntry {
            fieldName: "draft_" + field.modelData.path
            width: field.width
            name: field.modelData.label
            most: 300
            text: field.modelData.value
            onTextChanged: officeNotices.set_value(field.modelData.path, text)
        }
    }
    Component {
        id: passage
        TextPassage {
            fieldName: "draft_" + field.modelData.path
            width: field.width
            name: field.modelData.label
            most: 3000
            text: field.modelData.value
            onTextChanged: officeNotices.set_value(field.modelData.path, text)
        }
    }
}
