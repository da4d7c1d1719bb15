import QtQuick
import "../theme"

// The picture beside an instruction: the action acted, or what the guidance asks for, drawn as it
// is done. `act` is the name of an action, `guidance` of a guidance; `done`: it has been seen.
Item {
    id: hint
    property string act: ""
    property string guidance: ""
    property bool done: false
    property color line: Theme.inkOnPlate
    readonly property string shows: done ? "DONE" : act !== "" ? "ACT" : guidance
    readonly property bool framed: ["COME_CLOSER", "STEP_BACK", "CENTRE_FACE"].includes(shows)
    readonly property bool lamp: ["TOO_DARK", "TOO_BRIGHT", "TURN_TO_LIGHT"].includes(shows)
    readonly property real s: Math.min(width, height) / 100
    // 0: as it is now; 1: as it should be. A still picture shows it on the way.
    property real move: Theme.still ? 0.4 : 0
    // Which way it goes: icon and place of each arrow, on a grid of 100 from the centre.
    readonly property var arrows: ({
        COME_CLOSER: [["back", -50], ["next", 50]],
        STEP_BACK: [["next", -62], ["back", 62]],
        CENTRE_FACE: [["back", 74]],
        LOOK_STRAIGHT: [["next", -54]],
        MORE_THAN_ONE_FACE: [["next", 76]],
        UNCOVER_FACE: [["next", 74]]
    })
    Accessible.ignored: true

    SequentialAnimation on move {
        running: hint.act === "" && hint.shows !== "DONE" && hint.shows !== "NONE" && !Theme.still && hint.visible
        loops: Animation.Infinite
        PropertyAction { value: 0 }
        PauseAnimation { duration: 450 }
        NumberAnimation { from: 0; to: 1; duration: 700; easing.type: Easing.InOutCubic }
        PauseAnimation { duration: 900 }
    }
    // The oval of the page.
    Rectangle {
        visible: hint.framed
        anchors.centerIn: parent
        width: 76 * hint.s
        height: 98 * hint.s
        radius: width / 2
        color: "transparent"
        border.color: "#4CC2AE"
        border.width: 3 * hint.s
    }
    Repeater {
        model: hint.arrows[hint.shows] ?? []
        Icon {
            required property var modelData
            anchors.centerIn: parent
            anchors.horizontalCenterOffset: modelData[1] * hint.s
            name: modelData[0]
            weight: 2.6
            size: 20 * hint.s
            color: "#4CC2AE"
        }
    }
    Icon {
        visible: hint.shows === "NO_FACE"
        anchors.horizontalCenter: parent.horizontalCenter
        y: -4 * hint.s
        name: "camera"
        size: 32 * hint.s
        color: "#4CC2AE"
    }
    // Somebody else, who steps back.
    Icon {
        visible: hint.shows === "MORE_THAN_ONE_FACE"
        name: "person"
        color: hint.line
        size: (46 - 12 * hint.move) * hint.s
        x: (62 + 34 * hint.move) * hint.s
        y: 34 * hint.s
        opacity: 1 - 0.65 * hint.move
    }
    Head {
        id: head
        visible: hint.shows !== "DONE"
        width: 100 * hint.s
        height: width
        anchors.centerIn: parent
        anchors.horizontalCenterOffset: hint.s * (hint.shows === "CENTRE_FACE" ? 34 * (1 - hint.move) : hint.shows === "HOLD_STILL" ? 8 * Math.sin(18 * hint.move) * (1 - hint.move) : hint.shows === "MORE_THAN_ONE_FACE" ? -16 : hint.lamp ? 8 : 0)
        anchors.verticalCenterOffset: hint.shows === "NO_FACE" ? 16 * hint.s : 0
        opacity: hint.shows === "TOO_DARK" ? 0.35 + 0.65 * hint.move : 1
        scale: hint.shows === "COME_CLOSER" ? 0.4 + 0.45 * hint.move : hint.shows === "STEP_BACK" ? 1.2 - 0.35 * hint.move : hint.shows === "NO_FACE" ? 0.72 : hint.framed ? 0.85 : hint.lamp || hint.shows === "MORE_THAN_ONE_FACE" ? 0.8 : 1
        act: hint.act !== "" ? hint.act : hint.shows === "LOOK_STRAIGHT" || hint.shows === "NO_FACE" ? "STRAIGHT" : hint.shows === "TURN_TO_LIGHT" ? "ASIDE" : ""
        turn: hint.shows === "TURN_TO_LIGHT" ? hint.move : 1 - hint.move
        line: hint.line
    }
    // The lamp of the room.
    Icon {
        visible: hint.lamp
        name: "light"
        weight: hint.shows === "TOO_BRIGHT" ? 2.6 : 2
        color: "#F0B45B"
        size: (hint.shows === "TOO_BRIGHT" ? 46 - 20 * hint.move : hint.shows === "TOO_DARK" ? 24 + 16 * hint.move : 38) * hint.s
        x: (hint.shows === "TOO_DARK" ? -18 + 12 * hint.move : hint.shows === "TOO_BRIGHT" ? -8 - 12 * hint.move : -14) * hint.s
        y: 4 * hint.s
    }
    // Mask and dark glasses, which come off.
    Rectangle {
        visible: hint.shows === "UNCOVER_FACE"
        anchors.horizontalCenter: parent.horizontalCenter
        anchors.horizontalCenterOffset: 50 * hint.move * hint.s
        y: (58 + 6 * hint.move) * hint.s
        width: 50 * hint.s
        height: 26 * hint.s
        radius: 9 * hint.s
        rotation: 24 * hint.move
        color: "#0E1719"
        border.color: "#F0B45B"
        border.width: 3 * hint.s
    }
    // Nothing moves between these two.
    Repeater {
        model: hint.shows === "HOLD_STILL" ? [-1, 1] : []
        Rectangle {
            required property int modelData
            anchors.centerIn: parent
            anchors.horizontalCenterOffset: modelData * 46 * hint.s
            width: 4 * hint.s
            height: 64 * hint.s
            radius: width / 2
            color: "#4CC2AE"
        }
    }
    Rectangle {
        visible: hint.shows === "DONE" || hint.shows === "NONE"
        width: (hint.shows === "DONE" ? 76 : 32) * hint.s
        height: width
        radius: width / 2
        color: "#4CC2AE"
        x: hint.shows === "DONE" ? 12 * hint.s : 66 * hint.s
        y: hint.shows === "DONE" ? 12 * hint.s : 64 * hint.s
        Icon {
            anchors.centerIn: parent
            name: "check"
            weight: 3
            size: parent.width * 0.7
            color: "#06201B"
        }
    }
}
