import QtQuick
import "../components"
import "../theme"

// A moment of waiting, with what is going on.
PageBody {
    objectName: "pageCompare"
    title: qsTr("Comparing")
    text: qsTr("Your face and the photo in the document are being compared inside this station. It takes a moment.")
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
