import QtQuick
import "../components"
import "../theme"

// How it ended, what happens next, and the proof that nothing is left.
PageBody {
    objectName: "pageResult"
    title: visitBridge.headline
    titleColor: Theme.toneColor[visitBridge.tone]
    text: visitBridge.nextText
    caption: visitBridge.staffCode ? qsTr("For staff: %1").arg(visitBridge.staffCode) : ""
    picture: Emblem {
        anchors.fill: parent
        icon: visitBridge.icon
        tone: visitBridge.tone
    }
    extra: [
        Note {
            visible: visitBridge.documentExpired
            width: parent.width
            tone: "caution"
            icon: "clock"
            text: qsTr("Your document is past its date. Please renew it soon; staff may ask about it.")
        },
        Note {
            objectName: "proof"
            width: parent.width
            tone: visitBridge.untouched || visitBridge.gone ? "good" : "neutral"
            icon: visitBridge.untouched || visitBridge.gone ? "shield" : "clock"
            text: visitBridge.untouched ? qsTr("Camera and card reader stayed off: no picture was taken, and no image is held here.") : visitBridge.gone ? qsTr("Your pictures are gone: the program that held them ended at %1. Images held here now: 0.").arg(visitBridge.goneAt) : qsTr("Your pictures are being cleared …")
        },
        Note {
            objectName: "receipt"
            visible: visitBridge.receiptId !== ""
            width: parent.width
            icon: "receipt"
            text: qsTr("Receipt number %1. Note it, to look up your consent or take it back.").arg(visitBridge.receiptId)
        }
    ]
    actions: PushButton {
        objectName: "doneButton"
        width: Theme.portrait ? parent.width : implicitWidth + 2 * Theme.margin
        text: qsTr("Done")
        iconName: "check"
        held: visitBridge.pressed
        focus: true
        onClicked: visitBridge.acknowledge()
    }
}
