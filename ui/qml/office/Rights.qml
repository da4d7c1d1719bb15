import QtQuick
import "../components"
import "../theme"

// The rights desk: tickets by deadline, a new one after a look at the document, and what is done.
OfficeBody {
    id: page
    objectName: "pageOfficeRights"
    readonly property bool opening: officeRights.form === "open"
    readonly property bool open: opening || officeRights.chosen !== ""
    readonly property var ticket: officeRights.rows.find(row => row.id === officeRights.chosen) ?? ({})
    readonly property var names: ({ copy: qsTr("Copy for the person…"), minor: qsTr("Ask the manager…"), correct: qsTr("Correct…"), restrict: qsTr("Put on hold…"), lift: qsTr("Lift the hold…"), face: qsTr("Only the face…"), erase: qsTr("Erase…"), withdraw: qsTr("Withdraw…"), receipt: qsTr("Receipt again…"), explain: qsTr("Explain…"), extend: qsTr("Put off…"), close: qsTr("Close it…"), refuse: qsTr("Refuse…") })
    readonly property var sure: ({ copy: qsTr("Write the copy"), minor: qsTr("Ask for it"), correct: form.takesAway ? qsTr("Take the field away") : qsTr("Correct it"), restrict: qsTr("Put on hold"), lift: qsTr("Lift the hold"), face: qsTr("Yes, erase the face"), erase: qsTr("Yes, erase for good"), withdraw: qsTr("Yes, withdraw and erase"), receipt: qsTr("Write the receipt"), explain: qsTr("Show the explanation"), extend: qsTr("Put the deadline off"), close: qsTr("Close the ticket"), refuse: qsTr("Refuse it") })
    bridge: officeRights
    title: qsTr("Rights desk")
    text: qsTr("What people ask about their own data. Answer within the deadline; refuse only with a reason in writing.")
    tools: [
        PushButton {
            objectName: "openTicket"
            visible: officeRights.mayOpen
            tall: 44 * Theme.u
            text: qsTr("New request…")
            onClicked: { officeRights.choose(""); officeRights.begin("open") }
        },
        PushButton {
            objectName: "refreshButton"
            kind: "outline"
            tall: 44 * Theme.u
            implicitWidth: 48 * Theme.u
            iconName: "again"
            Accessible.name: qsTr("Refresh")
            onClicked: officeRights.refresh()
        }
    ]
    DataTable {
        id: table
        objectName: "tickets"
        visible: officeRights.mayRead && (page.wide || !page.open)
        name: page.title
        focus: true
        width: page.open ? parent.width * 0.4 : parent.width
        height: parent.height
        columns: page.open && page.wide ? [
            { key: "kind", title: qsTr("Asked for"), share: 4, bold: true },
            { key: "state", title: qsTr("State"), share: 5, tone: true }
        ] : [
            { key: "kind", title: qsTr("Asked for"), share: 3, bold: true },
            { key: "document", title: qsTr("Document"), share: 4 },
            { key: "due", title: qsTr("Answer by"), share: 3, small: true },
            { key: "state", title: qsTr("State"), share: 4, tone: true }
        ]
        rows: officeRights.rows
        chosen: officeRights.chosen
        waiting: officeRights.busy
        empty: qsTr("Nobody has asked for anything. When somebody does, choose “New request” and look at their document.")
        onPicked: id => officeRights.choose(id)
    }
    Note {
        visible: !officeRights.mayRead && !page.open
        width: Math.min(parent.width, 760 * Theme.u)
        icon: "card"
        text: qsTr("Take requests in here, with the person's document in front of you. The privacy officer answers them.")
    }
    Pane {
        id: pane
        objectName: "rightsPane"
        visible: page.open
        title: page.opening ? qsTr("New request") : officeRights.form !== "" ? page.names[officeRights.form] : (page.ticket.kind ?? "")
        x: page.wide && table.visible ? table.width + 2 * Theme.gap : 0
        width: parent.width - x
        height: parent.height
        onClosed: officeRights.form !== "" ? officeRights.begin("") : officeRights.choose("")
        Connections {
            target: officeRights
            property string before: ""
            function onChanged() {
                if (officeRights.form === before)
                    return
                before = officeRights.form
                asked.clear()
                form.clear()
                pane.toTop()
                if (page.opening)
                    asked.take()
            }
        }
        NewRequest {
            id: asked
            visible: page.opening
            width: parent.width
        }
        RightsTicket {
            visible: !page.opening
            width: parent.width
            ticket: page.ticket
            brief: officeRights.form !== ""
        }
        RightsForm {
            id: form
            visible: !page.opening && officeRights.form !== ""
            width: parent.width
        }
        Note {
            objectName: "rightsWritten"
            visible: !page.opening && officeRights.written !== ""
            width: parent.width
            tone: "good"
            icon: "receipt"
            text: qsTr("Written: %1").arg(officeRights.written)
        }
        Words {
            objectName: "rightsExplained"
            visible: !page.opening && officeRights.explained !== ""
            width: parent.width
            text: officeRights.explained
            lineHeight: 1.25
            font.pixelSize: Theme.caption
        }
        foot: [
            ChoiceRow {
                visible: !page.opening && officeRights.form === "" && officeRights.choices.length > 0
                width: parent.width
                tall: 44 * Theme.u
                choices: officeRights.choices
                names: page.names
                onPicked: choice => officeRights.begin(choice)
            },
            Flow {
                visible: officeRights.form !== ""
                width: parent.width
                spacing: 1.5 * Theme.gap
                PushButton {
                    objectName: "rightsSubmit"
                    visible: !page.opening || officeRights.looked
                    tall: Theme.low
                    text: page.opening ? qsTr("Take it in") : (page.sure[officeRights.form] ?? "")
                    enabled: !officeRights.busy && (page.opening || form.ready)
                    onClicked: page.opening ? officeRights.open_ticket(asked.wish) : officeRights.submit(form.text, form.folder)
                }
                PushButton {
                    objectName: "rightsBack"
                    tall: Theme.low
                    kind: "outline"
                    text: qsTr("Back")
                    onClicked: officeRights.begin("")
                }
            }
        ]
    }
}
