import QtQuick
import "../components"
import "../theme"

// Counts over time as bars: each with its figure above and, below, when. One colour, no legend.
Rectangle {
    id: chart
    property string title: ""
    property var values: []
    property var labels: []
    property color bar: Theme.primary
    readonly property int most: Math.max(1, ...values)
    readonly property int total: values.reduce((sum, value) => sum + value, 0)
    readonly property real step: (width - 4 * Theme.gap) / Math.max(1, values.length)
    readonly property real size: Math.max(16 * Theme.u, Math.min(Theme.caption, 20 * Theme.u))
    // As many labels as there is room for; the newest always has one.
    readonly property int every: Math.max(1, Math.ceil(3.6 * size / Math.max(1, step)))
    implicitHeight: 250 * Theme.u
    radius: Theme.radius
    color: Theme.surface
    border.width: 1
    border.color: Theme.outline
    Accessible.role: Accessible.Chart
    Accessible.name: title + ": " + values.map((value, at) => labels[at] + " " + value).join(", ")
    Words {
        id: head
        x: 2 * Theme.gap
        y: 1.25 * Theme.gap
        width: parent.width - sum.width - 5 * Theme.gap
        text: chart.title
        bold: true
        lineHeight: 1.1
        font.pixelSize: Theme.label
        Accessible.ignored: true
    }
    Words {
        id: sum
        objectName: chart.objectName + "Total"
        x: parent.width - width - 2 * Theme.gap
        y: head.y
        text: qsTr("%1 in all").arg(chart.total)
        color: Theme.secondary
        lineHeight: 1.1
        font.pixelSize: Theme.label
        Accessible.ignored: true
    }
    Item {
        id: field
        x: 2 * Theme.gap
        y: head.y + head.implicitHeight + Theme.gap
        width: parent.width - 2 * x
        height: parent.height - y - 1.4 * chart.size - 1.5 * Theme.gap
        Rectangle { y: parent.height; width: parent.width; height: Math.max(1, 1.5 * Theme.u); color: Theme.outline }
        Repeater {
            model: chart.values
            Item {
                id: column
                required property int modelData
                required property int index
                x: index * chart.step
                width: chart.step
                height: field.height
                Rectangle {
                    objectName: chart.objectName + "Bar" + column.index
                    x: 0.14 * parent.width
                    width: 0.72 * parent.width
                    height: (field.height - 1.6 * chart.size) * column.modelData / chart.most
                    y: parent.height - height
                    radius: Math.min(4 * Theme.u, height / 2)
                    color: chart.bar
                }
                Words {
                    objectName: chart.objectName + "Value" + column.index
                    visible: column.modelData > 0
                    anchors.horizontalCenter: parent.horizontalCenter
                    y: parent.height - (field.height - 1.6 * chart.size) * column.modelData / chart.most - 1.5 * chart.size
                    text: column.modelData
                    bold: true
                    lineHeight: 1
                    wrapMode: Text.NoWrap
                    font.pixelSize: String(column.modelData).length * 0.6 * chart.size > chart.step ? 0.75 * chart.size : chart.size
                    Accessible.ignored: true
                }
                Words {
                    visible: (chart.values.length - 1 - column.index) % chart.every === 0
                    // The last label keeps inside the frame.
                    x: Math.min((parent.width - width) / 2, field.width - column.x - width)
                    y: parent.height + 0.5 * Theme.gap
                    text: chart.labels[column.index] ?? ""
                    color: Theme.secondary
                    lineHeight: 1
                    wrapMode: Text.NoWrap
                    font.pixelSize: chart.size
                    Accessible.ignored: true
                }
            }
        }
    }
    Words {
        visible: chart.total === 0
        anchors.centerIn: parent
        text: qsTr("none in this time")
        color: Theme.secondary
        font.pixelSize: Theme.label
    }
}
