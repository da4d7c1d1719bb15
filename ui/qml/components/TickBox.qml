import QtQuick
import QtQuick.Templates as T
import "../theme"

// A box nobody ticks but the person.
T.CheckBox {
    id: box
    // A wish, not a declaration: in lighter type.
    property bool quiet: false
    // How long, in smaller type beside or below; with it, the box is a question of its own, framed.
    property string term: ""
    readonly property real aside: term && !Theme.portrait && Theme.textScale < 1.1 ? 220 * Theme.u : 0
    implicitHeight: Math.max(Theme.low, words.implicitHeight + 2 * Theme.gap)
    leftPadding: 56 * Theme.u
    focusPolicy: Qt.StrongFocus
    Accessible.name: text
    Accessible.description: term

    indicator: Rectangle {
        x: 10 * Theme.u
        y: (box.height - height) / 2
        width: 34 * Theme.u
        height: width
        radius: 8 * Theme.u
        color: box.checked ? Theme.primary : Theme.surface
        border.width: 2 * Theme.u
        border.color: box.enabled ? Theme.primary : Theme.outline
        Icon {
            anchors.centerIn: parent
            visible: box.checked
            name: "check"
            weight: 3
            // As a picture: a drawn shape is not cut off where a form scrolls (software renderer).
            layer.enabled: true
            size: 26 * Theme.u
            color: Theme.inkOnPrimary
        }
    }
    contentItem: Item {
        Column {
            id: words
            width: parent.width - box.aside - (box.term ? 2 * Theme.gap : 0)
            anchors.verticalCenter: parent.verticalCenter
            spacing: 0.5 * Theme.gap
            Words {
                width: parent.width
                text: box.text
                bold: !box.quiet
                font.pixelSize: box.quiet ? Theme.label : Theme.label * 1.08
                lineHeight: 1.15
                color: box.enabled ? Theme.text : Theme.secondary
                Accessible.ignored: true
            }
            Words {
                visible: text !== "" && box.aside === 0
                width: parent.width
                text: box.term
                font.pixelSize: Theme.label
                lineHeight: 1.1
                color: Theme.secondary
                Accessible.ignored: true
            }
        }
        Words {
            visible: text !== "" && box.aside > 0
            x: words.width + 2 * Theme.gap
            width: box.aside - 2 * Theme.gap
            anchors.verticalCenter: parent.verticalCenter
            text: box.term
            font.pixelSize: Theme.label
            lineHeight: 1.1
            color: Theme.secondary
            Accessible.ignored: true
        }
    }
    background: Rectangle {
        radius: Theme.radius
        color: box.checked ? Theme.primarySoft : box.term ? Theme.surface : "transparent"
        border.width: box.term ? Math.max(1, 1.5 * Theme.u) : 0
        border.color: box.checked ? Theme.primary : Theme.outline
        FocusRing { shown: box.visualFocus }
    }
}
