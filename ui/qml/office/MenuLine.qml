import QtQuick
import QtQuick.Templates as T
import "../components"
import "../theme"

// One page in the column; the present one is filled and bold.
T.AbstractButton {
    id: line
    property string iconName: "next"
    property bool current: false
    implicitHeight: Math.max(46 * Theme.u, words.implicitHeight + 1.5 * Theme.gap)
    implicitWidth: 52 * Theme.u + words.implicitWidth + 2 * Theme.gap
    focusPolicy: Qt.StrongFocus
    Accessible.role: Accessible.ListItem
    Accessible.name: text
    Accessible.selected: current
    Keys.onReturnPressed: event => { if (!event.isAutoRepeat) click() }
    Keys.onEnterPressed: event => { if (!event.isAutoRepeat) click() }
    background: Rectangle {
        radius: 8 * Theme.u
        color: line.current ? Theme.primarySoft : line.down ? Theme.neutralSoft : "transparent"
        FocusRing { shown: line.visualFocus; anchors.margins: 0; radius: 8 * Theme.u }
    }
    contentItem: Item {
        Rectangle {
            visible: line.current
            y: 0.2 * parent.height
            width: 4 * Theme.u
            height: 0.6 * parent.height
            radius: width / 2
            color: Theme.primary
        }
        Icon {
            id: sign
            x: 1.5 * Theme.gap
            anchors.verticalCenter: parent.verticalCenter
            name: line.iconName
            size: 24 * Theme.u
            layer.enabled: true
            color: line.current ? Theme.primary : Theme.secondary
        }
        Words {
            id: words
            x: 52 * Theme.u
            width: Math.min(implicitWidth + 1, line.width - x - Theme.gap)
            anchors.verticalCenter: parent.verticalCenter
            text: line.text
            bold: line.current
            lineHeight: 1
            color: line.current ? Theme.primary : Theme.text
            font.pixelSize: Theme.label
            Accessible.ignored: true
        }
    }
}
