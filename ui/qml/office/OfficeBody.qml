import QtQuick
import "../components"
import "../theme"

// The frame of a page: title, what it is for, tools at the right, the last answer, and the content.
FocusScope {
    id: body
    property var bridge
    property string title: ""
    property string text: ""
    property alias tools: toolRow.data
    default property alias content: slot.data
    readonly property real contentWidth: slot.width
    readonly property real contentHeight: slot.height
    // Wide enough for a list beside what is chosen in it.
    readonly property bool wide: !Theme.portrait && Theme.textScale < 1.3

    Words {
        id: head
        objectName: "title"
        x: Theme.margin
        y: 2.5 * Theme.gap
        width: toolRow.x - x - Theme.gap
        text: body.title
        bold: true
        lineHeight: 1.1
        font.pixelSize: Theme.lead
        Accessible.role: Accessible.Heading
    }
    Words {
        id: sub
        x: Theme.margin
        y: head.y + Math.max(head.implicitHeight, toolRow.height) + 0.5 * Theme.gap
        width: parent.width - 2 * Theme.margin
        visible: text !== ""
        text: body.text
        color: Theme.secondary
        lineHeight: 1.15
        font.pixelSize: Theme.caption
    }
    Row {
        id: toolRow
        anchors.right: parent.right
        anchors.rightMargin: Theme.margin
        y: 2 * Theme.gap
        spacing: Theme.gap
    }
    Note {
        id: note
        objectName: "officeMessage"
        x: Theme.margin
        y: (sub.visible ? sub.y + sub.implicitHeight : sub.y) + Theme.gap
        width: parent.width - 2 * Theme.margin
        visible: text !== ""
        tone: body.bridge ? body.bridge.tone : "neutral"
        icon: tone === "good" ? "check" : "warning"
        text: body.bridge ? body.bridge.message + (body.bridge.code ? " (" + body.bridge.code + ")" : "") : ""
        Accessible.role: Accessible.AlertMessage
        Accessible.name: text
    }
    FocusScope {
        id: slot
        focus: true
        x: Theme.margin
        y: (note.visible ? note.y + note.implicitHeight : note.y - Theme.gap) + 1.5 * Theme.gap
        width: parent.width - 2 * Theme.margin
        height: parent.height - y - 2 * Theme.gap
    }
    // A thin line that says: an answer is awaited. It does not move.
    Rectangle {
        visible: body.bridge ? body.bridge.busy : false
        width: parent.width
        height: 4 * Theme.u
        color: Theme.primary
        Accessible.role: Accessible.Indicator
        Accessible.name: qsTr("One moment…")
    }
}
