import QtQuick
import "../components"
import "../theme"

// Two factors together; what was wrong of the three is not said. Nothing of before is shown here.
FocusScope {
    id: page
    objectName: "pageSignIn"
    readonly property bool beside: !Theme.portrait
    readonly property real column: Math.min(width - 2 * Theme.margin, 520 * Theme.u)
    // "code" or "key"; offered to every name alike, so that it tells nothing about one.
    property string way: "code"
    readonly property bool waiting: keyBridge.step !== ""
    readonly property bool complete: (way === "key" || code.text.length >= 6) && !officeBridge.busy
    function submit() {
        if (complete)
            officeBridge.sign_in(user.text, password.text, way === "key" ? "" : code.text)
    }
    onWaitingChanged: settled.start()
    Timer {
        // Once what is shown can take the focus; gone with the page.
        id: settled
        interval: 1
        onTriggered: page.waiting ? touch.take() : password.take()
    }
    Keys.onEscapePressed: waiting ? keyBridge.cancel() : officeBridge.leave()
    Component.onCompleted: user.take()
    Connections {
        target: officeBridge
        function onRefused() {
            password.text = code.text = ""
            password.take()
        }
    }
    QtObject {
        id: digits
        readonly property bool complete: page.complete
        readonly property bool pressed: false
        function type(digit) { if (code.text.length < 8) code.text += digit }
        function rub_out() { code.text = code.text.slice(0, -1) }
        function submit() { page.submit() }
    }

    Flickable {
        id: reading
        x: page.beside && !page.waiting ? Math.max(Theme.margin, page.width / 2 - page.column - Theme.margin / 2) : (page.width - page.column) / 2
        width: page.column + 8 * Theme.u
        height: page.beside || !pad.visible ? parent.height : pad.y - Theme.margin
        contentHeight: Math.max(height, form.implicitHeight + 2 * Theme.margin)
        interactive: contentHeight > height + 1
        clip: interactive
        Column {
            id: form
            width: page.column
            y: Math.max(Theme.margin, (reading.contentHeight - implicitHeight) / 2)
            spacing: 2 * Theme.gap
            Flow {
                width: parent.width
                spacing: 2 * Theme.gap
                Words {
                    objectName: "title"
                    width: page.waiting ? form.width : Math.min(implicitWidth, form.width)
                    horizontalAlignment: page.waiting ? Text.AlignHCenter : Text.AlignLeft
                    text: officeBridge.wasLocked ? qsTr("Locked") : qsTr("Staff sign-in")
                    bold: true
                    font.pixelSize: Theme.title
                    Accessible.role: Accessible.Heading
                }
                Tabs {
                    objectName: "signInWay"
                    visible: !page.waiting
                    prefix: "way"
                    current: page.way
                    options: [{ key: "code", label: qsTr("One-time code") }, { key: "key", label: qsTr("Security key") }]
                    onChosen: key => page.way = key
                }
            }
            Note {
                objectName: "lockedNote"
                visible: officeBridge.wasLocked && officeBridge.message === ""
                width: parent.width
                icon: "lock"
                text: qsTr("What was open has been put away. Please sign in again to go on.")
            }
            Note {
                objectName: "signInMessage"
                visible: officeBridge.message !== ""
                width: parent.width
                tone: "caution"
                icon: "warning"
                text: officeBridge.message + (officeBridge.code ? " (" + officeBridge.code + ")" : "")
            }
            KeyTouch {
                id: touch
                visible: page.waiting
                width: parent.width
                wait: keyBridge
            }
            TextEntry {
                id: user
                visible: !page.waiting
                fieldName: "userField"
                width: parent.width
                name: qsTr("User name")
                onAccepted: password.take()
            }
            TextEntry {
                id: password
                visible: !page.waiting
                fieldName: "passwordField"
                width: parent.width
                name: qsTr("Password")
                secret: true
                most: 256
                onAccepted: page.way === "key" ? page.submit() : code.take()
            }
            Note {
                visible: page.way === "key" && !page.waiting
                width: parent.width
                icon: "key"
                text: qsTr("Your key is asked for after you press Sign in.")
            }
            TextEntry {
                id: code
                visible: page.way === "code"
                fieldName: "codeField"
                width: parent.width
                name: qsTr("Code from your authenticator")
                hint: qsTr("six digits")
                most: 8
                onAccepted: page.submit()
            }
            Row {
                visible: !page.waiting
                width: parent.width
                layoutDirection: Qt.RightToLeft
                spacing: 2 * Theme.gap
                PushButton {
                    objectName: "signInButton"
                    tall: Theme.low
                    text: officeBridge.busy ? qsTr("One moment…") : qsTr("Sign in")
                    enabled: page.complete
                    onClicked: page.submit()
                }
                PushButton {
                    objectName: "leaveSignIn"
                    tall: Theme.low
                    kind: "outline"
                    text: qsTr("Back to visitors")
                    onClicked: officeBridge.leave()
                }
            }
            PushButton {
                objectName: "emergencyButton"
                visible: !page.waiting
                x: -3 * Theme.gap
                kind: "quiet"
                tall: 44 * Theme.u
                text: qsTr("Nobody can sign in? Use the two sealed codes")
                onClicked: officeBridge.show_emergency(true)
            }
        }
    }
    Icon {
        visible: page.way === "key" && page.beside && !page.waiting
        x: pad.x + (pad.width - width) / 2
        y: (page.height - height) / 2
        size: Math.min(pad.width, 220 * Theme.u)
        name: "key"
        weight: 1
        color: Theme.primary
    }
    ScrollMark { flick: reading; x: reading.x + reading.width + Theme.gap; y: Theme.gap; height: reading.height - 2 * Theme.gap }
    Keypad {
        id: pad
        visible: page.way === "code"
        into: digits
        letters: false
        width: page.beside ? Math.min(page.column * 0.75, page.width - x - Theme.margin) : page.column
        x: page.beside ? reading.x + page.column + 2 * Theme.margin : (page.width - width) / 2
        y: page.beside ? (page.height - height) / 2 : page.height - height - 3 * Theme.margin
        available: page.beside ? page.height - 4 * Theme.margin : 0.4 * page.height
    }
}
