import QtQuick
import QtQuick.Templates as T
import "../theme"

// A button: "primary", "outline" or "quiet". `held` shows it pressed from outside.
T.AbstractButton {
    id: button
    property string kind: "primary"
    property string iconName: ""
    // A second, smaller line.
    property string detail: ""
    property bool held: false
    property real tall: Theme.tall
    readonly property bool filled: kind === "primary"
    readonly property bool lowered: down || held
    readonly property color ink: !enabled ? Theme.secondary : filled ? Theme.inkOnPrimary : kind === "outline" ? Theme.text : Theme.primary

    implicitHeight: Math.max(tall, row.implicitHeight + 2 * Theme.gap)
    implicitWidth: row.implicitWidth + (text ? 2 * Theme.margin : 2 * Theme.gap)
    focusPolicy: Qt.StrongFocus
    Accessible.role: Accessible.Button
    Accessible.name: text
    Accessible.description: detail
    // Qt presses with the space bar alone; most people try Enter first.
    Keys.onReturnPressed: event => { if (!event.isAutoRepeat) click() }
    Keys.onEnterPressed: event => { if (!event.isAutoRepeat) click() }

    background: Rectangle {
        radius: Theme.radius
        color: !button.enabled && button.filled ? Theme.neutralSoft : button.filled ? (button.lowered ? Theme.primaryPressed : Theme.primary) : button.lowered ? Theme.neutralSoft : button.kind === "outline" ? Theme.surface : "transparent"
        border.width: button.kind === "outline" ? Math.max(2, 2 * Theme.u) : 0
        border.color: button.lowered ? Theme.primary : Theme.secondary
        scale: button.lowered ? 0.97 : 1
        Behavior on scale { NumberAnimation { duration: Theme.quick / 2 } }
        FocusRing { shown: button.visualFocus }
    }
    contentItem: Item {
        implicitWidth: row.implicitWidth
        implicitHeight: row.implicitHeight
        Row {
            id: row
            anchors.centerIn: parent
            spacing: 1.25 * Theme.gap
            Icon {
                visible: button.iconName !== ""
                name: button.iconName || "check"
                size: Theme.body * 1.15
                color: button.ink
                anchors.verticalCenter: parent.verticalCenter
            }
            Column {
                visible: button.text !== ""
                spacing: 0.5 * Theme.gap
                anchors.verticalCenter: parent.verticalCenter
                Words {
                    text: button.text
                    color: button.ink
                    bold: button.filled || button.kind === "outline"
                    font.pixelSize: button.tall < Theme.tall ? Theme.label : Theme.body
                    wrapMode: Text.NoWrap
                    lineHeight: 1
                    Accessible.ignored: true
                }
                Words {
                    visible: text !== ""
                    text: button.detail
                    color: button.ink
                    font.pixelSize: Theme.caption
                    wrapMode: Text.NoWrap
                    lineHeight: 1
                    Accessible.ignored: true
                }
            }
        }
    }
}
