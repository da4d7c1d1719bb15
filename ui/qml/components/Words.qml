import QtQuick
import "../theme"

// All text of the station: one family, wrapped, never shortened without a word.
Text {
    property bool bold: false
    readonly property bool centred: horizontalAlignment === Text.AlignHCenter
    font.family: Theme.family
    font.pixelSize: Theme.body
    font.bold: bold
    font.features: ({ "tnum": 1 })
    color: Theme.text
    textFormat: Text.PlainText
    wrapMode: Text.Wrap
    lineHeight: 1.2
    Accessible.role: Accessible.StaticText
    Accessible.name: text
}
