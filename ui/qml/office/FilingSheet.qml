import QtQuick
import Station
import "../components"
import "../theme"

// The sign as it will be printed, or what to do first.
Rectangle {
    id: sheet
    objectName: "filingSheet"
    radius: Theme.radius
    color: Theme.surface
    border.width: 1
    border.color: Theme.outline
    Accessible.role: Accessible.Graphic
    Accessible.name: officeFiling.drawn ? qsTr("The sign as it will be printed, A4") : hint.text
    SheetPicture {
        objectName: "signPicture"
        visible: officeFiling.drawn
        x: Theme.gap
        y: Theme.gap
        width: sheet.width - 2 * x
        height: sheet.height - 2 * y
        image: officeFiling.preview
    }
    Words {
        id: hint
        visible: !officeFiling.drawn
        anchors.centerIn: parent
        width: parent.width - 4 * Theme.gap
        horizontalAlignment: Text.AlignHCenter
        text: officeFiling.busy ? qsTr("One moment…") : qsTr("Choose a place: the sign is shown here before it is printed.")
        color: Theme.secondary
        font.pixelSize: Theme.label
        Accessible.ignored: true
    }
}
