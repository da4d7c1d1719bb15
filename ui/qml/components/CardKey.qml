import QtQuick
import "../theme"

// Three items printed on the document open its chip; typed on an own pad, kept nowhere.
Item {
    id: entry
    objectName: "cardKey"
    readonly property real paneWidth: Theme.portrait ? width - 2 * Theme.margin : (width - 3 * Theme.margin) / 2
    readonly property var names: [qsTr("Document number"), qsTr("Date of birth"), qsTr("Valid until")]
    readonly property var hints: [qsTr("as printed"), qsTr("year month day, e.g. 900131"), qsTr("year month day, e.g. 310630")]
    Keys.onPressed: event => {
        event.accepted = event.text.length === 1 && event.text !== "\t" && event.text !== " "
        if (event.key === Qt.Key_Backspace)
            cardBridge.rub_out()
        else if (event.accepted)
            cardBridge.type(event.text)
    }
    Keys.onReturnPressed: cardBridge.submit()
    Keys.onEnterPressed: cardBridge.submit()
    Keys.onDeletePressed: cardBridge.rub_out()

    Column {
        id: form
        x: Theme.margin
        y: Theme.portrait ? Theme.margin : Math.max(Theme.gap, Math.min((entry.height - implicitHeight) / 2 - Theme.low / 2, cancel.y - implicitHeight - 2 * Theme.gap))
        width: entry.paneWidth
        spacing: 1.5 * Theme.gap
        Words {
            objectName: "title"
            width: parent.width
            // Asked again in very large letters, the reason is headline enough.
            visible: Theme.portrait || Theme.textScale < 1.3 || cardBridge.retryText === ""
            text: qsTr("Please enter three items")
            bold: true
            font.pixelSize: Theme.title
            Accessible.role: Accessible.Heading
        }
        Note {
            objectName: "keyRetryNote"
            visible: cardBridge.retryText !== ""
            width: parent.width
            tone: "caution"
            icon: "warning"
            text: cardBridge.retryText + (cardBridge.attemptsLeft > 0 ? " " + qsTr("Tries left: %1").arg(cardBridge.attemptsLeft) : "")
        }
        Words {
            visible: cardBridge.retryText === ""
            width: parent.width
            text: qsTr("Printed on the photo page or the back. They open the chip and are not kept.")
            color: Theme.secondary
            font.pixelSize: Theme.label
        }
        Repeater {
            model: entry.names
            KeyField {
                required property int index
                required property string modelData
                objectName: "keyField" + index
                width: form.width
                name: modelData
                hint: entry.hints[index]
                value: cardBridge.values[index]
                chosen: cardBridge.active === index
                wrong: cardBridge.wrong[index]
                onClicked: cardBridge.choose(index)
            }
        }
    }
    CancelButton {
        id: cancel
        x: Theme.margin
        y: entry.height - height - Theme.margin
    }
    Keypad {
        id: pad
        width: entry.paneWidth
        x: Theme.portrait ? Theme.margin : entry.paneWidth + 2 * Theme.margin
        y: Theme.portrait ? form.y + form.height + Theme.margin : (entry.height - height) / 2
        available: Theme.portrait ? entry.height - y - Theme.low - 2 * Theme.margin : entry.height - 2 * Theme.gap
        letters: cardBridge.active === 0
    }
}
