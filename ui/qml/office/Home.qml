import QtQuick
import "../components"
import "../theme"

// The desk today: figures, the station's state, and what to do next.
OfficeBody {
    id: page
    objectName: "pageOfficeHome"
    bridge: officeHome
    title: qsTr("Today")
    tools: [
        PushButton {
            objectName: "serveButton"
            visible: officeBridge.mayServe
            tall: 44 * Theme.u
            text: qsTr("Serve visitors")
            onClicked: officeBridge.serve()
        },
        PushButton {
            objectName: "refreshButton"
            kind: "outline"
            tall: 44 * Theme.u
            implicitWidth: 48 * Theme.u
            iconName: "again"
            Accessible.name: qsTr("Refresh")
            onClicked: officeHome.refresh()
        }
    ]
    Flickable {
        id: reading
        anchors.fill: parent
        contentHeight: column.implicitHeight
        interactive: contentHeight > height + 1
        clip: interactive
        activeFocusOnTab: interactive
        Keys.onDownPressed: contentY = Math.min(contentHeight - height, contentY + 80 * Theme.u)
        Keys.onUpPressed: contentY = Math.max(0, contentY - 80 * Theme.u)
        Column {
            id: column
            width: reading.width
            spacing: 3 * Theme.gap
            Grid {
                id: tiles
                width: parent.width
                columns: Theme.portrait || Theme.textScale > 1.25 ? 2 : 3
                spacing: 2 * Theme.gap
                Repeater {
                    model: officeHome.figures
                    Rectangle {
                        id: tile
                        required property var modelData
                        objectName: "figure_" + modelData.name
                        width: (tiles.width - (tiles.columns - 1) * tiles.spacing) / tiles.columns
                        height: value.implicitHeight + label.implicitHeight + 3.5 * Theme.gap
                        radius: Theme.radius
                        color: modelData.tone === "caution" ? Theme.cautionSoft : Theme.surface
                        border.width: 1
                        border.color: Theme.outline
                        Accessible.role: Accessible.StaticText
                        Accessible.name: modelData.label + ": " + modelData.value
                        Words {
                            id: value
                            x: 2 * Theme.gap
                            y: 1.5 * Theme.gap
                            text: tile.modelData.value
                            bold: true
                            lineHeight: 1
                            font.pixelSize: 40 * Theme.u
                            Accessible.ignored: true
                        }
                        Words {
                            id: label
                            x: 2 * Theme.gap
                            y: value.y + value.implicitHeight + 0.25 * Theme.gap
                            width: parent.width - 2 * x
                            text: tile.modelData.label
                            color: Theme.secondary
                            lineHeight: 1.1
                            font.pixelSize: Theme.label
                            Accessible.ignored: true
                        }
                    }
                }
            }
            Words {
                visible: officeHome.steps.length > 0
                width: parent.width
                text: qsTr("Next")
                bold: true
                font.pixelSize: Theme.body
                Accessible.role: Accessible.Heading
            }
            Repeater {
                model: officeHome.steps
                Row {
                    id: step
                    required property var modelData
                    required property int index
                    width: column.width
                    spacing: 2 * Theme.gap
                    Note {
                        width: parent.width - (button.visible ? button.width + parent.spacing : 0)
                        tone: step.modelData.tone
                        icon: step.modelData.icon
                        text: step.modelData.text
                    }
                    PushButton {
                        id: button
                        objectName: "step" + step.index
                        visible: step.modelData.page !== ""
                        anchors.verticalCenter: parent.verticalCenter
                        kind: "outline"
                        tall: 44 * Theme.u
                        text: qsTr("Open")
                        onClicked: officeBridge.go(step.modelData.page)
                    }
                }
            }
            Words {
                visible: officeHome.figures.length === 0 && !officeHome.busy && officeHome.message === ""
                width: parent.width
                text: qsTr("Choose a page on the left to begin.")
                color: Theme.secondary
                font.pixelSize: Theme.label
            }
        }
    }
    ScrollMark { flick: reading; x: parent.width + Theme.gap; y: 0; height: reading.height }
}
