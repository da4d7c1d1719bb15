import QtQuick
import "../components"
import "../theme"

// Shares of a whole as lying bars, the longest first; each says its name and figure itself.
Rectangle {
    id: chart
    property string title: ""
    // Each: "label", "count".
    property var rows: []
    property int shown: 6
    readonly property int total: rows.reduce((sum, row) => sum + row.count, 0)
    readonly property int most: rows.length > 0 ? rows[0].count : 1
    readonly property real nameWidth: 0.34 * (width - 4 * Theme.gap)
    readonly property real size: Math.max(16 * Theme.u, Math.min(Theme.caption, 20 * Theme.u))
    implicitHeight: Math.max(250 * Theme.u, head.y + head.implicitHeight + lines.implicitHeight + 3 * Theme.gap)
    radius: Theme.radius
    color: Theme.surface
    border.width: 1
    border.color: Theme.outline
    Accessible.role: Accessible.Chart
    Accessible.name: title + ": " + rows.map(row => row.label + " " + row.count).join(", ")
    Words {
        id: head
        x: 2 * Theme.gap
        y: 1.25 * Theme.gap
        width: parent.width - 2 * x
        text: chart.title
        bold: true
        lineHeight: 1.1
        font.pixelSize: Theme.label
        Accessible.ignored: true
    }
    Column {
        id: lines
        x: 2 * Theme.gap
        y: head.y + head.implicitHeight + 1.5 * Theme.gap
        width: parent.width - 2 * x
        spacing: 0.75 * Theme.gap
        Repeater {
            model: chart.rows.slice(0, chart.shown)
            Item {
                id: row
                required property var modelData
                required property int index
                width: lines.width
                height: Math.max(words.implicitHeight, 24 * Theme.u)
                Words {
                    id: words
                    width: chart.nameWidth - Theme.gap
                    anchors.verticalCenter: parent.verticalCenter
                    text: row.modelData.label
                    lineHeight: 1
                    font.pixelSize: chart.size
                    Accessible.ignored: true
                }
                Rectangle {
                    objectName: chart.objectName + "Bar" + row.index
                    x: chart.nameWidth
                    anchors.verticalCenter: parent.verticalCenter
                    height: 20 * Theme.u
                    width: Math.max(3 * Theme.u, (lines.width - chart.nameWidth - 4 * chart.size) * row.modelData.count / chart.most)
                    radius: 4 * Theme.u
                    color: Theme.primary
                }
                Words {
                    objectName: chart.objectName + "Value" + row.index
                    x: chart.nameWidth + Math.max(3 * Theme.u, (lines.width - chart.nameWidth - 4 * chart.size) * row.modelData.count / chart.most) + Theme.gap
                    anchors.verticalCenter: parent.verticalCenter
                    text: row.modelData.count
                    bold: true
                    lineHeight: 1
                    font.pixelSize: chart.size
                    wrapMode: Text.NoWrap
                    Accessible.ignored: true
                }
            }
        }
        Words {
            visible: chart.rows.length > chart.shown
            text: qsTr("and %1 more kinds").arg(chart.rows.length - chart.shown)
            color: Theme.secondary
            lineHeight: 1
            font.pixelSize: chart.size
        }
    }
    Words {
        visible: chart.rows.length === 0
        anchors.centerIn: parent
        text: qsTr("none in this time")
        color: Theme.secondary
        font.pixelSize: Theme.label
    }
}
