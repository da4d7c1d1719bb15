import QtQuick
import "../components"
import "../theme"

// What this person may do, and nothing else. Arrows go up and down; on a tall page it lies on top.
Rectangle {
    id: menu
    implicitHeight: lines.implicitHeight + 2 * Theme.gap
    color: Theme.surface
    Accessible.role: Accessible.List
    Accessible.name: qsTr("Pages")
    Flickable {
        id: reading
        width: parent.width
        height: parent.height
        contentHeight: lines.implicitHeight + 2 * Theme.gap
        interactive: contentHeight > height + 1
        clip: interactive
        Flow {
            id: lines
            x: Theme.gap
            y: Theme.gap
            width: menu.width - 2 * x
            spacing: 0.5 * Theme.gap
            Repeater {
                id: repeater
                model: officeBridge.menu
                MenuLine {
                    required property var modelData
                    required property int index
                    objectName: "menu" + modelData.page
                    width: Theme.portrait ? implicitWidth : lines.width
                    text: modelData.title
                    iconName: modelData.icon
                    current: modelData.page === officeBridge.page
                    Keys.onDownPressed: (repeater.itemAt((index + 1) % repeater.count) as MenuLine).forceActiveFocus(Qt.TabFocusReason)
                    Keys.onUpPressed: (repeater.itemAt((index + repeater.count - 1) % repeater.count) as MenuLine).forceActiveFocus(Qt.TabFocusReason)
                    onClicked: officeBridge.go(modelData.page)
                }
            }
        }
    }
    Rectangle {
        x: Theme.portrait ? 0 : parent.width - 1
        y: Theme.portrait ? parent.height - 1 : 0
        width: Theme.portrait ? parent.width : 1
        height: Theme.portrait ? 1 : parent.height
        color: Theme.outline
    }
}
