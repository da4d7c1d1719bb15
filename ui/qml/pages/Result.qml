import QtQuick
import "../components"
import "../theme"

// How it ended, what happens next, and the proof that nothing is left.
PageBody {
    objectName: "pageResult"
    title: outcomeBridge.headline
    titleColor: Theme.toneColor[outcomeBridge.tone]
    text: outcomeBridge.nextText
    caption: visitBridge.staffCode ? qsTr("For staff: %1").arg(visitBridge.staffCode) : ""
    picture: [
        Emblem {
            id: emblem
            width: Theme.portrait && receiptCode.visible ? parent.width * 0.38 : parent.width
            height: Theme.portrait || !receiptCode.visible ? parent.height : parent.height * (Theme.textScale > 1.1 ? 0.2 : 0.32)
            icon: outcomeBridge.icon
            tone: outcomeBridge.tone
        },
        ReceiptCode {
            id: receiptCode
            x: Theme.portrait ? emblem.width + 2 * Theme.gap : 0
            y: Theme.portrait ? 0 : emblem.height + 2 * Theme.gap
            width: parent.width - x
            // On a wide page the words for staff stand below it.
            height: parent.height - y - (Theme.portrait || !visitBridge.staffCode ? 0 : 1.3 * Theme.caption + Theme.gap)
            code: outcomeBridge.receiptCode
        }
    ]
    extra: [
        ResidentNumber {
            width: parent.width
            number: outcomeBridge.residentNumber
        },
        Note {
            objectName: "kept"
            visible: outcomeBridge.keptText !== ""
            width: parent.width
            icon: outcomeBridge.keeps ? "lock" : "shield"
            text: outcomeBridge.keptText
        },
        Note {
            visible: outcomeBridge.documentExpired
            width: parent.width
            tone: "caution"
            icon: "clock"
            text: qsTr("Your document is past its date. Please renew it soon; staff may ask about it.")
        },
        Note {
            objectName: "proof"
            width: parent.width
            tone: outcomeBridge.untouched || outcomeBridge.gone ? "good" : "neutral"
            icon: outcomeBridge.untouched || outcomeBridge.gone ? "shield" : "clock"
            text: outcomeBridge.untouched ? qsTr("Camera and card reader stayed off: no picture was taken, and no image is held here.") : outcomeBridge.gone && outcomeBridge.keepsPictures ? qsTr("All other pictures are gone: the program that held them ended at %1. Unlocked images here now: 0.").arg(outcomeBridge.goneAt) : outcomeBridge.gone ? qsTr("Your pictures are gone: the program that held them ended at %1. Images held here now: 0.").arg(outcomeBridge.goneAt) : qsTr("Your pictures are being cleared …")
        },
        Note {
            objectName: "receipt"
            visible: outcomeBridge.receiptId !== ""
            width: parent.width
            icon: "receipt"
            text: qsTr("Receipt number %1. Note it, to look up your consent or take it back.").arg(outcomeBridge.receiptId)
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
