import QtQuick
import "../components"
import "../theme"

// What the station owes the authority and the passer-by: the count, the sign, the record.
OfficeBody {
    id: page
    objectName: "pageOfficeFiling"
    bridge: officeFiling
    title: qsTr("Filing and signs")
    text: ({ count: qsTr("From 100 000 people on, face recognition is filed with the provincial cyberspace authority within 30 working days."), sign: qsTr("Wherever faces are recognised, a sign says who does it, what for, and what to do instead."), record: qsTr("What is done with people's data, how long and for whom. Kept for three years at least; nothing takes a version away.") })[officeFiling.view] ?? ""
    tools: PushButton {
        objectName: "refreshButton"
        kind: "outline"
        tall: 44 * Theme.u
        implicitWidth: 48 * Theme.u
        iconName: "again"
        Accessible.name: qsTr("Refresh")
        onClicked: officeFiling.refresh()
    }
    Tabs {
        id: views
        focus: true
        width: parent.width
        prefix: "filingView_"
        options: officeFiling.views
        current: officeFiling.view
        onChosen: key => officeFiling.show_view(key)
    }
    FilingSheet {
        id: sheet
        visible: officeFiling.view === "sign" && page.wide
        x: parent.width - width
        y: views.height + 1.5 * Theme.gap
        width: visible ? parent.width * 0.42 : 0
        height: parent.height - y
    }
    DataTable {
        id: table
        objectName: "processing"
        visible: officeFiling.view === "record"
        y: views.height + 1.5 * Theme.gap
        width: parent.width
        height: visible ? out.y - y - 1.5 * Theme.gap : 0
        name: qsTr("Record of processing")
        picks: false
        columns: page.wide ? [
            { key: "since", title: qsTr("Version, since"), share: 3, small: true },
            { key: "what", title: qsTr("Purpose"), share: 3, bold: true },
            { key: "fields", title: qsTr("Data"), share: 5 },
            { key: "term", title: qsTr("Term"), share: 2 },
            { key: "recipients", title: qsTr("Recipients"), share: 3 },
            { key: "assessment", title: qsTr("Assessment"), share: 3, small: true }
        ] : [
            { key: "since", title: qsTr("Version, since"), share: 3, small: true },
            { key: "what", title: qsTr("Purpose"), share: 3, bold: true },
            { key: "term", title: qsTr("Term"), share: 2 },
            { key: "recipients", title: qsTr("Recipients"), share: 3 }
        ]
        rows: officeFiling.rows
        waiting: officeFiling.busy
        empty: qsTr("No version has been written yet. The first is written within a minute of the start, once the notice is published.")
    }
    Flickable {
        id: reading
        visible: officeFiling.view !== "record"
        y: views.height + 1.5 * Theme.gap
        width: parent.width - (sheet.visible ? sheet.width + 2 * Theme.gap : 0)
        height: (out.visible ? out.y : parent.height) - y - Theme.gap
        contentHeight: column.implicitHeight + Theme.gap
        interactive: contentHeight > height + 1
        clip: interactive
        boundsBehavior: Flickable.StopAtBounds
        activeFocusOnTab: interactive
        Keys.onDownPressed: contentY = Math.min(contentHeight - height, contentY + 80 * Theme.u)
        Keys.onUpPressed: contentY = Math.max(0, contentY - 80 * Theme.u)
        Column {
            id: column
            width: reading.width - (reading.interactive ? 1.5 * Theme.gap : 0)
            spacing: 2 * Theme.gap
            FilingCount {
                visible: officeFiling.view === "count"
                width: parent.width
            }
            FilingPlace {
                visible: officeFiling.view === "sign"
                width: parent.width
            }
            FilingSheet {
                visible: officeFiling.view === "sign" && !page.wide && officeFiling.drawn
                width: parent.width
                height: visible ? width * 1.42 : 0
            }
        }
    }
    ScrollMark { flick: reading; visible: reading.visible && reading.interactive; x: reading.width - width; y: reading.y; height: reading.height }
    FilingOut {
        id: out
        visible: officeFiling.view !== "sign" || officeFiling.drawn
        width: reading.width
        y: parent.height - height
    }
}
