import QtQuick
import "../components"
import "../theme"

// Accounts: a list, one in full with what may be done about it, and the form that asks for it.
OfficeBody {
    id: page
    objectName: "pageOfficeUsers"
    readonly property bool adding: officeUsers.form === "add"
    readonly property bool renewing: officeUsers.form === "codes"
    readonly property bool open: officeUsers.chosen !== "" || adding || renewing
    readonly property var account: officeUsers.rows.find(row => row.id === officeUsers.chosen) ?? ({})
    readonly property var names: ({ roles: qsTr("Change roles…"), end: qsTr("End this account…"), factor: qsTr("Reissue password and code…"), lock: qsTr("Lock…"), unlock: qsTr("Unlock…") })
    readonly property string effect: ({
        lock: qsTr("Nobody can sign in as %1 from now on; a session that is open ends at once."),
        codes: qsTr("The two codes that are sealed now open nothing once this is carried out; the new ones are shown once, to two holders."),
        end: qsTr("%1 can never sign in again once this is carried out; the name stays in the ledger."),
        factor: qsTr("The password and the authenticator of %1 stop working when this is carried out.")
    }[officeUsers.form] ?? "").replace("%1", page.account.user ?? "")
    bridge: officeUsers
    title: qsTr("Accounts")
    tools: [
        PushButton {
            objectName: "renewCodes"
            visible: officeUsers.mayRenewCodes
            kind: "quiet"
            tall: 44 * Theme.u
            text: qsTr("New sealed codes…")
            onClicked: { officeUsers.choose(""); officeUsers.begin("codes") }
        },
        PushButton {
            objectName: "addAccount"
            visible: officeUsers.mayAdd
            tall: 44 * Theme.u
            text: qsTr("New account…")
            onClicked: { officeUsers.choose(""); officeUsers.begin("add") }
        },
        PushButton {
            objectName: "refreshButton"
            kind: "outline"
            tall: 44 * Theme.u
            implicitWidth: 48 * Theme.u
            iconName: "again"
            Accessible.name: qsTr("Refresh")
            onClicked: officeUsers.refresh()
        }
    ]
    DataTable {
        id: table
        objectName: "users"
        visible: page.wide || !page.open
        name: page.title
        focus: true
        width: page.open ? parent.width * 0.42 : parent.width
        height: parent.height
        columns: page.open && page.wide ? [
            { key: "user", title: qsTr("User name"), share: 5, bold: true },
            { key: "state", title: qsTr("State"), share: 4, tone: true }
        ] : [
            { key: "user", title: qsTr("User name"), share: 3, bold: true },
            { key: "roles", title: qsTr("Roles"), share: 5 },
            { key: "state", title: qsTr("State"), share: 3, tone: true },
            { key: "until", title: qsTr("Valid until"), share: 3, small: true }
        ]
        rows: officeUsers.rows
        chosen: officeUsers.chosen
        waiting: officeUsers.busy
        empty: qsTr("There is no account yet. Ask for the first one with 'New account'.")
        onPicked: id => officeUsers.choose(id)
    }
    Pane {
        id: pane
        objectName: "userPane"
        visible: page.open
        title: page.adding ? qsTr("New account") : page.renewing ? qsTr("New sealed codes") : page.account.user ?? ""
        x: page.wide ? table.width + 2 * Theme.gap : 0
        width: parent.width - x
        height: parent.height
        onClosed: officeUsers.form !== "" ? officeUsers.begin("") : officeUsers.choose("")
        Connections {
            target: officeUsers
            property string before: ""
            function onChanged() {
                if (officeUsers.form === before)
                    return
                before = officeUsers.form
                userName.text = newName.text = days.text = reason.text = ""
                if (officeUsers.form === "add")
                    userName.take()
                else if (officeUsers.form !== "" && reason.visible)
                    reason.take()
            }
        }
        Facts {
            visible: !page.adding && !page.renewing
            width: parent.width
            rows: [
                { label: qsTr("Name"), value: page.account.name ?? "" },
                { label: qsTr("Roles"), value: page.account.roles ?? "" },
                { label: qsTr("State"), value: page.account.state ?? "" },
                { label: qsTr("Valid until"), value: page.account.until ?? "" }
            ]
        }
        TextEntry {
            id: userName
            fieldName: "newUser"
            visible: page.adding
            width: parent.width
            name: qsTr("User name")
            hint: qsTr("small letters, digits, dot; 3 to 32")
            most: 32
        }
        TextEntry {
            id: newName
            fieldName: "newName"
            visible: page.adding
            width: parent.width
            name: qsTr("Name, as colleagues know them")
            most: 40
        }
        Words {
            visible: page.adding || officeUsers.form === "roles"
            width: parent.width
            text: qsTr("Roles (a grey one excludes those ticked)")
            color: Theme.secondary
            font.pixelSize: Theme.label
        }
        RoleTicks {
            visible: page.adding || officeUsers.form === "roles"
            width: parent.width
            columns: page.wide ? 2 : 1
        }
        TextEntry {
            id: days
            fieldName: "newDays"
            visible: page.adding || officeUsers.form === "roles"
            width: parent.width
            name: page.adding ? qsTr("Ends after how many days? Empty: never; inspectors at most 30") : qsTr("Ends after how many days? Empty: as it is")
            most: 4
        }
        Note {
            visible: page.effect !== ""
            width: parent.width
            tone: "caution"
            icon: officeUsers.form === "lock" ? "lock" : "warning"
            text: page.effect
        }
        TextEntry {
            id: reason
            fieldName: "userReason"
            visible: ["add", "codes", "roles", "end", "factor"].includes(officeUsers.form)
            width: parent.width
            name: qsTr("Reason, for the colleague who must agree")
            most: 200
        }
        foot: [
            ChoiceRow {
                visible: officeUsers.form === "" && !page.adding
                width: parent.width
                spacing: 1.5 * Theme.gap
                choices: officeUsers.choices
                names: page.names
                onPicked: choice => officeUsers.begin(choice)
            },
            Flow {
                visible: officeUsers.form !== ""
                width: parent.width
                spacing: 1.5 * Theme.gap
                PushButton {
                    objectName: "submitForm"
                    tall: Theme.low
                    text: officeUsers.form === "lock" ? qsTr("Lock it") : officeUsers.form === "unlock" ? qsTr("Unlock it") : qsTr("Ask for it")
                    enabled: !officeUsers.busy
                    onClicked: officeUsers.submit(userName.text, newName.text, days.text, reason.text)
                }
                PushButton {
                    objectName: "cancelForm"
                    kind: "outline"
                    tall: Theme.low
                    text: qsTr("Back")
                    onClicked: officeUsers.begin("")
                }
            }
        ]
    }
}
