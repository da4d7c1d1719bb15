import QtQuick
import "../components"
import "../theme"

// A child with its guardian: usually another credential; else the papers, then the kiosk's own pages.
OfficeBody {
    id: page
    objectName: "pageOfficeMinors"
    readonly property bool ready: officeMinors.state === "READY"
    readonly property var why: ({
        OTHER_ROUTE: qsTr("No child is registered by face here: the deployment profile says that children use another way."),
        NOBODY: qsTr("Nobody is registered by face here, and so no child is."),
        LACKS: qsTr("Not yet possible here. Until this is there, no child is asked: %1").arg(officeMinors.missing.map(item => "\n· " + item).join("")),
        FAULT: qsTr("Not possible at the moment. %1").arg(officeMinors.fault)
    })
    readonly property var whatNow: ({
        OTHER_ROUTE: qsTr("Should this change, a manager says so under Profile, in the step about children; the impact assessment has to look at children first, and the privacy officer has to agree."),
        LACKS: qsTr("Please tell the manager: it is mended under Profile or Notices."),
        FAULT: qsTr("Please look at Health, or tell the manager; then come back here.")
    })
    bridge: officeMinors
    title: qsTr("Register a child")
    text: qsTr("Children usually get a card instead. Go on only with the guardian here, and after you have seen their document and a proof of guardianship.")
    tools: PushButton {
        objectName: "refreshButton"
        kind: "outline"
        tall: 44 * Theme.u
        implicitWidth: 48 * Theme.u
        iconName: "again"
        Accessible.name: qsTr("Refresh")
        onClicked: officeMinors.refresh()
    }
    Column {
        visible: officeMinors.state !== "" && !page.ready
        width: Math.min(parent.width, 900 * Theme.u)
        spacing: 1.75 * Theme.gap
        Note {
            objectName: "minorsWhy"
            width: parent.width
            tone: "caution"
            icon: "warning"
            text: page.why[officeMinors.state] ?? ""
        }
        Note {
            objectName: "minorsInstead"
            width: parent.width
            icon: "card"
            text: qsTr("For the child in front of you: make a card, as for anybody who would rather not use their face. It opens the same doors.")
        }
        Note {
            objectName: "minorsNow"
            visible: text !== ""
            width: parent.width
            icon: "hand"
            text: page.whatNow[officeMinors.state] ?? ""
        }
    }
    MinorSteps {
        id: steps
        visible: page.ready && page.wide
        width: 300 * Theme.u
    }
    Pane {
        id: pane
        objectName: "minorPane"
        visible: page.ready
        closable: false
        title: qsTr("The child and the guardian")
        x: steps.visible ? steps.width + 3 * Theme.gap : 0
        width: parent.width - x
        height: parent.height
        Connections {
            target: officeMinors
            function onSlipped(field) { ({ child_document: number, name: guardian, contact: contact, document: document, relation: relation, proof: proof, seen: seen })[field].take() }
        }
        MinorField {
            id: number
            field: "child_document"
            width: parent.width
            name: qsTr("Number of the child's document")
            hint: qsTr("compared with the document that is read; not kept")
            most: 64
        }
        MinorField {
            id: guardian
            field: "name"
            width: parent.width
            name: qsTr("Name of the guardian")
            most: 100
        }
        MinorField {
            id: contact
            field: "contact"
            width: parent.width
            name: qsTr("Contact of the guardian")
            hint: qsTr("a telephone number is enough; no document number")
            most: 100
        }
        MinorChoice {
            id: document
            field: "document"
            width: parent.width
            name: qsTr("Which document of the guardian you have seen")
        }
        MinorChoice {
            id: relation
            field: "relation"
            width: parent.width
            name: qsTr("What they are to the child")
        }
        MinorChoice {
            id: proof
            field: "proof"
            width: parent.width
            name: qsTr("Which proof of guardianship you have seen")
        }
        foot: [
            TickBox {
                id: seen
                objectName: "minorSeen"
                width: parent.width
                quiet: true
                text: qsTr("The guardian is here, and I have seen both papers.")
                checked: officeMinors.seen
                onToggled: officeMinors.tick(checked)
                function take() { forceActiveFocus(Qt.TabFocusReason) }
            },
            MinorSlip {
                objectName: "slip_seen"
                width: parent.width
                text: officeMinors.slips.seen ?? ""
            },
            PushButton {
                objectName: "minorGoOn"
                tall: Theme.low
                text: qsTr("Go on with the guardian")
                iconName: "next"
                enabled: !officeMinors.busy
                onClicked: officeMinors.go_on(number.text, guardian.text, contact.text)
            }
        ]
    }
}
