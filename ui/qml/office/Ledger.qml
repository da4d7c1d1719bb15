import QtQuick
import "../components"
import "../theme"

// What was done, by whom and when: a search that says what it searched, and the figures as charts.
OfficeBody {
    id: page
    objectName: "pageOfficeLedger"
    readonly property bool listing: officeLedger.view === "lines"
    bridge: officeLedger
    title: qsTr("Ledger")
    tools: [
        Tabs {
            visible: officeLedger.mayRead
            prefix: "view"
            options: [{ key: "lines", label: qsTr("Entries") }, { key: "charts", label: qsTr("Figures") }]
            current: officeLedger.view
            onChosen: key => officeLedger.show_view(key)
        },
        PushButton {
            objectName: "refreshButton"
            kind: "outline"
            tall: 44 * Theme.u
            implicitWidth: 48 * Theme.u
            iconName: "again"
            Accessible.name: qsTr("Refresh")
            onClicked: officeLedger.refresh()
        }
    ]
    LedgerFilters {
        id: filters
        visible: page.listing
        width: parent.width
        filters: officeLedger.filters
        waiting: officeLedger.busy
        PushButton {
            objectName: "liveButton"
            kind: officeLedger.live ? "primary" : "outline"
            tall: Theme.low
            iconName: "eye"
            text: officeLedger.live ? qsTr("Live: on") : qsTr("Live: off")
            Accessible.checkable: true
            Accessible.checked: officeLedger.live
            onClicked: officeLedger.set_live(!officeLedger.live)
        }
        Words {
            objectName: "ledgerCount"
            height: Theme.low
            verticalAlignment: Text.AlignVCenter
            lineHeight: 1
            text: qsTr("%1 shown of %2 entries").arg(officeLedger.rows.length).arg(officeLedger.size)
            color: Theme.secondary
            font.pixelSize: Theme.label
        }
    }
    DataTable {
        objectName: "ledger"
        visible: page.listing
        name: page.title
        focus: page.listing
        y: filters.height + 1.5 * Theme.gap
        width: parent.width
        height: parent.height - y
        picks: false
        columns: page.wide ? [
            { key: "seq", title: qsTr("No."), share: 1.6, small: true },
            { key: "time", title: qsTr("When"), share: 3.4, small: true },
            { key: "what", title: qsTr("What"), share: 5, tone: true },
            { key: "who", title: qsTr("Who"), share: 2.6 },
            { key: "detail", title: qsTr("More"), share: 7, small: true }
        ] : [
            { key: "time", title: qsTr("When"), share: 3.4, small: true },
            { key: "what", title: qsTr("What"), share: 4.4, tone: true },
            { key: "who", title: qsTr("Who"), share: 2.8 },
            { key: "detail", title: qsTr("More"), share: 5, small: true }
        ]
        rows: officeLedger.rows
        more: officeLedger.more
        waiting: officeLedger.busy
        empty: qsTr("Nothing was found for what is chosen above. Choose a longer time, or 'All'.")
        onMoreWanted: officeLedger.show_more()
    }
    Tabs {
        id: steps
        visible: !page.listing
        prefix: "steps"
        name: qsTr("Each bar is")
        width: parent.width
        options: [{ key: "DAYS", label: qsTr("a day, 14 days") }, { key: "WEEKS", label: qsTr("a week, 12 weeks") }]
        current: officeLedger.steps
        onChosen: key => officeLedger.show_steps(key)
    }
    Flickable {
        id: charts
        objectName: "charts"
        visible: !page.listing
        y: steps.height + 1.5 * Theme.gap
        width: parent.width
        height: parent.height - y
        contentHeight: grid.implicitHeight
        interactive: contentHeight > height + 1
        clip: interactive
        boundsBehavior: Flickable.StopAtBounds
        activeFocusOnTab: interactive && visible
        Keys.onDownPressed: contentY = Math.min(contentHeight - height, contentY + 80 * Theme.u)
        Keys.onUpPressed: contentY = Math.max(0, contentY - 80 * Theme.u)
        Grid {
            id: grid
            readonly property real cell: (width - (columns - 1) * spacing) / columns
            width: parent.width - (charts.interactive ? 1.5 * Theme.gap : 0)
            columns: Theme.portrait || Theme.textScale > 1.25 ? 1 : 2
            spacing: 2 * Theme.gap
            BarChart {
                objectName: "visits"
                width: grid.cell
                title: qsTr("Visits")
                values: officeLedger.series.visits ?? []
                labels: officeLedger.dayLabels
            }
            RankChart {
                objectName: "outcomes"
                width: grid.cell
                title: qsTr("How they ended")
                rows: officeLedger.outcomes
            }
            BarChart {
                objectName: "declined"
                width: grid.cell
                title: qsTr("Consent refused")
                values: officeLedger.series.declined ?? []
                labels: officeLedger.dayLabels
            }
            BarChart {
                objectName: "attacks"
                width: grid.cell
                title: qsTr("Refused by attack detection")
                bar: Theme.caution
                values: officeLedger.series.attacks ?? []
                labels: officeLedger.dayLabels
            }
            BarChart {
                objectName: "denied"
                width: grid.cell
                title: qsTr("Refused to staff")
                bar: Theme.caution
                values: officeLedger.series.denied ?? []
                labels: officeLedger.dayLabels
            }
        }
    }
    ScrollMark { flick: charts; visible: charts.visible && charts.interactive; x: parent.width - width; y: charts.y; height: charts.height }
}
