import QtQuick
import "../theme"

// One picture beside (or above) one message, with the actions at the lower right.
Item {
    id: body
    property alias picture: pictureSlot.data
    property alias actions: actionRow.data
    property alias extra: extraColumn.data
    property string title: ""
    property string text: ""
    property string caption: ""
    // Room kept free at the foot for a button outside `actions`.
    property real reserve: 0
    property color titleColor: Theme.text
    readonly property real side: Theme.portrait ? width - 2 * Theme.margin : width * 0.4

    Item {
        id: pictureSlot
        x: Theme.margin
        y: Theme.portrait ? body.height * 0.04 : Theme.margin
        width: body.side - Theme.margin
        // On a tall page the words come first: the picture takes what large letters leave.
        height: Theme.portrait ? Math.max(body.height * 0.2, Math.min(body.height * 0.43, reading.foot - column.implicitHeight - 2 * Theme.gap - y - Theme.margin)) : body.height - 2 * Theme.margin
    }
    Flickable {
        id: reading
        readonly property real foot: Math.min(actionRow.y, body.height - reserve, Theme.portrait && note.visible ? note.y : body.height) - Theme.gap
        x: Theme.portrait ? 1.5 * Theme.margin : body.side + 1.5 * Theme.margin
        y: Theme.portrait ? pictureSlot.y + pictureSlot.height + Theme.margin : 0
        width: Theme.portrait ? body.width - 3 * Theme.margin : body.width - x - 2 * Theme.margin
        height: foot - y
        contentHeight: Math.max(height, column.implicitHeight + 2 * Theme.gap)
        interactive: contentHeight > height + 1
        clip: interactive
        activeFocusOnTab: interactive
        Keys.onDownPressed: contentY = Math.min(contentHeight - height, contentY + 80 * Theme.u)
        Keys.onUpPressed: contentY = Math.max(0, contentY - 80 * Theme.u)
        Column {
            id: column
            width: reading.width
            y: Theme.portrait ? Math.max(0, reading.contentHeight - implicitHeight) * 0.3 : Math.max(Theme.gap, Math.min((reading.contentHeight - implicitHeight + Theme.tall) / 2, reading.contentHeight - implicitHeight - Theme.gap))
            spacing: (Theme.textScale > 1.1 ? 1.75 : 2.5) * Theme.gap
            Words {
                objectName: "title"
                width: parent.width
                visible: text !== ""
                text: body.title
                bold: true
                lineHeight: 1
                color: body.titleColor
                font.pixelSize: Theme.display
                Accessible.role: Accessible.Heading
            }
            Words {
                objectName: "message"
                width: Math.min(parent.width, 40 * Theme.body)
                visible: text !== ""
                text: body.text
                lineHeight: 1.25
                font.pixelSize: Theme.body
            }
            Column {
                id: extraColumn
                width: parent.width
                spacing: 1.5 * Theme.gap
            }
        }
    }
    ScrollMark { flick: reading; x: reading.x + reading.width + Theme.gap; y: reading.y; height: reading.height }
    // For staff: small, and out of the way of what the visitor reads.
    Words {
        id: note
        x: Theme.portrait ? reading.x : Theme.margin
        y: Theme.portrait ? actionRow.y - height - (actionRow.height > 0 ? 2 * Theme.gap : Theme.margin) : body.height - height - Theme.margin
        width: Theme.portrait ? reading.width : body.side - Theme.margin
        visible: text !== ""
        text: body.caption
        color: Theme.secondary
        font.pixelSize: Theme.caption
    }
    Flow {
        id: actionRow
        layoutDirection: Qt.RightToLeft
        spacing: 2 * Theme.gap
        x: reading.x
        width: reading.width
        y: body.height - height - (height > 0 ? Theme.margin : 0)
    }
    NumberAnimation on opacity { from: Theme.still ? 1 : 0; to: 1; duration: Theme.quick }
}
