import QtQuick
import "../components"
import "../theme"

// One resident with what may be done, or the form of it; also of several, and of handing over.
Pane {
    id: pane
    objectName: "residentPane"
    readonly property string form: officeResidents.form
    readonly property var person: officeResidents.person
    readonly property bool known: person.name !== undefined
    readonly property bool handing: form === "register" || form === "withdraw"
    readonly property var names: ({ clear: qsTr("Show in clear…"), restrict: qsTr("Put on hold…"), lift: qsTr("Lift the hold…"), renew: qsTr("Renew the template…"), erase: qsTr("Moves out: erase…"), ask: qsTr("Ask for erasure…"), batch: qsTr("Erase several…"), register: qsTr("Register…"), withdraw: qsTr("Withdraw…"), done: qsTr("Erased") })
    readonly property var sure: ({ clear: qsTr("Show it"), restrict: qsTr("Put on hold"), lift: qsTr("Lift the hold"), renew: qsTr("Renew it now"), erase: qsTr("Yes, erase for good"), batch: qsTr("Yes, erase them all"), ask: qsTr("Ask for it"), register: qsTr("Hand the screen over"), withdraw: qsTr("Hand the screen over") })
    readonly property var said: ({
        UNREADABLE: qsTr("This record is damaged and cannot be read. Restore it from a backup; or close the station and erase it by the person's document: ./station.sh person leave --document"),
        RESTRICTED: qsTr("On hold, as was asked for: kept, and compared with nobody until it is lifted."),
        RECALLED: qsTr("There is no template any more, so nobody is compared. Ask the person to come to the kiosk with their document: first “Withdraw”, then “Register” anew."),
        LOCKED: qsTr("Too many checks did not match: paused for some minutes. Putting it on hold and lifting that ends the pause at once."),
        MINOR: qsTr("A minor, or of unknown age: the record is opened at the rights desk alone, once the manager agreed.")
    })
    readonly property string effect: ({
        clear: qsTr("The record is shown on this screen, and your reason goes into the ledger. No template, portrait or score is in it."),
        restrict: qsTr("Everything stays (%1) and is compared with nobody until the hold is lifted."),
        lift: qsTr("From now on the person can be checked here again."),
        renew: qsTr("A new template takes the place of the old one, which is void from then on. The person need not come. It takes some seconds."),
        erase: qsTr("Erased at once, and nothing brings it back: %1. A signed receipt is written."),
        batch: qsTr("Erased one after another, and nothing brings them back: %1. Signed receipts are written into one file."),
        ask: qsTr("A request goes to the rights desk. A manager or the privacy officer erases there; the person need not come again."),
        register: qsTr("The person reads the notice and consents on this screen, with their document. You stay on duty; coming back takes a sign-in. Somebody under the age limit: choose “Child with guardian” instead."),
        withdraw: qsTr("The person shows who they are and confirms; everything kept of them is then erased. You stay on duty; coming back takes a sign-in.")
    }[form] ?? "").replace("%1", officeResidents.effect)
    title: names[form] ?? (known ? person.name + " · " + person.number : qsTr("Resident"))
    closable: !officeResidents.running
    onClosed: form !== "" ? officeResidents.begin("") : officeResidents.choose("")
    onFormChanged: {
        typed.text = folder.text = ""
        pane.toTop()
        if (typed.visible)
            typed.take()
        else if (folder.visible)
            folder.take()
    }
    Words {
        visible: officeResidents.fields.length > 0
        width: parent.width
        text: qsTr("In clear, until you leave this person")
        bold: true
        font.pixelSize: Theme.label
    }
    Facts {
        objectName: "residentClear"
        visible: officeResidents.fields.length > 0
        width: parent.width
        rows: officeResidents.fields
    }
    Facts {
        visible: pane.known && !pane.handing
        width: parent.width
        rows: [
            { label: qsTr("Resident number"), value: pane.person.number ?? "" },
            { label: qsTr("Name"), value: pane.person.name ?? "" },
            { label: qsTr("Document"), value: pane.person.document ?? "" },
            { label: qsTr("Kept"), value: pane.person.kept ?? "" },
            { label: qsTr("Until"), value: pane.person.until ?? "" },
            { label: qsTr("State"), value: pane.person.state ?? "" },
            { label: qsTr("Consents"), value: officeResidents.consents }
        ].slice(0, pane.form === "" ? 7 : 4)
    }
    Repeater {
        model: pane.form === "" ? officeResidents.notes : []
        Note {
            required property string modelData
            objectName: "residentNote_" + modelData
            width: parent.width
            tone: modelData === "UNREADABLE" ? "stop" : modelData === "MINOR" ? "neutral" : "caution"
            icon: modelData === "UNREADABLE" ? "warning" : "hand"
            text: pane.said[modelData]
        }
    }
    Note {
        objectName: "residentEffect"
        visible: pane.effect !== "" && !officeResidents.running
        width: parent.width
        tone: pane.form === "erase" || pane.form === "batch" ? "stop" : "caution"
        icon: tone === "stop" ? "warning" : "hand"
        text: pane.effect
    }
    TextEntry {
        id: typed
        fieldName: "residentReason"
        visible: pane.form === "clear" || pane.form === "ask"
        width: parent.width
        name: pane.form === "ask" ? qsTr("Why, for those who erase") : qsTr("Reason, for the ledger")
        most: 200
    }
    TextEntry {
        id: folder
        fieldName: "residentFolder"
        visible: (pane.form === "erase" || pane.form === "batch") && !officeResidents.running
        width: parent.width
        name: qsTr("Folder for the signed receipt")
        hint: "/media/…"
        most: 512
    }
    ProgressLine {
        objectName: "residentProgress"
        visible: officeResidents.running
        width: parent.width
        done: officeResidents.progress[0]
        all: officeResidents.progress[1]
        said: qsTr("%1 of %2 people (%3 %)")
    }
    Note {
        objectName: "residentDone"
        visible: text !== "" && (pane.form === "done" || pane.form === "")
        width: parent.width
        tone: "good"
        icon: "receipt"
        text: pane.form === "done" ? [officeResidents.batch, officeResidents.written === "" ? "" : qsTr("Written: %1").arg(officeResidents.written)].filter(one => one).join("\n") : officeResidents.written === "" ? "" : qsTr("Ticket %1 at the rights desk.").arg(officeResidents.written)
    }
    foot: [
        ChoiceRow {
            visible: pane.form === "" && officeResidents.choices.length > 0
            width: parent.width
            tall: 44 * Theme.u
            choices: officeResidents.choices
            names: pane.names
            onPicked: choice => officeResidents.begin(choice)
        },
        Flow {
            visible: pane.form !== ""
            width: parent.width
            spacing: 1.5 * Theme.gap
            PushButton {
                objectName: "residentSubmit"
                visible: pane.form !== "done" && !officeResidents.running
                tall: Theme.low
                text: pane.sure[pane.form] ?? ""
                enabled: !officeResidents.busy
                onClicked: pane.handing ? officeResidents.hand_over() : officeResidents.submit(typed.text, folder.text)
            }
            PushButton {
                objectName: "residentStop"
                visible: officeResidents.running
                tall: Theme.low
                kind: "outline"
                text: qsTr("Stop")
                onClicked: officeResidents.stop()
            }
            PushButton {
                objectName: "residentBack"
                visible: !officeResidents.running
                tall: Theme.low
                kind: "outline"
                text: qsTr("Back")
                onClicked: officeResidents.begin("")
            }
        }
    ]
}
