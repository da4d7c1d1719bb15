import QtQuick
import Station
import "../theme"

// The signed receipt to take along: a QR code on its own white ground, and one line about it.
Item {
    id: receipt
    property string code: ""
    // Whole modules only: the paper around them takes what is left over.
    readonly property real side: Math.floor(Math.min(width, height - line.height - Theme.gap))
    visible: code !== ""
    Rectangle {
        id: paper
        x: (receipt.width - width) / 2
        width: receipt.side
        height: receipt.side
        radius: Theme.radius
        color: "white"
        border.width: 1
        border.color: Theme.outline
        Accessible.role: Accessible.Graphic
        Accessible.name: line.text
        QrCode {
            objectName: "receiptCode"
            x: 2
            y: 2
            width: paper.width - 4
            height: paper.height - 4
            code: receipt.code
        }
    }
    Words {
        id: line
        objectName: "receiptLine"
        y: paper.height + Theme.gap
        width: receipt.width
        horizontalAlignment: Text.AlignHCenter
        text: qsTr("Scan to take your receipt along. It is signed: whoever has the public key can check it.")
        color: Theme.secondary
        lineHeight: 1.1
        font.pixelSize: Theme.caption
    }
}
