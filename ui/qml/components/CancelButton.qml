import QtQuick
import "../theme"

// The way out of a visit, on every page of it.
PushButton {
    objectName: "cancelButton"
    kind: "outline"
    tall: Theme.low
    text: qsTr("Cancel")
    iconName: "cross"
    onClicked: visitBridge.cancel()
}
