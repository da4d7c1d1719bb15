import QtQuick
import QtQuick.Templates as T
import "../components"
import "../theme"

// One line of typed text with its name above it; staff have a keyboard.
Column {
    id: entry
    property string name: ""
    property string hint: ""
    property bool secret: false
    property int most: 64
    property string fieldName: ""
    // Among other things on one line: its name stands in the empty field instead of above it.
    property bool inline: false
    property alias text: field.text
    signal accepted
    spacing: 0.5 * Theme.gap
    function take() { field.forceActiveFocus() }

    Words {
        visible: !entry.inline
        width: parent.width
        text: entry.name
        color: field.activeFocus ? Theme.primary : Theme.secondary
        bold: field.activeFocus
        font.pixelSize: Theme.label
        Accessible.ignored: true
    }
    T.TextField {
        id: field
        objectName: entry.fieldName
        width: parent.width
        implicitHeight: Math.max(Theme.low, Theme.label * 2.2)
        leftPadding: 1.5 * Theme.gap
        rightPadding: leftPadding
        verticalAlignment: TextInput.AlignVCenter
        font.family: Theme.family
        font.pixelSize: Theme.label
        color: enabled ? Theme.text : Theme.secondary
        selectionColor: Theme.primary
        selectedTextColor: Theme.inkOnPrimary
        selectByMouse: true
        maximumLength: entry.most
        echoMode: entry.secret ? TextInput.Password : TextInput.Normal
        inputMethodHints: entry.secret ? Qt.ImhSensitiveData | Qt.ImhHiddenText | Qt.ImhNoPredictiveText : Qt.ImhNoPredictiveText
        activeFocusOnTab: true
        Accessible.name: entry.name
        Accessible.description: entry.hint
        onAccepted: entry.accepted()
        background: Rectangle {
            radius: 8 * Theme.u
            color: field.enabled ? Theme.surface : Theme.page
            border.width: (field.activeFocus ? 3 : 1.5) * Theme.u
            border.color: field.activeFocus ? Theme.primary : Theme.secondary
            Words {
                x: field.leftPadding
                width: parent.width - 2 * x
                anchors.verticalCenter: parent.verticalCenter
                visible: field.text === "" && !field.activeFocus && text !== ""
                text: entry.inline ? entry.name : entry.hint
                color: Theme.secondary
                font.pixelSize: Theme.caption
                lineHeight: 1
                Accessible.ignored: true
            }
        }
    }
}
