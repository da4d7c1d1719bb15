import QtQuick
import "../components"

// The station cannot serve right now; who does what about it, and where to go meanwhile.
PageBody {
    objectName: "pageFault"
    title: qsTr("Not available at the moment")
    text: visitBridge.faultText
    caption: qsTr("For staff: %1").arg(visitBridge.staffCode)
    picture: Emblem {
        anchors.fill: parent
        icon: "warning"
        tone: "caution"
    }
    extra: Note {
        width: parent.width
        icon: "person"
        text: qsTr("Visitors: please use the staffed desk meanwhile. You can come in just the same.")
    }
}
