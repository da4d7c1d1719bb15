import QtQuick
import "../components"
import "../theme"

// Rows under a head that stays. Arrows, Home and End move, Enter chooses; rows carry an "id".
FocusScope {
    id: table
    // Each: "key", "title", "share" of the width; "tone" puts a dot in the row's tone before it.
    property var columns: []
    property var rows: []
    property string chosen: ""
    property bool picks: true
    property string empty: ""
    property bool waiting: false
    property bool more: false
    property string moreText: qsTr("Show older ones")
    property string name: ""
    readonly property real inset: 1.5 * Theme.gap
    readonly property real shares: columns.reduce((sum, column) => sum + column.share, 0)
    signal picked(string id)
    signal moreWanted
    function widthOf(share) { return (width - 2 * inset - 12 * Theme.u) * share / shares }

    Rectangle {
        anchors.fill: parent
        radius: Theme.radius
        color: Theme.surface
        border.width: 1
        border.color: Theme.outline
    }
    Row {
        id: head
        x: table.inset
        y: Theme.gap
        Repeater {
            model: table.columns
            Words {
                required property var modelData
                width: table.widthOf(modelData.share)
                rightPadding: Theme.gap
                text: modelData.title
                bold: true
                color: Theme.secondary
                lineHeight: 1.05
                font.pixelSize: Theme.caption
                Accessible.role: Accessible.ColumnHeader
            }
        }
    }
    Rectangle {
        id: rule
        x: 1
        y: head.y + head.height + Theme.gap
        width: parent.width - 2
        height: 1
        color: Theme.outline
    }
    ListView {
        id: list
        objectName: table.objectName + "List"
        x: 1
        y: rule.y + 1
        width: parent.width - 2
        height: parent.height - y - 0.75 * Theme.gap
        clip: true
        focus: true
        activeFocusOnTab: true
        keyNavigationEnabled: true
        boundsBehavior: Flickable.StopAtBounds
        model: table.rows
        currentIndex: -1
        highlightMoveDuration: 0
        // Rows beyond the edge would be made while others are shown, and lie over them meanwhile.
        cacheBuffer: 0
        Accessible.role: Accessible.Table
        Accessible.name: table.name
        property real kept: 0
        onMovementEnded: kept = contentY
        onModelChanged: {
            currentIndex = table.rows.findIndex(row => row.id === table.chosen)
            Qt.callLater(() => { if (list) list.contentY = Math.max(0, Math.min(list.kept, list.contentHeight - list.height)) })
        }
        onActiveFocusChanged: if (activeFocus && currentIndex < 0 && count > 0) currentIndex = 0
        Keys.onPressed: event => {
            if (event.key === Qt.Key_Home || event.key === Qt.Key_End) {
                currentIndex = event.key === Qt.Key_Home ? 0 : count - 1
                event.accepted = true
            } else if (event.key === Qt.Key_Return || event.key === Qt.Key_Enter || event.key === Qt.Key_Space) {
                if (table.picks && currentIndex >= 0)
                    table.picked(table.rows[currentIndex].id)
                event.accepted = true
            }
        }
        delegate: Rectangle {
            id: row
            required property var modelData
            required property int index
            readonly property bool present: table.picks && modelData.id === table.chosen
            objectName: table.objectName + "Row" + index
            width: list.width
            height: cells.height + 1.5 * Theme.gap
            color: present ? Theme.primarySoft : "transparent"
            Accessible.role: Accessible.Row
            Accessible.name: table.columns.map(column => row.modelData[column.key]).join(", ")
            Accessible.onPressAction: if (table.picks) table.picked(row.modelData.id)
            MouseArea {
                anchors.fill: parent
                onClicked: {
                    list.forceActiveFocus()
                    list.currentIndex = row.index
                    if (table.picks)
                        table.picked(row.modelData.id)
                }
            }
            Row {
                id: cells
                x: table.inset - 1
                y: 0.75 * Theme.gap
                Repeater {
                    model: table.columns
                    Item {
                        id: cell
                        required property var modelData
                        readonly property bool toned: modelData.tone === true
                        width: table.widthOf(modelData.share)
                        height: words.implicitHeight
                        Rectangle {
                            visible: cell.toned
                            y: Theme.label * 0.35
                            width: 10 * Theme.u
                            height: width
                            radius: width / 2
                            color: Theme.toneColor[row.modelData.tone || "neutral"]
                        }
                        Words {
                            id: words
                            x: cell.toned ? 18 * Theme.u : 0
                            width: cell.width - x - Theme.gap
                            text: row.modelData[cell.modelData.key] ?? ""
                            bold: cell.modelData.bold === true
                            wrapMode: Text.Wrap
                            lineHeight: 1.1
                            font.pixelSize: cell.modelData.small ? Theme.caption : Theme.label
                            color: cell.modelData.small ? Theme.secondary : Theme.text
                            Accessible.ignored: true
                        }
                    }
                }
            }
            Rectangle {
                x: table.inset
                y: parent.height - 1
                width: parent.width - 2 * x
                height: 1
                color: Theme.neutralSoft
            }
            Rectangle {
                visible: list.activeFocus && row.ListView.isCurrentItem
                anchors.fill: parent
                anchors.margins: 2
                radius: 6 * Theme.u
                color: "transparent"
                border.width: 3 * Theme.u
                border.color: Theme.primary
            }
        }
        footer: Item {
            width: list.width
            height: table.more ? moreButton.height + 2 * Theme.gap : 0
            PushButton {
                id: moreButton
                objectName: table.objectName + "More"
                visible: table.more
                x: table.inset
                y: Theme.gap
                kind: "outline"
                tall: 44 * Theme.u
                text: table.moreText
                onClicked: {
                    list.kept = list.contentY
                    table.moreWanted()
                }
            }
        }
    }
    ScrollMark { flick: list; x: parent.width - width - 4 * Theme.u; y: list.y + Theme.gap; height: list.height - 2 * Theme.gap }
    // An empty list says what to do, not only that it is empty.
    Words {
        objectName: table.objectName + "Empty"
        visible: table.rows.length === 0
        anchors.horizontalCenter: parent.horizontalCenter
        y: list.y + 4 * Theme.gap
        width: parent.width - 2 * Theme.margin
        horizontalAlignment: Text.AlignHCenter
        text: table.waiting ? qsTr("One moment…") : table.empty
        color: Theme.secondary
        font.pixelSize: Theme.label
    }
}
