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
    actions: Column {
        width: Theme.portrait || visitBridge.residents ? parent.width : start.width
        spacing: 2 * Theme.gap
        PushButton {
            id: start
            objectName: "startButton"
            width: Theme.portrait || visitBridge.residents ? parent.width : implicitWidth + 2 * Theme.margin
            tall: (visitBridge.residents ? 88 : 76) * Theme.u
            text: visitBridge.residents ? qsTr("I am visiting") : qsTr("Start")
            iconName: "next"
            held: visitBridge.pressed && visitBridge.flow === "VISITOR"
            focus: true
            onClicked: visitBridge.start()
        }
        PushButton {
            objectName: "residentsButton"
            visible: visitBridge.residents
            width: parent.width
            kind: "outline"
            text: qsTr("I live or work here")
            iconName: "home"
            onClicked: visitBridge.show_residents()
        }
    }
}
