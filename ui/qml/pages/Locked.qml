import QtQuick
import "../components"
import "../theme"

// The station serves nobody until staff have looked at it.
PageBody {
    objectName: "pageLocked"
    title: qsTr("This station is closed")
    titleColor: Theme.stop
    text: visitBridge.faultText || qsTr("The station met an internal problem and has stopped to be safe. Manager: please restart it and read the self-check.")
    caption: visitBridge.staffCode ? qsTr("For staff: %1").arg(visitBridge.staffCode) : ""
    picture: Emblem {
        anchors.fill: parent
        icon: "lock"
        tone: "stop"
    }
    extra: Note {
        width: parent.width
        icon: "person"
        text: qsTr("Visitors: please use the staffed desk. You can come in just the same.")
    }
}
