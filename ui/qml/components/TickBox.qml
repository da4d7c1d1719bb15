import QtQuick
import QtQuick.Templates as T
import "../theme"

// A box nobody ticks but the person.
T.CheckBox {
    id: box
    // A wish, not a declaration: in lighter type.
    property bool quiet: false
    implicitHeight: Math.max(Theme.low, words.implicitHeight + 2 * Theme.gap)
    leftPadding: 56 * Theme.u
    focusPolicy: Qt.StrongFocus
    Accessible.name: text

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
            size: 26 * Theme.u
            color: Theme.inkOnPrimary
        }
    }
    contentItem: Words {
        id: words
        text: box.text
        bold: !box.quiet
        font.pixelSize: box.quiet ? Theme.label : Theme.label * 1.08
        lineHeight: 1.15
        color: box.enabled ? Theme.text : Theme.secondary
        verticalAlignment: Text.AlignVCenter
        Accessible.ignored: true
    }
    background: Rectangle {
        radius: Theme.radius
        color: box.checked ? Theme.primarySoft : "transparent"
        FocusRing { shown: box.visualFocus }
    }
}
