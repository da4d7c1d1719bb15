import QtQuick
import "../components"
import "../theme"

// For those who live or work here: three things to come for, none before another.
Item {
    id: page
    objectName: "pageResidents"
    readonly property real column: Math.min(width - 2 * Theme.margin, 880 * Theme.u)

    Flickable {
        id: reading
        width: parent.width
        height: back.y - Theme.gap
        contentHeight: Math.max(height, cards.implicitHeight + 2 * Theme.margin)
        interactive: contentHeight > height + 1
        clip: interactive
        Column {
            id: cards
            x: (page.width - width) / 2
            y: Math.max(Theme.margin, (reading.contentHeight - implicitHeight) / 2)
            width: page.column
            spacing: 2 * Theme.gap
            Words {
                objectName: "title"
                width: parent.width
                text: qsTr("What did you come for?")
                bold: true
                bottomPadding: Theme.gap
                font.pixelSize: Theme.title
                Accessible.role: Accessible.Heading
            }
            ChoiceCard {
                objectName: "checkInButton"
                width: parent.width
                iconName: "check"
                text: qsTr("Check me in")
                detail: qsTr("You are registered: say your number or show your document, then look at the camera.")
                held: visitBridge.pressed && visitBridge.flow === "RESIDENT_CHECK"
                focus: true
                onClicked: visitBridge.check_in()
            }
            ChoiceCard {
                objectName: "registerButton"
                width: parent.width
                iconName: "pen"
                text: qsTr("Register")
                detail: qsTr("Once, with your document. You choose what is kept, one thing at a time.")
                held: visitBridge.pressed && visitBridge.flow === "ENROLMENT"
                onClicked: visitBridge.register()
            }
            ChoiceCard {
                objectName: "withdrawButton"
                width: parent.width
                iconName: "bin"
                text: qsTr("Delete my registration")
                detail: qsTr("Everything kept of you is erased at once. You need give no reason.")
                held: visitBridge.pressed && visitBridge.flow === "WITHDRAWAL"
                onClicked: visitBridge.withdraw()
            }
        }
    }
    ScrollMark { flick: reading; x: parent.width - width - Theme.gap; y: Theme.gap; height: reading.height - 2 * Theme.gap }
    PushButton {
        id: back
        objectName: "backButton"
        x: Theme.margin
        y: page.height - height - Theme.margin
        kind: "outline"
        tall: Theme.low
        text: qsTr("Back")
        iconName: "back"
        onClicked: visitBridge.leave_residents()
    }
    Keys.onEscapePressed: visitBridge.leave_residents()
}
