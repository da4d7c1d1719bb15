import QtQuick
import "../components"
import "../theme"

// Terms and where each comes from, what is due when, thresholds; other terms by two people.
OfficeBody {
    id: page
    objectName: "pageOfficeRetention"
    readonly property string view: officeRetention.view
    readonly property bool narrowed: officeRetention.form && !page.wide
    bridge: officeRetention
    title: qsTr("Terms and thresholds")
    text: qsTr("How long records are kept and why, what ends when, and how strict the checks are.")
    tools: [
        PushButton {
            objectName: "changeTerms"
            visible: officeRetention.mayChange && page.view === "terms" && !officeRetention.form
            tall: 44 * Theme.u
            text: qsTr("Change the terms…")
            onClicked: officeRetention.edit(true)
        },
        PushButton {
            objectName: "refreshButton"
            kind: "outline"
            tall: 44 * Theme.u
            implicitWidth: 48 * Theme.u
            iconName: "again"
            Accessible.name: qsTr("Refresh")
            onClicked: officeRetention.refresh()
        }
    ]
    Tabs {
        id: tabs
        visible: !page.narrowed
        width: parent.width
        prefix: "view_"
        options: [{ key: "terms", label: qsTr("Terms in force") }, { key: "due", label: qsTr("What ends when") }, { key: "pad", label: qsTr("Thresholds") }]
        current: page.view
        onChosen: key => officeRetention.show_view(key)
    }
    RetentionPending {
        id: waiting
        objectName: "termsPending"
        visible: page.view === "terms" && !officeRetention.form && officeRetention.pending.state !== undefined
        y: tabs.height + 1.5 * Theme.gap
        width: parent.width
        height: visible ? implicitHeight : 0
    }
    DataTable {
        id: table
        objectName: "terms"
        visible: page.view === "terms" && !page.narrowed
        name: page.title
        focus: true
        picks: false
        y: waiting.visible ? waiting.y + waiting.height + 1.5 * Theme.gap : tabs.height + 1.5 * Theme.gap
        width: officeRetention.form ? parent.width * 0.46 : parent.width
        height: parent.height - y - (note.visible ? note.implicitHeight + 1.5 * Theme.gap : 0)
        columns: officeRetention.form ? [
            { key: "what", title: qsTr("What"), share: 5, bold: true },
            { key: "term", title: qsTr("Kept for"), share: 4 },
            { key: "source", title: qsTr("Because of"), share: 5, small: true }
        ] : [
            { key: "what", title: qsTr("What"), share: 5, bold: true },
            { key: "term", title: qsTr("Kept for"), share: 3 },
            { key: "source", title: qsTr("Because of"), share: 4, small: true },
            { key: "bounds", title: qsTr("All that bounds it; the shortest holds"), share: 7, small: true }
        ]
        rows: officeRetention.rows
        waiting: officeRetention.busy
        empty: qsTr("The terms could not be read. Please refresh.")
    }
    Note {
        id: note
        visible: table.visible && !officeRetention.form && !waiting.visible
        y: parent.height - implicitHeight
        width: parent.width
        icon: "shield"
        text: qsTr("Records that are there keep the end their person was told; a change holds for new ones, and never above the notice.")
    }
    RetentionForm {
        objectName: "termsPane"
        visible: officeRetention.form
        x: page.wide ? table.width + 2 * Theme.gap : 0
        y: page.wide ? table.y : 0
        width: parent.width - x
        height: parent.height - y
    }
    RetentionDue {
        objectName: "dueView"
        visible: page.view === "due"
        y: tabs.height + 1.5 * Theme.gap
        width: parent.width
        height: parent.height - y
    }
    RetentionPolicy {
        objectName: "padView"
        visible: page.view === "pad"
        y: tabs.height + 1.5 * Theme.gap
        width: parent.width
        height: parent.height - y
    }
}
