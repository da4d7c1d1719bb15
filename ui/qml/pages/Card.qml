import QtQuick
import "../components"

// Who somebody is: a resident's number where one is asked for; else the document, the chip's key
// first where one is needed, then the reading.
Item {
    id: page
    objectName: "pageCard"
    readonly property bool claimed: (visitBridge.flow === "RESIDENT_CHECK" || visitBridge.flow === "WITHDRAWAL") && !claimBridge.withDocument
    ClaimEntry {
        anchors.fill: parent
        visible: page.claimed
        enabled: visible
        focus: visible
    }
    CardReading {
        anchors.fill: parent
        visible: !page.claimed && !cardBridge.asking
        enabled: visible
    }
    CardKey {
        anchors.fill: parent
        visible: !page.claimed && cardBridge.asking
        enabled: visible
        // A keyboard types at once, before anything was touched.
        focus: visible
    }
}
