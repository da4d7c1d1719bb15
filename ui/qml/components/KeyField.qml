import QtQuick
import QtQuick.Templates as T
import "../theme"

// One typed item: its name, what was typed, and where the next character goes.
T.AbstractButton {
    id: field
    property string name: ""
    property string hint: ""
    property string value: ""
    property bool chosen: false
    // Typed in full and still not possible: said beside the name, because the way on stays shut.
    property bool wrong: false
    implicitHeight: label.implicitHeight + 60 * Theme.u + Theme.gap
    focusPolicy: Qt.StrongFocus
    // Typing goes where the ring is.
    onVisualFocusChanged: if (visualFocus) clicked()
    Accessible.role: Accessible.EditableText
    Accessible.name: name
    Accessible.description: [value || hint, wrong ? advice : ""].join(" ")
    property string advice: qsTr("check the date")

    contentItem: Item {
        Words {
            id: label
            width: parent.width
            text: field.wrong ? field.name + " · " + field.advice : field.name
            bold: field.chosen || field.wrong
            color: field.wrong ? Theme.caution : field.chosen ? Theme.primary : Theme.secondary
            font.pixelSize: Theme.label
            Accessible.ignored: true
        }
        Rectangle {
            y: label.implicitHeight + 0.5 * Theme.gap
            width: parent.width
            height: 60 * Theme.u
            radius: Theme.radius
            color: Theme.surface
            border.width: (field.chosen ? 3 : 1.5) * Theme.u
            border.color: field.wrong ? Theme.caution : field.chosen ? Theme.primary : Theme.secondary
            Words {
                x: 2 * Theme.gap
                anchors.verticalCenter: parent.verticalCenter
                width: parent.width - 2 * x
                text: field.value || field.hint
                bold: field.value !== ""
                lineHeight: 1
                color: field.value ? Theme.text : Theme.secondary
                font.pixelSize: field.value ? Math.min(Theme.body * 1.1, 30 * Theme.u) : Math.min(Theme.label, 22 * Theme.u)
                font.letterSpacing: field.value ? 2 * Theme.u : 0
                wrapMode: Text.NoWrap
                Accessible.ignored: true
            }
            FocusRing { shown: field.visualFocus }
        }
    }
}
