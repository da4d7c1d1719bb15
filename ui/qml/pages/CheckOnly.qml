import QtQuick
import "../components"
import "../theme"

// Only today's check was agreed to: is it wanted at all?
PageBody {
    objectName: "pageCheckOnly"
    title: qsTr("Check once all the same?")
    text: qsTr("As you ticked, you will not be registered: nothing of your face or document is kept.")
    picture: Emblem {
        anchors.fill: parent
        icon: "person"
    }
    extra: Note {
        width: parent.width
        icon: "back"
        text: qsTr("Would you rather register? Stop here, start again, and tick the second line too.")
    }
    actions: [
        PushButton {
            objectName: "yesButton"
            width: (parent.width - 2 * Theme.gap) / 2
            text: qsTr("Yes, check once")
            enabled: questionBridge.open
            held: questionBridge.pressed === "yes"
            onClicked: questionBridge.answer(true)
        },
        PushButton {
            objectName: "noButton"
            width: (parent.width - 2 * Theme.gap) / 2
            kind: "outline"
            text: qsTr("No, stop here")
            enabled: questionBridge.open
            held: questionBridge.pressed === "no"
            focus: true
            onClicked: questionBridge.answer(false)
        }
    ]
}
