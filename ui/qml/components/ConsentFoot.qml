import QtQuick
import "../theme"

// The question: an unticked box, a wish, and ways on that are equally large. A notice with several
// purposes asks on a page of its own: from here it is one step to it.
Rectangle {
    id: foot
    signal scrollWanted
    property real column: width
    readonly property bool ended: noticeBridge.atEnd
    readonly property real third: (column - 4 * Theme.gap) / 3
    implicitHeight: stack.implicitHeight + 4 * Theme.gap
    color: Theme.surface
    Rectangle { width: parent.width; height: 1; color: Theme.outline }

    Column {
        id: stack
        x: (foot.width - foot.column) / 2
        y: 2 * Theme.gap
        width: foot.column
        spacing: 1.5 * Theme.gap
        TickBox {
            objectName: "consentBox"
            width: parent.width
            visible: foot.ended && !noticeBridge.several
            text: noticeBridge.declaration
            checked: noticeBridge.ticked
            onToggled: noticeBridge.tick(checked)
        }
        TickBox {
            objectName: "calmBox"
            width: parent.width
            visible: foot.ended && !noticeBridge.several
            quiet: true
            text: qsTr("The screen will change colour during the face check. Tick here for no coloured light, and more time.")
            checked: displayBridge.calm
            onToggled: displayBridge.set_calm(checked)
        }
        Words {
            objectName: "readOnHint"
            visible: !foot.ended || noticeBridge.several
            width: parent.width
            text: foot.ended ? qsTr("Next you choose what you agree to, one thing at a time. Nothing is ticked for you.") : qsTr("Please read to the end; then you can choose. You may say no at any time.")
            color: Theme.secondary
            font.pixelSize: Theme.label
        }
        Flow {
            width: parent.width
            spacing: 2 * Theme.gap
            PushButton {
                objectName: "refuseButton"
                width: Theme.portrait ? foot.column : foot.third
                kind: "outline"
                text: noticeBridge.labels.refuse
                held: noticeBridge.pressed === "refuse"
                onClicked: noticeBridge.refuse()
            }
            PushButton {
                objectName: "otherButton"
                width: Theme.portrait ? (foot.column - 2 * Theme.gap) / 2 : foot.third
                kind: "outline"
                text: noticeBridge.labels.other
                held: noticeBridge.pressed === "other"
                onClicked: noticeBridge.take_other_route()
            }
            PushButton {
                objectName: "scrollButton"
                visible: !foot.ended
                width: Theme.portrait ? (foot.column - 2 * Theme.gap) / 2 : foot.third
                text: qsTr("Read on")
                iconName: "down"
                focus: !foot.ended
                onClicked: foot.scrollWanted()
            }
            PushButton {
                objectName: "askButton"
                visible: foot.ended && noticeBridge.several
                width: Theme.portrait ? (foot.column - 2 * Theme.gap) / 2 : foot.third
                text: qsTr("Go on")
                iconName: "next"
                onClicked: noticeBridge.ask()
            }
            PushButton {
                objectName: "agreeButton"
                visible: foot.ended && !noticeBridge.several
                enabled: noticeBridge.mayAgree
                width: Theme.portrait ? (foot.column - 2 * Theme.gap) / 2 : foot.third
                text: noticeBridge.labels.agree
                held: noticeBridge.pressed === "agree"
                onClicked: noticeBridge.agree()
            }
        }
    }
}
