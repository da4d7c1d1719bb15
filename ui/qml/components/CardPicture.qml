import QtQuick
import "../theme"

// How to present a document: the card glides onto the reading area and rests there.
Item {
    id: picture
    property bool reading: false
    readonly property real s: Math.min(width / 360, height / 360)
    // 0 away, 1 on the reader.
    property real near: Theme.still || reading ? 1 : 0
    Accessible.ignored: true

    SequentialAnimation on near {
        running: !picture.reading && !Theme.still && picture.visible
        loops: Animation.Infinite
        PauseAnimation { duration: 500 }
        NumberAnimation { from: 0; to: 1; duration: 900; easing.type: Easing.OutCubic }
        PauseAnimation { duration: 1400 }
        NumberAnimation { from: 1; to: 0; duration: 500; easing.type: Easing.OutCubic }
    }
    Item {
        anchors.centerIn: parent
        width: 360 * picture.s
        height: 360 * picture.s
        Rectangle {
            width: parent.width
            height: parent.height
            radius: width / 2
            color: Theme.primarySoft
        }
        Rectangle {
            x: 60 * picture.s; y: 190 * picture.s
            width: 240 * picture.s; height: 96 * picture.s
            radius: 16 * picture.s
            color: Theme.surface
            border.width: 3 * picture.s
            border.color: Theme.primary
            Repeater {
                model: 3
                Rectangle {
                    required property int index
                    anchors.centerIn: parent
                    width: (52 + 44 * index) * picture.s
                    height: (18 + 16 * index) * picture.s
                    radius: height / 2
                    color: "transparent"
                    border.width: 2 * picture.s
                    border.color: Theme.primary
                    opacity: picture.near * (0.9 - 0.25 * index)
                }
            }
        }
        Rectangle {
            x: 84 * picture.s
            y: (58 + 92 * picture.near) * picture.s
            width: 192 * picture.s; height: 120 * picture.s
            radius: 14 * picture.s
            color: Theme.raised
            border.width: 3 * picture.s
            border.color: Theme.text
            Rectangle {
                x: 18 * picture.s; y: 26 * picture.s
                width: 50 * picture.s; height: 66 * picture.s
                radius: 8 * picture.s
                color: Theme.neutralSoft
                Icon { anchors.centerIn: parent; name: "person"; size: 40 * picture.s; color: Theme.secondary }
            }
            Repeater {
                model: [92, 70, 84, 54]
                Rectangle {
                    required property int index
                    required property int modelData
                    x: 84 * picture.s; y: (30 + 17 * index) * picture.s
                    width: modelData * picture.s; height: 7 * picture.s
                    radius: height / 2
                    color: index === 0 ? Theme.primary : Theme.outline
                }
            }
        }
    }
}
