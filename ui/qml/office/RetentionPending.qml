import QtQuick
import "../components"
import "../theme"

// Terms somebody asked for, how far that is, and the last step where it was agreed to.
Flow {
    id: waiting
    readonly property var asked: officeRetention.pending
    readonly property bool mine: asked.mine === "yes"
    readonly property bool ready: mine && asked.state === "AGREED"
    spacing: 1.5 * Theme.gap
    Note {
        objectName: "termsPendingText"
        width: waiting.ready && !Theme.portrait ? waiting.width - button.width - waiting.spacing : waiting.width
        tone: waiting.ready ? "good" : waiting.asked.state === "REFUSED" || waiting.asked.state === "STALE" ? "stop" : "caution"
        icon: waiting.ready ? "check" : waiting.asked.state === "REFUSED" || waiting.asked.state === "STALE" ? "cross" : "clock"
        text: ({
            WAITING: waiting.mine ? qsTr("You asked for: %1. A security administrator finds it under Requests.") : qsTr("%2 asks for: %1. You find it under Requests."),
            AGREED: qsTr("Agreed to: %1. It holds as soon as you put it in force."),
            REFUSED: qsTr("Your request (%1) was refused: %3"),
            STALE: qsTr("Your request (%1) is void: the terms were changed meanwhile. Please look at them and ask again.")
        }[waiting.asked.state] ?? "").replace("%1", waiting.asked.terms ?? "").replace("%2", waiting.asked.asker ?? "").replace("%3", waiting.asked.answer ?? "")
    }
    PushButton {
        id: button
        objectName: "putTermsInForce"
        visible: waiting.ready
        tall: Theme.low
        text: qsTr("Put it in force")
        enabled: !officeRetention.busy
        onClicked: officeRetention.put_in_force()
    }
}
