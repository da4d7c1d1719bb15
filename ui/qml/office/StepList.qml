import QtQuick
import QtQuick.Templates as T
import "../components"
import "../theme"

// The steps of a form: what is complete by a tick, the present one by weight and ground.
Column {
    id: list
    // Each: "title", "done".
    property var steps: []
    property int current: 0
    signal chosen(int step)
    spacing: 0.25 * Theme.gap
    Accessible.role: Accessible.List
    Repeater {
        id: repeater
        model: list.steps
        T.AbstractButton {
            id: step
            required property var modelData
            required property int index
            readonly property bool present: index === list.current
            objectName: "step" + index
            width: list.width
            implicitHeight: Math.max(44 * Theme.u, words.implicitHeight + 1.25 * Theme.gap)
            focusPolicy: Qt.StrongFocus
            text: modelData.title
            Accessible.role: Accessible.Button
            Accessible.name: (index + 1) + " " + text + (modelData.done ? ", " + qsTr("complete") : "")
            Keys.onReturnPressed: event => { if (!event.isAutoRepeat) click() }
            Keys.onEnterPressed: event => { if (!event.isAutoRepeat) click() }
            Keys.onDownPressed: repeater.itemAt((index + 1) % repeater.count).forceActiveFocus(Qt.TabFocusReason)
            Keys.onUpPressed: repeater.itemAt((index + repeater.count - 1) % repeater.count).forceActiveFocus(Qt.TabFocusReason)
            onClicked: list.chosen(index)
            background: Rectangle {
                radius: 8 * Theme.u
                color: step.present ? Theme.primarySoft : "transparent"
                FocusRing { shown: step.visualFocus; anchors.margins: -2 * Theme.u; radius: 10 * Theme.u }
            }
            contentItem: Item {
                Rectangle {
                    x: Theme.gap
                    anchors.verticalCenter: parent.verticalCenter
                    width: 28 * Theme.u
                    height: width
                    radius: width / 2
                    color: step.modelData.done ? Theme.goodSoft : Theme.neutralSoft
                    Icon {
                        anchors.centerIn: parent
                        visible: step.modelData.done
                        name: "check"
                        size: 18 * Theme.u
                        color: Theme.good
                    }
                    Words {
                        anchors.centerIn: parent
                        visible: !step.modelData.done
                        text: step.index + 1
                        color: Theme.secondary
                        lineHeight: 1
                        font.pixelSize: Theme.caption
                        Accessible.ignored: true
                    }
                }
                Words {
                    id: words
                    x: 48 * Theme.u
                    width: parent.width - x - Theme.gap
                    anchors.verticalCenter: parent.verticalCenter
                    text: step.text
                    bold: step.present
                    lineHeight: 1.1
                    font.pixelSize: Theme.label
                    Accessible.ignored: true
                }
            }
        }
    }
}
