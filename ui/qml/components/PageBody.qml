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
        height: Theme.portrait ? body.height * 0.43 : body.height - 2 * Theme.margin
    }
    Flickable {
        id: reading
        x: Theme.portrait ? 1.5 * Theme.margin : body.side + 1.5 * Theme.margin
        y: Theme.portrait ? pictureSlot.y + pictureSlot.height + Theme.margin : 0
        width: Theme.portrait ? body.width - 3 * Theme.margin : body.width - x - 2 * Theme.margin
        height: Math.min(actionRow.y, body.height - reserve) - y - Theme.gap
        contentHeight: Math.max(height, column.implicitHeight + 2 * Theme.gap)
        interactive: contentHeight > height
        clip: interactive
        Column {
            id: column
            width: reading.width
            y: Theme.portrait ? Math.max(0, reading.contentHeight - implicitHeight) * 0.3 : Math.max(Theme.gap, Math.min((reading.contentHeight - implicitHeight + Theme.tall) / 2, reading.contentHeight - implicitHeight - Theme.gap))
            spacing: 2.5 * Theme.gap
            Words {
                objectName: "title"
                width: parent.width
                visible: text !== ""
                text: body.title
                bold: true
                lineHeight: 1.15
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
            Words {
                width: parent.width
                visible: text !== ""
                text: body.caption
                color: Theme.secondary
                font.pixelSize: Theme.caption
            }
        }
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
