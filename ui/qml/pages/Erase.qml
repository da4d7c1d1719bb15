import QtQuick
import "../components"
import "../theme"

// The last question of a withdrawal: exactly what is erased, and that nothing brings it back.
PageBody {
    id: page
    objectName: "pageErase"
    readonly property bool erasing: !questionBridge.open && questionBridge.pressed === "yes"
    title: erasing ? qsTr("Erasing …") : qsTr("Erase your registration?")
    text: erasing ? qsTr("Please wait until it says that everything is erased.") : qsTr("All of this is erased now, in every store, and cannot be brought back:")
    picture: [
        Emblem {
            anchors.fill: parent
            icon: "bin"
            tone: "caution"
        },
        Ring {
            anchors.centerIn: parent
            visible: page.erasing
            width: Math.min(parent.width, parent.height, (Theme.portrait ? 470 : 420) * Theme.u)
            height: width
            fraction: -1
        }
    ]
    extra: [
        Repeater {
            model: [qsTr("your face template, and face images if you let us keep any"), qsTr("the text of your document"), qsTr("your resident number; it will open nothing any more")]
            Row {
                id: line
                required property string modelData
                width: parent.width
                spacing: 1.5 * Theme.gap
                Icon { name: "bin"; size: Theme.label * 1.4; color: Theme.caution }
                Words {
                    width: line.width - Theme.label * 1.4 - line.spacing
                    text: line.modelData
                    bold: true
                    font.pixelSize: Theme.label * 1.1
                }
            }
        },
        Note {
            width: parent.width
            icon: "receipt"
            text: qsTr("What stays is the record that you agreed and took it back, with no picture of you. You get a deletion receipt.")
        }
    ]
    actions: [
        PushButton {
            objectName: "yesButton"
            visible: !page.erasing
            width: (parent.width - 2 * Theme.gap) / 2
            text: qsTr("Erase everything")
            iconName: "bin"
            enabled: questionBridge.open
            held: questionBridge.pressed === "yes"
            onClicked: questionBridge.answer(true)
        },
        PushButton {
            objectName: "noButton"
            visible: !page.erasing
            width: (parent.width - 2 * Theme.gap) / 2
            kind: "outline"
            text: qsTr("Keep it")
            enabled: questionBridge.open
            held: questionBridge.pressed === "no"
            focus: true
            onClicked: questionBridge.answer(false)
        }
    ]
}
