import QtQuick
import "../theme"

// Own digits and letters: no virtual keyboard, so nothing typed here is learnt by anyone.
Column {
    id: pad
    // Where it types: a bridge with type, rub_out, submit, complete and pressed.
    property var into: cardBridge
    property bool letters: true
    property real available: 600
    readonly property real gapWidth: Theme.gap
    readonly property int columns: letters ? 6 : 3
    readonly property real keyWidth: (width - (columns - 1) * gapWidth) / columns
    readonly property int lines: letters ? 7 : 5
    readonly property real keyHeight: Math.max(Theme.low, Math.min(72 * Theme.u, (available - lines * gapWidth) / (lines + 0.2)))
    readonly property var keys: letters ? "1234567890ABCDEFGHIJKLMNOPQRSTUVWXYZ".split("") : "123456789".split("")
    spacing: gapWidth

    Grid {
        columns: pad.columns
        spacing: pad.gapWidth
        Repeater {
            model: pad.keys
            PushButton {
                required property string modelData
                objectName: "key" + modelData
                width: pad.keyWidth
                height: pad.keyHeight
                kind: "outline"
                focusPolicy: Qt.NoFocus
                text: modelData
                onClicked: pad.into.type(modelData)
            }
        }
    }
    Row {
        spacing: pad.gapWidth
        PushButton {
            objectName: "keyRubOut"
            width: (pad.width - 2 * pad.gapWidth) / 3
            height: pad.keyHeight
            kind: "outline"
            iconName: "rubout"
            Accessible.name: qsTr("Delete the last character")
            onClicked: pad.into.rub_out()
        }
        PushButton {
            objectName: "keyZero"
            visible: !pad.letters
            width: (pad.width - 2 * pad.gapWidth) / 3
            height: pad.keyHeight
            kind: "outline"
            focusPolicy: Qt.NoFocus
            text: "0"
            onClicked: pad.into.type("0")
        }
        PushButton {
            objectName: "keyDone"
            width: pad.letters ? 2 * (pad.width - 2 * pad.gapWidth) / 3 + pad.gapWidth : (pad.width - 2 * pad.gapWidth) / 3
            height: pad.keyHeight
            enabled: pad.into.complete
            text: qsTr("Go on")
            held: pad.into.pressed
            onClicked: pad.into.submit()
        }
    }
}
