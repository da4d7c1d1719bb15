import QtQuick
import "../components"
import "../theme"

// Other terms: two numbers, their limits, and the reason the second person reads.
Pane {
    id: form
    title: qsTr("Other terms")
    onClosed: officeRetention.edit(false)
    onVisibleChanged: {
        if (!visible)
            return
        hours.text = officeRetention.hours
        days.text = officeRetention.days
        reason.text = ""
        hours.take()
    }
    TextEntry {
        id: hours
        fieldName: "termHours"
        width: parent.width
        name: qsTr("Visitors: hours after the visit, 0 to %1").arg(officeRetention.mostHours)
        most: 2
    }
    TextEntry {
        id: days
        fieldName: "termDays"
        width: parent.width
        name: qsTr("Residents: at most how many days, 1 to %1").arg(officeRetention.mostDays)
        most: 4
    }
    Note {
        width: parent.width
        tone: "caution"
        icon: "hand"
        text: qsTr("A longer term needs the profile and the notice first. Nothing that is kept now gets another end: neither longer nor shorter.")
    }
    TextEntry {
        id: reason
        fieldName: "termReason"
        width: parent.width
        name: qsTr("Reason, for the colleague who must agree")
        most: 200
    }
    foot: Flow {
        width: parent.width
        spacing: 1.5 * Theme.gap
        PushButton {
            objectName: "askTerms"
            tall: Theme.low
            text: qsTr("Ask for it")
            enabled: !officeRetention.busy
            onClicked: officeRetention.submit(hours.text, days.text, reason.text)
        }
        PushButton {
            objectName: "askTermsNot"
            tall: Theme.low
            kind: "outline"
            text: qsTr("Back")
            onClicked: officeRetention.edit(false)
        }
    }
}
