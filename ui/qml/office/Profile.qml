import QtQuick
import "../components"
import "../theme"

// The deployment profile: what is missing in plain words, what holds, and the wizard.
OfficeBody {
    id: page
    objectName: "pageOfficeProfile"
    readonly property bool first: officeProfile.facts.length === 0
    readonly property bool last: officeProfile.step === officeProfile.steps.length - 1
    bridge: officeProfile
    title: qsTr("Deployment profile")
    text: officeProfile.form ? "" : qsTr("Where this station stands, who answers for it, and on what it rests.")
    tools: [
        PushButton {
            objectName: "beginForm"
            visible: officeProfile.mayDraft && !officeProfile.form
            tall: 44 * Theme.u
            text: page.first ? qsTr("Fill it in") : qsTr("Change it…")
            onClicked: officeProfile.begin()
        },
        PushButton {
            objectName: "refreshButton"
            visible: !officeProfile.form
            kind: "outline"
            tall: 44 * Theme.u
            implicitWidth: 48 * Theme.u
            iconName: "again"
            Accessible.name: qsTr("Refresh")
            onClicked: officeProfile.refresh()
        }
    ]
    Flickable {
        id: reading
        visible: !officeProfile.form
        anchors.fill: parent
        contentHeight: overview.implicitHeight + Theme.gap
        interactive: contentHeight > height + 1
        clip: interactive
        activeFocusOnTab: interactive
        Keys.onDownPressed: contentY = Math.min(contentHeight - height, contentY + 80 * Theme.u)
        Keys.onUpPressed: contentY = Math.max(0, contentY - 80 * Theme.u)
        Column {
            id: overview
            width: Math.min(reading.width - 2 * Theme.gap, 900 * Theme.u)
            spacing: 1.75 * Theme.gap
            Note {
                objectName: "profileState"
                visible: officeProfile.known
                width: parent.width
                tone: officeProfile.missing.length > 0 ? "stop" : "good"
                icon: officeProfile.missing.length > 0 ? "warning" : "check"
                text: officeProfile.missing.length === 0 ? qsTr("Complete. Visitors can be served.") : qsTr("The camera stays closed until this is there: %1").arg(officeProfile.missing.map(item => "\n· " + item).join(""))
            }
            Note {
                objectName: "profilePending"
                visible: officeProfile.pending !== ""
                width: parent.width
                tone: officeProfile.pending === "AGREED" ? "good" : officeProfile.pending === "REFUSED" ? "stop" : "caution"
                icon: officeProfile.pending === "AGREED" ? "check" : officeProfile.pending === "REFUSED" ? "cross" : "clock"
                text: officeProfile.pending === "AGREED" ? qsTr("The proposal was agreed to. It holds as soon as you put it in force.") : officeProfile.pending === "REFUSED" ? qsTr("The proposal was refused: %1").arg(officeProfile.answer) : qsTr("A proposal waits for the privacy officer, who finds it under Requests.")
            }
            PushButton {
                objectName: "putInForce"
                visible: officeProfile.pending === "AGREED"
                tall: Theme.low
                text: qsTr("Put it in force")
                enabled: !officeProfile.busy
                onClicked: officeProfile.put_in_force()
            }
            Words {
                visible: !page.first
                width: parent.width
                text: qsTr("In force")
                bold: true
                font.pixelSize: Theme.body
                Accessible.role: Accessible.Heading
            }
            Facts {
                objectName: "profileFacts"
                width: parent.width
                rows: officeProfile.facts
            }
            Words {
                visible: officeProfile.versions.length > 0
                width: parent.width
                text: qsTr("Versions")
                bold: true
                font.pixelSize: Theme.label
                Accessible.role: Accessible.Heading
            }
            Facts {
                width: parent.width
                rows: officeProfile.versions.map(one => ({ label: one.number + " · " + one.time, value: one.who + " · SM3 " + one.digest + "…" }))
            }
        }
    }
    ScrollMark { visible: reading.visible; flick: reading; x: parent.width - width; y: 0; height: reading.height }
    StepList {
        id: list
        visible: officeProfile.form && page.wide
        width: visible ? 250 * Theme.u : 0
        steps: officeProfile.form ? officeProfile.steps : []
        current: officeProfile.step
        onChosen: step => officeProfile.go_to(step)
    }
    Pane {
        id: pane
        objectName: "profilePane"
        visible: officeProfile.form
        title: officeProfile.title
        x: list.visible ? list.width + 2 * Theme.gap : 0
        width: parent.width - x
        height: parent.height
        onClosed: officeProfile.end()
        Connections {
            target: officeProfile
            function onListed() { pane.toTop() }
        }
        Words {
            objectName: "stepCount"
            width: parent.width
            text: qsTr("Step %1 of %2").arg(officeProfile.step + 1).arg(officeProfile.steps.length) + " · " + officeProfile.why
            color: Theme.secondary
            lineHeight: 1.15
            font.pixelSize: Theme.caption
        }
        StepBar {
            width: parent.width
            share: (officeProfile.step + 1) / Math.max(1, officeProfile.steps.length)
        }
        Flow {
            id: questions
            width: parent.width
            spacing: 1.5 * Theme.gap
            // Chinese and English side by side where there is room.
            readonly property real half: page.wide ? (width - spacing) / 2 : width
            Repeater {
                model: officeProfile.fields
                ProfileField {
                    width: modelData.kind === "line" ? questions.half : questions.width
                }
            }
        }
        Note {
            objectName: "formLacking"
            visible: officeProfile.lacking.length > 0
            width: parent.width
            tone: "caution"
            icon: "pen"
            text: (page.last ? qsTr("Still missing:") : qsTr("Still missing on this step:")) + officeProfile.lacking.map(item => "\n· " + item).join("")
        }
        Facts {
            objectName: "formSummary"
            visible: page.last
            width: parent.width
            rows: officeProfile.summary
        }
        TextEntry {
            id: reason
            fieldName: "profileReason"
            visible: page.last && officeProfile.complete
            width: parent.width
            name: qsTr("Reason, for the colleague who must agree")
            most: 200
        }
        foot: Flow {
            width: parent.width
            spacing: 1.5 * Theme.gap
            PushButton {
                objectName: "stepNext"
                visible: !page.last
                tall: Theme.low
                text: qsTr("Next")
                iconName: "next"
                onClicked: officeProfile.go_to(officeProfile.step + 1)
            }
            PushButton {
                objectName: "proposeProfile"
                visible: page.last
                tall: Theme.low
                text: qsTr("Propose it")
                enabled: officeProfile.complete && !officeProfile.busy
                onClicked: officeProfile.propose(reason.text)
            }
            PushButton {
                objectName: "stepBack"
                tall: Theme.low
                kind: "outline"
                text: qsTr("Back")
                onClicked: officeProfile.step === 0 ? officeProfile.end() : officeProfile.go_to(officeProfile.step - 1)
            }
        }
    }
}
