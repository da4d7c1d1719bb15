import QtQuick
import QtQuick.Templates as T
import "../components"
import "../theme"

// Several lines of typed text with their name above; it grows with them. Tab goes on, as elsewhere.
Column {
    id: entry
    property string name: ""
    property int most: 2000
    property string fieldName: ""
    property alias text: field.text
    spacing: 0.5 * Theme.gap
    function take() { field.forceActiveFocus() }

    Words {
        width: parent.width
        text: entry.name
        color: field.activeFocus ? Theme.primary : Theme.secondary
        bold: field.activeFocus
        lineHeight: 1.15
        font.pixelSize: Theme.label
        Accessible.ignored: true
    }
    T.TextArea {
        id: field
        objectName: entry.fieldName
        width: parent.width
        implicitHeight: Math.max(Theme.label * 3.6, contentHeight + topPadding + bottomPadding)
        leftPadding: 1.5 * Theme.gap
        rightPadding: leftPadding
        topPadding: Theme.gap
        bottomPadding: Theme.gap
        wrapMode: TextEdit.Wrap
        textFormat: TextEdit.PlainText
        font.family: Theme.family
        font.pixelSize: Theme.label
        color: Theme.text
        selectionColor: Theme.primary
        selectedTextColor: Theme.inkOnPrimary
        selectByMouse: true
        activeFocusOnTab: true
        inputMethodHints: Qt.ImhNoPredictiveText
        Accessible.name: entry.name
        // A text area has no longest text of its own.
        onTextChanged: if (length > entry.most) remove(entry.most, length)
        Keys.onTabPressed: nextItemInFocusChain(true).forceActiveFocus(Qt.TabFocusReason)
        Keys.onBacktabPressed: nextItemInFocusChain(false).forceActiveFocus(Qt.BacktabFocusReason)
        background: Rectangle {
            radius: 8 * Theme.u
            color: Theme.surface
            border.width: (field.activeFocus ? 3 : 1.5) * Theme.u
            border.color: field.activeFocus ? Theme.primary : Theme.secondary
        }
    }
}
