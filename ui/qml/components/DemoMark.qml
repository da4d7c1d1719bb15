import QtQuick
import "../theme"

// On every page while the devices are simulated.
Rectangle {
    objectName: "demoMark"
    visible: displayBridge.demo
    implicitWidth: words.implicitWidth + 2.5 * Theme.gap
    implicitHeight: words.implicitHeight + Theme.gap
    radius: 6 * Theme.u
    color: Theme.caution
    Words {
        id: words
        anchors.centerIn: parent
        text: "DEMO / 演示"
        bold: true
        lineHeight: 1
        color: Theme.dark ? Theme.inkOnPrimary : "#FFFFFF"
        font.pixelSize: Math.max(16, 16 * Theme.u)
        wrapMode: Text.NoWrap
    }
}
