import QtQuick
import "../components"
import "../theme"

// Nobody is served: what this is, and one way in.
PageBody {
    objectName: "pageIdle"
    title: qsTr("Visitor check-in")
    text: qsTr("We check that the document is yours. It takes about a minute.")
    picture: CardPicture { anchors.fill: parent }
    extra: [
        Note {
            width: parent.width
            icon: "shield"
            text: qsTr("Camera and card reader stay off until you agree. Your pictures are deleted at the end.")
        },
        Note {
            width: parent.width
            icon: "person"
            text: qsTr("You can also check in at the staffed desk, without your face.")
        }
    ]
    actions: PushButton {
        objectName: "startButton"
        width: Theme.portrait ? parent.width : implicitWidth + 2 * Theme.margin
        tall: 76 * Theme.u
        text: qsTr("Start")
        iconName: "next"
        held: visitBridge.pressed
        focus: true
        onClicked: visitBridge.start()
    }
}
