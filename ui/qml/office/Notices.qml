import QtQuick
import "../components"
import "../theme"

// What people read before they agree: in force, being edited with its preview, waiting for two.
OfficeBody {
    id: page
    objectName: "pageOfficeNotices"
    readonly property bool open: officeNotices.chosen !== ""
    readonly property var line: officeNotices.rows.find(row => row.id === officeNotices.chosen) ?? ({})
    readonly property var languages: [{ key: "zh_CN", label: "中文" }, { key: "en", label: "English" }]
    // Where there is no room for both, the editor or its preview.
    property bool previewing: false
    bridge: officeNotices
    title: officeNotices.editing ? qsTr("Editing: %1").arg(page.line.name) : qsTr("Notices")
    text: officeNotices.editing ? "" : qsTr("What people read before they say yes. Each version has its digest; two people publish one.")
    tools: PushButton {
        objectName: "refreshButton"
        visible: !officeNotices.editing
        kind: "outline"
        tall: 44 * Theme.u
        iconName: "again"
        text: qsTr("Refresh")
        onClicked: officeNotices.refresh()
    }
    DataTable {
        id: table
        objectName: "notices"
        visible: !officeNotices.editing && (page.wide || !page.open)
        name: page.title
        focus: true
        width: page.open ? parent.width * 0.38 : parent.width
        height: parent.height
        columns: page.open && page.wide ? [
            { key: "name", title: qsTr("Notice"), share: 5, bold: true },
            { key: "state", title: qsTr("State"), share: 5, tone: true }
        ] : [
            { key: "name", title: qsTr("Notice"), share: 4, bold: true },
            { key: "version", title: qsTr("Version"), share: 2 },
            { key: "since", title: qsTr("In use since"), share: 3, small: true },
            { key: "state", title: qsTr("State"), share: 4, tone: true }
        ]
        rows: officeNotices.rows
        chosen: officeNotices.chosen
        waiting: officeNotices.busy
        empty: qsTr("No notice can be read. Look at the station's health.")
        onPicked: id => officeNotices.choose(id)
    }
    Pane {
        id: pane
        objectName: "noticePane"
        visible: page.open && !officeNotices.editing
        title: page.line.name ?? ""
        x: table.visible ? table.width + 2 * Theme.gap : 0
        width: parent.width - x
        height: parent.height
        onClosed: officeNotices.choose("")
        Facts {
            width: parent.width
            rows: [
                { label: qsTr("Version"), value: page.line.version ?? "" },
                { label: qsTr("In use since"), value: page.line.since ?? "" },
                { label: qsTr("State"), value: page.line.state ?? "" },
                { label: qsTr("Digest SM3"), value: page.line.digest ?? "" }
            ]
        }
        Note {
            objectName: "noticePending"
            visible: officeNotices.pending !== ""
            width: parent.width
            tone: officeNotices.pending === "AGREED" ? "good" : officeNotices.pending === "REFUSED" ? "stop" : "caution"
            icon: officeNotices.pending === "AGREED" ? "check" : officeNotices.pending === "REFUSED" ? "cross" : "clock"
            text: officeNotices.pending === "AGREED" ? qsTr("Agreed to. Once published it is shown from %1.").arg(officeNotices.answer) : officeNotices.pending === "REFUSED" ? qsTr("The proposal was refused: %1").arg(officeNotices.answer) : qsTr("A new version, for use from %1, waits for the privacy officer.").arg(officeNotices.answer)
        }
        Tabs {
            width: parent.width
            prefix: "read_"
            options: page.languages
            current: officeNotices.language
            onChosen: key => officeNotices.show_language(key)
        }
        NoticeText {
            width: parent.width
            parts: officeNotices.editing ? [] : officeNotices.reading
        }
        foot: Flow {
            visible: officeNotices.mayDraft
            width: parent.width
            spacing: 1.5 * Theme.gap
            PushButton {
                objectName: "publishNotice"
                visible: officeNotices.pending === "AGREED"
                tall: Theme.low
                text: qsTr("Publish it")
                enabled: !officeNotices.busy
                onClicked: officeNotices.publish()
            }
            PushButton {
                objectName: "editNotice"
                tall: Theme.low
                kind: officeNotices.pending === "AGREED" ? "outline" : "primary"
                text: qsTr("Edit…")
                iconName: "pen"
                enabled: !officeNotices.busy
                onClicked: { page.previewing = false; officeNotices.edit() }
            }
        }
    }
    // The editor
    Tabs {
        id: which
        visible: officeNotices.editing && !page.wide
        height: visible ? implicitHeight : 0
        width: parent.width
        prefix: "side_"
        options: [{ key: "edit", label: qsTr("Write") }, { key: "preview", label: qsTr("Preview") }]
        current: page.previewing ? "preview" : "edit"
        onChosen: key => page.previewing = key === "preview"
    }
    Pane {
        id: editor
        objectName: "editorPane"
        visible: officeNotices.editing && (page.wide || !page.previewing)
        title: officeNotices.heading || qsTr("Draft")
        y: which.visible ? which.height + Theme.gap : 0
        width: page.wide ? (parent.width - 2 * Theme.gap) * 0.56 : parent.width
        height: parent.height - y
        onClosed: officeNotices.end()
        Connections {
            target: officeNotices
            function onEdited() { editor.toTop() }
        }
        Tabs {
            width: parent.width
            prefix: "write_"
            options: page.languages
            current: officeNotices.language
            onChosen: key => officeNotices.show_language(key)
        }
        Tabs {
            width: parent.width
            prefix: "part_"
            options: officeNotices.parts
            current: officeNotices.part
            onChosen: key => officeNotices.show_part(key)
        }
        Repeater {
            model: officeNotices.fields
            DraftField {
                width: editor.width - 5.5 * Theme.gap
            }
        }
        foot: [
            TextEntry {
                id: reason
                fieldName: "noticeReason"
                visible: officeNotices.editing && officeNotices.complete
                width: parent.width
                inline: true
                name: qsTr("Reason, for the colleague who must agree")
                most: 200
            },
            Flow {
                width: parent.width
                spacing: 1.5 * Theme.gap
                PushButton {
                    objectName: "proposeNotice"
                    tall: Theme.low
                    text: qsTr("Propose for publication")
                    enabled: officeNotices.complete && !officeNotices.busy
                    onClicked: officeNotices.propose(reason.text)
                }
                PushButton {
                    objectName: "keepDraft"
                    tall: Theme.low
                    kind: "outline"
                    text: qsTr("Keep the draft")
                    enabled: !officeNotices.busy
                    onClicked: officeNotices.keep()
                }
            }
        ]
    }
    NoticePreview {
        visible: officeNotices.editing && (page.wide || page.previewing)
        languages: page.languages
        x: page.wide ? editor.width + 2 * Theme.gap : 0
        y: editor.y
        width: parent.width - x
        height: parent.height - y
        onGapWanted: { page.previewing = false; officeNotices.show_gap() }
    }
}
