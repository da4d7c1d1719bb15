import QtQuick
import "../theme"

// The number just given: the largest thing on its page, to be noted or photographed.
Rectangle {
    id: plate
    objectName: "residentNumber"
    property string number: ""
    visible: number !== ""
    // Label and number on one line where both fit.
    readonly property bool wide: width > label.implicitWidth + digits.implicitWidth + 8 * Theme.gap
    implicitHeight: digits.implicitHeight + (wide ? 0 : label.implicitHeight + 0.5 * Theme.gap) + 3 * Theme.gap
    radius: Theme.radius
    color: Theme.surface
    border.width: Math.max(2, 2 * Theme.u)
    border.color: Theme.good
    Words {
        id: label
        x: 2.5 * Theme.gap
        y: plate.wide ? (plate.height - height) / 2 : 1.5 * Theme.gap
        text: qsTr("Your resident number")
        color: Theme.secondary
        lineHeight: 1
        font.pixelSize: Theme.label
        wrapMode: Text.NoWrap
    }
    Words {
        id: digits
        x: plate.wide ? plate.width - width - 2.5 * Theme.gap : label.x
        y: plate.wide ? 1.5 * Theme.gap : label.y + label.height + 0.5 * Theme.gap
        text: plate.number
        bold: true
        lineHeight: 1
        font.pixelSize: 52 * Theme.u
        font.letterSpacing: 2 * Theme.u
        wrapMode: Text.NoWrap
    }
}
