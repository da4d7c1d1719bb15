import QtQuick
import "../theme"

// Place, steps, and the three things a person may change or ask at any time.
Rectangle {
    id: header
    signal displayWanted
    signal helpWanted
    signal staffWanted
    readonly property bool stepsShown: visitBridge.step >= 0
    readonly property real placeWidth: tools.x - place.x - demo.width - 5 * Theme.gap - (stepsShown && !Theme.portrait ? steps.width + 2 * Theme.gap : 0)
    implicitHeight: Theme.portrait && stepsShown ? 132 * Theme.u : 72 * Theme.u
    color: Theme.surface

    Row {
        id: place
        x: 0.75 * Theme.margin
        height: 72 * Theme.u
        spacing: 1.5 * Theme.gap
        Words {
            objectName: "placeName"
            text: displayBridge.placeName
            bold: true
            font.pixelSize: Math.max(16, 18 * Theme.u)
            fontSizeMode: Text.Fit
            minimumPixelSize: 14
            width: Math.min(implicitWidth, header.placeWidth)
            height: 66 * Theme.u
            verticalAlignment: Text.AlignVCenter
            maximumLineCount: 3
            lineHeight: 1
            anchors.verticalCenter: parent.verticalCenter
            // Staff only: a long press here opens the way out of the kiosk.
            MouseArea {
                anchors.fill: parent
                pressAndHoldInterval: 3000
                onPressAndHold: header.staffWanted()
            }
        }
        DemoMark { id: demo; anchors.verticalCenter: parent.verticalCenter }
    }
    Steps {
        id: steps
        visible: header.stepsShown
        x: Theme.portrait ? (header.width - width) / 2 : (place.x + place.width + tools.x - width) / 2
        y: (Theme.portrait ? 70 * Theme.u : 0) + ((Theme.portrait ? 52 : 72) * Theme.u - height) / 2
    }
    Row {
        id: tools
        anchors.right: parent.right
        anchors.rightMargin: 0.5 * Theme.margin
        height: 72 * Theme.u
        spacing: 0.5 * Theme.gap
        PushButton {
            objectName: "languageButton"
            kind: "quiet"
            tall: Theme.low
            iconName: "language"
            leftPadding: Theme.gap
            text: displayBridge.language === "zh_CN" ? "English" : "中文"
            implicitWidth: Theme.label * 4 + 56 * Theme.u
            Accessible.name: displayBridge.language === "zh_CN" ? "Switch to English" : "切换到中文"
            anchors.verticalCenter: parent.verticalCenter
            onClicked: displayBridge.toggle_language()
        }
        PushButton {
            objectName: "displayButton"
            kind: "quiet"
            tall: Theme.low
            implicitWidth: Theme.low
            iconName: "letters"
            Accessible.name: qsTr("Text size and colours")
            anchors.verticalCenter: parent.verticalCenter
            onClicked: header.displayWanted()
        }
        PushButton {
            objectName: "helpButton"
            kind: "quiet"
            tall: Theme.low
            implicitWidth: Theme.low
            iconName: "help"
            Accessible.name: qsTr("Help")
            anchors.verticalCenter: parent.verticalCenter
            onClicked: header.helpWanted()
        }
    }
    Rectangle {
        anchors.bottom: parent.bottom
        width: parent.width
        height: 1
        color: Theme.outline
    }
}
