import QtQuick
import "../theme"

// A sheet over the page: title, content, one way back. Escape closes it too.
FocusScope {
    id: sheet
    property string title: ""
    signal closed
    default property alias content: column.data
    property alias actions: actionRow.data
    focus: true
    Keys.onEscapePressed: sheet.closed()
    Accessible.role: Accessible.Dialog
    Accessible.name: title

    Rectangle {
        anchors.fill: parent
        color: Theme.veil
        MouseArea { anchors.fill: parent; onClicked: sheet.closed() }
    }
    Rectangle {
        anchors.centerIn: parent
        width: Math.min(parent.width - 2 * Theme.margin, 900 * Theme.u)
        height: Math.min(parent.height - 2 * Theme.margin, column.implicitHeight + actionRow.height + 3 * Theme.margin)
        radius: Theme.radius * 1.5
        color: Theme.raised
        border.width: 1
        border.color: Theme.outline
        MouseArea { anchors.fill: parent }
        Flickable {
            id: reading
            anchors.fill: parent
            anchors.margins: Theme.margin
            anchors.bottomMargin: actionRow.height + 2 * Theme.margin
            contentHeight: column.implicitHeight
            interactive: contentHeight > height + 1
            clip: interactive
            activeFocusOnTab: interactive
            Keys.onDownPressed: contentY = Math.min(contentHeight - height, contentY + 80 * Theme.u)
            Keys.onUpPressed: contentY = Math.max(0, contentY - 80 * Theme.u)
            Column {
                id: column
                width: parent.width
                spacing: 2 * Theme.gap
                Words {
                    width: parent.width
                    text: sheet.title
                    bold: true
                    font.pixelSize: Theme.title
                    Accessible.role: Accessible.Heading
                }
            }
        }
        ScrollMark { flick: reading; x: parent.width - width - Theme.gap; y: reading.y; height: reading.height }
        Row {
            id: actionRow
            anchors.right: parent.right
            anchors.bottom: parent.bottom
            anchors.margins: Theme.margin
            spacing: 2 * Theme.gap
        }
    }
}
