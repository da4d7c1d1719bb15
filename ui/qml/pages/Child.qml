import QtQuick
import "../components"
import "../theme"

// The child is asked itself, in its own words. Yes and no look the same and weigh the same.
PageBody {
    id: page
    objectName: "pageChild"
    title: qsTr("Now we ask you")
    picture: [
        ChildFace {
            width: parent.width
            height: aloud.visible ? aloud.y - 2 * Theme.gap : parent.height
        },
        // Beside the words, not before them: they need all the room there is.
        PushButton {
            id: aloud
            objectName: "readAloudButton"
            visible: childBridge.canSpeak
            x: (parent.width - width) / 2
            y: parent.height - height
            kind: "outline"
            text: childBridge.speaking ? qsTr("Stop reading aloud") : qsTr("Read it to me")
            onClicked: childBridge.read_aloud()
        }
    ]
    extra: Repeater {
        model: childBridge.lines
        Words {
            required property string modelData
            width: parent ? parent.width : 0
            text: modelData
            lineHeight: 1.18
            font.pixelSize: Theme.lead
        }
    }
    actions: [
        ChildAnswer {
            objectName: "childYes"
            width: (parent.width - 2 * Theme.gap) / 2
            text: qsTr("Yes, all right")
            iconName: "check"
            onClicked: childBridge.answer(true)
        },
        ChildAnswer {
            objectName: "childNo"
            width: (parent.width - 2 * Theme.gap) / 2
            text: qsTr("No, thank you")
            iconName: "cross"
            onClicked: childBridge.answer(false)
        },
        PushButton {
            objectName: "childNotToday"
            width: parent.width
            kind: "outline"
            tall: Theme.low
            text: qsTr("Not today")
            enabled: childBridge.open
            onClicked: childBridge.answer(false)
        }
    ]
}
