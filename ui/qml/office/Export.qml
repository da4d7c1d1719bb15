import QtQuick
import "../components"
import "../theme"

// The signed bundle: choose, ask, and once a second person agreed, write it and see how far it is.
OfficeBody {
    id: page
    objectName: "pageOfficeExport"
    readonly property var ready: officeExport.rows.find(row => row.ready) ?? ({})
    readonly property bool agreed: ready.id !== undefined
    readonly property bool done: officeExport.written.folder !== undefined
    // A number that was typed and not looked up would be left out without a word.
    readonly property bool mayAsk: !officeExport.busy && !filters.pending
    function ask() { if (mayAsk && filters.takeAll()) officeExport.ask_for(reason.text) }
    bridge: officeExport
    title: qsTr("Export for auditors")
    text: qsTr("Entries, proofs, consent records, a summary and the program that checks them, signed by this station.")
    tools: PushButton {
        objectName: "refreshButton"
        kind: "outline"
        tall: 44 * Theme.u
        iconName: "again"
        text: qsTr("Refresh")
        onClicked: officeExport.refresh()
    }
    Flickable {
        id: reading
        anchors.fill: parent
        contentHeight: column.implicitHeight + Theme.gap
        interactive: contentHeight > height + 1
        clip: interactive
        activeFocusOnTab: interactive
        Keys.onDownPressed: contentY = Math.min(contentHeight - height, contentY + 80 * Theme.u)
        Keys.onUpPressed: contentY = Math.max(0, contentY - 80 * Theme.u)
        Column {
            id: column
            width: Math.min(reading.width - 2 * Theme.gap, 860 * Theme.u)
            spacing: 2 * Theme.gap
            Words {
                visible: !officeExport.running
                width: parent.width
                text: qsTr("1. What")
                bold: true
                font.pixelSize: Theme.label
            }
            LedgerFilters {
                id: filters
                visible: !officeExport.running
                width: parent.width
                filters: officeExport.filters
                waiting: officeExport.busy
                spanPrefix: "exportSpan"
                groupPrefix: "exportGroup"
            }
            Words {
                objectName: "personPending"
                visible: filters.pending && !officeExport.running
                width: parent.width
                text: qsTr("A number is typed and not yet looked up: press Enter in its field, or empty it.")
                color: Theme.caution
                font.pixelSize: Theme.label
            }
            TickBox {
                objectName: "unmaskBox"
                visible: officeExport.mayUnmask && !officeExport.running
                width: parent.width
                quiet: true
                text: qsTr("Show whom the consent records are about, minors excepted (the privacy officer must agree)")
                checked: officeExport.unmasked
                onClicked: officeExport.choose_unmasked(checked)
            }
            TextEntry {
                id: reason
                visible: !officeExport.running
                fieldName: "exportReason"
                width: parent.width
                name: qsTr("Reason, for the colleague who must agree")
                most: 200
                onAccepted: page.ask()
            }
            PushButton {
                objectName: "askExport"
                visible: !officeExport.running
                tall: Theme.low
                kind: page.agreed ? "outline" : "primary"
                text: qsTr("Ask for it")
                enabled: page.mayAsk
                onClicked: page.ask()
            }
            Words {
                width: parent.width
                text: qsTr("2. Agreed to?")
                bold: true
                font.pixelSize: Theme.label
            }
            Words {
                visible: officeExport.rows.length === 0
                width: parent.width
                text: qsTr("Not asked for yet. A security administrator must agree before anything is written.")
                color: Theme.secondary
                font.pixelSize: Theme.label
            }
            Repeater {
                model: officeExport.rows
                Note {
                    required property var modelData
                    width: column.width
                    tone: modelData.ready ? "good" : "neutral"
                    icon: modelData.ready ? "check" : "clock"
                    text: [modelData.what, modelData.time, modelData.state, modelData.second].filter(word => word).join(" · ") + (modelData.terms ? "\n" + modelData.terms : "")
                }
            }
            Words {
                width: parent.width
                text: qsTr("3. Write it")
                bold: true
                font.pixelSize: Theme.label
            }
            // Of several that were agreed to, this is the one.
            Words {
                objectName: "exportTerms"
                visible: page.agreed && text !== ""
                width: parent.width
                text: page.ready.terms ?? ""
                color: Theme.secondary
                font.pixelSize: Theme.label
            }
            TextEntry {
                id: folder
                fieldName: "exportFolder"
                width: parent.width
                enabled: page.agreed && !officeExport.running
                name: qsTr("Folder on the auditor's medium")
                hint: "/media/…"
                most: 512
            }
            PushButton {
                objectName: "writeExport"
                visible: !officeExport.running
                tall: Theme.low
                text: qsTr("Write the bundle")
                enabled: page.agreed && folder.text.trim() !== "" && !officeExport.busy
                onClicked: officeExport.write(page.ready.id, folder.text)
            }
            ProgressLine {
                objectName: "exportProgress"
                visible: officeExport.running
                width: parent.width
                done: officeExport.doneCount
                all: officeExport.allCount
            }
            PushButton {
                objectName: "stopExport"
                visible: officeExport.running
                tall: Theme.low
                kind: "outline"
                text: qsTr("Stop")
                onClicked: officeExport.stop()
            }
            Note {
                objectName: "exportDone"
                visible: page.done
                width: parent.width
                tone: "good"
                icon: "check"
                text: page.done ? qsTr("%1 entries, %2 MB, in %3. To check on another machine: python3 verify_bundle.py").arg(officeExport.written.entries).arg(officeExport.written.megabytes).arg(officeExport.written.folder) : ""
            }
        }
    }
    ScrollMark { flick: reading; x: parent.width - width; y: 0; height: reading.height }
}
