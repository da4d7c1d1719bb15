import QtQuick
import "../theme"

// Waiting for the document, and reading it.
PageBody {
    id: body
    reserve: cancel.height + Theme.margin
    readonly property bool reading: cardBridge.fraction > 0
    title: reading ? qsTr("Reading, please leave it there") : qsTr("Please lay your document on the reader")
    text: reading ? qsTr("Lift it when the ring is full.") : qsTr("Flat, photo side up, for two or three seconds.")
    picture: [
        CardPicture {
            anchors.centerIn: parent
            width: Math.min(parent.width, parent.height, (Theme.portrait ? 470 : 420) * Theme.u) * 0.84
            height: width
            reading: body.reading
        },
        Ring {
            anchors.centerIn: parent
            width: Math.min(parent.width, parent.height, (Theme.portrait ? 470 : 420) * Theme.u)
            height: width
            fraction: body.reading ? cardBridge.fraction : -1
        }
    ]
    extra: [
        Note {
            objectName: "retryNote"
            visible: cardBridge.retryText !== ""
            width: parent.width
            tone: "caution"
            icon: "warning"
            text: cardBridge.retryText + (cardBridge.attemptsLeft > 0 ? "\n" + qsTr("Tries left: %1").arg(cardBridge.attemptsLeft) : "")
        },
        IdentityRows {
            width: parent.width
        }
    ]

    CancelButton {
        id: cancel
        x: Theme.margin
        y: body.height - height - Theme.margin
    }
}
