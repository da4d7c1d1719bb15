import QtQuick
import "../theme"

// A drawn head that does what is asked, as in a mirror. `act` is the name of an action, or "".
// "STRAIGHT" and "ASIDE" are a head `turn`ed (0..1) from outside, without the arrow.
Item {
    id: head
    property string act: ""
    property color line: Theme.inkOnPlate
    property color ground: "transparent"
    readonly property real s: Math.min(width, height) / 100
    property real turn: 0
    readonly property bool led: act === "STRAIGHT" || act === "ASIDE"
    readonly property bool arrowed: act === "TURN_LEFT" || act === "TURN_RIGHT"
    readonly property bool turning: arrowed || led
    readonly property real side: act === "TURN_LEFT" || led ? -1 : 1
    // 0 at rest, 1 at the height of the movement.
    property real acted: Theme.still ? 1 : 0
    readonly property real move: led ? turn : acted
    Accessible.ignored: true

    SequentialAnimation on acted {
        running: head.act !== "" && !head.led && !Theme.still && head.visible
        loops: Animation.Infinite
        PauseAnimation { duration: 350 }
        NumberAnimation { from: 0; to: 1; duration: head.turning ? 520 : 160; easing.type: Easing.OutCubic }
        PauseAnimation { duration: head.turning ? 420 : 180 }
        NumberAnimation { from: 1; to: 0; duration: head.turning ? 420 : 160; easing.type: Easing.OutCubic }
    }
    Rectangle {
        id: skull
        anchors.horizontalCenter: parent.horizontalCenter
        y: 8 * head.s
        width: (66 - (head.turning ? 6 * head.move : 0)) * head.s
        height: 84 * head.s
        radius: 33 * head.s
        color: head.ground
        border.color: head.line
        border.width: 3.5 * head.s
    }
    Item {
        id: face
        x: head.turning ? head.side * head.move * 11 * head.s : 0
        width: parent.width
        height: parent.height
        Repeater {
            model: [-1, 1]
            Rectangle {
                required property int modelData
                readonly property real shut: head.act === "BLINK" ? head.move : 0
                readonly property real near: head.turning && modelData === head.side ? 1 - 0.35 * head.move : 1
                width: 9 * head.s * near
                height: Math.max(2.5, 10 * (1 - shut)) * head.s
                radius: width / 2
                color: head.line
                x: face.width / 2 + modelData * 14 * head.s * near - width / 2
                y: 42 * head.s - height / 2
            }
        }
        Rectangle {
            x: face.width / 2 - width / 2 + (head.turning ? head.side * head.move * 3 * head.s : 0)
            y: 48 * head.s
            width: 3 * head.s; height: 12 * head.s
            radius: width / 2
            color: head.line
        }
        Rectangle {
            readonly property real open: head.act === "MOUTH" ? head.move : 0
            x: face.width / 2 - width / 2
            y: 71 * head.s - height / 2
            width: (20 - 5 * open) * head.s
            height: (3 + 14 * open) * head.s
            radius: Math.min(width, height) / 2
            color: open > 0.2 ? "transparent" : head.line
            border.color: head.line
            border.width: 3 * head.s
        }
    }
    Icon {
        visible: head.arrowed
        name: head.act === "TURN_LEFT" ? "back" : "next"
        size: 24 * head.s
        weight: 2.6
        color: head.line
        anchors.verticalCenter: parent.verticalCenter
        x: head.act === "TURN_LEFT" ? head.width / 2 - 74 * head.s : head.width / 2 + 50 * head.s
    }
}
