import QtQuick
import "../components"
import "../theme"

// What of the ledger is meant: days, kinds, who did it, one resident. A number leaves the screen as
// soon as it is looked up; that it is about one resident stays, to be taken away again.
Flow {
    id: form
    property var filters
    property string spanPrefix: "span"
    property string groupPrefix: "group"
    property bool waiting: false
    // A number that was typed and not yet looked up: what is asked for now would not be about it.
    readonly property bool pending: number.text !== ""
    spacing: 1.5 * Theme.gap
    // Everything on the form but the person; false where the days cannot be meant.
    function take(span, group) { return filters.choose(span, group, actor.text, first.text, last.text) }
    function hold() { return filters.hold(filters.span, filters.group, actor.text, first.text, last.text) }
    function takeAll() { return take(filters.span, filters.group) }
    readonly property string firstDay: filters.first
    readonly property string lastDay: filters.last
    readonly property string who: filters.actor
    onFirstDayChanged: first.text = firstDay
    onLastDayChanged: last.text = lastDay
    onWhoChanged: actor.text = who
    readonly property bool someone: filters.person
    property bool asked: false
    onSomeoneChanged: {
        if (asked)
            Qt.callLater(() => { if (form.someone) chip.forceActiveFocus(Qt.TabFocusReason); else number.take() })
        asked = false
    }
    Tabs {
        prefix: form.spanPrefix
        name: qsTr("When")
        options: form.filters.spans
        current: form.filters.span
        onChosen: key => { if (form.take(key, form.filters.group) && key === "OWN") first.take() }
    }
    Row {
        visible: form.filters.own
        spacing: Theme.gap
        DayEntry {
            id: first
            fieldName: "firstDay"
            name: qsTr("From")
            onAccepted: form.takeAll()
        }
        DayEntry {
            id: last
            fieldName: "lastDay"
            name: qsTr("To")
            onAccepted: form.takeAll()
        }
    }
    Note {
        objectName: "daysSlip"
        visible: form.filters.own && form.filters.slip !== ""
        width: parent.width
        tone: "caution"
        icon: "warning"
        text: form.filters.slip
        Accessible.role: Accessible.AlertMessage
        Accessible.name: text
    }
    Tabs {
        prefix: form.groupPrefix
        name: qsTr("What")
        options: form.filters.groups
        current: form.filters.group
        onChosen: key => form.take(form.filters.span, key)
    }
    TextEntry {
        id: actor
        fieldName: "actorField"
        width: Math.min(form.width, (Theme.textScale > 1.1 ? 420 : 300) * Theme.u)
        inline: true
        name: qsTr("Who (user name), then Enter")
        most: 32
        onAccepted: form.takeAll()
    }
    TextEntry {
        id: number
        fieldName: "personField"
        visible: !form.someone
        width: Math.min(form.width, (Theme.textScale > 1.1 ? 560 : 430) * Theme.u)
        inline: true
        secret: true
        name: qsTr("Person: document or resident number, then Enter")
        most: 64
        onAccepted: {
            form.asked = true
            if (form.hold())
                form.filters.look_for(text)
            text = ""
        }
    }
    PushButton {
        id: chip
        objectName: "personChip"
        visible: form.someone
        kind: "outline"
        tall: Theme.low
        iconName: "cross"
        text: qsTr("One resident")
        Accessible.name: qsTr("One resident: take away")
        enabled: !form.waiting
        onClicked: {
            form.asked = true
            if (form.hold())
                form.filters.drop_person()
        }
    }
}
