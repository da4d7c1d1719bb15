import QtQuick
import "../theme"

// The trust ribbon in four sentences, and where to find a person.
Sheet {
    id: sheet
    title: qsTr("What the line at the bottom tells you")
    Repeater {
        model: [
            ["camera", qsTr("Camera: says on only while it is really open, and it opens only after you agree.")],
            ["reader", qsTr("Reader: says on only while the station waits for your document or reads it.")],
            ["image", qsTr("Images held here now: how many pictures of you and your document exist in this station at this moment.")],
            ["shield", qsTr("At the end: the program that held them is closed, the count goes to 0, and the time is shown.")],
            ["lock", qsTr("Of registered residents a locked face template stays, as they agreed. It is no picture; the line says so.")]
        ]
        Row {
            id: line
            required property var modelData
            width: parent.width
            spacing: 2 * Theme.gap
            Icon { name: line.modelData[0]; size: 32 * Theme.u; color: Theme.primary }
            Words {
                width: line.width - 32 * Theme.u - 2 * Theme.gap
                text: line.modelData[1]
                lineHeight: 1.2
                font.pixelSize: Theme.label * 1.1
            }
        }
    }
    Note {
        width: parent.width
        icon: "person"
        text: qsTr("Not sure? Staff at the desk beside you will gladly help. You can stop at any time.")
    }
    actions: PushButton {
        objectName: "closeHelp"
        text: qsTr("Back")
        focus: true
        onClicked: sheet.closed()
    }
}
