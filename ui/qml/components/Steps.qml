import QtQuick
import "../theme"

// The steps of what is being done; the present one is told by shape, weight and colour together.
Row {
    id: steps
    objectName: "steps"
    property int current: visitBridge.step
    property real size: Math.max(16, 18 * Theme.u)
    readonly property var flows: ({
        VISITOR: [qsTr("Notice"), qsTr("Document"), qsTr("Face"), qsTr("Check"), qsTr("Done")],
        ENROLMENT: [qsTr("Notice"), qsTr("Document"), qsTr("Face"), qsTr("Register"), qsTr("Done")],
        RESIDENT_CHECK: [qsTr("Notice"), qsTr("Who"), qsTr("Face"), qsTr("Check"), qsTr("Done")],
        WITHDRAWAL: [qsTr("Notice"), qsTr("Who"), qsTr("Delete"), qsTr("Done")]
    })
    readonly property var names: flows[visitBridge.flow]
    spacing: Theme.gap
    Accessible.role: Accessible.ProgressBar
    Accessible.name: qsTr("Step %1 of %2: %3").arg(current + 1).arg(names.length).arg(names[current] || "")

    Repeater {
        model: steps.names
        Row {
            id: step
            required property int index
            required property string modelData
            readonly property bool now: index === steps.current
            // Only what was really done is ticked: a visit may end early.
            readonly property bool past: index < steps.current && visitBridge.reached.indexOf(index) >= 0
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
