import QtQuick
import "../theme"

// Several purposes, one tick each, none of them ticked beforehand; the foot says what they come to.
FocusScope {
    id: questions
    property real column: width
    readonly property real third: (column - 4 * Theme.gap) / 3

    Flickable {
        id: reading
        width: parent.width
        height: foot.y
        contentHeight: Math.max(height, boxes.implicitHeight + 3 * Theme.gap)
        interactive: contentHeight > height + 1
        clip: interactive
        boundsBehavior: Flickable.StopAtBounds
        // The keyboard begins here: a space bar held down from the notice ticks nothing.
        focus: true
        activeFocusOnTab: true
        Keys.onDownPressed: contentY = Math.min(contentHeight - height, contentY + 80 * Theme.u)
        Keys.onUpPressed: contentY = Math.max(0, contentY - 80 * Theme.u)
        Column {
            id: boxes
            x: (questions.width - questions.column) / 2
            y: Math.max(1.5 * Theme.gap, (reading.contentHeight - implicitHeight) / 2)
            width: questions.column
            spacing: 1.25 * Theme.gap
            Words {
                objectName: "title"
                width: parent.width
                text: qsTr("What do you agree to?")
                bold: true
                font.pixelSize: Theme.title
                Accessible.role: Accessible.Heading
            }
            Words {
                width: parent.width
                text: noticeBridge.declaration
                color: Theme.secondary
                font.pixelSize: Theme.label
            }
            Repeater {
                model: noticeBridge.questions
                TickBox {
                    required property int index
                    required property var modelData
                    objectName: "purposeBox" + index
                    width: boxes.width
                    text: modelData.text
                    term: modelData.term
                    checked: noticeBridge.ticks[index] ?? false
                    onToggled: noticeBridge.tick_one(index, checked)
                    onVisualFocusChanged: if (visualFocus) reading.contentY = Math.max(0, Math.min(reading.contentHeight - reading.height, boxes.y + y - Theme.margin))
                }
            }
            TickBox {
                objectName: "calmChoiceBox"
                width: parent.width
                quiet: true
                text: qsTr("The screen will change colour during the face check. Tick here for no coloured light, and more time.")
                checked: displayBridge.calm
                onToggled: displayBridge.set_calm(checked)
                onVisualFocusChanged: if (visualFocus) reading.contentY = Math.max(0, reading.contentHeight - reading.height)
            }
        }
    }
    ScrollMark { flick: reading; x: parent.width - width - Theme.gap; y: Theme.gap; height: reading.height - 2 * Theme.gap }
    Rectangle {
        id: foot
        y: parent.height - height
        width: parent.width
        height: stack.implicitHeight + 4 * Theme.gap
        color: Theme.surface
        Rectangle { width: parent.width; height: 1; color: Theme.outline }
        Column {
            id: stack
            x: (foot.width - questions.column) / 2
            y: 2 * Theme.gap
            width: questions.column
            spacing: 1.5 * Theme.gap
            Words {
                objectName: "tickedText"
                width: parent.width
                text: noticeBridge.tickedText
                bold: true
                font.pixelSize: Theme.label
            }
            Flow {
                width: parent.width
                spacing: 2 * Theme.gap
                PushButton {
                    objectName: "refuseButton"
                    width: Theme.portrait ? questions.column : questions.third
                    height: agree.height
                    kind: "outline"
                    text: noticeBridge.labels.refuse
                    held: noticeBridge.pressed === "refuse"
                    onClicked: noticeBridge.refuse()
                }
                PushButton {
                    objectName: "otherButton"
                    width: Theme.portrait ? (questions.column - 2 * Theme.gap) / 2 : questions.third
                    height: agree.height
                    kind: "outline"
                    text: noticeBridge.labels.other
                    held: noticeBridge.pressed === "other"
                    onClicked: noticeBridge.take_other_route()
                }
                PushButton {
                    id: agree
                    objectName: "agreeButton"
                    width: Theme.portrait ? (questions.column - 2 * Theme.gap) / 2 : questions.third
                    enabled: noticeBridge.mayAgree
                    text: noticeBridge.labels.agree
                    detail: noticeBridge.agreeDetail
                    held: noticeBridge.pressed === "agree"
                    onClicked: noticeBridge.agree()
                }
            }
        }
    }
    Keys.onEscapePressed: noticeBridge.read_on()
}
