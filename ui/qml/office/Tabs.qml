import QtQuick
import QtQuick.Templates as T
import "../components"
import "../theme"

// A few views or choices side by side; the present one is filled. Arrows move between them.
Flow {
    id: tabs
    property string name: ""
    // Each: "key", "label".
    property var options: []
    property string current: ""
    property string prefix: "tab"
    signal chosen(string key)
    spacing: 0.75 * Theme.gap
    Accessible.role: Accessible.PageTabList
    Accessible.name: name
    Words {
        visible: tabs.name !== ""
        height: 44 * Theme.u
        rightPadding: 0.5 * Theme.gap
        verticalAlignment: Text.AlignVCenter
        text: tabs.name
        color: Theme.secondary
        lineHeight: 1
        font.pixelSize: Theme.caption
        Accessible.ignored: true
    }
    Repeater {
        id: repeater
        model: tabs.options
        T.AbstractButton {
            id: tab
            required property var modelData
            required property int index
            readonly property bool present: modelData.key === tabs.current
            objectName: tabs.prefix + modelData.key
            implicitHeight: Math.max(44 * Theme.u, words.implicitHeight + Theme.gap)
            implicitWidth: words.implicitWidth + 3 * Theme.gap
            focusPolicy: Qt.StrongFocus
            text: modelData.label
            Accessible.role: Accessible.PageTab
            Accessible.name: (tabs.name ? tabs.name + ": " : "") + text
            Accessible.selected: present
            Keys.onReturnPressed: event => { if (!event.isAutoRepeat) click() }
            Keys.onEnterPressed: event => { if (!event.isAutoRepeat) click() }
            Keys.onRightPressed: repeater.itemAt((index + 1) % repeater.count).forceActiveFocus(Qt.TabFocusReason)
            Keys.onLeftPressed: repeater.itemAt((index + repeater.count - 1) % repeater.count).forceActiveFocus(Qt.TabFocusReason)
            onClicked: tabs.chosen(modelData.key)
            background: Rectangle {
                radius: 8 * Theme.u
                color: tab.present ? Theme.primary : tab.down ? Theme.neutralSoft : Theme.surface
                border.width: tab.present ? 0 : Math.max(1, 1.5 * Theme.u)
                border.color: Theme.outline
                FocusRing { shown: tab.visualFocus; anchors.margins: -4 * Theme.u; radius: 11 * Theme.u }
            }
            contentItem: Item {
                Words {
                    id: words
                    anchors.centerIn: parent
                    text: tab.text
                    bold: tab.present
                    lineHeight: 1
                    wrapMode: Text.NoWrap
                    color: tab.present ? Theme.inkOnPrimary : Theme.text
                    font.pixelSize: Theme.caption * 1.06
                    Accessible.ignored: true
                }
            }
        }
    }
}
