import QtQuick
import "../components"
import "../theme"

// A moment of waiting, with what is going on.
PageBody {
    objectName: "pageCompare"
    title: visitBridge.keeping ? qsTr("Registering you") : qsTr("Comparing")
    text: visitBridge.keeping ? qsTr("A protected template is being made and locked inside this station. It takes a moment.") : claimed ? qsTr("Your face is being compared with your own template inside this station. It takes a moment.") : qsTr("Your face and the photo in the document are being compared inside this station. It takes a moment.")
    readonly property bool claimed: visitBridge.flow === "RESIDENT_CHECK" || visitBridge.flow === "WITHDRAWAL"
    picture: [
        Emblem {
            anchors.centerIn: parent
            width: Math.min(parent.width, parent.height, (Theme.portrait ? 470 : 420) * Theme.u) * 0.84
            height: width
            icon: "person"
        },
        Ring {
            anchors.centerIn: parent
            width: Math.min(parent.width, parent.height, (Theme.portrait ? 470 : 420) * Theme.u)
            height: width
            fraction: -1
        }
    ]
    extra: IdentityRows { width: parent.width }
}
