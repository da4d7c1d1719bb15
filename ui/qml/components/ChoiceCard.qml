import QtQuick
import QtQuick.Templates as T
import "../theme"

// One of several equal ways on: a sign, a few words, and what they come to.
T.AbstractButton {
    id: card
    property string iconName: ""
    property string detail: ""
    property bool held: false
    readonly property bool lowered: down || held
    implicitHeight: Math.max(116 * Theme.u, words.implicitHeight + 3 * Theme.gap)
    focusPolicy: Qt.StrongFocus
    Accessible.role: Accessible.Button
    Accessible.name: text
    Accessible.description: detail
    Keys.onReturnPressed: event => { if (!event.isAutoRepeat) click() }
    Keys.onEnterPressed: event => { if (!event.isAutoRepeat) click() }

    background: Rectangle {
        radius: Theme.radius
        color: card.lowered ? Theme.neutralSoft : Theme.surface
        border.width: Math.max(2, 2 * Theme.u)
        border.color: card.lowered ? Theme.primary : Theme.secondary
        FocusRing { shown: card.visualFocus }
    }
    contentItem: Item {
        Rectangle {
            id: sign
            x: 2 * Theme.gap
            anchors.verticalCenter: parent.verticalCenter
            width: 60 * Theme.u
            height: width
            radius: width / 2
            color: Theme.primarySoft
            Icon {
                anchors.centerIn: parent
                name: card.iconName || "next"
                size: 34 * Theme.u
                color: Theme.primary
            }
        }
        Column {
            id: words
            x: sign.x + sign.width + 2.5 * Theme.gap
            anchors.verticalCenter: parent.verticalCenter
            width: onward.x - x - 2 * Theme.gap
            spacing: 0.5 * Theme.gap
            Words {
                width: parent.width
                text: card.text
                bold: true
                lineHeight: 1.1
                font.pixelSize: Theme.lead
                Accessible.ignored: true
            }
            Words {
                width: parent.width
                text: card.detail
                color: Theme.secondary
                lineHeight: 1.15
                font.pixelSize: Theme.label
                Accessible.ignored: true
            }
        }
        Icon {
            id: onward
            x: parent.width - width - 2.5 * Theme.gap
            anchors.verticalCenter: parent.verticalCenter
            name: "next"
            size: 28 * Theme.u
            color: Theme.primary
        }
    }
}
