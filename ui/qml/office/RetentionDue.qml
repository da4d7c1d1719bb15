import QtQuick
import "../components"
import "../theme"

// What ends when, as bars by the hour or by the day, and whether anything is late.
Flickable {
    id: due
    readonly property var chart: officeRetention.chart
    contentHeight: column.implicitHeight + Theme.gap
    interactive: contentHeight > height + 1
    clip: interactive
    boundsBehavior: Flickable.StopAtBounds
    activeFocusOnTab: interactive
    Keys.onDownPressed: contentY = Math.min(contentHeight - height, contentY + 80 * Theme.u)
    Keys.onUpPressed: contentY = Math.max(0, contentY - 80 * Theme.u)
    Column {
        id: column
        width: due.width - (due.interactive ? 1.5 * Theme.gap : 0)
        spacing: 1.5 * Theme.gap
        Tabs {
            width: parent.width
            prefix: "due_"
            options: officeRetention.purposes
            current: officeRetention.purpose
            onChosen: key => officeRetention.show_purpose(key)
        }
        Note {
            objectName: "overdueNote"
            visible: officeRetention.overdue > 0
            width: parent.width
            tone: "caution"
            icon: "warning"
            text: qsTr("Records that should be gone: %1. The next look erases them, at most 20 seconds from now. If this stays, look at the station's health.").arg(officeRetention.overdue)
        }
        BarChart {
            objectName: "dueChart"
            width: parent.width
            title: due.chart.title
            values: due.chart.values
            labels: due.chart.labels
        }
        Facts {
            objectName: "dueFacts"
            width: parent.width
            rows: officeRetention.facts
        }
    }
    ScrollMark { parent: due.parent; visible: due.visible && due.interactive; flick: due; x: due.x + due.width - width; y: due.y; height: due.height }
}
