import QtQuick
import "../components"
import "../theme"

// What is chosen, in full, on its own ground; it scrolls where it is long. Escape closes it.
FocusScope {
    id: pane
    property string title: ""
    property bool closable: true
    default property alias content: column.data
    property alias foot: footColumn.data
    signal closed
    function toTop() { reading.contentY = 0 }
    // Whatever the keys come to is in view.
    readonly property Item held: Window.activeFocusItem
    onHeldChanged: {
        for (let one = held; one; one = one.parent)
            if (one === column) {
                const at = held.mapToItem(column, 0, 0).y + column.y
                if (at < reading.contentY)
                    reading.contentY = Math.max(0, at - 2 * Theme.gap)
                else if (at + held.height > reading.contentY + reading.height)
                    reading.contentY = Math.max(0, Math.min(at - 2 * Theme.gap, reading.contentHeight - reading.height))
                return
            }
    }
    Keys.onEscapePressed: event => { event.accepted = pane.closable; if (pane.closable) pane.closed() }
    Rectangle {
        anchors.fill: parent
        radius: Theme.radius
        color: Theme.surface
        border.width: 1
        border.color: Theme.outline
    }
    Words {
        id: head
        x: 2 * Theme.gap
        y: 1.75 * Theme.gap
        width: (closeButton.visible ? closeButton.x : pane.width - 2 * Theme.gap) - x
        text: pane.title
        bold: true
        lineHeight: 1.1
        font.pixelSize: Theme.body
        Accessible.role: Accessible.Heading
    }
    PushButton {
        id: closeButton
        objectName: "closePane"
        visible: pane.closable
        x: parent.width - width - Theme.gap
        y: Theme.gap
        kind: "quiet"
        tall: 44 * Theme.u
        implicitWidth: 44 * Theme.u
        iconName: "cross"
        Accessible.name: qsTr("Close")
        onClicked: pane.closed()
    }
    Flickable {
        id: reading
        x: 2 * Theme.gap
        y: Math.max(head.y + head.implicitHeight, closeButton.visible ? closeButton.y + closeButton.height : 0) + Theme.gap
        width: parent.width - 2 * x
        height: footColumn.y - y - Theme.gap
        contentHeight: column.implicitHeight + Theme.gap
        interactive: contentHeight > height + 1
        clip: interactive
        boundsBehavior: Flickable.StopAtBounds
        activeFocusOnTab: interactive
        Keys.onDownPressed: contentY = Math.min(contentHeight - height, contentY + 80 * Theme.u)
        Keys.onUpPressed: contentY = Math.max(0, contentY - 80 * Theme.u)
        Column {
            id: column
            y: 0.5 * Theme.gap
            width: reading.width - (reading.interactive ? 1.5 * Theme.gap : 0)
            spacing: 1.5 * Theme.gap
        }
    }
    Rectangle {
        visible: footColumn.implicitHeight > 0
        x: 1
        y: footColumn.y - Theme.gap
        width: parent.width - 2
        height: 1
        color: Theme.outline
    }
    // What can be done stays in view, however long the rest is.
    Column {
        id: footColumn
        x: 2 * Theme.gap
        y: parent.height - implicitHeight - (implicitHeight > 0 ? 1.5 * Theme.gap : 0)
        width: parent.width - 2 * x
        spacing: 1.25 * Theme.gap
    }
    ScrollMark { flick: reading; x: parent.width - width - 6 * Theme.u; y: reading.y; height: reading.height }
}
