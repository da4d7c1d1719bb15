import QtQuick
import "../components"
import "../theme"

// What waits for a second person: exactly what would change, then agree, refuse, or carry out.
OfficeBody {
    id: page
    objectName: "pageOfficeRequests"
    readonly property var detail: officeRequests.detail
    readonly property bool open: officeRequests.chosen !== "" && detail.act !== undefined
    readonly property bool handing: officeRequests.secret.user !== undefined
    bridge: officeRequests
    title: qsTr("Requests")
    tools: PushButton {
        objectName: "refreshButton"
        kind: "outline"
        tall: 44 * Theme.u
        iconName: "again"
        text: qsTr("Refresh")
        onClicked: officeRequests.refresh()
    }
    Tabs {
        id: tabs
        visible: !page.handing
        width: parent.width
        options: [{ key: "waiting", label: qsTr("Waiting for me") }, { key: "mine", label: qsTr("Asked by me") }]
        current: officeRequests.mine ? "mine" : "waiting"
        onChosen: key => officeRequests.show_mine(key === "mine")
    }
    DataTable {
        id: table
        objectName: "requests"
        visible: !page.handing && (page.wide || !page.open)
        name: page.title
        focus: true
        y: tabs.height + 1.5 * Theme.gap
        width: page.open ? parent.width * 0.44 : parent.width
        height: parent.height - y
        columns: page.open && page.wide ? [
            { key: "act", title: qsTr("What for"), share: 6, bold: true },
            officeRequests.mine ? { key: "state", title: qsTr("State"), share: 4, tone: true } : { key: "user", title: qsTr("Asked by"), share: 4 }
        ] : [
            { key: "act", title: qsTr("What for"), share: 6, bold: true },
            { key: "user", title: qsTr("Asked by"), share: 4 },
            { key: "time", title: qsTr("When"), share: 4, small: true },
            { key: "state", title: qsTr("State"), share: 3, tone: true }
        ]
        rows: officeRequests.rows
        chosen: officeRequests.chosen
        waiting: officeRequests.busy
        empty: officeRequests.mine ? qsTr("You have not asked for anything. Acts that take two people are asked for on their own pages.") : qsTr("Nothing waits for you. New requests appear here; refresh to look again.")
        onPicked: id => officeRequests.choose(id)
    }
    Pane {
        id: pane
        objectName: "requestPane"
        visible: page.open && !page.handing
        title: page.open ? page.detail.act : ""
        x: page.wide ? table.width + 2 * Theme.gap : 0
        y: table.y
        width: parent.width - x
        height: table.height
        onClosed: officeRequests.choose("")
        property bool refusing: false
        property bool agreeing: false
        onVisibleChanged: refusing = agreeing = false
        Connections {
            target: officeRequests
            function onRows_changed() { pane.refusing = pane.agreeing = false }
        }
        Facts {
            width: parent.width
            rows: page.open ? [
                { label: qsTr("Asked by"), value: page.detail.user },
                { label: qsTr("When"), value: page.detail.time },
                { label: qsTr("Runs out"), value: page.detail.until },
                { label: qsTr("Reason"), value: page.detail.reason },
                { label: qsTr("State"), value: page.detail.state },
                { label: qsTr("Second person"), value: page.detail.second },
                { label: qsTr("Answer"), value: page.detail.answer }
            ] : []
        }
        Words {
            visible: page.open && page.detail.changes.length > 0
            width: parent.width
            text: qsTr("What changes")
            bold: true
            font.pixelSize: Theme.label
        }
        Repeater {
            model: page.open ? page.detail.changes : []
            ChangeRow {
                required property var modelData
                width: parent.width
                change: modelData
            }
        }
        foot: [
            Flow {
                visible: page.open && page.detail.decides && !pane.refusing && !pane.agreeing
                width: parent.width
                spacing: 1.5 * Theme.gap
                PushButton {
                    objectName: "agreeButton"
                    tall: Theme.low
                    text: qsTr("Agree…")
                    enabled: !officeRequests.busy
                    onClicked: { pane.agreeing = true; sure.forceActiveFocus() }
                }
                PushButton {
                    objectName: "refuseButton"
                    tall: Theme.low
                    kind: "outline"
                    text: qsTr("Refuse…")
                    enabled: !officeRequests.busy
                    onClicked: { pane.refusing = true; reason.take() }
                }
            },
            Note {
                visible: pane.agreeing
                width: parent.width
                tone: "caution"
                icon: "hand"
                text: qsTr("Your name goes into the ledger beside theirs. They can then carry it out once.")
            },
            Flow {
                visible: pane.agreeing
                width: parent.width
                spacing: 1.5 * Theme.gap
                PushButton {
                    id: sure
                    objectName: "agreeSure"
                    tall: Theme.low
                    text: qsTr("Yes, agree")
                    enabled: !officeRequests.busy
                    onClicked: officeRequests.agree()
                }
                PushButton {
                    objectName: "agreeNot"
                    tall: Theme.low
                    kind: "outline"
                    text: qsTr("Back")
                    onClicked: pane.agreeing = false
                }
            },
            TextEntry {
                id: reason
                fieldName: "refuseReason"
                visible: pane.refusing
                width: parent.width
                name: qsTr("Why not? The person who asked will read this.")
                most: 200
                onVisibleChanged: text = ""
                onAccepted: officeRequests.refuse(text)
            },
            Flow {
                visible: pane.refusing
                width: parent.width
                spacing: 1.5 * Theme.gap
                PushButton {
                    objectName: "refuseSure"
                    tall: Theme.low
                    text: qsTr("Refuse it")
                    enabled: !officeRequests.busy && reason.text.trim() !== ""
                    onClicked: officeRequests.refuse(reason.text)
                }
                PushButton {
                    objectName: "refuseNot"
                    tall: Theme.low
                    kind: "outline"
                    text: qsTr("Back")
                    onClicked: pane.refusing = false
                }
            },
            PushButton {
                objectName: "goWhere"
                visible: page.open && page.detail.where !== ""
                tall: Theme.low
                text: qsTr("Go on to its page")
                iconName: "next"
                onClicked: officeBridge.go(page.detail.where)
            },
            PushButton {
                objectName: "carryOut"
                visible: page.open && page.detail.ready
                tall: Theme.low
                text: qsTr("Carry it out now")
                enabled: !officeRequests.busy
                onClicked: officeRequests.carry_out()
            }
        ]
    }
    FirstSecretPane {
        visible: page.handing
        anchors.fill: parent
        secret: officeRequests.secret
        onClosed: officeRequests.forget_secret()
    }
}
