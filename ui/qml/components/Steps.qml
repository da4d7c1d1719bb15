import QtQuick
import "../theme"

// The five steps; the present one is told by shape, weight and colour together.
Row {
    id: steps
    objectName: "steps"
    property int current: visitBridge.step
    property real size: Math.max(16, 18 * Theme.u)
    readonly property var names: [qsTr("Notice"), qsTr("Document"), qsTr("Face"), qsTr("Check"), qsTr("Done")]
    spacing: Theme.gap
    Accessible.role: Accessible.ProgressBar
    Accessible.name: qsTr("Step %1 of 5: %2").arg(current + 1).arg(names[current] || "")

    Repeater {
        model: steps.names
        Row {
            id: step
            required property int index
            required property string modelData
            readonly property bool now: index === steps.current
            readonly property bool past: index < steps.current
            spacing: 0.75 * Theme.gap
            Rectangle {
                visible: step.index > 0
                width: 14 * Theme.u
                height: 2 * Theme.u
                color: step.past || step.now ? Theme.primary : Theme.outline
                anchors.verticalCenter: parent.verticalCenter
            }
            Rectangle {
                width: 28 * Theme.u
                height: width
                radius: step.now ? 8 * Theme.u : width / 2
                color: step.now ? Theme.primary : step.past ? Theme.primarySoft : "transparent"
                border.width: step.now ? 0 : 2 * Theme.u
                border.color: step.past ? Theme.primary : Theme.outline
                anchors.verticalCenter: parent.verticalCenter
                Icon {
                    anchors.centerIn: parent
                    visible: step.past
                    size: 16 * Theme.u
                    weight: 3
                    color: Theme.primary
                }
                Words {
                    anchors.centerIn: parent
                    visible: !step.past
                    text: step.index + 1
                    bold: true
                    lineHeight: 1
                    font.pixelSize: Math.max(16, 16 * Theme.u)
                    color: step.now ? Theme.inkOnPrimary : Theme.secondary
                }
            }
            Words {
                text: step.modelData
                lineHeight: 1
                bold: step.now
                font.pixelSize: steps.size
                color: step.now ? Theme.text : Theme.secondary
                wrapMode: Text.NoWrap
                anchors.verticalCenter: parent.verticalCenter
            }
        }
    }
}
