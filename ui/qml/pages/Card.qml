import QtQuick
import "../components"

// The document step: the chip's key first where one is needed, then the reading.
Item {
    objectName: "pageCard"
    CardReading {
        anchors.fill: parent
        visible: !cardBridge.asking
        enabled: visible
    }
    CardKey {
        anchors.fill: parent
        visible: cardBridge.asking
        enabled: visible
        // A keyboard types at once, before anything was touched.
        focus: visible
    }
}
