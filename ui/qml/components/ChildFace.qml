import QtQuick
import QtQuick.Shapes
import "../theme"

// A child who smiles and waves, drawn; it looks the same whatever is answered.
Item {
    id: picture
    readonly property real s: Math.min(width, height) / 200
    Accessible.ignored: true

    Item {
        anchors.centerIn: parent
        width: 200 * picture.s
        height: width
        Rectangle {
            anchors.fill: parent
            radius: width / 2
            color: Theme.primarySoft
        }
        // Shoulders, and the hand that waves.
        Shape {
            width: 200
            height: 200
            scale: picture.s
            transformOrigin: Item.TopLeft
            ShapePath {
                strokeColor: Theme.primary
                strokeWidth: 5
                fillColor: Theme.surface
                capStyle: ShapePath.RoundCap
                joinStyle: ShapePath.RoundJoin
                PathSvg { path: "M52 183 C54 155 74 143 100 143 C126 143 146 155 148 183" }
            }
            ShapePath {
                strokeColor: Theme.primary
                strokeWidth: 5
                fillColor: "transparent"
                capStyle: ShapePath.RoundCap
                joinStyle: ShapePath.RoundJoin
                PathSvg { path: "M140 160 C156 154 164 142 166 124 M166 124 L158 108 M166 124 L168 104 M166 124 L178 108" }
            }
        }
        Rectangle {
            x: 52 * picture.s
            y: 38 * picture.s
            width: 96 * picture.s
            height: 100 * picture.s
            radius: 48 * picture.s
            color: Theme.surface
            border.width: 5 * picture.s
            border.color: Theme.primary
        }
        // Two eyes and two cheeks.
        Repeater {
            model: [-1, 1]
            Item {
                required property int modelData
                Rectangle {
                    x: (100 + 19 * parent.modelData - 5) * picture.s
                    y: 79 * picture.s
                    width: 10 * picture.s
                    height: 13 * picture.s
                    radius: width / 2
                    color: Theme.text
                }
                Rectangle {
                    x: (100 + 30 * parent.modelData - 6) * picture.s
                    y: 97 * picture.s
                    width: 12 * picture.s
                    height: width
                    radius: width / 2
                    color: Theme.cautionSoft
                }
            }
        }
        // Hair and smile.
        Shape {
            width: 200
            height: 200
            scale: picture.s
            transformOrigin: Item.TopLeft
            ShapePath {
                strokeColor: Theme.text
                strokeWidth: 5
                fillColor: "transparent"
                capStyle: ShapePath.RoundCap
                joinStyle: ShapePath.RoundJoin
                PathSvg { path: "M84 105 C89 118 111 118 116 105" }
            }
            ShapePath {
                strokeColor: Theme.primary
                strokeWidth: 5
                fillColor: Theme.primary
                capStyle: ShapePath.RoundCap
                joinStyle: ShapePath.RoundJoin
                PathSvg { path: "M54 82 C54 50 76 40 100 40 C124 40 146 50 146 82 C132 76 120 66 114 58 C98 70 76 78 54 82 Z" }
            }
            ShapePath {
                strokeColor: Theme.primary
                strokeWidth: 5
                fillColor: "transparent"
                capStyle: ShapePath.RoundCap
                PathSvg { path: "M100 40 C98 32 103 26 111 27" }
            }
        }
    }
}
